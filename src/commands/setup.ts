import { Command, Option } from "commander";
import type { SetupOptions } from "../setup/setup.js";

const examples = `
Examples:
  segloss setup                  whatever is missing, for the GPU if there is one
  segloss setup --device cpu     the CPU variant, whatever the machine has
  segloss setup --check          only report what is missing`;

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
    .addHelpText("after", examples)
    .action(
      async ({ device, check }: { readonly device?: SetupOptions["device"]; readonly check?: boolean }) => {
        const { checkSetup, setUp } = await import("../setup/setup.js");
        if (check === true) {
          process.exitCode = await checkSetup({ device });
        } else {
          await setUp({ device });
        }
      },
    );
}
