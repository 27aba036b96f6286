import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import type { Run } from "../config/cell.js";
import { tf } from "../tensorflow/tensorflow.js";
import { blockLength, drawBlock, drawValidation, placeOf, validationBatch } from "./data.js";
import { computedLosses, laneTensor, type Program, programOf } from "./lanes.js";
import { rowWidth } from "./step.js";
import { streamSeed } from "./streams.js";
import { flattenState, openTraining, type Training, type TrainingShape, unflattenState } from "./training.js";
import { initialState } from "./weights.js";

// Training as its callers see it: runs go in, numbers come out, no tensors.

/** What some steps of one run gave. */
export interface Chunk {
  /** The run's place in the list that was given to `train`. */
  readonly index: number;
  readonly firstStep: number;
  readonly steps: number;
  /** Row-major, [steps][value columns]. */
  readonly values: Float32Array;
  /** The accuracy after the last of these steps, if it is a step to be measured. */
  readonly accuracy: number | undefined;
}

/** The state of one run before a step: enough to go on with the same numbers. */
export interface Snapshot {
  /** The next step. */
  readonly step: number;
  readonly tensors: readonly { readonly shape: readonly number[]; readonly values: Float32Array }[];
}

/** Runs under way. */
export interface Progress {
  /** Does the next steps of the runs that are furthest behind; undefined when all are through. */
  next(): Chunk[] | undefined;
  /** The state of a run after the steps so far. */
  snapshot(index: number): Snapshot;
  /** Nobody wants this run's numbers any more: it is no longer trained, unless others of its program are. */
  drop(index: number): void;
  /** Frees their tensors. */
  close(): void;
}

export interface Trainer {
  /**
   * Begins runs that fit together (see `groupKey`), each from its snapshot if it has one. All that run in one program, and
   * on a GPU that is all of them, must be at the same step.
   */
  train(runs: readonly Run[], snapshots?: readonly (Snapshot | undefined)[]): Progress;
  /** Frees the compiled programs. */
  close(): void;
}

export interface TrainerOptions {
  /**
   * How many lanes a compiled program has at most; the runs of a group are dealt out evenly to as few programs as hold them.
   * Within a program the lanes' last bits may depend on their number, so on a CPU it is 1, where no choice of company can
   * change a bit.
   */
  readonly width: number | ((program: Program) => number);
  /** Compile with XLA. */
  readonly xla: boolean;
}

/** Runs with the same key can be trained together. */
export function groupKey(run: Run): string {
  const { steps, evaluateEvery, validationImages, evaluateWith } = run.cell;
  return JSON.stringify([programOf(run), steps, evaluateEvery, validationImages, evaluateWith]);
}

export function openTrainer(options: TrainerOptions): Trainer {
  const compiled = new Map<string, Training>();
  const trainingFor = (shape: TrainingShape): Training => {
    const key = JSON.stringify(shape);
    const known = compiled.get(key);
    if (known !== undefined) {
      return known;
    }
    const training = openTraining(shape, options);
    compiled.set(key, training);
    return training;
  };
  return {
    train: (runs, snapshots = []) => begin(runs, snapshots, evenWidth(runs, options), trainingFor),
    close() {
      for (const training of compiled.values()) {
        training.close();
      }
      compiled.clear();
    },
  };
}

/** Lanes of each program, so that no program is left with a few. */
function evenWidth(runs: readonly Run[], { width }: TrainerOptions): number {
  const most = typeof width === "number" ? width : width(programOf(first(runs)));
  return Math.ceil(runs.length / Math.ceil(runs.length / most));
}

function begin(
  runs: readonly Run[],
  snapshots: readonly (Snapshot | undefined)[],
  width: number,
  trainingFor: (shape: TrainingShape) => Training,
): Progress {
  const blocks = openBlocks();
  const teams: Team[] = [];
  for (let from = 0; from < runs.length; from += width) {
    const members = runs.slice(from, from + width);
    teams.push(openTeam(members, from, snapshots.slice(from, from + width), trainingFor, blocks));
  }
  const teamOf = (index: number): Team => {
    const team = teams[Math.floor(index / width)];
    if (team === undefined) {
      throw new RangeError(`no run ${index} among ${runs.length}`);
    }
    return team;
  };
  return {
    next() {
      const left = teams.filter((team) => !team.isDone());
      const [behind] = left.sort((a, b) => a.step() - b.step());
      return behind?.advance();
    },
    snapshot: (index) => teamOf(index).snapshot(index % width),
    drop: (index) => teamOf(index).drop(index % width),
    close() {
      blocks.close();
      for (const team of teams) {
        team.close();
      }
    },
  };
}

