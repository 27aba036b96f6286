import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { addonPath } from "../../scripts/setup/addons.js";
import { isComplete, libraryName } from "../../scripts/setup/library.js";
import { wheelSets } from "../../scripts/setup/wheels.js";
import { findCudaLibraries } from "../../src/tensorflow/gpu/cuda-libraries.js";
import { readNvidiaDriver } from "../../src/tensorflow/gpu/nvidia-driver.js";
import { cacheFolder } from "../../src/tensorflow/native/cache-folder.js";
import { type ProgramResult, segloss$ } from "../helpers/program.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

// Tests TensorFlow's GPU variant on a machine without a GPU, in a copy of this checkout that is linked to it.

const root = fileURLToPath(new URL("../../", import.meta.url));
const wheelSet = wheelSets.find(
  ({ platform, variant }) => platform === `${process.platform}-${process.arch}` && variant === "gpu",
);
const library = wheelSet === undefined ? undefined : join(cacheFolder(), libraryName(wheelSet));
const addon = library === undefined ? undefined : addonPath(library);

const skip = await reasonToSkip();

async function reasonToSkip(): Promise<string | false> {
  if (library === undefined || addon === undefined) {
    return `there is no GPU variant for ${process.platform}-${process.arch}`;
  }
  if (!isComplete(library) || !existsSync(addon)) {
    return 'the GPU variant is not in the cache: "npm run setup -- --device gpu" in another clone puts it there';
  }
  return (await readNvidiaDriver()).state === "none"
    ? false
    : "this machine has an NVIDIA driver: npm run gpu-check";
}

/** Creates a checkout like this one, but with the addon of the GPU variant. */
function createCheckout(addonFile: string): string {
  const checkout = createTemporaryFolder("gpu-variant");
  const tfjs = "@tensorflow/tfjs-node-gpu";
  cpSync(join(root, "dist"), join(checkout, "dist"), { recursive: true });
  cpSync(join(root, "package.json"), join(checkout, "package.json"));
  const modules = join(checkout, "node_modules");
  for (const name of namesIn(join(root, "node_modules")).filter((name) => name !== tfjs)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  const source = dirname(createRequire(import.meta.url).resolve(`${tfjs}/package.json`));
  const isKept = (path: string): boolean => !/\/(lib|deps|binding|src)$/.test(path.slice(source.length));
  cpSync(source, join(modules, tfjs), { recursive: true, filter: isKept });
  const link = join(modules, tfjs, "lib/napi-v8/tfjs_binding.node");
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(addonFile, link);
  return checkout;
}

function namesIn(modules: string): string[] {
  return readdirSync(modules).flatMap((name) => {
    if (name.startsWith(".")) {
      return [];
    }
    return name.startsWith("@")
      ? readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`)
      : [name];
  });
}

/** Returns the environment of a machine whose nvidia-smi lists GPUs that TensorFlow will not find. */
function pretendGpus(folder: string, count: number): NodeJS.ProcessEnv {
  mkdirSync(folder, { recursive: true });
  const cards = Array.from(
    { length: count },
    (_, index) => `${index}, NVIDIA T0, 16000, 15000, 9.0, GPU-${index}, 550.54.15`,
  );
  writeFileSync(join(folder, "nvidia-smi"), `#!/bin/sh\necho "${cards.join("\n")}"\n`);
  chmodSync(join(folder, "nvidia-smi"), 0o755);
  writeFileSync(join(folder, "libcuda.so.1"), "");
  return { PATH: `${folder}${delimiter}${process.env.PATH}`, LD_LIBRARY_PATH: folder };
}

const checkout = skip === false ? createCheckout(addon ?? "") : "";

function runLine(line: string, env: NodeJS.ProcessEnv = {}): Promise<ProgramResult> {
  return segloss$(line.replaceAll("$gpu", `'${process.execPath}' dist/cli.js`), checkout, env);
}

test("The GPU variant has every NVIDIA library where the files that open it look", { skip }, () => {
  const asked = findCudaLibraries(library ?? "");
  assert.ok(asked.length > 30);
  assert.deepEqual(
    asked.filter(({ path }) => path === undefined),
    [],
  );
});

test("--device gpu fails with exit code 3 and the reason on a machine without a GPU", { skip }, async () => {
  for (const line of ["$gpu run --device gpu --steps 1", "$gpu sweep sweep.json --device gpu"]) {
    writeFileSync(join(checkout, "sweep.json"), '{"steps": 1}');
    const { code, out, err } = await runLine(line);
    assert.equal(code, 3, err);
    assert.equal(out, "");
    assert.match(err, /^segloss: --device gpu: There is no NVIDIA driver on this machine\..*\n$/);
  }
});

test("The GPU variant trains on the CPU with the bytes of the CPU variant", { skip }, async () => {
  const line = "run --batch-norm --steps 60 --loss dice";
  const [own, other] = await Promise.all([
    runLine(`$gpu ${line} -o own.csv`),
    segloss$(`$segloss ${line} -o other.csv`, checkout),
  ]);
  assert.deepEqual([own.code, other.code], [0, 0], own.err + other.err);
  const bytes = readFileSync(join(checkout, "own.csv"), "utf8");
  assert.equal(bytes.split("\n").length, 62);
  assert.equal(bytes, readFileSync(join(checkout, "other.csv"), "utf8"));
});

test("A sweep says why it takes the CPU where the driver lists GPUs that TensorFlow refuses", {
  skip,
}, async () => {
  writeFileSync(join(checkout, "few.json"), '{"steps": 2, "runs": 3}');
  const env = pretendGpus(join(checkout, "driver"), 2);
  const { code, err } = await runLine("$gpu sweep few.json --out few", env);
  assert.equal(code, 0, err);
  assert.match(err, /^GPU 0 is not used: TensorFlow does not accept GPU 0\./m);
  assert.match(err, /3 runs: on the CPU with \d+ workers?,/);
  const failed = await runLine("$gpu run --device gpu --gpu 7 --steps 1", env);
  assert.equal(failed.code, 3);
  assert.match(failed.err, /There is no GPU 7. Take one of those that nvidia-smi lists: 0 \(NVIDIA T0\), 1/);
});

test("The doctor reports the missing driver as wrong for the GPU variant, and passes the self-test", {
  skip,
}, async () => {
  const { code, out } = await runLine("$gpu doctor --json");
  assert.equal(code, 3);
  const findings = new Map<string, string>(
    JSON.parse(out).findings.map(({ name, state }: { name: string; state: string }) => [name, state]),
  );
  assert.deepEqual(
    ["library", "device", "self-test", "CUDA libraries", "GPU"].map((name) => findings.get(name)),
    ["ok", "ok", "ok", "ok", "wrong"],
  );
});
