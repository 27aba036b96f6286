import type { Browser } from "./chromium.js";

/** The window that a page is opened in. */
export interface Window {
  readonly width: number;
  readonly height?: number;
  readonly scheme?: "light" | "dark";
}

/** Opens a page in a window of this size, and waits until it is loaded. */
export async function openPage(browser: Browser, url: string, window: Window): Promise<void> {
  const { width, height = 900, scheme = "light" } = window;
  const size = { width, height, deviceScaleFactor: 1, mobile: width < 600 };
  await browser.call("Emulation.setDeviceMetricsOverride", size);
  await browser.call("Emulation.setEmulatedMedia", {
    features: [{ name: "prefers-color-scheme", value: scheme }],
  });
  // A change of the fragment alone would load nothing.
  for (const target of ["about:blank", url]) {
    const loaded = browser.next("Page.loadEventFired");
    await browser.call("Page.navigate", { url: target });
    await loaded;
  }
}

/** Waits until an expression is true in the page. Throws after some seconds. */
export async function waitFor(browser: Browser, expression: string): Promise<void> {
  const isTrue = await browser.evaluate<boolean>(`new Promise((resolve) => {
    const end = performance.now() + 8000;
    const look = () => {
      if (${expression}) resolve(true);
      else if (performance.now() > end) resolve(false);
      else setTimeout(look, 20);
    };
    look();
  })`);
  if (!isTrue) {
    throw new Error(`never true in the page: ${expression}`);
  }
}

/** A place in the window, in px. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Scrolls to the first element of a selector, and returns a place in it, by shares of its width and height. */
export function placeIn(browser: Browser, selector: string, across = 0.5, down = 0.5): Promise<Place> {
  return browser.evaluate<Place>(`(() => {
    const element = document.querySelector(${JSON.stringify(selector)});
    element.scrollIntoView({ block: "center" });
    const { left, top, width, height } = element.getBoundingClientRect();
    return { x: left + width * ${across}, y: top + height * ${down} };
  })()`);
}

/** Moves the mouse to a place. */
export async function moveMouse(browser: Browser, { x, y }: Place, buttons = 0): Promise<void> {
  await browser.call("Input.dispatchMouseEvent", {
    type: "mouseMoved",
    x,
    y,
    buttons,
    button: buttons === 1 ? "left" : "none",
  });
}

/** Clicks at a place, with Shift if asked for. */
export async function click(browser: Browser, { x, y }: Place, withShift = false): Promise<void> {
  for (const type of ["mousePressed", "mouseReleased"]) {
    const modifiers = withShift ? 8 : 0;
    await browser.call("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1, modifiers });
  }
}

/** Drags from one place to another. */
export async function drag(browser: Browser, from: Place, to: Place): Promise<void> {
  await moveMouse(browser, from);
  await browser.call("Input.dispatchMouseEvent", {
    type: "mousePressed",
    ...from,
    button: "left",
    buttons: 1,
    clickCount: 1,
  });
  await moveMouse(browser, { x: (from.x + to.x) / 2, y: to.y }, 1);
  await moveMouse(browser, to, 1);
  await browser.call("Input.dispatchMouseEvent", {
    type: "mouseReleased",
    ...to,
    button: "left",
    clickCount: 1,
  });
}

/** Presses a key of this name: "Enter", "ArrowRight", "+", with Shift if asked for. */
export async function pressKey(browser: Browser, key: string, withShift = false): Promise<void> {
  const text = key === "Enter" ? "\r" : key.length === 1 ? key : undefined;
  for (const type of ["keyDown", "keyUp"]) {
    await browser.call("Input.dispatchKeyEvent", {
      type,
      key,
      modifiers: withShift ? 8 : 0,
      ...(key === "Enter" && { code: "Enter", windowsVirtualKeyCode: 13 }),
      ...(type === "keyDown" && text !== undefined && { text }),
    });
  }
}

/** Returns what a page logged, threw or was refused so far, as texts, and the URLs that were asked for. */
export function pageTraces(browser: Browser): {
  readonly complaints: readonly string[];
  readonly requests: readonly string[];
} {
  const names = ["Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"];
  const requests = browser
    .events("Network.requestWillBeSent")
    .map((event) => (event as unknown as { request: { url: string } }).request.url);
  return {
    complaints: names.flatMap((name) => browser.events(name)).map((event) => JSON.stringify(event)),
    requests: [...new Set(requests)].filter((url) => url !== "about:blank"),
  };
}
