import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { parseRunTables } from "../../src/analysis/input/run-table.js";
import { reportCommand } from "../../src/commands/report.js";
import { gridRuns } from "../../src/config/grid.js";
import { cellFolder } from "../../src/results/paths.js";
import {
  click,
  drag,
  moveMouse,
  openPage,
  pageTraces,
  placeIn,
  pressKey,
  type Window,
  waitFor,
} from "../helpers/browser-input.js";
import { type Browser, chromium, openBrowser } from "../helpers/chromium.js";
import { configOf } from "../helpers/configs.js";
import { finishRun } from "../helpers/finished-runs.js";
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

const cell = "adam-nobn-t0.5-dicefg";
const other = "adam-bn-t0.5-dicefg";

/** Opens the page with a view, by default in a window of 1,400 px. */
async function open(view = "", window: Window = { width: 1400 }, path = page): Promise<void> {
  await openPage(browser, `${pathToFileURL(path).href}${view === "" ? "" : `#${view}`}`, window);
  await waitFor(browser, `document.querySelector(".card") !== null`);
  if (view.includes("open=")) {
    await waitFor(browser, `document.querySelectorAll(".readout tbody tr").length > 0`);
  }
}

const textOf = (selector: string) =>
  browser.evaluate<string>(`document.querySelector(${JSON.stringify(selector)}).textContent`);
const countOf = (selector: string) =>
  browser.evaluate<number>(`document.querySelectorAll(${JSON.stringify(selector)}).length`);
const addressOf = async () => new URLSearchParams((await browser.evaluate<string>("location.hash")).slice(1));

/** Clicks the button with this text within an element. */
const clickButton = (within: string, text: string) =>
  browser.evaluate<undefined>(
    `[...document.querySelectorAll(${JSON.stringify(`${within} button`)})].find((button) => button.textContent === ${JSON.stringify(text)}).click()`,
  );

/** Returns the values beside the charts, by the names of their rows. */
const shownValues = () =>
  browser.evaluate<Record<string, string[]>>(
    `Object.fromEntries([...document.querySelectorAll(".readout tbody tr")].map((row) => [
      row.closest("table").tHead.rows[0].cells[0].firstChild.textContent + " " + row.cells[0].textContent,
      [...row.cells].slice(1).map((cell) => cell.textContent),
    ]))`,
  );

for (const width of [390, 1400, 2560]) {
  for (const scheme of ["light", "dark"] as const) {
    pageTest(`the page fits into ${width} px, and its texts are readable, ${scheme}`, async () => {
      await open(`open=${cell}&open=${other}&split=1`, { width, scheme });
      const [scrollWidth, cards, charts, lowest] = await browser.evaluate<readonly number[]>(`(() => {
        const luminance = (color) => {
          const [r, g, b] = color.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255)
            .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const paper = luminance(getComputedStyle(document.body).backgroundColor);
        const texts = document.querySelectorAll("p, a, td, tbody th, dd, dt, h2, h3, label, legend, figcaption, .card span");
        const contrasts = [...texts].map((element) => {
          const ink = luminance(getComputedStyle(element).color);
          return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
        });
        const inside = (element) => {
          const { left, right, width } = element.getBoundingClientRect();
          return width > 50 && left >= 0 && right <= innerWidth;
        };
        return [
          document.documentElement.scrollWidth,
          [...document.querySelectorAll(".card")].filter(inside).length,
          [...document.querySelectorAll(".uplot")].filter(inside).length,
          Math.min(...contrasts),
        ];
      })()`);
      assert.ok((scrollWidth ?? 0) <= width, `${scrollWidth} px wide`);
      assert.deepEqual([cards, charts], [36, 6]);
      assert.ok((lowest ?? 0) >= 4.5, `a contrast of ${lowest}`);
      await browser.evaluate(`document.querySelector(".card").scrollIntoView()`);
      await waitFor(
        browser,
        `((canvas) => {
          const context = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
          context.drawImage(canvas, 0, 0);
          const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
          return data.filter((value, i) => i % 4 === 3 && value > 0).length > 50;
        })(document.querySelector(".card canvas"))`,
      );
    });
  }
}

pageTest("hovering shows the step and the values of all curves, raw as they are in the CSVs", async () => {
  await open(`open=${cell}.1&smooth=1,1`);
  const { x, y } = await placeIn(browser, ".u-over", 0.4, 0.5);
  await moveMouse(browser, { x, y });
  await waitFor(browser, `!document.querySelector(".step").textContent.endsWith("500")`);
  const step = Number((await textOf(".step")).replace(/\D/g, ""));
  assert.ok(Math.abs(step - 200) <= 2, `step ${step}`);
  const csv = join(folder, cell, "run-1.csv");
  const [{ values } = assert.fail()] = parseRunTables(readFileSync(csv), csv);
  const shown = await shownValues();
  assert.deepEqual(Object.keys(shown).length, 1 + 3 + 3);
  for (const loss of ["cce", "dice", "dicefg"]) {
    const expected = values.get(`${loss}_loss`)?.[step] ?? assert.fail();
    assert.equal(Number(shown[`Losses ${loss}`]?.[0]), Number(expected.toPrecision(3)), loss);
  }
  assert.equal(
    Number(shown["Accuracy accuracy"]?.[0]),
    Number((values.get("accuracy")?.[250] ?? 0).toFixed(4)),
  );
});

pageTest("dragging zooms, keys zoom further, pan and show all, down to single steps", async () => {
  await open(`open=${cell}`);
  const from = await placeIn(browser, ".u-over", 0.2, 0.5);
  await drag(browser, from, await placeIn(browser, ".u-over", 0.6, 0.5));
  const [low = 0, high = 0] = ((await addressOf()).get("steps") ?? "").split("-").map(Number);
  assert.ok(Math.abs(low - 100) <= 3 && Math.abs(high - 300) <= 3, `${low}-${high}`);
  await browser.evaluate(`document.querySelector(".plots").focus()`);
  for (let press = 0; press < 9; press++) {
    await pressKey(browser, "+");
  }
  const steps = async () => ((await addressOf()).get("steps") ?? "").split("-").map(Number);
  const [first = 0, last = 0] = await steps();
  assert.equal(last - first, 2);
  await pressKey(browser, "PageDown");
  assert.deepEqual(await steps(), [first + 1, last + 1]);
  await pressKey(browser, "0");
  assert.equal((await addressOf()).get("steps"), null);
});

pageTest("arrow keys move along the steps, and a screen reader is given the values", async () => {
  await open(`open=${cell}`);
  await browser.evaluate(`document.querySelector(".plots").focus()`);
  await pressKey(browser, "Home");
  await pressKey(browser, "ArrowRight");
  await waitFor(browser, `document.querySelector(".step").textContent === "Step 1"`);
  assert.match(
    await textOf("[aria-live=polite].visually-hidden"),
    /^Step 1: Accuracy accuracy 0\.\d{4}; Losses cce /,
  );
  await browser.evaluate(`document.querySelector(".values summary").click()`);
  await waitFor(browser, `document.querySelectorAll(".values tbody tr").length === 21`);
  assert.equal(await countOf(".values thead th"), 1 + 7);
});

pageTest("values of axes, runs and curves are chosen, and the address keeps the choice", async () => {
  await open(`open=${cell}`);
  await clickButton(".filters", "Adam");
  await clickButton(".filters", "95 %");
  assert.equal(await countOf(".card"), 6);
  assert.equal(await countOf(".readout tbody tr"), 7);
  await clickButton(".filters", "gradient norms");
  await clickButton(".filters fieldset:last-of-type", "cce");
  await clickButton(".filters", "0");
  assert.deepEqual(Object.keys(await shownValues()), ["Accuracy accuracy", "Losses cce"]);
  assert.equal(await countOf(".runs tbody tr"), 1);
  await clickButton(".toolbar", "Log scale");
  await browser.evaluate(`(() => {
    const slider = document.querySelector(".slider input");
    slider.value = 0;
    slider.dispatchEvent(new Event("input"));
  })()`);
  const address = (await addressOf()).toString();
  assert.equal(
    address,
    `open=${cell}&only.optimizer=adam&only.threshold=0.05&run=0&curve=cce&show=measure%2Closs&smooth=1%2C11&log=1`,
  );
  await open(address);
  assert.equal(await countOf(".card"), 6);
  assert.deepEqual(Object.keys(await shownValues()), ["Accuracy accuracy", "Losses cce"]);
  assert.equal(await textOf(".slider output"), "raw");
  const pressed = await browser.evaluate<string[]>(
    `[...document.querySelectorAll(".toolbar [aria-pressed=true]")].map((button) => button.textContent)`,
  );
  assert.deepEqual(pressed, ["Log scale"]);
  await clickButton(".filters", "Show all");
  assert.equal((await addressOf()).toString(), "");
});

pageTest("a click opens a cell, Shift-click compares another, and Back closes it again", async () => {
  await open("", { width: 2560 });
  await click(browser, await placeIn(browser, `[data-cell="${cell}"]`));
  await waitFor(browser, `document.querySelectorAll(".opened .close").length === 1`);
  await click(browser, await placeIn(browser, `[data-cell="${other}"]`), true);
  await waitFor(browser, `document.querySelectorAll(".opened .close").length === 2`);
  await waitFor(
    browser,
    `[...document.querySelectorAll(".readout tbody td:last-child")].filter((cell) => cell.textContent !== "").length === 7`,
  );
  const { "Losses cce": cce = [] } = await shownValues();
  assert.equal(cce.length, 3);
  const [a, b, ratio] = cce.map(Number);
  assert.ok(Math.abs((b ?? 0) / (a ?? 1) / (ratio ?? 0) - 1) < 0.02, cce.join());
  await clickButton(".toolbar", "Side by side");
  assert.equal(await countOf(".uplot"), 6);
  await browser.evaluate(`document.querySelector(".tabs select").value = "${cell}.0"`);
  await browser.evaluate(`document.querySelector(".tabs select").dispatchEvent(new Event("change"))`);
  assert.equal(await countOf(".uplot"), 9);
  await browser.evaluate("history.back()");
  await waitFor(browser, `document.querySelectorAll(".opened .close").length === 2`);
});

pageTest("cards are reached by arrow keys and opened by Enter", async () => {
  await open();
  await browser.evaluate(`document.querySelector(".card").focus()`);
  await pressKey(browser, "ArrowRight");
  await pressKey(browser, "ArrowDown");
  const focused = await browser.evaluate<string>("document.activeElement.dataset.cell");
  assert.ok(!focused.startsWith("adam-nobn-t0.05-cce"), focused);
  await pressKey(browser, "Enter");
  assert.equal((await addressOf()).get("open"), focused);
  assert.equal(await browser.evaluate<string>("document.activeElement.dataset.cell"), focused);
  await pressKey(browser, "ArrowDown");
  await pressKey(browser, "Enter", true);
  assert.equal((await addressOf()).getAll("open").length, 2);
});

pageTest("two sweeps are compared in one page, and the command of a run is copied", async () => {
  const [one, two] = [join(folder, "one"), join(folder, "two")];
  const path = join(folder, "both.html");
  const config = { steps: 20, runs: 2, evaluateEvery: 5, loss: ["cce", "dice"] };
  for (const [sweep, learningRate] of [
    [one, 0.001],
    [two, 0.01],
  ] as const) {
    for (const run of gridRuns(configOf({ ...config, learningRate }))) {
      mkdirSync(cellFolder(sweep, run), { recursive: true });
      finishRun(sweep, run);
    }
  }
  await reportCommand().parseAsync([one, two, "--html", "--quiet", "-o", path], { from: "user" });
  await open("", { width: 1400 }, path);
  const ids = await browser.evaluate<string[]>(
    `[...document.querySelectorAll(".card")].map((card) => card.dataset.cell)`,
  );
  assert.deepEqual(ids.length, 4);
  const pair = ids.filter((id) => id.includes("-dice"));
  await open(pair.map((id) => `open=${id}`).join("&"), { width: 1400 }, path);
  assert.match(await textOf(".opened"), /learning rate 0\.001.*learning rate 0\.01/);
  await browser.call("Browser.grantPermissions", {
    permissions: ["clipboardReadWrite", "clipboardSanitizedWrite"],
  });
  await click(browser, await placeIn(browser, ".copy"));
  await waitFor(browser, `document.querySelector(".copy").textContent === "Copied"`);
  const copied = await browser.evaluate<string>("navigator.clipboard.readText()");
  assert.equal(copied, await textOf(".command code"));
  assert.match(copied, /^segloss run --optimizer adam .*--loss dice .*--run 0/);
  assert.equal(pageTraces(browser).requests.filter((url) => !url.startsWith("file:")).length, 0);
});

for (const width of [390, 1280]) {
  pageTest(`every figure is visible, readable and inside the page at ${width} px`, async () => {
    await open("", { width });
    const figures = await browser.evaluate<readonly ShownFigure[]>(
      `[...document.querySelectorAll(".figures figure")].map((figure) => {
        figure.scrollIntoView();
        const svg = figure.querySelector("svg");
        const box = svg.getBoundingClientRect();
        const scale = box.width / svg.viewBox.baseVal.width;
        const { left, right } = figure.getBoundingClientRect();
        return { id: figure.id, height: box.height, textSize: 12 * scale, left, right };
      })`,
    );
    assert.equal(figures.length, 9 + 12);
    for (const figure of figures) {
      assert.ok(figure.height > 100 && figure.textSize >= 8.5, JSON.stringify(figure));
      assert.ok(figure.left >= 0 && figure.right <= width, JSON.stringify(figure));
    }
  });
}

pageTest("a table is sorted in both directions by keyboard and announces it", async () => {
  await open();
  const column = () =>
    browser.evaluate<string[]>(
      `[...document.querySelectorAll("#cells tbody tr")].map((row) => row.cells[5].dataset.value)`,
    );
  const press = async () => {
    await browser.evaluate(`document.querySelectorAll("#cells thead button")[5].focus()`);
    await pressKey(browser, "Enter");
  };
  const sorted = (await column()).map(Number).toSorted((a, b) => a - b);
  await press();
  assert.deepEqual((await column()).map(Number), sorted);
  assert.equal(await textOf("[aria-live=polite].visually-hidden"), "Sorted by Final accuracy, ascending");
  await press();
  assert.deepEqual((await column()).map(Number), sorted.toReversed());
  assert.equal(
    await browser.evaluate(`document.querySelectorAll("#cells thead th")[5].getAttribute("aria-sort")`),
    "descending",
  );
});

pageTest(
  "controls and figures have names, tables have captions, ids are unique and links have targets",
  async () => {
    await open(`open=${cell}`);
    const faults = await browser.evaluate<string[]>(`(() => {
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    const nameless = (element) => !(element.ariaLabel || element.textContent.trim() || element.labels?.length);
    return [
      ...[...document.querySelectorAll("button, select, input")].filter(nameless).map((element) => "no name: " + element.outerHTML),
      ...[...document.querySelectorAll(".figures figure > div > svg")].filter((svg) => svg.getAttribute("role") !== "img" || svg.getAttribute("aria-label").length < 40).map(() => "unnamed figure"),
      ...[...document.querySelectorAll("section table")].filter((table) => !table.closest(".readout") && !table.caption?.textContent).map(() => "table without caption"),
      ...ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => "id twice: " + id),
      ...[...document.querySelectorAll('a[href^="#"]')].filter((a) => !document.querySelector(a.getAttribute("href"))).map((a) => "dead link " + a.href),
    ];
  })()`);
    assert.deepEqual(faults, []);
    const links = await browser.evaluate<string[]>(
      `[...document.querySelectorAll("figcaption a, .runs a")].map((a) => a.getAttribute("href"))`,
    );
    assert.ok(links.length > 2);
    for (const link of new Set(links)) {
      assert.ok(readFileSync(join(folder, decodeURIComponent(link))).length > 0, link);
    }
  },
);

pageTest("print shows tables and figures without the explorer, and cuts no column on A4", async () => {
  await open(`open=${cell}`);
  // The width between the margins of A4 in landscape, in px.
  const size = { width: 1009, height: 680, deviceScaleFactor: 1, mobile: false };
  await browser.call("Emulation.setDeviceMetricsOverride", size);
  await browser.call("Emulation.setEmulatedMedia", { media: "print" });
  const [widest, explorer, figures] = await browser.evaluate<readonly number[]>(`[
    Math.max(...[...document.querySelectorAll("#cells table, #differences table")].map((table) => table.scrollWidth)),
    document.querySelector(".explorer").offsetHeight,
    [...document.querySelectorAll(".figures svg")].filter((svg) => svg.clientHeight > 100).length,
  ]`);
  const { data } = await browser.call("Page.printToPDF", { paperWidth: 8.27, paperHeight: 11.69 });
  await browser.call("Emulation.setEmulatedMedia", { media: "" });
  assert.ok((widest ?? 0) <= size.width, String(widest));
  assert.deepEqual([explorer, figures], [0, 9 + 12]);
  const pdf = Buffer.from(data as unknown as string, "base64").toString("latin1");
  assert.ok(pdf.startsWith("%PDF"));
});

pageTest("the heads of a table stay in view while its rows scroll", async () => {
  await open();
  const [box = 0, head = 0, name = 0] = await browser.evaluate<readonly number[]>(`(() => {
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

pageTest("in all of this the page logged nothing and requested nothing but itself", async () => {
  const { complaints, requests } = pageTraces(browser);
  assert.deepEqual(complaints, []);
  const pages = requests.map((url) => url.replace(/#.*/, ""));
  assert.deepEqual(
    [...new Set(pages)].toSorted(),
    [join(folder, "both.html"), page].map((path) => pathToFileURL(path).href).toSorted(),
  );
});
