import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { reportCommand } from "../../src/commands/report.js";
import { type Browser, chromium, openBrowser } from "../helpers/chromium.js";
import { fullSweep, writeSweep } from "../helpers/synthetic-sweep.js";

/** A figure as the browser shows it, in px. */
interface ShownFigure {
  readonly id: string;
  readonly height: number;
  readonly textSize: number;
  readonly left: number;
  readonly right: number;
}

const skip =
  chromium === undefined && "no Chromium on this machine: install the package chromium, or set CHROMIUM";

const pageTest = (name: string, body: () => Promise<void>) => test(name, { skip }, body);

let folder: string;
let page: string;
let browser: Browser;

before(async () => {
  if (chromium === undefined) {
    return;
  }
  folder = mkdtempSync(join(tmpdir(), "segloss-page-"));
  page = join(folder, "report.html");
  const sweep = { ...fullSweep(501, ["cce", "dicefg", "dice"]), runs: 2 };
  writeSweep(folder, {
    ...sweep,
    layers: ["conv1", "head"],
    missing: (keys, run) => run === 1 && keys.trained_loss === "dice",
  });
  writeFileSync(join(folder, "summary.csv"), "a,link,target\n");
  await reportCommand().parseAsync([folder, "--html", "--quiet"], { from: "user" });
  browser = await openBrowser(chromium);
});
after(async () => {
  await browser?.close();
  if (folder !== undefined) {
    rmSync(folder, { recursive: true });
  }
});

/** Opens the page in a window of this width. */
async function open(width: number, scheme: "light" | "dark" = "light"): Promise<void> {
  const size = { width, height: 900, deviceScaleFactor: 1, mobile: width < 600 };
  await browser.call("Emulation.setDeviceMetricsOverride", size);
  await browser.call("Emulation.setEmulatedMedia", {
    features: [{ name: "prefers-color-scheme", value: scheme }],
  });
  const loaded = browser.next("Page.loadEventFired");
  await browser.call("Page.navigate", { url: pathToFileURL(page).href });
  await loaded;
}

for (const [width, scheme] of [
  [390, "light"],
  [390, "dark"],
  [1280, "light"],
  [1280, "dark"],
] as const) {
  pageTest(`every figure is visible, readable and inside the page at ${width} px, ${scheme}`, async () => {
    await open(width, scheme);
    const figures = await browser.evaluate<readonly ShownFigure[]>(
      `[...document.querySelectorAll("figure")].map((figure) => {
        figure.scrollIntoView();
        const svg = figure.querySelector("svg");
        const box = svg.getBoundingClientRect();
        const scale = box.width / svg.viewBox.baseVal.width;
        const { left, right } = figure.getBoundingClientRect();
        return { id: figure.id, height: box.height, textSize: 12 * scale, left, right };
      })`,
    );
    assert.equal(figures.length, 9 + 12 + 24);
    for (const figure of figures) {
      assert.ok(figure.height > 100 && figure.textSize >= 8.5, JSON.stringify(figure));
      assert.ok(figure.left >= 0 && figure.right <= width, JSON.stringify(figure));
    }
    assert.ok((await browser.evaluate<number>("document.documentElement.scrollWidth")) <= width);
  });
}

pageTest("texts of the page have a contrast of 4.5 or more, light and dark", async () => {
  for (const scheme of ["light", "dark"] as const) {
    await open(1280, scheme);
    const lowest = await browser.evaluate<number>(`(() => {
      const luminance = (color) => {
        const [r, g, b] = color.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255)
          .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const paper = luminance(getComputedStyle(document.body).backgroundColor);
      return Math.min(...[...document.querySelectorAll("p, a, td, th, dd, dt, figcaption, .verdict")].map((element) => {
        const ink = luminance(getComputedStyle(element).color);
        return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
      }));
    })()`);
    assert.ok(lowest >= 4.5, `${scheme}: ${lowest}`);
  }
});

