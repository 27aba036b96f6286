/** The colors of charts, which canvases need as values. */
export interface Theme {
  readonly isDark: boolean;
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly paper: string;
}

/** Returns the colors of the page as its style sheet has them now. */
export function currentTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  return {
    isDark: matchMedia("(prefers-color-scheme: dark)").matches,
    ink: color("--ink"),
    soft: color("--soft"),
    line: color("--line"),
    paper: color("--paper"),
  };
}

/** Returns a color with an opacity. */
export function withOpacity(color: string, opacity: number): string {
  const byte = Math.round(opacity * 255)
    .toString(16)
    .padStart(2, "0");
  return /^#[0-9a-f]{6}$/i.test(color) ? color + byte : color;
}
