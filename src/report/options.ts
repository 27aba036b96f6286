// What the command line knows of the report. It is apart from the report, so that help and mistakes load nothing else.

/** The formats of tables for other programs. */
export const tableFormats = ["markdown", "csv", "latex"] as const;

export type TableFormat = (typeof tableFormats)[number];
