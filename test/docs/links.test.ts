import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
  ...["src/study/README.md", "src/tensorflow/README.md", "scripts/peers/README.md", "runs/README.md"],
].filter((page) => existsSync(join(root, page)));

function linksOf(page: string): { readonly path: string; readonly anchor: string | undefined }[] {
  const text = readFileSync(join(root, page), "utf8").replace(/^```[\s\S]*?^```/gm, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [path = "", anchor] = link.split("#");
      return { path: path === "" ? page : join(dirname(page), path), anchor };
    });
}

/** The anchors that GitHub makes of a page's headings. */
function anchorsOf(page: string): string[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[`*]/g, "")
      .replace(/[^\p{L}\p{N}\- ]/gu, "")
      .replaceAll(" ", "-"),
  );
}

for (const page of pages) {
  test(`every link in ${page} leads to a file and heading of this repository`, () => {
    const broken = linksOf(page).filter(({ path, anchor }) => {
      const isThere = existsSync(join(root, path));
      return !isThere || (anchor !== undefined && path.endsWith(".md") && !anchorsOf(path).includes(anchor));
    });
    assert.deepEqual(
      broken.map(({ path, anchor }) => (anchor === undefined ? path : `${path}#${anchor}`)),
      [],
    );
  });
}

test("the README links to every page of the documentation", () => {
  const linked = linksOf("README.md").map(({ path }) => path);
  const missing = pages.filter((page) => page !== "README.md" && !linked.includes(page));
  assert.deepEqual(
    missing.filter((page) => !["scripts/peers/README.md", "runs/README.md"].includes(page)),
    [],
    `not linked: ${missing.map((page) => basename(page)).join(", ")}`,
  );
});

test("the path of a sweep in docs/architecture.md passes through at most 15 files", () => {
  const text = readFileSync(join(root, "docs/architecture.md"), "utf8");
  const section = text.split("## The path of a sweep")[1]?.split("\n## ")[0] ?? "";
  const rows = [...section.matchAll(/^\| \d+ \| \[(src\/[^\]]+)\]/gm)];
  assert.ok(rows.length >= 10 && rows.length <= 15, `${rows.length} files`);
  assert.equal(new Set(rows.map(([, file]) => file)).size, rows.length);
});
