import { parseArgs } from "node:util";
import { exitCode } from "../src/errors.js";
import { printBatchNormGain } from "./findings/batch-norm.js";
import { printConvergence } from "./findings/convergence.js";
import { printEqualLoss } from "./findings/equal-loss.js";
import { printErrors } from "./findings/errors.js";
import { printLayers } from "./findings/layers.js";
import { drawMagnitude, printMagnitude } from "./findings/magnitude.js";
import { drawMeasures, printMeasures } from "./findings/measures.js";
import { printMoments } from "./findings/moments.js";
import { printRates } from "./findings/rates.js";
import { printTasks } from "./findings/tasks.js";

/** `npm run findings -- NAME DIR` prints the numbers of docs/findings.md that `segloss report` does not have. */

const usage = `Usage: npm run findings -- NAME DIR
  moments DIR              final accuracies by batch norm's moments (section 2)
  batch-norm DIR DIR       batch norm against none, by its moments (section 2)
  convergence DIR          runs that reach .99, and by step 3,000 (section 2)
  layers DIR [--from N] [--to N]      norms of each layer, 5 % against 95 % foreground (section 3)
  equal-loss DIR           norms of conv1 at equal loss, 5 % against 95 % (section 3)
  magnitude DIR [--from N] [--to N] [--figure FILE]
                           norms of conv1, 5 % against 95 %, by input, first kinks and frozen layers (section 3)
  errors DIR               what that ratio is made of, by the weights of a sweep with --save-weights (section 3)
  rates DIR                runs that reach .99, by learning rate (section 4)
  tasks DIR                the six findings in each task (section 5)
  measures DIR [--figure FILE]        measures at 5 % foreground by task and loss (section 5)`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    from: { type: "string", default: "0" },
    to: { type: "string", default: "3000" },
    figure: { type: "string" },
  },
});
const [name = "", folder, other] = positionals;
const range = { from: Number(values.from), to: Number(values.to) };
const { figure } = values;

const findings: Readonly<Record<string, ((folder: string) => void | Promise<void>) | undefined>> = {
  moments: printMoments,
  convergence: printConvergence,
  "equal-loss": printEqualLoss,
  rates: printRates,
  errors: printErrors,
  tasks: printTasks,
  layers: (path) => printLayers(path, range),
  magnitude: (path) =>
    figure === undefined ? printMagnitude(path, range) : drawMagnitude(path, figure, range),
  measures: (path) => (figure === undefined ? printMeasures(path) : drawMeasures(path, figure)),
  "batch-norm": other === undefined ? undefined : (path) => printBatchNormGain(path, other),
};

const print = findings[name];
if (print === undefined || folder === undefined) {
  console.error(usage);
  process.exitCode = exitCode.usage;
} else {
  await print(folder);
}
