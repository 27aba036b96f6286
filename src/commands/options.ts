import { type Command, Option } from "commander";
import { parseFlag } from "../config/flags.js";
import { flagOf, type Parameter } from "../config/parameters.js";
import { allProblems, type Problems } from "../config/problems.js";
import { choice, type ValueType, wholeNumber } from "../config/value-types.js";
import { programWords, seglossCommandLine } from "../installation.js";
import type { CommonOptions, Device, Xla } from "../runner/types.js";
import { shellLine } from "../shell-line.js";

// What the commands share: flags, their values, and the command line itself.

/** The flags that run and sweep share, as commander returns them. */
export interface TrainingFlags {
  readonly device?: string;
  readonly gpu?: string;
  readonly xla?: string;
  readonly quiet?: boolean;
  readonly progress: boolean;
  readonly verbose?: boolean;
}

const device: ValueType<Device> = choice(["auto", "cpu", "gpu"]);
const gpu = wholeNumber(0, 1_023);
const xla: ValueType<Xla> = choice(["auto", "on", "off"]);

/** Adds the flags that run and sweep share. */
export function addTrainingOptions(command: Command): Command {
  return command
    .option(
      "--device <auto|cpu|gpu>",
      "device to train on; auto is a GPU if one can be used, else the CPU (default: auto)",
    )
    .option("--gpu <N>", "number of the GPU, as in nvidia-smi (default: the first for run, all for sweep)")
    .option(
      "--xla <auto|on|off>",
      "whether XLA compiles the training step, which is faster and changes the last bits of numbers; auto is on wherever XLA works (default: auto)",
    )
    .option("--quiet", "print errors only")
    .option("--no-progress", "show no progress bar")
    .option("--verbose", "show TensorFlow's own messages");
}

/** Returns the values of the flags that run and sweep share, or every problem of them. */
export function parseTrainingFlags(flags: TrainingFlags): { readonly options: CommonOptions } | Problems {
  const where = parseFlag("--device", flags.device ?? "auto", device);
  const which = flags.gpu === undefined ? { value: undefined } : parseFlag("--gpu", flags.gpu, gpu);
  const compiler = parseFlag("--xla", flags.xla ?? "auto", xla);
  if ("problems" in where || "problems" in which || "problems" in compiler) {
    return { problems: allProblems(where, which, compiler) };
  }
  if (which.value !== undefined && where.value === "cpu") {
    const got = "a GPU together with --device cpu";
    return { problems: [{ place: "--gpu", path: "", got, allowed: "only one of them" }] };
  }
  const { quiet = false, progress, verbose = false } = flags;
  // Who names a GPU must not get the CPU.
  const onGpu = which.value === undefined ? {} : ({ device: "gpu", gpu: String(which.value) } as const);
  return {
    options: {
      device: where.value,
      ...onGpu,
      xla: compiler.value,
      quiet,
      progress: progress && !quiet,
      verbose,
    },
  };
}

/** Creates a parameter's flag. A parameter that is on or off has a "no-" form too, which the help leaves out. */
export function parameterOptions(key: string, parameter: Parameter<unknown>): readonly Option[] {
  const { help, placeholder, default: standard } = parameter;
  const flag = flagOf(key);
  if (placeholder !== undefined) {
    return [new Option(`${flag} <${placeholder}>`, `${help}${wordsText(parameter)} (default: ${standard})`)];
  }
  const text = `${help} (default: ${standard ? "on" : "off"})`;
  return [new Option(flag, text), new Option(flag.replace("--", "--no-")).hideHelp()];
}

/** Adds `-o, --output`, and `--out` as a second name of it, which the help leaves out. */
export function addOutputOption(command: Command, placeholder: string, help: string): Command {
  return command
    .option(`-o, --output <${placeholder}>`, help)
    .addOption(new Option(`--out <${placeholder}>`).hideHelp())
    .on("option:out", (value: string) => command.setOptionValue("output", value));
}

/** Adds `--only`, which may be repeated. */
export function addFilterOption(command: Command): Command {
  return command.option(
    "--only <KEY=VALUE,...>",
    "select runs; several values of one key are alternatives; also != < <= > >=, in quotes",
    collect,
  );
}

/** Returns examples for a help text as they have to be typed in the current folder, whatever calls the program there. */
export function asTyped(examples: string): string {
  return examples.replaceAll(/\bsegloss (?=[a-z])/g, seglossCommandLine(""));
}

/** Adds the flags that sweep and submit share: what is trained, and how. */
export function addSweepOptions(command: Command): Command {
  return addFilterOption(command)
    .option("--set <KEY=VALUE>", "replace a value of the config, a,b,c is a list; may be repeated", collect)
    .option("--seed <N>", "replace the config's seed")
    .option("--steps <N>", "replace the config's steps")
    .option("--jobs <N|auto>", "number of worker processes (default: auto, by cores or GPUs)")
    .option(
      "--lanes <N|auto>",
      "most runs that a worker trains together: on a GPU as lanes of one compiled step; on a CPU each has a step of its own and they only share the drawing of images (default: auto)",
    )
    .option("--fail-fast", "stop at the first run that fails")
    .option("--save-weights", "save each run's initial and final weights as .npz, for NumPy, beside its CSV")
    .option("--strict", "refuse to mix runs of different source code instead of warning");
}

/** Adds the flags that say how far the results of a sweep are trusted. */
export function addTrustOptions(command: Command): Command {
  return command
    .option("--verify", "compare the checksum of every CSV with its record (default: of changed ones)")
    .option("--strict", "refuse runs that were made by different source code instead of warning");
}

/** Adds a value to those of a flag that was given before: for flags that may be repeated. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** Returns the command line as records hold it: "segloss" and the words after it. */
export function recordedCommand(): string {
  return shellLine(["segloss", ...process.argv.slice(2)]);
}

/** Returns the command line that resumes this sweep, as it has to be typed in the same folder. */
export function resumeCommand(): string {
  const words = process.argv.slice(2).filter((word) => word !== "--rerun");
  return shellLine([...programWords(), ...words]);
}

/** Returns the words that a flag accepts, with their titles, where its placeholder does not name them. */
function wordsText({ placeholder = "", words, titles }: Parameter<unknown>): string {
  if (!placeholder.startsWith("name")) {
    return "";
  }
  const named = words.map((word) => (titles === undefined ? word : `${word} (${titles[word]})`));
  return `: ${named.join(", ")}`;
}