/** Runs in the lanes of one program. */
interface Team {
  step(): number;
  isDone(): boolean;
  advance(): Chunk[];
  snapshot(lane: number): Snapshot;
  drop(lane: number): void;
  close(): void;
}

function openTeam(
  runs: readonly Run[],
  firstIndex: number,
  snapshots: readonly (Snapshot | undefined)[],
  trainingFor: (shape: TrainingShape) => Training,
  blocks: Blocks,
): Team {
  const { cell } = first(runs);
  const program = commonProgram(runs);
  const drawn = drawsOf(runs);
  const batch = validationBatch(cell.validationImages);
  const training = trainingFor({
    program,
    lanes: runs.length,
    draws: drawn.runs.length,
    validationBatch: batch,
    validationBatches: cell.validationImages / batch,
    evaluateWith: cell.evaluateWith,
  });
  const { network, validationNetwork } = training;
  const length = blockLength(network.frame);
  const lanes = laneTensor(program, runs);
  const draw = tf.tensor1d([...drawn.lanes], "int32");
  const validation = tf.tidy(() =>
    tf.stack(
      drawn.runs.map((run) =>
        drawValidation(
          validationNetwork.frame,
          streamSeed(run.seed, run.run, "validation"),
          cell.validationImages,
          validationNetwork.imageMargin,
        ),
      ),
      1,
    ),
  );
  let { step, state } = startOf(program, runs, snapshots);
  const dropped = new Set<number>();
  const width = rowWidth(program);
  const pixels = cell.validationImages * cell.imageSize ** 2;
  const longest = mostSteps(program);

  const measure = (): Float32Array => {
    const correct = training.countCorrect({ state, lanes, images: validation, draw });
    const counts = correct.dataSync() as Float32Array;
    correct.dispose();
    return counts.map((count) => count / pixels);
  };

  return {
    step: () => step,
    isDone: () => step >= cell.steps || dropped.size === runs.length,
    advance() {
      const { block, row } = placeOf(step, length);
      const end = Math.min(step + longest, endOfChunk(step, row, length, cell.steps, cell.evaluateEvery));
      const images = blocks.of(drawn.runs, network.frame, block, network.imageMargin, "training");
      const noise = program.noisy
        ? { noise: blocks.of(drawn.runs, network.frame, block, network.imageMargin, "noise") }
        : {};
      const result = training.train({ state, lanes, images, draw, ...noise }, row, row + end - step);
      const rows = result.rows.dataSync() as Float32Array;
      tf.dispose([...flattenState(state), result.rows]);
      state = result.state;
      const firstStep = step;
      step = end;
      const accuracies = (end - 1) % cell.evaluateEvery === 0 ? measure() : undefined;
      return runs.map((_, lane) => ({
        index: firstIndex + lane,
        firstStep,
        steps: end - firstStep,
        values: laneRows(rows, row, end - firstStep, lane, runs.length, width),
        accuracy: accuracies?.[lane],
      }));
    },
    snapshot: (lane) => ({
      step,
      tensors: flattenState(state).map((tensor) => laneOf(tensor, lane)),
    }),
    drop: (lane) => {
      dropped.add(lane);
    },
    close() {
      tf.dispose([...flattenState(state), lanes, draw, validation]);
    },
  };
}

/** Steps that take about half a second on one core, so that whoever waits for a chunk can soon be stopped. */
function mostSteps(program: Program): number {
  const { batchSize, imageSize, filters, convLayers } = program;
  const products = 9 * filters + (convLayers - 1) * 9 * filters ** 2;
  // Forward once; back to the weights and to the input for every loss.
  const passes = 1 + 2 * computedLosses(program).length;
  return Math.max(1, Math.floor(1e10 / (batchSize * imageSize ** 2 * products * passes)));
}

/** Where a chunk ends that begins at `step`, row `row` of a block: with the block, the run, or a step to be measured. */
function endOfChunk(step: number, row: number, length: number, steps: number, evaluateEvery: number): number {
  const measured = Math.ceil(step / evaluateEvery) * evaluateEvery + 1;
  return Math.min(step + length - row, steps, measured);
}

