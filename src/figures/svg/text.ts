/** The fonts of every figure, those of the reader's system first. */
export const fontFamily =
  "system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', 'DejaVu Sans', sans-serif";

/** The size in px of every text but a figure's title. */
export const fontSize = 12;

/** The size in px of a title. */
export const titleSize = 15;

/** How much wider bold letters are. */
export const boldFactor = 1.1;

const narrowLetter = /[ .,:;'|!()[\]ijlft]/;
const wideLetter = /[mwMW%@]/;

/** Returns the estimated width of a text in px. It is an estimate because no font is loaded where figures are drawn. */
export function textWidth(text: string, size = fontSize): number {
  const letterWidth = (letter: string) =>
    narrowLetter.test(letter) ? 0.34 : wideLetter.test(letter) ? 0.88 : 0.6;
  return size * [...text].reduce((sum, letter) => sum + letterWidth(letter), 0);
}

/** Breaks a text at spaces into lines of at most `width` px, as far as its words allow. */
export function wrapText(text: string, width: number, size = fontSize): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && textWidth(longer, size) > width) {
      lines.push(word);
    } else {
      lines[Math.max(0, lines.length - 1)] = longer;
    }
  }
  return lines;
}

/** Escapes a text for markup and for attributes in double quotes. */
export function escapeMarkup(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/**
 * Returns SVG markup whose clip paths are numbered from 1. Observable Plot numbers them through the whole process, which
 * would make a figure's bytes depend on the figures drawn before it.
 */
export function renumberClipPaths(svg: string): string {
  const numbers = new Map<string, number>();
  return svg.replace(/plot-clip-\d+/g, (name) => {
    const number = numbers.get(name) ?? numbers.size + 1;
    numbers.set(name, number);
    return `clip-${number}`;
  });
}
