/**
 * SVG markup with its coordinates rounded to a tenth of a pixel, and its lines as relative steps without those points
 * that lie within a tenth of a pixel of the line without them.
 */
export function compactNumbers(markup: string): string {
  return markup
    .replace(
      / d="([^"]*)"/g,
      (_, path: string) => ` d="${isLine.test(path) ? compactPath(path) : rounded(path, 100)}"`,
    )
    .replace(/ transform="[^"]*"/g, (attribute) => rounded(attribute, 10))
    .replace(/ (?:x|y|x1|x2|y1|y2|cx|cy|r|width|height)="-?\d+\.\d+"/g, (attribute) =>
      rounded(attribute, 10),
    );
}

const isLine = /^M[MLZ\d.,e-]*$/;

function rounded(text: string, parts: number): string {
  return text.replace(/-?\d+\.\d+(e-\d+)?/g, (number) => String(Math.round(Number(number) * parts) / parts));
}

/** A point in tenths of a pixel. */
type Point = readonly [x: number, y: number];

/** A path of M, L and Z commands, compacted. */
export function compactPath(path: string): string {
  return path
    .split("M")
    .slice(1)
    .map((part) => {
      const closed = part.endsWith("Z");
      const points = part.replace("Z", "").split("L").map(pointOf);
      return `${lineText(thinned(points))}${closed ? "z" : ""}`;
    })
    .join("");
}

function pointOf(text: string): Point {
  const [x = "", y = ""] = text.split(",");
  return [Math.round(Number(x) * 10), Math.round(Number(y) * 10)];
}

/**
 * Leaves out points that lie within a tenth of a pixel of the line between those that stay: as long as one slope passes
 * all points since the last that stayed, they are one line. Only a line that goes to the right is thinned.
 */
function thinned(points: readonly Point[]): readonly Point[] {
  const kept = points.slice(0, 1);
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  for (const [i, point] of points.entries()) {
    const [x, y] = kept.at(-1) ?? point;
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
    kept.push(point);
    low = Number.NEGATIVE_INFINITY;
    high = Number.POSITIVE_INFINITY;
  }
  return kept;
}

function lineText(points: readonly Point[]): string {
  let text = "";
  let before: Point | undefined;
  for (const [x, y] of points) {
    if (before === undefined) {
      text += `M${tenths(x)}${joined(y)}`;
    } else {
      text += `${text.includes("l") ? joined(x - before[0]) : `l${tenths(x - before[0])}`}${joined(y - before[1])}`;
    }
    before = [x, y];
  }
  return text;
}

function tenths(value: number): string {
  return String(value / 10).replace(/^(-?)0\./, "$1.");
}

/** A number after another one: a minus parts them by itself. */
function joined(value: number): string {
  return value < 0 ? tenths(value) : ` ${tenths(value)}`;
}
