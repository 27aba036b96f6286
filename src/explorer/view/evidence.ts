import type { SweepIndex } from "../model.js";
import { selectedCells } from "./selection.js";
import { initialView, type ViewState } from "./view-state.js";

/** The evidence of a finding: where in the study's grid it is seen. */
interface Evidence {
  /** Values of axes by key. */
  readonly only: Readonly<Record<string, readonly string[]>>;
  readonly change?: Partial<ViewState>;
  /** True if its cells are few enough to be opened large. */
  readonly opens?: boolean;
}

const early = { from: 0, to: 1000 };

/** By the findings' numbers: see findings.ts in src/analysis/findings. */
const evidence: Readonly<Record<number, Evidence>> = {
  1: { only: { optimizer: ["sgd"] } },
  2: { only: { optimizer: ["adam"], batch_norm: ["false"] } },
  3: { only: { optimizer: ["adam"], batch_norm: ["true"] } },
  4: {
    only: { optimizer: ["adam"], threshold: ["0.5"], trained_loss: ["dicefg"] },
    change: { curves: ["cce"], groups: ["loss", "norm"], steps: early },
    opens: true,
  },
  5: {
    only: { optimizer: ["adam"], batch_norm: ["false"], threshold: ["0.05", "0.95"] },
    change: { grid: "trained norm" },
  },
  6: { only: { optimizer: ["adam"] } },
};

/** Returns the view with the evidence of a finding; undefined if the sweep has none of its cells. */
export function evidenceView(index: SweepIndex, finding: number): ViewState | undefined {
  const found = evidence[finding];
  if (found === undefined) {
    return undefined;
  }
  const limits = index.axes.flatMap(({ key, values }) => {
    const wanted = found.only[key];
    return wanted === undefined
      ? []
      : [{ key, values, present: values.map(({ text }) => text).filter((text) => wanted.includes(text)) }];
  });
  if (limits.some(({ present }) => present.length === 0)) {
    return undefined;
  }
  // An axis of one value needs no limit.
  const needed = limits.filter(({ values }) => values.length > 1);
  const only = new Map(needed.map(({ key, present }) => [key, present]));
  const view = { ...initialView, ...found.change, only };
  const cells = selectedCells(index, view);
  if (cells.length === 0) {
    return undefined;
  }
  return found.opens ? { ...view, only: new Map(), open: cells.map(({ id }) => id) } : view;
}
