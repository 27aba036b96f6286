import { resolve } from "node:path";
import { Command, Option } from "commander";
import { exitCode, SeglossError } from "../errors.js";
import type { SetupOptions } from "../setup/setup.js";
import { asTyped } from "./options.js";

const examples = `
Examples:
  segloss setup                  whatever is missing, for the GPU if there is one
  segloss setup --device cpu     the CPU variant, whatever the machine has
  segloss setup --check          only report what is missing

For a machine without a network, on one with a network and then there:
  segloss setup --device gpu --pack segloss-gpu.tar.br --trim sm_90
  segloss setup --from segloss-gpu.tar.br

As an administrator, for all users of a machine:
  segloss setup --cache /opt/segloss`;

interface Flags {
  readonly device?: SetupOptions["device"];
  readonly check?: boolean;
  readonly pack?: string;
  readonly trim?: string;
  readonly from?: string;
  readonly cache?: string;
}

/** Creates the command `segloss setup`, which installs TensorFlow's native library. */
export function setupCommand(): Command {
  return new Command("setup")
    .summary("install TensorFlow's native library")
    .description(
      "Downloads TensorFlow's native library into the cache folder and compiles the addon that calls it, as far as they are missing, and tries them out. Writes nowhere else.",
    )
    .addOption(
      new Option(
        "--device <auto|cpu|gpu>",
        "which variant of TensorFlow; auto takes the one for GPUs where NVIDIA's driver is usable (default: as in the last set-up, at first auto)",
      ).choices(["auto", "cpu", "gpu"]),
    )
    .option("--check", "only report what is missing; exit code 3 if anything is")
    .option("--pack <file>", "write library and addons to a file, for machines without a network")
    .option(
      "--trim <architecture>",
      "with --pack: leave out the machine code of all GPUs but one CUDA architecture, such as sm_90",
    )
    .option("--from <file>", "install from a file that --pack has written; needs no network and no compiler")
    .option(
      "--cache <folder>",
      "install in this folder, readable by all users (default: $SEGLOSS_CACHE, else the user's cache)",
    )
    .addHelpText("after", asTyped(examples))
    .action(async (flags: Flags) => {
      refuseContradictions(flags);
      if (flags.cache !== undefined) {
        useCache(flags.cache);
      }
      const { checkSetup, setUp } = await import("../setup/setup.js");
      if (flags.check === true) {
        process.exitCode = await checkSetup(flags);
      } else if (flags.pack !== undefined) {
        const { makePack } = await import("../setup/pack/pack.js");
        await makePack({ ...flags, file: flags.pack });
      } else {
        await setUp(flags);
      }
    });
}

function refuseContradictions({ check, pack, from, trim }: Flags): void {
  if (trim !== undefined && pack === undefined) {
    throw new SeglossError("--trim needs --pack.", { exitCode: exitCode.usage });
  }
  const given = Object.entries({ check, pack, from }).flatMap(([name, value]) => (value ? `--${name}` : []));
  if (given.length > 1) {
    throw new SeglossError(`${given.slice(0, 2).join(" and ")} exclude each other.`, {
      exitCode: exitCode.usage,
    });
  }
}

/** Makes a folder the only cache of this process: what other caches have does not help the users of this one. */
function useCache(folder: string): void {
  process.env.SEGLOSS_CACHE = resolve(folder);
  process.env.SEGLOSS_SYSTEM_CACHE = "";
  process.umask(0o022);
}
