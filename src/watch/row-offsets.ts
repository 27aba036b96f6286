import { indexFrom } from "../analysis/stats/arrays.js";

/** Where rows of a file begin: every so many steps, so that a range of steps is found without reading what is before it. */
export interface RowOffsets {
  /** Notes where a row begins. Steps ascend. */
  add(step: number, offset: number): void;
  /** Returns an offset at or before that of the first row whose step is at least `step`; 0 if none is known. */
  before(step: number): number;
  /** Forgets all rows. */
  clear(): void;
}

/** Rows from one noted offset to the next, as long as there are few. */
const fewestRows = 256;

/** Offsets that are noted. Where there would be more, every second one is dropped. */
const mostOffsets = 1024;

/** Creates the offsets of a file that has not been read yet. */
export function createRowOffsets(): RowOffsets {
  let steps: number[] = [];
  let offsets: number[] = [];
  let rows = 0;
  let distance = fewestRows;
  return {
    add(step, offset) {
      if (rows % distance === 0) {
        if (steps.length === mostOffsets) {
          steps = steps.filter((_, index) => index % 2 === 0);
          offsets = offsets.filter((_, index) => index % 2 === 0);
          distance *= 2;
        }
        steps.push(step);
        offsets.push(offset);
      }
      rows++;
    },
    before(step) {
      const index = indexFrom(steps, step);
      return offsets[steps[index] === step ? index : index - 1] ?? 0;
    },
    clear() {
      steps = [];
      offsets = [];
      rows = 0;
      distance = fewestRows;
    },
  };
}
