import { createRequire } from "node:module";
import { provenance } from "../../results/provenance.js";
import { setupCommand } from "../../tensorflow/native/binding.js";
import type { NativeLibrary } from "../../tensorflow/native/manifest.js";
import { damagedFiles } from "../../tensorflow/native/manifest.js";
import { type DoctorFinding, ok, wrong } from "../finding.js";

const require = createRequire(import.meta.url);
const oldestNode: number = Number.parseInt(
  require("../../../package.json").engines.node.replace(/^\D*/, ""),
  10,
);

/** Node, segloss and tfjs. */
export function examineSoftware(): DoctorFinding[] {
  const { segloss, commit, dirty, tfjs } = provenance();
  const revision = commit === null ? "" : ` (${commit.slice(0, 7)}${dirty === true ? ", changed" : ""})`;
  return [examineNode(), ok("segloss", `${segloss}${revision}`), ok("tfjs", tfjs)];
}

function examineNode(): DoctorFinding {
  const { node } = process.versions;
  const detail = `${node} on ${process.platform}-${process.arch}`;
  return Number.parseInt(node, 10) >= oldestNode
    ? ok("Node", detail)
    : wrong("Node", `${detail}: too old`, `nvm install 24`);
}

/** The unpacked library that this checkout uses. */
export function examineLibrary(library: NativeLibrary | undefined): DoctorFinding {
  if (library === undefined) {
    return wrong("library", "not set up in this checkout", setupCommand);
  }
  const damaged = damagedFiles(library.folder, library);
  const wheels = library.wheels.length > 1 ? ` and ${library.wheels.length - 1} NVIDIA wheels` : "";
  const detail = `${library.variant} variant, TensorFlow ${library.tensorflow}${wheels}, ${library.binding}`;
  return damaged.length === 0
    ? ok("library", detail)
    : wrong("library", `${detail}: damaged (${damaged.slice(0, 3).join(", ")})`, mendCommand(library));
}

/** The set-up that provides the same variant again. */
export function mendCommand({ variant }: Pick<NativeLibrary, "variant">): string {
  return `${setupCommand} -- --device ${variant}`;
}
