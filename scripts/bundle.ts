import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildBundle, bundleFiles } from "../src/explorer/bundle.js";

// Bundles the explorer's page for the compiled program: `tsx scripts/bundle.ts [DIST]`, by default into dist.

const root = fileURLToPath(new URL("../", import.meta.url));
const folder = join(process.argv[2] ?? join(root, "dist"), "explorer/page");
const { script, style } = await buildBundle(join(root, "src/explorer/page/"));
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, bundleFiles.script), script);
writeFileSync(join(folder, bundleFiles.style), style);
