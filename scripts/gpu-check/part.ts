/** The conditions under which all parts run. */
export interface Conditions {
  readonly device: "cpu" | "gpu";
  /** True for a short version of every part, a minute or two in all. */
  readonly quick: boolean;
  /** Scratch folder. */
  readonly folder: string;
  /** Aborted when the time of the part is over. */
  readonly signal: AbortSignal;
}

export interface PartResult {
  readonly ok: boolean;
  /** Lines of the table. */
  readonly lines: readonly string[];
  /** All numbers, for the JSON file. */
  readonly data?: unknown;
}

/** The unit that is saved when it has finished, and repeated when it has not. */
export interface Part {
  /** Unique among the parts. */
  readonly name: string;
  /** The name by which `--only` selects it, shared by the parts of one check. */
  readonly check: string;
  readonly run: (conditions: Conditions) => Promise<PartResult>;
}

/** A result with the name of its part, as the JSON file has it. */
export interface FinishedPart extends PartResult {
  readonly name: string;
  readonly check: string;
  readonly seconds: number;
}
