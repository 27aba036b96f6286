/** The losses, in the order of every column, table and figure. */
export const lossNames = [
  "cce",
  "dice",
  "dice_square",
  "dicefg",
  "dicefg_square",
  "wcce",
  "focal",
  "tversky",
] as const;

export type LossName = (typeof lossNames)[number];

/** The losses of the study itself, monitored unless a config says otherwise. */
export const studyLosses: readonly LossName[] = lossNames.slice(0, 5);
