import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import type { MaskedLayout, Strip } from "../network/flat-layout.js";

/** One row of the table of tasks: how images and their labels come from uniform random numbers. */
export interface ImageTask {
  /** The name in words, as legends and help show it. */
  readonly title: string;
  /**
   * What is foreground, as plain text; t is the threshold, r the radius. Every task has a foreground share of
   * 1 - t.
   */
  readonly definition: string;
  /** Whether the radius changes the task. Where it does not, runs of any radius share a compiled step. */
  readonly usesRadius: boolean;
  /** How many uniform numbers an image takes beside one for every pixel. */
  readonly numbersPerImage: (size: TaskSize) => number;
  /** The numbers of the task that differ from lane to lane. As many for every threshold. */
  readonly laneNumbers: (cell: TaskCell) => readonly number[];
  /** How many tensors of a mini-batch's size exist while the step is traced, for the estimate of memory. */
  readonly workspace: (size: TaskSize) => number;
  /** Makes the images and labels of a mini-batch. */
  readonly scene: (draws: Draws) => Scene;
}

/** The part of a cell on which the shapes of a task's tensors depend. */
export interface TaskSize {
  readonly imageSize: number;
  readonly radius: number;
}

/** The part of a cell on which a task depends. */
export interface TaskCell extends TaskSize {
  readonly threshold: number;
}

/** What a scene is a function of. */
export interface Draws {
  readonly grid: MaskedLayout;
  readonly size: TaskSize;
  /** Uniform numbers in [0, 1) at pixels, 0 elsewhere: [lanes, position]. */
  readonly pixels: Strip;
  /** The further uniform numbers of every image, [lanes, images, numbers]. Throws if the task takes none. */
  readonly numbers: () => Tensor;
  /** The lanes' thresholds, [lanes, 1]. */
  readonly threshold: () => Tensor;
  /** The lanes' numbers of the task, [lanes, numbers]. */
  readonly laneNumbers: () => Tensor;
  /** The halo of the labels. */
  readonly labelHalo: number;
}

/** The images of a mini-batch and their labels. Functions, so that a step computes no more than it uses. */
export interface Scene {
  /** Returns the images in [0, 1), with the halo of `pixels` and 0 where no pixel is: [lanes, position]. */
  readonly image: () => Tensor;
  /**
   * Returns 1 where a pixel is foreground, else 0, with the halo of the labels: [lanes, position]. Any number
   * elsewhere.
   */
  readonly foreground: () => Tensor;
}
