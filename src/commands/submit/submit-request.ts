import { dirname, resolve } from "node:path";
import { parseSbatchArguments, type SbatchArguments } from "../../cluster/sbatch-arguments.js";
import { type EngineName, engines } from "../../cluster/submission.js";
import { parseFlag } from "../../config/flags.js";
import { allProblems, type Problem, type Problems, shown } from "../../config/problems.js";
import { choice, wholeNumber } from "../../config/value-types.js";
import { mostShards } from "../sweep/shard.js";
import { type SweepFlags, type SweepRequest, sweepRequest } from "../sweep/sweep-request.js";

/** The flags of submit, as commander returns them. */
export interface SubmitFlags extends Omit<SweepFlags, "shard" | "rerun"> {
  readonly engine?: string;
  readonly shards?: string;
  readonly atOnce?: string;
  readonly hosts?: string;
  readonly image?: string;
  readonly claim?: string;
  readonly mount?: string;
  readonly allowLocal?: boolean;
}

/** An engine and what it needs to know. */
export type EngineRequest =
  | { readonly name: "slurm"; readonly words: readonly string[]; readonly sbatch: SbatchArguments }
  | { readonly name: "parallel"; readonly words: readonly string[]; readonly hosts: string }
  | {
      readonly name: "kubernetes";
      readonly image: string;
      readonly claim: string;
      readonly mount: string;
      /** Cores of a pod. */
      readonly cores: number;
    };

/** A submission as file and flags describe it, free of mistakes. */
export interface SubmitRequest {
  /** The whole sweep, not a shard of it. */
  readonly sweep: SweepRequest;
  readonly engine: EngineRequest;
  /** Undefined: as many as the cost model proposes. */
  readonly shards: number | undefined;
  readonly atOnce: number | undefined;
  /** The flags of `segloss sweep` for every shard. What changes the config is in the copy of the config. */
  readonly shardFlags: readonly string[];
}

const engineType = choice(engines);
const shardsType = wholeNumber(1, mostShards);

/**
 * Returns what a config, flags and the words after "--" ask for, or every problem of them. Writes nothing.
 *
 * @param file as for `segloss sweep`
 */
export function submitRequest(
  file: string,
  flags: SubmitFlags,
  words: readonly string[],
): { readonly request: SubmitRequest } | Problems {
  const asked = sweepRequest(file, flags);
  const name = parseFlag("--engine", flags.engine ?? "slurm", engineType);
  const shards = parseCount("--shards", flags.shards);
  const atOnce = parseCount("--at-once", flags.atOnce);
  if ("problems" in asked || "problems" in name || "problems" in shards || "problems" in atOnce) {
    return { problems: allProblems(asked, name, shards, atOnce) };
  }
  const sweep = asked.request;
  const parsed = parseEngine(name.value, flags, words, sweep);
  if ("problems" in parsed) {
    return parsed;
  }
  const { engine } = parsed;
  // Kubernetes limits what a pod uses without segloss seeing it.
  const jobs = engine.name === "kubernetes" ? { jobs: String(engine.cores) } : {};
  return {
    request: {
      sweep,
      engine,
      shards: shards.value,
      atOnce: atOnce.value,
      shardFlags: shardFlags({ ...flags, ...jobs }),
    },
  };
}

function parseCount(
  place: string,
  text: string | undefined,
): { readonly value: number | undefined } | Problems {
  return text === undefined ? { value: undefined } : parseFlag(place, text, shardsType);
}

function parseEngine(
  name: EngineName,
  flags: SubmitFlags,
  words: readonly string[],
  sweep: SweepRequest,
): { readonly engine: EngineRequest } | Problems {
  const misplaced = misplacedFlags(name, flags);
  if (misplaced.length > 0) {
    return { problems: misplaced };
  }
  switch (name) {
    case "slurm":
      return parseSlurm(words, sweep);
    case "parallel":
      return parseParallel(words, flags);
    case "kubernetes":
      return parseKubernetes(words, flags, sweep);
  }
}

