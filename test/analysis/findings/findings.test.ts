import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeFindings } from "../../../src/analysis/findings/findings.js";
import type { RunSummary } from "../../../src/analysis/run-summary.js";
import { createRunSummary, createStudySummaries, type RunSpec } from "../../helpers/run-summaries.js";

type Keys = Readonly<Record<string, string>>;

/** Returns a surge of cce near step 170 of the given height. */
const surge = (height: number) =>
  Array.from({ length: 501 }, (_, i) => 0.2 + height * Math.exp(-(((i - 170) / 60) ** 2)));

const stuck = (keys: Keys) =>
  keys.threshold === "0.05" && keys.trained_loss === "dicefg" && keys.batch_norm === "false";

/** Returns a run that agrees with the original. */
function likeOriginal(keys: Keys): RunSpec {
  const majority = (keys.threshold === "0.5" ? 0.94 : 0.9503) + (keys.batch_norm === "true" ? 0.001 : 0);
  const accuracy =
    keys.optimizer === "sgd" || stuck(keys) ? majority : keys.batch_norm === "true" ? 0.998 : 0.996;
  const norm = keys.threshold === "0.05" ? 0.5 : 1;
  const surges = keys.threshold === "0.5" && keys.trained_loss === "dicefg" && keys.batch_norm === "false";
  const norms = { cce_grad_norm: norm, dice_grad_norm: norm, dicefg_grad_norm: norm };
  return { accuracy, columns: { ...norms, ...(surges && { cce_loss: surge(2), cce_grad_norm: surge(4) }) } };
}

const verdicts = (runs: readonly RunSummary[]) => judgeFindings(runs).map(({ verdict }) => verdict);
const changed = (number: number, change: (keys: Keys, run: number) => RunSpec | undefined) => {
  const runs = createStudySummaries((keys, run) => {
    const made = likeOriginal(keys);
    const other = change(keys, run);
    return other === undefined ? made : { ...made, ...other, columns: { ...made.columns, ...other.columns } };
  });
  return verdicts(runs)[number - 1];
};

test("All six findings hold for runs that agree with the original", () => {
  assert.deepEqual(verdicts(createStudySummaries(likeOriginal)), Array(6).fill("holds"));
});

test("Finding 1 is refuted by one SGD run that converges, exceeds the majority class, or exceeds .95 at 50 %", () => {
  const one = (keys: Keys, run: number, threshold: string) =>
    keys.optimizer === "sgd" && keys.threshold === threshold && keys.trained_loss === "cce" && run === 2;
  assert.equal(
    changed(1, (keys, run) => (one(keys, run, "0.5") ? { accuracy: 0.99 } : undefined)),
    "does not hold",
  );
  assert.equal(
    changed(1, (keys, run) => (one(keys, run, "0.95") ? { accuracy: 0.956 } : undefined)),
    "does not hold",
  );
  assert.equal(
    changed(1, (keys, run) => (one(keys, run, "0.5") ? { accuracy: 0.951 } : undefined)),
    "does not hold",
  );
});

test("Finding 2 is refuted by a run other than dicefg at 95 % below .99, and by dicefg at 95 % if it converges", () => {
  const plain = (keys: Keys) => keys.optimizer === "adam" && keys.batch_norm === "false";
  const dice = (keys: Keys, run: number) => plain(keys) && keys.trained_loss === "dice" && run === 0;
  assert.equal(
    changed(2, (keys, run) => (dice(keys, run) ? { accuracy: 0.9899 } : undefined)),
    "does not hold",
  );
  assert.equal(
    changed(2, (keys) => (plain(keys) && stuck(keys) ? { accuracy: 0.996 } : undefined)),
    "does not hold",
  );
});

test("Finding 3 is refuted by one Adam run with batch norm below .99", () => {
  const miss = (keys: Keys, run: number) =>
    keys.optimizer === "adam" && keys.batch_norm === "true" && run === 1;
  assert.equal(
    changed(3, (keys, run) => (miss(keys, run) ? { accuracy: 0.98 } : undefined)),
    "does not hold",
  );
});

