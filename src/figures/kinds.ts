/** The kinds of figures, as `--figure` names them. */
export const figureKinds = ["runs", "accuracy", "learning", "against", "norms", "effects", "layers"] as const;

export type FigureKind = (typeof figureKinds)[number];

/** The formats of a figure's file. */
export const formats = ["svg", "png"] as const;

export type Format = (typeof formats)[number];