function parseSlurm(
  words: readonly string[],
  { common, out }: SweepRequest,
): { readonly engine: EngineRequest } | Problems {
  const sbatch = parseSbatchArguments(words);
  if ("problems" in sbatch) {
    return sbatch;
  }
  const path = resolve(out);
  if (/[%\\]/.test(path)) {
    // It replaces what follows a "%" in the path of a log, wherever that stands.
    return {
      problems: [valueProblem("--output", path, "a path without % and \\, to which Slurm gives a meaning")],
    };
  }
  if (sbatch.hasGpu && common.device === "auto") {
    const allowed = "gpu or cpu: on a GPU a sweep is divided along its compiled steps";
    return { problems: [{ place: "--device", path: "", got: "auto, with a GPU for every task", allowed }] };
  }
  return { engine: { name: "slurm", words, sbatch } };
}

function parseParallel(
  words: readonly string[],
  { hosts = "" }: SubmitFlags,
): { readonly engine: EngineRequest } | Problems {
  return /^[^\s,]+(?:,[^\s,]+)*$/.test(hosts)
    ? { engine: { name: "parallel", words, hosts } }
    : {
        problems: [
          valueProblem("--hosts", hosts, "machines that ssh reaches without a password: HOST,USER@HOST,..."),
        ],
      };
}

function parseKubernetes(
  words: readonly string[],
  { image = "", claim = "", mount }: SubmitFlags,
  { out, jobs }: SweepRequest,
): { readonly engine: EngineRequest } | Problems {
  const path = resolve(out);
  const above = mount ?? dirname(path);
  const problems = [
    ...(image === "" ? [valueProblem("--image", image, "a container image with segloss")] : []),
    ...(claim === ""
      ? [valueProblem("--claim", claim, "the PersistentVolumeClaim with the output folder")]
      : []),
    ...(isAbove(above, path) ? [] : [valueProblem("--mount", above, `a folder above ${path}`)]),
    ...(words.length === 0
      ? []
      : [valueProblem('after "--"', words.join(" "), "nothing: segloss does not start kubectl")]),
  ];
  const cores = jobs === "auto" ? 1 : jobs;
  return problems.length > 0
    ? { problems }
    : { engine: { name: "kubernetes", image, claim, mount: above, cores } };
}

function isAbove(folder: string, path: string): boolean {
  return folder.startsWith("/") && path.startsWith(`${folder.replace(/\/+$/, "")}/`);
}

/** Returns the problems of flags that only another engine has. */
function misplacedFlags(name: EngineName, flags: SubmitFlags): readonly Problem[] {
  const owners = {
    hosts: "parallel",
    image: "kubernetes",
    claim: "kubernetes",
    mount: "kubernetes",
  } as const;
  return (["hosts", "image", "claim", "mount"] as const)
    .filter((key) => flags[key] !== undefined && owners[key] !== name)
    .map((key) => ({
      place: `--${key}`,
      path: "",
      got: `the flag with --engine ${name}`,
      allowed: `it with --engine ${owners[key]} only`,
    }));
}

function valueProblem(place: string, got: string, allowed: string): Problem {
  return { place, path: "", got: got === "" ? "none" : shown(got), allowed };
}

/** The flags of a sweep that do not change its config: those that take a value, and those that do not. */
const valueFlags = {
  jobs: "--jobs",
  lanes: "--lanes",
  device: "--device",
  gpu: "--gpu",
  xla: "--xla",
} as const;
const plainFlags = {
  failFast: "--fail-fast",
  saveWeights: "--save-weights",
  strict: "--strict",
  verbose: "--verbose",
} as const;

function shardFlags(flags: SubmitFlags): readonly string[] {
  const valued = Object.entries(valueFlags) as [keyof typeof valueFlags, string][];
  const plain = Object.entries(plainFlags) as [keyof typeof plainFlags, string][];
  return [
    ...(flags.only ?? []).map((text) => `--only=${text}`),
    ...valued.flatMap(([key, flag]) => (flags[key] === undefined ? [] : [`${flag}=${flags[key]}`])),
    ...plain.flatMap(([key, flag]) => (flags[key] === true ? [flag] : [])),
  ];
}
