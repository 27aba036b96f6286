import type { RunRecord } from "../run-record.js";

// Equal bytes need equal processors, programs and libraries. Where the runs of a sweep differ in them, it says which.

/** What made a run, as its record describes it. */
export type RunEnvironment = Omit<RunRecord["environment"], "job">;

/** A finished run and what made it. */
export interface MadeRun {
  /** `<cell>/run-<n>` */
  readonly name: string;
  readonly environment: RunEnvironment;
}

/** A property in which the environments of runs differ. */
export interface EnvironmentMix {
  /** What differs, for messages: "processor". */
  readonly property: string;
  /** The values with the names of their runs, the most frequent value first. */
  readonly values: readonly { readonly value: string; readonly runs: readonly string[] }[];
}

/** The properties that may change the bytes of a run. Undefined stands for a value that a record does not have. */
const properties: Readonly<Record<string, (environment: RunEnvironment) => string | undefined>> = {
  processor: ({ processor }) =>
    processor && `${processor.model} (${processor.architecture}, features ${processor.features.slice(0, 8)})`,
  device: ({ device }) => device,
  "compiler XLA": ({ xla }) => (xla ? "on" : "off"),
  "source code": ({ segloss, commit, dirty }) => {
    const version = commit === undefined ? segloss : `${segloss} at commit ${commit.slice(0, 7)}`;
    return dirty ? `${version} with uncommitted changes` : version;
  },
  TensorFlow: ({ tensorflow }) => tensorflow,
  tfjs: ({ tfjs }) => tfjs,
  Node: ({ node }) => node,
};

/** Returns the properties in which runs differ. A record that lacks a property, as older ones may, differs from none. */
export function findMixes(runs: readonly MadeRun[]): readonly EnvironmentMix[] {
  return Object.entries(properties).flatMap(([property, textOf]) => {
    const byValue = new Map<string, string[]>();
    const texts = new Map<RunEnvironment, string | undefined>();
    for (const { name, environment } of runs) {
      const value = texts.get(environment) ?? textOf(environment);
      texts.set(environment, value);
      if (value !== undefined) {
        const names = byValue.get(value) ?? [];
        byValue.set(value, names);
        names.push(name);
      }
    }
    if (byValue.size < 2) {
      return [];
    }
    const values = [...byValue].map(([value, names]) => ({ value, runs: names }));
    return [{ property, values: values.toSorted((a, b) => b.runs.length - a.runs.length) }];
  });
}

/** Returns the properties of an environment that its record has, as words: "processor EPYC (...)", "device cpu". */
export function describeEnvironment(environment: RunEnvironment): readonly string[] {
  return Object.entries(properties).flatMap(([property, textOf]) => {
    const value = textOf(environment);
    return value === undefined ? [] : [`${property} ${value}`];
  });
}
