// The names by which the page finds its data. A file of its own because the page must not load what writes the HTML.

/** The id of the element with the `SourceDescription`. */
export const sourceElement = "source";

/** The class of the elements with a run's curves; their attribute data-run has the run's id. */
export const curvesElement = "curves";
