import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { buildBundle, bundleFiles } from "../src/explorer/bundle.js";

// Bundles JavaScript for the compiled program: `tsx scripts/bundle.ts [DIST]`, by default into dist.

const root = fileURLToPath(new URL("../", import.meta.url));
const dist = process.argv[2] ?? join(root, "dist");
await bundlePage(join(dist, "explorer/page"));
await bundleTfjs(join(dist, "vendor/tfjs"));

/** Bundles the explorer's page. */
async function bundlePage(folder: string): Promise<void> {
  const { script, style } = await buildBundle(join(root, "src/explorer/page/"));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, bundleFiles.script), script);
  writeFileSync(join(folder, bundleFiles.style), style);
}

/**
 * Bundles tfjs, beside the C++ sources of its addon. One file loads faster than tfjs's 180, and can be stored
 * compiled (src/tensorflow/native/code-cache.ts). A published package has tfjs in no other form.
 */
async function bundleTfjs(folder: string): Promise<void> {
  const tfjs = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-node-gpu/package.json"));
  await build({
    entryPoints: ["dist/index.js", "dist/proto/api_pb.js"].map((name) => join(tfjs, name)),
    outbase: tfjs,
    outdir: folder,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    // The loader answers for node-pre-gyp; segloss itself needs google-protobuf too.
    external: ["@mapbox/node-pre-gyp", "google-protobuf"],
    minifyWhitespace: true,
    legalComments: "eof",
    logLevel: "warning",
  });
  const { name, version, license } = JSON.parse(readFileSync(join(tfjs, "package.json"), "utf8"));
  // Without "type" it would be taken for ES modules, as the whole package is.
  const description = { name, version, license, type: "commonjs", main: "dist/index.js" };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(description, undefined, 2)}\n`);
  rmSync(join(folder, "binding"), { recursive: true, force: true });
  mkdirSync(join(folder, "binding"));
  for (const file of readdirSync(join(tfjs, "binding")).filter((entry) => /\.(cc|h)$/.test(entry))) {
    cpSync(join(tfjs, "binding", file), join(folder, "binding", file));
  }
}
