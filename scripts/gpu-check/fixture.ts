import { pluralize } from "../../src/terminal/messages.js";
import { runWorker } from "./child.js";
import type { FixtureErrors } from "./fixture-worker.js";
import type { Part } from "./part.js";

/** Allowed relative error of a loss or norm, as in the tests. */
const tolerance = 1e-4;

/** Checks the cases of the float64 fixture on the device, 30 lanes to a program, with and without XLA. */
export function fixtureParts(quick: boolean): Part[] {
  const images = quick ? ["small"] : ["small", "recipe"];
  return images.flatMap((name) => ["on", "off"].map((xla) => fixturePart(name, xla, quick)));
}

function fixturePart(images: string, xla: string, quick: boolean): Part {
  return {
    name: `fixture, ${images} images, XLA ${xla}`,
    check: "fixture",
    run: async (conditions) => {
      const words = [conditions.device, images, xla, quick ? "quick" : "all"];
      const programs = (await runWorker("fixture-worker.ts", words, conditions)) as FixtureErrors[];
      const cases = programs.reduce((total, program) => total + program.cases, 0);
      const largest = Math.max(...programs.map(({ losses, norms }) => Math.max(losses, norms)));
      return {
        ok: programs.length > 0 && largest < tolerance,
        lines: [
          `${cases} cases of five steps in ${pluralize(programs.length, "program")}: largest relative error ${largest.toExponential(1)} (${tolerance} is allowed)`,
        ],
        data: programs,
      };
    },
  };
}
