/** Item `index` of a list. Throws a RangeError if there is none. */
export function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) {
    throw new RangeError(`no item ${index} in a list of ${list.length}`);
  }
  return item;
}