pageTest("a table is sorted in both directions by keyboard and announces it", async () => {
  await open(1280);
  const column = () =>
    browser.evaluate<string[]>(
      `[...document.querySelectorAll("#cells tbody tr")].map((row) => row.cells[5].dataset.value)`,
    );
  const press = async () => {
    await browser.evaluate(`document.querySelectorAll("#cells thead button")[5].focus()`);
    for (const type of ["keyDown", "keyUp"]) {
      await browser.call("Input.dispatchKeyEvent", {
        type,
        key: "Enter",
        code: "Enter",
        text: "\r",
        windowsVirtualKeyCode: 13,
      });
    }
  };
  const sorted = (await column()).map(Number).toSorted((a, b) => a - b);
  await press();
  assert.deepEqual((await column()).map(Number), sorted);
  assert.equal(
    await browser.evaluate(`document.querySelector(".live").textContent`),
    "Sorted by Final accuracy, ascending",
  );
  await press();
  assert.deepEqual((await column()).map(Number), sorted.toReversed());
  assert.equal(
    await browser.evaluate(`document.querySelectorAll("#cells thead th")[5].getAttribute("aria-sort")`),
    "descending",
  );
});

pageTest("figures have names, tables have captions, ids are unique and links have targets", async () => {
  await open(1280);
  const faults = await browser.evaluate<string[]>(`(() => {
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    return [
      ...[...document.querySelectorAll("figure > div > svg")].filter((svg) => svg.getAttribute("role") !== "img" || svg.getAttribute("aria-label").length < 40).map(() => "unnamed figure"),
      ...[...document.querySelectorAll("table")].filter((table) => !table.caption?.textContent).map(() => "table without caption"),
      ...ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => "id twice: " + id),
      ...[...document.querySelectorAll('a[href^="#"]')].filter((a) => !document.querySelector(a.getAttribute("href"))).map((a) => "dead link " + a.href),
      ...[...document.querySelectorAll("figure")].filter((figure) => !figure.querySelector("figcaption a")).map((figure) => "no CSV: " + figure.id),
    ];
  })()`);
  assert.deepEqual(faults, []);
  const links = await browser.evaluate<string[]>(
    `[...document.querySelectorAll("figcaption a")].map((a) => a.getAttribute("href"))`,
  );
  for (const link of new Set(links)) {
    assert.ok(readFileSync(join(folder, decodeURIComponent(link))).length > 0, link);
  }
});

pageTest("the page logs nothing and requests nothing", async () => {
  await open(1280);
  assert.deepEqual(browser.events("Log.entryAdded"), []);
  assert.deepEqual(browser.events("Runtime.exceptionThrown"), []);
  assert.deepEqual(browser.events("Runtime.consoleAPICalled"), []);
  const requests = browser
    .events("Network.requestWillBeSent")
    .map((event) => (event as unknown as { request: { url: string } }).request.url);
  assert.deepEqual([...new Set(requests)], [pathToFileURL(page).href]);
});

pageTest("the page prints as a PDF", async () => {
  await open(1280);
  const { data } = await browser.call("Page.printToPDF", { paperWidth: 8.27, paperHeight: 11.69 });
  assert.ok(
    Buffer.from(data as unknown as string, "base64")
      .toString("latin1")
      .startsWith("%PDF"),
  );
});

pageTest("the heads of a table stay in view while its rows scroll", async () => {
  await open(1280);
  const [box, head, name] = await browser.evaluate<readonly [number, number, number]>(`(() => {
    const box = document.querySelector("#cells .scroll");
    box.scrollTop = 400;
    box.scrollLeft = 200;
    const place = (element) => element.getBoundingClientRect();
    return [
      place(box).top,
      place(box.querySelector("thead th")).top,
      place(box.querySelector("tbody th")).left - place(box).left,
    ];
  })()`);
  assert.ok(Math.abs(head - box) <= 1, `${head} instead of ${box}`);
  assert.ok(Math.abs(name) <= 1, `${name}`);
});

pageTest("no column is cut in print on A4", async () => {
  await open(1280);
  // The width between the margins of A4 in landscape, in px.
  const size = { width: 1009, height: 680, deviceScaleFactor: 1, mobile: false };
  await browser.call("Emulation.setDeviceMetricsOverride", size);
  await browser.call("Emulation.setEmulatedMedia", { media: "print" });
  const widest = await browser.evaluate<number>(
    `Math.max(...[...document.querySelectorAll("table")].map((table) => table.scrollWidth))`,
  );
  await browser.call("Emulation.setEmulatedMedia", { media: "" });
  assert.ok(widest <= size.width, String(widest));
});