test("Finding 4 is refuted if cce's value or norm stays low, and if both surge with batch norm too", () => {
  const cell = (keys: Keys, batchNorm: string) =>
    keys.optimizer === "adam" &&
    keys.threshold === "0.5" &&
    keys.trained_loss === "dicefg" &&
    keys.batch_norm === batchNorm;
  const set = (batchNorm: string, columns: RunSpec["columns"]) => (keys: Keys) =>
    cell(keys, batchNorm) ? { columns: columns ?? {} } : undefined;
  assert.equal(changed(4, set("false", { cce_loss: surge(0.5) })), "does not hold");
  assert.equal(changed(4, set("false", { cce_grad_norm: surge(1) })), "does not hold");
  assert.equal(changed(4, set("true", { cce_loss: surge(2), cce_grad_norm: surge(4) })), "does not hold");
  assert.equal(changed(4, set("true", { cce_loss: surge(2) })), "holds");
});

test("The absence of a surge with batch norm does not alone establish finding 4", () => {
  const keys = { batch_norm: "true", trained_loss: "dicefg" };
  assert.equal(verdicts([createRunSummary({ keys })])[3], "not in this sweep");
});

test("Finding 5 is refuted by one norm of one run that is not smaller at 95 %", () => {
  const one = (keys: Keys, run: number, optimizer: string) =>
    keys.optimizer === optimizer &&
    keys.batch_norm === "false" &&
    keys.threshold === "0.05" &&
    keys.trained_loss === "dice" &&
    run === 1;
  const change = (optimizer: string) => (keys: Keys, run: number) =>
    one(keys, run, optimizer) ? { columns: { cce_grad_norm: 1.01 } } : undefined;
  assert.equal(changed(5, change("adam")), "does not hold");
  // Elsewhere the original's own figures are mixed: counted but not judged.
  assert.equal(changed(5, change("sgd")), "holds");
});

test("Finding 6 is refuted if batch norm makes accuracy worse on average", () => {
  const worse = (keys: Keys) =>
    keys.optimizer === "adam" && keys.batch_norm === "true" ? { accuracy: 0.9901 } : undefined;
  const better = (keys: Keys) => (stuck(keys) ? { accuracy: 0.996 } : undefined);
  assert.equal(
    changed(6, (keys) => worse(keys) ?? better(keys)),
    "does not hold",
  );
});

test("A finding without its cells is not in the sweep, and missing cells are counted", () => {
  const sgd = createStudySummaries(likeOriginal).filter((run) => run.keys.get("optimizer") === "sgd");
  assert.deepEqual(verdicts(sgd.slice(0, 2)), ["holds", ...Array(5).fill("not in this sweep")]);
  assert.match(
    judgeFindings(sgd.slice(0, 2))[0]?.claims[0]?.numbers ?? "",
    /^2 of 2 runs.*only 1 of 18 cells/,
  );
});

test("Only runs with the study's value in every further axis are judged", () => {
  const at = (learning_rate: string, accuracy: number) =>
    createRunSummary({ keys: { optimizer: "sgd", learning_rate }, accuracy });
  assert.equal(verdicts([at("0.001", 0.6), at("1", 0.999)])[0], "holds");
  assert.equal(verdicts([at("1", 0.999)])[0], "not testable here");
});

test("Losses that the original did not train are counted but not judged", () => {
  const other = createRunSummary({
    keys: { optimizer: "sgd", trained_loss: "dice_square" },
    accuracy: 0.999,
  });
  const own = createRunSummary({ keys: { optimizer: "sgd" }, accuracy: 0.6 });
  const [finding] = judgeFindings([other, own]);
  assert.equal(finding?.verdict, "holds");
  assert.match(finding?.claims[0]?.numbers ?? "", /losses beyond the original: 0 of 1 runs/);
});
