/** Attributes, properties and listeners of a new element. */
export interface ElementOptions {
  readonly class?: string;
  readonly title?: string;
  readonly hidden?: boolean;
  /** Any attribute: true is an empty one; undefined and false are none. */
  readonly attributes?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly on?: Readonly<Record<string, (event: Event) => void>>;
}

/** Creates an element. Texts become text nodes, so that no text of the data is ever read as markup. */
export function create<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  options: ElementOptions = {},
  ...children: readonly (Node | string | undefined)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  element.className = options.class ?? "";
  if (options.title !== undefined) {
    element.title = options.title;
  }
  element.hidden = options.hidden ?? false;
  for (const [attribute, value] of Object.entries(options.attributes ?? {})) {
    if (value !== undefined && value !== false) {
      element.setAttribute(attribute, value === true ? "" : String(value));
    }
  }
  for (const [type, listener] of Object.entries(options.on ?? {})) {
    element.addEventListener(type, listener);
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** Creates a button with a text. */
export function createButton(
  text: string,
  onClick: (event: MouseEvent) => void,
  options: ElementOptions = {},
): HTMLButtonElement {
  const { attributes, ...rest } = options;
  const button = create("button", { ...rest, attributes: { type: "button", ...attributes } }, text);
  button.addEventListener("click", onClick);
  return button;
}

/** Creates a button that is on or off. */
export function createToggle(
  text: string,
  isOn: boolean,
  onClick: (event: MouseEvent) => void,
  options: ElementOptions = {},
): HTMLButtonElement {
  return createButton(text, onClick, {
    ...options,
    class: `toggle ${options.class ?? ""}`,
    attributes: { ...options.attributes, "aria-pressed": String(isOn) },
  });
}

/** Replaces what is in an element and keeps the keyboard's focus on the element with the same data-focus. */
export function replaceContent(element: Element, ...children: readonly (Node | string | undefined)[]): void {
  const focused = document.activeElement;
  const name =
    focused instanceof HTMLElement && element.contains(focused) ? focused.dataset.focus : undefined;
  element.replaceChildren(...children.filter((child) => child !== undefined));
  if (name !== undefined) {
    for (const candidate of element.querySelectorAll<HTMLElement>("[data-focus]")) {
      if (candidate.dataset.focus === name) {
        candidate.focus({ preventScroll: true });
      }
    }
  }
}

const announcer = create("div", {
  class: "visually-hidden",
  attributes: { role: "status", "aria-live": "polite" },
});

/** Has a screen reader say a sentence. */
export function announce(text: string): void {
  if (!announcer.isConnected) {
    document.body.append(announcer);
  }
  announcer.textContent = text;
}

/** Creates a short line in a style, for legends. It follows the page's colors by CSS. */
export function createSwatch(style: {
  readonly light: string;
  readonly dark: string;
  readonly dash: readonly number[];
}) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", "swatch");
  svg.setAttribute("width", "22");
  svg.setAttribute("height", "8");
  svg.setAttribute("aria-hidden", "true");
  for (const scheme of ["light", "dark"] as const) {
    const line = document.createElementNS(space, "line");
    for (const [name, value] of Object.entries({ x1: 0, x2: 22, y1: 4, y2: 4, "stroke-width": 2.5 })) {
      line.setAttribute(name, String(value));
    }
    line.setAttribute("class", `only-${scheme}`);
    line.setAttribute("stroke", style[scheme]);
    line.setAttribute("stroke-dasharray", style.dash.join(" "));
    svg.append(line);
  }
  return svg;
}
