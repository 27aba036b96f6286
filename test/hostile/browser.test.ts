import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { reportCommand } from "../../src/commands/report.js";
import { chromium, openBrowser } from "../helpers/chromium.js";
import { temporaryFolder } from "../helpers/configs.js";
import { csvCases } from "./csv-cases.js";

const skip = chromium === undefined && "no Chromium on this machine";

test("A page runs no script of its data", { skip, timeout: 300_000 }, async () => {
  const folder = temporaryFolder();
  const browser = await openBrowser(chromium ?? assert.fail());
  try {
    for (const [name, content] of Object.entries(csvCases).filter(([, text]) => text.includes("hostile=1"))) {
      const csv = join(folder, "run-x.csv");
      const page = join(folder, "page.html");
      writeFileSync(csv, content);
      await reportCommand().parseAsync([csv, "--html", "--quiet", "-o", page], { from: "user" });
      const loaded = browser.next("Page.loadEventFired");
      await browser.call("Page.navigate", { url: pathToFileURL(page).href });
      await loaded;
      await browser.evaluate(
        `for (const element of document.querySelectorAll("*")) element.dispatchEvent(new MouseEvent("mouseover"))`,
      );
      assert.equal(await browser.evaluate("typeof window.hostile"), "undefined", name);
      assert.ok((await browser.evaluate<number>("document.querySelectorAll('figure').length")) > 0, name);
    }
  } finally {
    await browser.close();
  }
});
