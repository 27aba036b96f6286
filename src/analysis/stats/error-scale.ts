// A file of its own because figures and the page of the explorer share it, and the page loads nothing else of either.

/**
 * Returns where an accuracy is drawn: -log10(1 - accuracy), so that .9, .99 and .999 are equally far apart. An accuracy
 * above .9999 is drawn as .9999.
 */
export function errorScale(accuracy: number): number {
  return -Math.log10(Math.max(1 - accuracy, 1e-4));
}

/** Returns the accuracy that is drawn at a place. */
export function accuracyAt(place: number): number {
  return 1 - 10 ** -place;
}
