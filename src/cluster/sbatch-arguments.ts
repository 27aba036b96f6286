import type { Problem } from "../config/problems.js";
import { limitSignalSeconds } from "./slurm.js";

// The arguments after "--", which go to sbatch as they are. Some decide what segloss must know, some would undo what the scripts
// rely on, and the job that puts the sweep together needs some too.

/** What the arguments for sbatch say. */
export interface SbatchArguments {
  /** Cores of a task. */
  readonly cores: number;
  /** Whether they ask for a GPU. */
  readonly hasGpu: boolean;
  /** Those that the job after the array gets too. */
  readonly forEnd: readonly string[];
}

/** An option of sbatch that segloss looks at. */
interface SbatchOption {
  readonly short?: string;
  /** Why it cannot be given, as what is allowed instead. */
  readonly allowed?: string;
  readonly isForEnd?: boolean;
  readonly hasNoValue?: boolean;
}

const options: Readonly<Record<string, SbatchOption>> = {
  account: { short: "A", isForEnd: true },
  array: { short: "a", allowed: "--shards and --at-once before the --" },
  chdir: { short: "D", allowed: "--output before the --" },
  clusters: { short: "M", isForEnd: true },
  "cpus-per-task": { short: "c" },
  gpus: { short: "G" },
  "gpus-per-node": {},
  "gpus-per-task": {},
  gres: {},
  "mail-type": { isForEnd: true },
  "mail-user": { isForEnd: true },
  partition: { short: "p", isForEnd: true },
  qos: { short: "q", isForEnd: true },
  reservation: { isForEnd: true },
  signal: { allowed: `nothing: the script needs USR1 ${limitSignalSeconds} s before the time limit` },
  "test-only": { allowed: "--dry-run before the --", hasNoValue: true },
  time: { short: "t", isForEnd: true },
  "time-min": {},
  wait: { short: "W", allowed: "nothing: submit returns once the job is in the queue", hasNoValue: true },
  wrap: { allowed: "nothing: the script is that of segloss" },
};

/** A shorter limit leaves no time to train before USR1, which may come a minute early. */
const leastMinutes = 5;

/** Returns what arguments for sbatch say, or every problem of them. */
export function parseSbatchArguments(
  words: readonly string[],
): SbatchArguments | { readonly problems: readonly Problem[] } {
  const found = findOptions(words);
  const problems = found.flatMap(({ name, text, value }) => {
    const { allowed } = options[name] ?? {};
    const problem =
      allowed === undefined ? timeProblem(name, value) : { got: `"${text.join(" ")}"`, allowed };
    return problem === undefined ? [] : [{ place: `--${name} of sbatch`, path: "", ...problem }];
  });
  if (problems.length > 0) {
    return { problems };
  }
  const last = (name: string) => found.findLast((option) => option.name === name)?.value;
  const cores = Number(last("cpus-per-task") ?? 1);
  return {
    cores: Number.isInteger(cores) && cores > 0 ? cores : 1,
    hasGpu: found.some(
      ({ name, value }) => name.startsWith("gpus") || (name === "gres" && /\bgpu\b/.test(value)),
    ),
    forEnd: found.filter(({ name }) => options[name]?.isForEnd).flatMap(({ text }) => text),
  };
}

/** An option as it was given. */
interface GivenOption {
  readonly name: string;
  readonly value: string;
  /** Its one or two words. */
  readonly text: readonly string[];
}

/** Returns the known options among words: `--time=5`, `--time 5`, `-t5` and `-t 5`. */
function findOptions(words: readonly string[]): readonly GivenOption[] {
  const found: GivenOption[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const [, long, joined] = /^--([a-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const [, letter, rest = ""] = /^-([A-Za-z])(.*)$/s.exec(word) ?? [];
    const name =
      long ?? Object.keys(options).find((key) => options[key]?.short === letter && letter !== undefined);
    const option = name === undefined ? undefined : options[name];
    if (name === undefined || option === undefined) {
      continue;
    }
    const attached = joined ?? (rest === "" ? undefined : rest);
    if (attached !== undefined || option.hasNoValue) {
      found.push({ name, value: attached ?? "", text: [word] });
    } else {
      at++;
      found.push({ name, value: words[at] ?? "", text: words.slice(at - 1, at + 1) });
    }
  }
  return found;
}

function timeProblem(name: string, value: string): Pick<Problem, "got" | "allowed"> | undefined {
  const minutes = name.startsWith("time") ? parseTimeLimit(value) : undefined;
  return minutes !== undefined && minutes < leastMinutes
    ? { got: `a time limit of ${value}`, allowed: `at least ${leastMinutes} minutes` }
    : undefined;
}

/**
 * Returns the minutes of a time limit as sbatch reads it: "90", "90:00", "1:30:00", "1-12", "1-12:30", "1-12:30:00". Returns
 * undefined for no limit, and for what sbatch would not read.
 */
export function parseTimeLimit(text: string): number | undefined {
  const [, days, first = "", second, third] = /^(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?$/.exec(text) ?? [];
  const numbers = [first, second, third].map((part) => Number(part ?? 0));
  const [a = 0, b = 0, c = 0] = numbers;
  if (first === "") {
    return undefined;
  }
  if (days !== undefined) {
    return Number(days) * 1440 + a * 60 + b + c / 60;
  }
  const minutes = third === undefined ? a + b / 60 : a * 60 + b + c / 60;
  // sbatch takes zero for no limit.
  return minutes === 0 ? undefined : minutes;
}
