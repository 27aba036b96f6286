import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { bindingPlace } from "../../scripts/setup/binding.js";
import { isWhole, libraryName } from "../../scripts/setup/library.js";
import { provisions } from "../../scripts/setup/wheels.js";
import { findCudaLibraries } from "../../src/tensorflow/gpu/cuda-libraries.js";
import { readNvidiaDriver } from "../../src/tensorflow/gpu/nvidia-driver.js";
import { cacheFolder } from "../../src/tensorflow/native/cache-folder.js";
import { type Ended, segloss$ } from "../helpers/program.js";

// TensorFlow's GPU variant on a machine without a GPU, in a copy of this checkout that is linked to it.

const root = fileURLToPath(new URL("../../", import.meta.url));
const provision = provisions.find(
  ({ platform, variant }) => platform === `${process.platform}-${process.arch}` && variant === "gpu",
);
const library = provision === undefined ? undefined : join(cacheFolder(), libraryName(provision));
const binding = library === undefined ? undefined : bindingPlace(library);

const skip = await reasonToSkip();

async function reasonToSkip(): Promise<string | false> {
  if (library === undefined || binding === undefined) {
    return `there is no GPU variant for ${process.platform}-${process.arch}`;
  }
  if (!isWhole(library) || !existsSync(binding)) {
    return 'the GPU variant is not in the cache: "npm run setup -- --device gpu" in another clone puts it there';
  }
  return (await readNvidiaDriver()).state === "none"
    ? false
    : "this machine has an NVIDIA driver: npm run gpu-check";
}

/** A checkout like this one, but with its addon from the GPU variant. */
function makeCheckout(addon: string): string {
  const checkout = mkdtempSync(join(tmpdir(), "segloss-gpu-variant-"));
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
  symlinkSync(addon, link);
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

/** A machine whose tools tell of GPUs that TensorFlow will not find. */
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

describe("The GPU variant on a machine without a GPU", { skip }, () => {
  let checkout = "";
  before(() => {
    checkout = makeCheckout(binding ?? "");
  });
  after(() => rmSync(checkout, { recursive: true, force: true }));

  const program = (line: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
    segloss$(line.replaceAll("$gpu", `'${process.execPath}' dist/cli.js`), checkout, env);

  it("has every NVIDIA library where its asker looks", () => {
    const asked = findCudaLibraries(library ?? "");
    assert.ok(asked.length > 30);
    assert.deepEqual(
      asked.filter(({ path }) => path === undefined),
      [],
    );
  });

  it("fails with exit code 3 and the reason if a GPU is asked for", async () => {
    for (const line of ["$gpu run --device gpu --steps 1", "$gpu sweep sweep.json --device gpu"]) {
      writeFileSync(join(checkout, "sweep.json"), '{"steps": 1}');
      const { code, out, err } = await program(line);
      assert.equal(code, 3, err);
      assert.equal(out, "");
      assert.match(err, /^segloss: --device gpu: There is no NVIDIA driver on this machine\..*\n$/);
    }
  });

  it("trains on the CPU if any device will do, with the bytes of the CPU variant", async () => {
    const line = "run --batch-norm --steps 60 --loss dice";
    const [own, other] = await Promise.all([
      program(`$gpu ${line} -o own.csv`),
      segloss$(`$segloss ${line} -o other.csv`, checkout),
    ]);
    assert.deepEqual([own.code, other.code], [0, 0], own.err + other.err);
    const bytes = readFileSync(join(checkout, "own.csv"), "utf8");
    assert.equal(bytes.split("\n").length, 62);
    assert.equal(bytes, readFileSync(join(checkout, "other.csv"), "utf8"));
  });

  it("says why it takes the CPU where the driver tells of GPUs, and hires as many workers as there are cores", async () => {
    writeFileSync(join(checkout, "few.json"), '{"steps": 2, "runs": 3}');
    const env = pretendGpus(join(checkout, "driver"), 2);
    const { code, err } = await program("$gpu sweep few.json --out few", env);
    assert.equal(code, 0, err);
    assert.match(err, /^GPU 0 is not used: TensorFlow does not accept GPU 0\./m);
    assert.match(err, /3 runs: on the CPU with \d+ workers?,/);
    const failed = await program("$gpu run --device gpu --gpu 7 --steps 1", env);
    assert.equal(failed.code, 3);
    assert.match(
      failed.err,
      /There is no GPU 7. Take one of those that nvidia-smi lists: 0 \(NVIDIA T0\), 1/,
    );
  });

  it("is found wanting by the doctor, whose self-test it passes", async () => {
    const { code, out } = await program("$gpu doctor --json");
    assert.equal(code, 3);
    const findings = new Map<string, string>(
      JSON.parse(out).findings.map(({ name, state }: { name: string; state: string }) => [name, state]),
    );
    assert.deepEqual(
      ["library", "device", "self-test", "CUDA libraries", "GPU"].map((name) => findings.get(name)),
      ["ok", "ok", "ok", "ok", "wrong"],
    );
  });
});
