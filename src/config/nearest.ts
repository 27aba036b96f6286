// Written here since npm's libraries of this distance are unmaintained, and the maintained ones do not count the swap of
// two neighbors, the most frequent slip, as one edit.

/** Returns the word most like the given one, if any is like it. Neither case nor separators count. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  if (word.length > 40) {
    return undefined;
  }
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of words) {
    const distance = editDistance(lettersOf(word), lettersOf(candidate));
    const tolerated = Math.floor(Math.min(word.length, candidate.length) / 2.5);
    if (distance <= tolerated && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function lettersOf(word: string): string {
  return word.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/**
 * Returns the optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbors.
 *
 * @see https://en.wikipedia.org/wiki/Damerau-Levenshtein_distance#Optimal_string_alignment_distance
 */
function editDistance(from: string, to: string): number {
  let rowBefore: number[] = [];
  let previousRow = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const substitution = entry(previousRow, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
      let least = Math.min(entry(previousRow, j) + 1, entry(row, j - 1) + 1, substitution);
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (isSwap) {
        least = Math.min(least, entry(rowBefore, j - 2) + 1);
      }
      row.push(least);
    }
    rowBefore = previousRow;
    previousRow = row;
  }
  return entry(previousRow, to.length);
}

function entry(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
