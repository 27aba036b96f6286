import { type Command, Option } from "commander";
import { parseFlag } from "../config/flags.js";
import { flagOf, type Parameter } from "../config/parameters.js";
import type { Problems } from "../config/problems.js";
import { choice, orWord, type ValueType, wholeNumber } from "../config/value-types.js";
import type { CommonOptions, Device, Xla } from "../runner/types.js";

/** Flags that run and sweep share, as commander gives them. */
export interface CommonFlags {
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

/** How many worker processes, or lanes of one program, at once. */
export const jobs: ValueType<number | "auto"> = orWord(wholeNumber(1, 1_024), "auto");
export const lanes: ValueType<number | "auto"> = orWord(wholeNumber(1, 100_000), "auto");

/** Adds the flags that run and sweep share. */
export function withCommonOptions(command: Command): Command {
  return command
    .option("--device <auto|cpu|gpu>", "where to train; auto takes a GPU if there is one (default: auto)")
    .option("--gpu <N>", "which GPU, as nvidia-smi numbers them (default: run the first, sweep all)")
    .option(
      "--xla <auto|on|off>",
      "whether XLA compiles the programs: faster, other last bits (default: auto, which is on)",
    )
    .option("--quiet", "say nothing but errors")
    .option("--no-progress", "no progress bar")
    .option("--verbose", "let TensorFlow's own messages through");
}

/** The shared flags' values, or every problem of them. */
export function commonOptions(flags: CommonFlags): { readonly options: CommonOptions } | Problems {
  const where = parseFlag("--device", flags.device ?? "auto", device);
  const which = flags.gpu === undefined ? { value: undefined } : parseFlag("--gpu", flags.gpu, gpu);
  const compiler = parseFlag("--xla", flags.xla ?? "auto", xla);
  const problems = [where, which, compiler].flatMap((part) => ("problems" in part ? part.problems : []));
  if ("problems" in where || "problems" in which || "problems" in compiler) {
    return { problems };
  }
  if (which.value !== undefined && where.value === "cpu") {
    return {
      problems: [{ place: "--gpu", path: "", got: "a GPU beside --device cpu", allowed: "only one of them" }],
    };
  }
  const { quiet = false, progress, verbose = false } = flags;
  const chosen = which.value === undefined ? {} : { gpu: String(which.value) };
  const talk = { quiet, progress: progress && !quiet, verbose };
  return { options: { device: where.value, ...chosen, xla: compiler.value, ...talk } };
}

/** A parameter as a flag of the same name; one that is on or off has a "no-" form too. */
export function parameterOptions(key: string, parameter: Parameter<unknown>): readonly Option[] {
  const flag = flagOf(key);
  const help = `${parameter.help} (default: ${standard(parameter)})`;
  if (parameter.placeholder !== undefined) {
    return [new Option(`${flag} <${parameter.placeholder}>`, withWords(help, parameter))];
  }
  return [new Option(flag, help), new Option(flag.replace("--", "--no-")).hideHelp()];
}

function standard({ default: value }: Parameter<unknown>): string {
  return value === false ? "off" : value === true ? "on" : String(value);
}

/** The words are named in the help where the placeholder does not name them. */
function withWords(help: string, { placeholder, words }: Parameter<unknown>): string {
  return placeholder === "name" ? `${help}; one of ${words.join(", ")}` : help;
}
