import { tf } from "../../tensorflow/index.js";
import { crop } from "../network/flat-layout.js";
import { discs } from "./discs.js";
import { smooth } from "./smooth.js";
import type { ImageTask } from "./task.js";

/** Every task, in the order of tables and figures. An entry here is all that a task needs. */
export const tasks = {
  /** The task of the study. */
  threshold: {
    title: "threshold",
    definition: "pixels above t, of an image of uniform noise",
    usesRadius: false,
    numbersPerImage: () => 0,
    laneNumbers: () => [],
    workspace: () => 0,
    scene: ({ pixels, threshold, labelHalo }) => ({
      image: () => pixels.values,
      foreground: () => tf.cast(tf.greater(crop(pixels, labelHalo), threshold()), "float32"),
    }),
  },
  smooth,
  discs,
} as const satisfies Readonly<Record<string, ImageTask>>;

/** The identifier of a task: its key in the table, its value in a config. */
export type TaskName = keyof typeof tasks;

/** All identifiers, in table order. */
export const taskNames = Object.keys(tasks) as TaskName[];
