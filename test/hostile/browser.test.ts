import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { reportCommand } from "../../src/commands/report.js";
import { openPage, pageTraces, waitFor } from "../helpers/browser-input.js";
import { chromium, openBrowser } from "../helpers/chromium.js";
import { temporaryFolder } from "../helpers/configs.js";
import { csvCases } from "./csv-cases.js";

const skip = chromium === undefined && "no Chromium on this machine";

test("A page shows hostile names, columns and values as text, and runs no script of its data", {
  skip,
  timeout: 300_000,
}, async () => {
  const folder = join(temporaryFolder(), "<img src=x onerror=window.hostile=1>");
  mkdirSync(folder);
  const browser = await openBrowser(chromium ?? assert.fail());
  try {
    for (const [name, content] of Object.entries(csvCases).filter(([, text]) => text.includes("hostile=1"))) {
      const csv = join(folder, "run-x.csv");
      const page = join(folder, "page.html");
      writeFileSync(csv, content);
      await reportCommand().parseAsync([csv, "--html", "--quiet", "-o", page], { from: "user" });
      await openPage(browser, pathToFileURL(page).href, { width: 1400 });
      await waitFor(browser, `document.querySelector(".card") !== null`);
      await browser.evaluate(`(() => {
        for (const card of document.querySelectorAll(".card")) {
          card.dispatchEvent(new MouseEvent("click", { shiftKey: true }));
        }
        document.querySelector(".values").open = true;
      })()`);
      await waitFor(browser, `document.querySelectorAll(".readout tbody tr").length > 0`);
      await browser.evaluate(
        `for (const element of document.querySelectorAll("*")) element.dispatchEvent(new MouseEvent("mouseover"))`,
      );
      assert.equal(await browser.evaluate("typeof window.hostile"), "undefined", name);
      assert.equal(await browser.evaluate("document.querySelectorAll('img, iframe').length"), 0, name);
      assert.ok((await browser.evaluate<number>("document.querySelectorAll('figure').length")) > 0, name);
    }
    assert.deepEqual(pageTraces(browser).complaints, []);
  } finally {
    await browser.close();
  }
});