/** The program of several runs: labels are swapped if any of them wants it. Throws if they do not fit together. */
function commonProgram(runs: readonly Run[]): Program {
  if (new Set(runs.map(groupKey)).size > 1) {
    throw new Error("runs of different programs cannot be trained together");
  }
  return programOf(first(runs));
}

/** The different draws of images among some runs, and which of them each run sees. */
function drawsOf(runs: readonly Run[]): { readonly runs: readonly Run[]; readonly lanes: readonly number[] } {
  const distinct = new Map<string, Run>();
  const keyOf = ({ seed, run }: Run): string => `${seed} ${run}`;
  for (const run of runs) {
    distinct.set(keyOf(run), distinct.get(keyOf(run)) ?? run);
  }
  const keys = [...distinct.keys()];
  return { runs: [...distinct.values()], lanes: runs.map((run) => keys.indexOf(keyOf(run))) };
}

function startOf(program: Program, runs: readonly Run[], snapshots: readonly (Snapshot | undefined)[]) {
  const fresh = tf.tidy(() => {
    const state = initialState(
      program,
      runs.map(({ seed, run }) => streamSeed(seed, run, "weights")),
    );
    return flattenState(state);
  });
  const given = snapshots.filter((snapshot) => snapshot !== undefined);
  if (given.length === 0) {
    return { step: 0, state: unflattenState(fresh) };
  }
  const step = first(given).step;
  if (given.length < runs.length || given.some((snapshot) => snapshot.step !== step)) {
    throw new Error("runs of one program must go on from the same step");
  }
  const restored = fresh.map((tensor, at) => {
    const size = tensor.size / runs.length;
    const values = new Float32Array(tensor.size);
    for (const [lane, snapshot] of given.entries()) {
      values.set(snapshot.tensors[at]?.values ?? [], lane * size);
    }
    return tf.tensor(values, tensor.shape);
  });
  tf.dispose(fresh);
  return { step, state: unflattenState(restored) };
}

function laneOf(tensor: Tensor, lane: number): Snapshot["tensors"][number] {
  const shape = tensor.shape.slice(1);
  const size = shape.reduce((product, length) => product * length, 1);
  const values = (tensor.dataSync() as Float32Array).slice(lane * size, (lane + 1) * size);
  return { shape, values };
}

/** One lane's rows `from` to `from + steps` of [block length][lanes][width]. */
function laneRows(
  rows: Float32Array,
  from: number,
  steps: number,
  lane: number,
  lanes: number,
  width: number,
): Float32Array {
  if (lanes === 1) {
    return rows.subarray(from * width, (from + steps) * width);
  }
  const values = new Float32Array(steps * width);
  for (let step = 0; step < steps; step++) {
    const at = ((from + step) * lanes + lane) * width;
    values.set(rows.subarray(at, at + width), step * width);
  }
  return values;
}

/** Blocks of images in use. Teams of one run number share them: drawing costs a tenth of a lone run's time. */
interface Blocks {
  of(
    runs: readonly Run[],
    frame: Training["network"]["frame"],
    block: number,
    margin: number,
    purpose: "training" | "noise",
  ): Tensor;
  close(): void;
}

function openBlocks(): Blocks {
  const kept = new Map<string, { readonly key: string; readonly tensor: Tensor }>();
  return {
    of(runs, frame, block, margin, purpose) {
      const key = JSON.stringify([purpose, block, runs.map(({ seed, run }) => [seed, run])]);
      const known = kept.get(purpose);
      if (known?.key === key) {
        return known.tensor;
      }
      known?.tensor.dispose();
      const tensor = tf.tidy(() =>
        tf.stack(
          runs.map((run) => drawBlock(frame, streamSeed(run.seed, run.run, purpose), block, margin)),
          1,
        ),
      );
      kept.set(purpose, { key, tensor });
      return tensor;
    },
    close() {
      tf.dispose([...kept.values()].map(({ tensor }) => tensor));
      kept.clear();
    },
  };
}

function first<T>(list: readonly T[]): T {
  const [item] = list;
  if (item === undefined) {
    throw new Error("an empty list of runs");
  }
  return item;
}
