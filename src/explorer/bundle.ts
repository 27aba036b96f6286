import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** The script and the style sheet of the page, as text. */
export interface PageBundle {
  readonly script: string;
  readonly style: string;
}

const folder = fileURLToPath(new URL("./page/", import.meta.url));

/** The files of the bundle in the compiled program's folder of the page. */
export const bundleFiles = { script: "page.js", style: "page.css" } as const;

let loaded: Promise<PageBundle> | undefined;

/** Returns the page's bundle: the built one, or where the program runs from its source one that is built now, once. */
export function loadBundle(): Promise<PageBundle> {
  loaded ??= existsSync(`${folder}${bundleFiles.script}`)
    ? Promise.resolve({
        script: readFileSync(`${folder}${bundleFiles.script}`, "utf8"),
        style: readFileSync(`${folder}${bundleFiles.style}`, "utf8"),
      })
    : buildBundle(folder);
  return loaded;
}

/** Builds the bundle from the folder with the page's source. It needs esbuild, which is there for development only. */
export async function buildBundle(source: string): Promise<PageBundle> {
  const { build } = await import("esbuild");
  const license = createRequire(import.meta.url)
    .resolve("uplot/package.json")
    .replace("package.json", "LICENSE");
  const { outputFiles } = await build({
    entryPoints: [`${source}main.ts`],
    outdir: source,
    bundle: true,
    write: false,
    minify: true,
    platform: "browser",
    format: "iife",
    target: ["chrome103", "firefox113", "safari16.4"],
    banner: { js: `/*! uPlot: https://github.com/leeoniya/uPlot\n\n${readFileSync(license, "utf8")}*/` },
    charset: "utf8",
    logLevel: "warning",
  });
  const textOf = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? "";
  return { script: textOf(".js"), style: textOf(".css") };
}
