// One function, in a file of its own because files of every room of the study use it.

/** Returns item `index` of a list. Throws a RangeError if there is none. */
export function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) {
    throw new RangeError(`a list of ${list.length} has no item ${index}`);
  }
  return item;
}
