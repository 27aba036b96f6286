import { fontSize } from "./text.js";

/** The parts of a DOM element that drawing a chart needs. */
export interface SvgElement {
  readonly localName: string;
  readonly textContent: string | null;
  readonly children: readonly SvgElement[];
  readonly getAttribute: (name: string) => string | null;
}

/** How an element is drawn, inherited from its ancestors. */
export interface ElementStyle {
  readonly color: string;
  readonly fill: string;
  readonly stroke: string;
  readonly fillOpacity: number;
  readonly strokeOpacity: number;
  readonly strokeWidth: number;
  readonly dash: string;
  readonly cap: "butt" | "round" | "square";
  readonly join: "miter" | "round" | "bevel";
  readonly anchor: string;
  readonly fontSize: number;
  readonly isBold: boolean;
}

/** The style of a document's root. */
export const initialStyle: ElementStyle = {
  color: "#000",
  fill: "#000",
  stroke: "none",
  fillOpacity: 1,
  strokeOpacity: 1,
  strokeWidth: 1,
  dash: "none",
  cap: "butt",
  join: "miter",
  anchor: "start",
  fontSize,
  isBold: false,
};

/** Returns an element's style: its own attributes, else what it inherits. */
export function styleOf(element: SvgElement, inherited: ElementStyle): ElementStyle {
  const given = <Value>(name: string, otherwise: Value): string | Value =>
    element.getAttribute(name) ?? otherwise;
  // Plot sets the size of its texts as a style.
  const styledSize = /font-size:([\d.]+)px/.exec(given("style", ""))?.[1];
  const color = given("color", inherited.color);
  const painted = (value: string) => (value === "currentColor" ? color : value);
  return {
    color,
    fill: painted(given("fill", inherited.fill)),
    stroke: painted(given("stroke", inherited.stroke)),
    fillOpacity: Number(given("fill-opacity", inherited.fillOpacity)),
    strokeOpacity: Number(given("stroke-opacity", inherited.strokeOpacity)),
    strokeWidth: Number(given("stroke-width", inherited.strokeWidth)),
    dash: given("stroke-dasharray", inherited.dash),
    cap: given("stroke-linecap", inherited.cap) as ElementStyle["cap"],
    join: given("stroke-linejoin", inherited.join) as ElementStyle["join"],
    anchor: given("text-anchor", inherited.anchor),
    fontSize: Number(styledSize ?? given("font-size", inherited.fontSize)),
    isBold: given("font-weight", inherited.isBold ? "600" : "normal") === "600",
  };
}

/** Returns a number among an element's attributes, 0 by default. */
export function numberOf(element: SvgElement, name: string): number {
  return Number(element.getAttribute(name) ?? 0);
}

/** Returns a length in px among an element's attributes; it may be given in em. */
export function lengthOf(element: SvgElement, name: string, style: ElementStyle): number {
  const text = element.getAttribute(name) ?? "0";
  return text.endsWith("em") ? Number(text.slice(0, -2)) * style.fontSize : Number(text);
}
