import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, describe, it } from "node:test";
import { parseHTML } from "linkedom";
import { type EndedCommand, openCommandDriver } from "../helpers/command-driver.js";
import { smallConfig } from "../helpers/finished-runs.js";
import { csvCases } from "./csv-cases.js";
import { type CasePlaces, createSweep, folderCases } from "./folder-cases.js";

// Files and folders that somebody else made, fed to every command that reads results. Whatever is in them, a command ends
// with 0 or with 2 and one line that says why, writes nothing but its output, and keeps within bounds of memory.

/** Of the processor and of memory, for one command. */
const most = { seconds: 5, megabytes: 500 };

const scratch = mkdtempSync(join(tmpdir(), "segloss-hostile-"));
const driver = openCommandDriver();
after(() => {
  driver.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** Returns everything below a folder by its path, as it is: kinds, link targets, contents. */
function everythingIn(folder: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const visit = (path: Buffer): void => {
    for (const name of readdirSync(path, { encoding: "buffer" })) {
      const inner = Buffer.concat([path, Buffer.from("/"), name]);
      const stats = lstatSync(inner);
      const key = relative(folder, inner.toString("latin1"));
      if (stats.isDirectory()) {
        found.set(key, "folder");
        visit(inner);
      } else if (stats.isSymbolicLink()) {
        found.set(key, `link to ${readlinkSync(inner)}`);
      } else {
        const isSmall = stats.isFile() && stats.size < 2 ** 25;
        const content = isSmall ? createHash("sha256").update(readFileSync(inner)).digest("hex") : stats.size;
        found.set(key, `${stats.mode & 0o170000} ${content}`);
      }
    }
  };
  visit(Buffer.from(folder));
  return found;
}

function checkEnd({ words, code, out, err, seconds, megabytes }: EndedCommand): void {
  const what = `segloss ${words.join(" ")}`;
  // status and merge end with 1 if some run is not complete.
  const isIncomplete = code === 1 && (words[0] === "status" || words[0] === "merge");
  assert.ok(code === 0 || code === 2 || isIncomplete, `${what}: exit ${code}: ${err}`);
  assert.doesNotMatch(err + out, /\n\s+at .*:\d+:\d+/, `${what}: a stack trace`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  assert.doesNotMatch(err + out, /[\0-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/, what);
  assert.ok(megabytes < most.megabytes, `${what}: ${megabytes} MiB`);
  assert.ok(seconds < most.seconds, `${what}: ${seconds} s`);
  if (code === 2) {
    assert.match(err, /^segloss: [^\n]{1,2000}\n$/, what);
    assert.equal(out, "", what);
  }
}

/** Checks that no text of the data became markup: no elements, handlers or links but segloss's own. */
function checkMarkup(file: string): void {
  const { document } = parseHTML(readFileSync(file, "utf8"));
  const isPage = file.endsWith(".html");
  // A page has data in script elements of its own types, which no browser runs.
  assert.equal(document.querySelectorAll("script:not([type])").length, isPage ? 1 : 0, file);
  const types = [...document.querySelectorAll("script[type]")].map((script) => script.getAttribute("type"));
  assert.deepEqual(
    types.filter((type) => type !== "application/json" && type !== "text/plain"),
    [],
    file,
  );
  assert.equal(
    document.querySelectorAll("img, iframe, object, embed, foreignObject, animate").length,
    0,
    file,
  );
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      assert.doesNotMatch(name, /^on/i, file);
      assert.ok(!/^(xlink:)?href$/i.test(name) || /^(#|data:,$|[\w.%/-]+$)/.test(value), `${file}: ${value}`);
    }
  }
}

function checkOutputs(folder: string): void {
  if (!existsSync(folder)) {
    return;
  }
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) {
      assert.match(entry.name, /^[a-z0-9][a-z0-9.-]*\.(svg|html|parquet)$/, entry.name);
      if (/\.(svg|html)$/.test(entry.name)) {
        checkMarkup(join(entry.parentPath, entry.name));
      }
    }
  }
}

function commandsOn(input: string): readonly (readonly string[])[] {
  return [
    ["plot", input, "-o", "out"],
    ["report", input],
    ["report", input, "--json"],
    ["report", input, "--html", "-o", join("out", "page.html")],
    ["report", input, "--format", "markdown"],
    ["report", input, "--format", "csv"],
    ["report", input, "--format", "latex"],
    ["export", input, "--parquet", join("out", "all.parquet")],
  ];
}

describe("Hostile results", { timeout: 1_200_000 }, () => {
  for (const [index, [name, content]] of Object.entries(csvCases).entries()) {
    it(`A CSV with ${name}`, async () => {
      const home = join(scratch, `csv-${index}`);
      mkdirSync(join(home, "home"), { recursive: true });
      const csv = join(home, "run.csv");
      writeFileSync(csv, content);
      const before = everythingIn(home);
      for (const end of await driver.run([...commandsOn("run.csv"), ["status", "run.csv"]], home)) {
        checkEnd(end);
      }
      const after = [...everythingIn(home)].filter(([path]) => path !== "out" && !path.startsWith("out/"));
      assert.deepEqual(new Map(after), before);
      checkOutputs(join(home, "out"));
    });
  }
  const damages = Object.entries(folderCases);
  const folders = [
    ...damages.map(([name, damage]) => ({ name: `A sweep with ${name}`, damage, hasRecords: true })),
    // Without records everything that looks like a CSV of a run is read.
    ...damages
      .filter(([name]) => /^a (CSV|cell|figure)/.test(name))
      .map(([name, damage]) => ({ name: `A folder of CSVs with ${name}`, damage, hasRecords: false })),
  ];
  for (const [index, { name, damage, hasRecords }] of folders.entries()) {
    it(name, async () => {
      const home = join(scratch, `sweep-${index}`);
      mkdirSync(join(home, "home"), { recursive: true });
      const places = placesIn(home);
      createSweep(places, { hasRecords });
      writeFileSync(join(home, "config.json"), JSON.stringify(smallConfig));
      cpSync(places.sweep, join(home, "target"), { recursive: true });
      await damage(places);
      const before = everythingIn(home);
      const commands = [
        ...commandsOn("sweep"),
        ["plot", "sweep"],
        ["report", "sweep", "--html"],
        ["report", relative(home, places.csv)],
        ["sweep", "config.json", "--out", "sweep", "--dry-run"],
        ["status", "sweep"],
        ["status", "sweep", "--json"],
        ["merge", "target", "sweep", "--quiet"],
      ];
      for (const end of await driver.run(commands, home)) {
        checkEnd(end);
      }
      const own = /^(out|sweep\/figures|sweep\/report\.html|target)(\/|$)/;
      const after = everythingIn(home);
      for (const [path, content] of before) {
        const isReplaced = own.test(path) && content.startsWith("32768");
        assert.ok(isReplaced || after.get(path) === content, `${path} was changed`);
      }
      const added = [...after.keys()].filter((path) => !before.has(path) && !own.test(path));
      assert.deepEqual(added, []);
      checkOutputs(join(home, "out"));
    });
  }
});

function placesIn(home: string): CasePlaces {
  const sweep = join(home, "sweep");
  const cell = join(sweep, "adam-nobn-t0.5-cce");
  const outside = join(home, "outside");
  return {
    sweep,
    cell,
    csv: join(cell, "run-0.csv"),
    record: join(cell, "run-0.json"),
    sweepFile: join(sweep, "sweep.json"),
    outside,
    precious: join(outside, "precious.csv"),
  };
}
