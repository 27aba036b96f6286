/**
 * Returns SVG markup with coordinates rounded to a tenth of a px. Lines become relative steps without the points that
 * lie within a tenth of a px of the line through the others. A figure of
 * runs becomes several times smaller.
 */
export function compactMarkup(markup: string): string {
  return markup
    .replace(
      / d="([^"]*)"/g,
      (_, path: string) => ` d="${linePath.test(path) ? compactPath(path) : round(path, 100)}"`,
    )
    .replace(/ transform="[^"]*"/g, (attribute) => round(attribute, 10))
    .replace(/ (?:x|y|x1|x2|y1|y2|cx|cy|r|width|height)="-?\d+\.\d+"/g, (attribute) => round(attribute, 10));
}

const linePath = /^M[MLZ\d.,e-]*$/;

/** Rounds every number of a text to a multiple of 1 / `parts`. */
function round(text: string, parts: number): string {
  return text.replace(/-?\d+\.\d+(e-\d+)?/g, (number) => String(Math.round(Number(number) * parts) / parts));
}

/** A point in tenths of a px. */
type GridPoint = readonly [x: number, y: number];

/** Compacts a path of absolute M, L and Z commands. */
export function compactPath(path: string): string {
  return path
    .split("M")
    .slice(1)
    .map((part) => {
      const closed = part.endsWith("Z");
      const points = part.replace("Z", "").split("L").map(parsePoint);
      return `${lineText(simplify(points))}${closed ? "z" : ""}`;
    })
    .join("");
}

function parsePoint(text: string): GridPoint {
  const [x = "", y = ""] = text.split(",");
  return [Math.round(Number(x) * 10), Math.round(Number(y) * 10)];
}

/**
 * Leaves out points that lie within a tenth of a px of the line between the points that remain. This is cone intersection
 * (Williams 1978, "An efficient algorithm for the piecewise linear approximation of planar curves"): a segment continues
 * for as long as one slope from its start passes within a tenth of a px of every point. Only segments that run to the right
 * are simplified.
 */
function simplify(points: readonly GridPoint[]): readonly GridPoint[] {
  const remaining = points.slice(0, 1);
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  for (const [i, point] of points.entries()) {
    const [x, y] = remaining.at(-1) ?? point;
    const next = points[i + 1];
    if (i === 0) {
      continue;
    }
    const run = point[0] - x;
    low = Math.max(low, (point[1] - y - 1) / run);
    high = Math.min(high, (point[1] - y + 1) / run);
    const slope = next === undefined ? Number.NaN : (next[1] - y) / (next[0] - x);
    const straight = run > 0 && next !== undefined && next[0] > point[0] && slope >= low && slope <= high;
    if (straight) {
      continue;
    }
    remaining.push(point);
    low = Number.NEGATIVE_INFINITY;
    high = Number.POSITIVE_INFINITY;
  }
  return remaining;
}

/** Writes points as one absolute move and relative lines. */
function lineText(points: readonly GridPoint[]): string {
  let text = "";
  let before: GridPoint | undefined;
  for (const [x, y] of points) {
    if (before === undefined) {
      text += `M${tenths(x)}${separated(y)}`;
    } else {
      const [dx, dy] = [x - before[0], y - before[1]];
      text += `${text.includes("l") ? separated(dx) : `l${tenths(dx)}`}${separated(dy)}`;
    }
    before = [x, y];
  }
  return text;
}

function tenths(value: number): string {
  return String(value / 10).replace(/^(-?)0\./, "$1.");
}

/** Writes a number that follows another: a minus sign separates them without a space. */
function separated(value: number): string {
  return value < 0 ? tenths(value) : ` ${tenths(value)}`;
}
