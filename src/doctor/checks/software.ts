import { createRequire } from "node:module";
import { dirname } from "node:path";
import { setupCommandLine } from "../../installation.js";
import { provenance } from "../../results/provenance.js";
import { cacheFolders, damagedFiles, type NativeLibrary } from "../../tensorflow/index.js";
import { type DoctorFinding, ok, wrong } from "../finding.js";

const require = createRequire(import.meta.url);
const engines: { readonly node: string } = require("../../../package.json").engines;
const oldestNode = Number.parseInt(engines.node.replace(/^\D*/, ""), 10);

/** Reports the versions of Node, segloss and tfjs. */
export function checkSoftware(): DoctorFinding[] {
  const { segloss, commit, dirty, tfjs } = provenance();
  const revision = commit === undefined ? "" : ` (${commit.slice(0, 7)}${dirty === true ? ", changed" : ""})`;
  return [checkNode(), ok("segloss", `${segloss}${revision}`), ok("tfjs", tfjs)];
}

function checkNode(): DoctorFinding {
  const { node } = process.versions;
  const detail = `${node} on ${process.platform}-${process.arch}`;
  return Number.parseInt(node, 10) >= oldestNode
    ? ok("Node", detail)
    : wrong("Node", `${detail}: older than ${oldestNode}`, "nvm install 24");
}

/** Reports the unpacked library that this installation uses, and files of it that are missing or shortened. */
export function checkLibrary(library: NativeLibrary | undefined): DoctorFinding {
  if (library === undefined) {
    return wrong("library", "not set up", setupCommandLine());
  }
  const damaged = damagedFiles(library.folder, library);
  const wheels = library.wheels.length > 1 ? ` and ${library.wheels.length - 1} NVIDIA wheels` : "";
  const home = cacheFolders().system.includes(dirname(library.folder)) ? " (system cache)" : "";
  const detail = `${library.variant} variant, TensorFlow ${library.tensorflow}${wheels}, ${library.binding}${home}`;
  return damaged.length === 0
    ? ok("library", detail)
    : wrong("library", `${detail}: damaged (${damaged.slice(0, 3).join(", ")})`, repairCommand(library));
}

/** Returns the command that provides the same variant again. */
export function repairCommand({ variant }: Pick<NativeLibrary, "variant">): string {
  return setupCommandLine("--device", variant);
}
