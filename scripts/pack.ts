import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { provenance } from "../src/results/provenance.js";

/**
 * `npm run pack [-- FOLDER]` makes the package that can be published or installed: segloss-VERSION.tgz in the
 * folder, by default the current one.
 *
 * It is packed from a folder of its own, because it differs from a clone in two ways. It brings tfjs along as
 * bundled JavaScript: as a dependency, tfjs-node-gpu would run its install script, which downloads another
 * TensorFlow and fails where it cannot. And it holds the commit that it was made from.
 */

const root = fileURLToPath(new URL("../", import.meta.url));
const destination = resolve(process.argv[2] ?? ".");
const staging = mkdtempSync(join(tmpdir(), "segloss-pack-"));
try {
  const {
    devDependencies: _,
    scripts: __,
    private: ___,
    ...published
  } = readJson(join(root, "package.json"));
  writeJson(join(staging, "package.json"), published);
  copyFiles(published.files as readonly string[]);
  compileProgram();
  execFileSync(process.execPath, [
    "--import",
    import.meta.resolve("tsx"),
    join(root, "scripts/bundle.ts"),
    join(staging, "dist"),
  ]);
  keepPublicTypes(join(staging, "dist"));
  const { commit, dirty } = provenance();
  writeJson(join(staging, "dist/commit.json"), { commit, dirty });
  const npm = ["pack", staging, "--pack-destination", destination, "--ignore-scripts", "--loglevel=error"];
  const name = execFileSync("npm", npm, { encoding: "utf8" }).trim();
  process.stdout.write(`${join(destination, name)}\n`);
} finally {
  rmSync(staging, { recursive: true, force: true });
}

/** Copies the folders that package.json lists, except for the compiled program, which is compiled anew. */
function copyFiles(folders: readonly string[]): void {
  for (const name of ["README.md", "LICENSE", ...folders.filter((folder) => folder !== "dist")]) {
    cpSync(join(root, name), join(staging, name), { recursive: true });
  }
}

function compileProgram(): void {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const output = ["--outDir", join(staging, "dist"), "--incremental", "false", "--tsBuildInfoFile", "null"];
  execFileSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json"), ...output], {
    stdio: "inherit",
  });
}

/**
 * Removes the declarations that those of the public modules do not import. The types of tensors come from tfjs-core, which
 * has no install script: only TypeScript programs need it.
 */
function keepPublicTypes(dist: string): void {
  const kept = new Set<string>();
  const keep = (file: string): void => {
    if (kept.has(file)) {
      return;
    }
    kept.add(file);
    const text = readFileSync(file, "utf8");
    for (const [, target = ""] of text.matchAll(/(?:from|import\()\s*"(\.[^"]+)\.js"/g)) {
      keep(join(dirname(file), `${target}.d.ts`));
    }
    writeFileSync(file, text.replaceAll('"@tensorflow/tfjs-node-gpu"', '"@tensorflow/tfjs-core"'));
  };
  for (const entry of ["index", "tensorflow"]) {
    keep(join(dist, `api/${entry}.d.ts`));
  }
  for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    const file = join(dist, name);
    if (name.endsWith(".d.ts") && !kept.has(file)) {
      rmSync(file);
    }
  }
}

function readJson(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path, "utf8"));
}

function writeJson(path: string, value: object): void {
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`);
}
