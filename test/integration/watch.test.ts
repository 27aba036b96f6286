import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type RunningSweep, type SweepSetup, startSweep } from "../../scripts/faults/sweep.js";
import { openPage, pageTraces, waitFor } from "../helpers/browser-input.js";
import { type Browser, chromium, openBrowser } from "../helpers/chromium.js";
import { temporaryFolder } from "../helpers/configs.js";

// One sweep, watched from before it begins until after it has ended. The tests follow its course.

const skip =
  (chromium === undefined && "no Chromium on this machine: install the package chromium, or set CHROMIUM") ||
  (process.platform !== "linux" && "workers are found by /proc");
const watchTest = (name: string, body: () => Promise<void>) => test(name, { skip }, body);

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const scratch = temporaryFolder();
/** Its name, which the page shows, is markup. */
const folder = join(scratch, "<img src=x onerror=window.hostile=1>");
const setup: SweepSetup = {
  cli,
  config: join(scratch, "config.json"),
  mark: `watch-${process.pid}`,
  cache: join(scratch, "cache"),
  jobs: 2,
};

let watch: ChildProcess;
let browser: Browser;
let address = "";
let help = "";
let sweep: RunningSweep;

before(async () => {
  if (skip) {
    return;
  }
  // One run is over soon, the other goes on until its worker is killed.
  const config = { steps: [2001, 200_001], imageSize: 16, evaluateEvery: 500, validationImages: 8, runs: 1 };
  writeFileSync(setup.config, JSON.stringify({ ...config, monitor: ["cce", "dice"] }));
  watch = spawn(process.execPath, [cli, "watch", folder], { stdio: ["ignore", "pipe", "pipe"] });
  watch.stderr?.setEncoding("utf8").on("data", (text: string) => {
    help += text;
  });
  address = await new Promise((resolve) => {
    watch.stdout?.setEncoding("utf8").once("data", (text: string) => resolve(text.trim()));
  });
  browser = await openBrowser(chromium ?? assert.fail());
});
after(async () => {
  watch?.kill("SIGKILL");
  sweep?.child.kill("SIGKILL");
  await sweep?.ended;
  await browser?.close();
});

/** Returns the status of the answer to a request with this Host header. */
function statusFor(path: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(new URL(path, address), { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}

/** Returns the text of an element; empty if it is not there, or while the page loads. */
const textOf = (selector: string) =>
  browser
    .evaluate<string>(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? ""`)
    .catch(() => "");

/** Waits until the text of an element matches. */
async function untilText(selector: string, pattern: RegExp): Promise<string> {
  let text = "";
  for (const end = performance.now() + 80_000; performance.now() < end; await sleep(100)) {
    text = await textOf(selector);
    if (pattern.test(text)) {
      return text;
    }
  }
  assert.fail(`${selector} never matches ${pattern}: ${text}`);
}

watchTest("watch prints its address on stdout, how to reach it and how to end it on stderr", async () => {
  assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/);
  const { port } = new URL(address);
  assert.match(help, new RegExp(`ssh -L ${port}:127\\.0\\.0\\.1:${port} `));
  assert.match(help, /Ctrl-C ends it/);
});

watchTest("without the token, and for another host name, every request is refused", async () => {
  const { host, pathname } = new URL(address);
  assert.equal(await statusFor("/", host), 403);
  assert.equal(await statusFor("/index.json", host), 403);
  assert.equal(await statusFor(pathname.replace(/.\/$/, "/"), host), 403);
  assert.equal(await statusFor(pathname, "evil.example"), 403);
  assert.equal(await statusFor(pathname, host), 200);
});

watchTest("a sweep that has not begun is waited for, and curves grow once it runs", async () => {
  await openPage(browser, address, { width: 1400 });
  await untilText("h1", /No sweep has begun yet/);
  sweep = startSweep(setup, folder);
  // The waiting page becomes that of the sweep by itself.
  await untilText("h1", /^<img src=x/);
  await untilText(".progress", /running/);
  await browser.evaluate(`location.hash = "open=adam-nobn-t0.5-cce-steps200001"`);
  await browser.evaluate(`dispatchEvent(new PopStateEvent("popstate"))`);
  await untilText("table.runs", /running, [1-9][\d,]* of 200,001 steps/);
  await waitFor(browser, `document.querySelectorAll(".uplot canvas").length > 0`);
  const drawing = `document.querySelectorAll(".uplot canvas")[1].toDataURL()`;
  const rows = await textOf("table.runs");
  // Inside the page, since the drawing is long.
  await browser.evaluate(`window.drawn = ${drawing}; void 0`);
  await waitFor(browser, `${drawing} !== window.drawn`);
  // The drawing may only catch up with the table, whose next change comes later.
  await waitFor(browser, `document.querySelector("table.runs").innerText !== ${JSON.stringify(rows)}`);
  assert.notEqual(await textOf("table.runs"), rows);
});

watchTest(
  "a finished run shows as done, and one whose worker was killed as failed, with the reason",
  async () => {
    await untilText(".progress", /1 done, 1 running/);
    // The worker of the finished run has nothing left to do.
    for (const worker of sweep.workers()) {
      process.kill(worker, "SIGKILL");
    }
    await sweep.ended;
    await untilText(".progress", /^1 done, 1 failed$/m);
    assert.match(await textOf(".warnings"), /1 run stands out/);
    assert.match(await textOf("table.runs"), /failed.*its worker was killed by SIGKILL/s);
  },
);

watchTest("the page complains of nothing, asks only the watch, and runs no hostile name", async () => {
  const { complaints, requests } = pageTraces(browser);
  assert.deepEqual(complaints, []);
  assert.deepEqual(
    requests.filter((url) => !url.startsWith(address)),
    ["data:,"].filter((url) => requests.includes(url)),
  );
  assert.equal(await browser.evaluate("typeof window.hostile"), "undefined");
});

watchTest("Ctrl-C ends watch while its page is open, which says that the server is lost", async () => {
  const ended = new Promise((resolve) => watch.once("exit", resolve));
  watch.kill("SIGINT");
  assert.equal(await Promise.race([ended, sleep(10_000, "still running")]), 130);
  await untilText(".progress [role=alert]", /does not answer/);
});
