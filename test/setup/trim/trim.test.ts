import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fatBinaries } from "../../../src/setup/trim/fat-binary.js";
import { parseArchitecture, planTrim, readPatched, usedEntries } from "../../../src/setup/trim/trim.js";
import { fatBinary, type MadeUpEntry, madeUpEntry } from "../../helpers/fat-binaries.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";

const folder = createTemporaryFolder("trim");
const windowBytes = 2 ** 22;

/** Returns the fat binaries of a file's bytes as texts such as "sm_90 ptx_90". */
function describeEntries(bytes: Buffer): string[] {
  const read = (offset: number, length: number) => bytes.subarray(offset, offset + length);
  return [...fatBinaries(read, bytes.length)].map((entries) =>
    entries.map(({ kind, architecture }) => `${kind === "cubin" ? "sm" : "ptx"}_${architecture}`).join(" "),
  );
}

/** Returns the bytes of a library as they are after it was trimmed. */
async function trim(library: Buffer, architecture: number): Promise<Buffer> {
  const path = join(folder, "library.so");
  writeFileSync(path, library);
  const chunks: Uint8Array[] = [];
  for await (const chunk of readPatched(path, planTrim(path, architecture).patches)) {
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

test("Fat binaries are found wherever they are in a file, also across the windows in which it is read", () => {
  const entries = [madeUpEntry("sm_80", "a"), madeUpEntry("ptx_90", "b", 300, 96)];
  const one = fatBinary(entries);
  for (const before of [0, 7, windowBytes - 2, windowBytes - one.length + 5, windowBytes]) {
    const bytes = Buffer.concat([Buffer.alloc(before), one, Buffer.alloc(100), one]);
    assert.deepEqual(describeEntries(bytes), ["sm_80 ptx_90", "sm_80 ptx_90"], `after ${before} bytes`);
  }
});

test("What only begins like a fat binary is not one", () => {
  const one = fatBinary([madeUpEntry("sm_80", "a")]);
  const broken = (change: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(one);
    change(bytes);
    return bytes;
  };
  for (const bytes of [
    one.subarray(0, 40),
    one.subarray(0, one.length - 1),
    broken((copy) => copy.writeUInt16LE(2, 4)),
    broken((copy) => copy.writeUInt16LE(9, 16)),
    broken((copy) => copy.writeUInt16LE(0x102, 18)),
    broken((copy) => copy.writeUInt32LE(8, 20)),
    broken((copy) => copy.writeBigUInt64LE(1n << 40n, 24)),
    broken((copy) => copy.writeBigUInt64LE(0n, 8)),
  ]) {
    assert.deepEqual(describeEntries(bytes), []);
  }
  assert.deepEqual(describeEntries(Buffer.concat([one.subarray(0, 4), one])), ["sm_80"]);
});

test("A card uses its own machine code, else that of its generation, else PTX that is not newer", async () => {
  const names = ["sm_70", "sm_80", "sm_86", "ptx_80", "ptx_90"] as const;
  const cases: readonly (readonly [number, readonly string[]])[] = [
    [70, ["sm_70"]],
    [75, ["sm_70"]],
    [86, ["sm_86"]],
    [89, ["sm_86", "ptx_80"]],
    [90, ["ptx_90"]],
    [120, ["ptx_90"]],
    [60, []],
  ];
  const bytes = fatBinary(names.map((name) => madeUpEntry(name, "x", 8)));
  const [entries = []] = fatBinaries(
    (offset, length) => bytes.subarray(offset, offset + length),
    bytes.length,
  );
  for (const [architecture, expected] of cases) {
    const used = usedEntries(entries, architecture);
    assert.deepEqual(
      names.filter((_, index) => used.has(entries[index] ?? assert.fail())),
      expected,
      `${architecture}`,
    );
  }
});

test("Trimming keeps the bytes and places of what the card uses, and every length, and zeros the rest", async () => {
  const rest = Buffer.from("between the fat binaries");
  const entries: readonly MadeUpEntry[] = [
    madeUpEntry("sm_60", "a"),
    madeUpEntry("sm_80", "b", 1500, 96),
    madeUpEntry("sm_90", "c", 700, 80),
    madeUpEntry("sm_90", "d"),
    madeUpEntry("ptx_90", "e", 3_000_000),
  ];
  const onlyPtx = fatBinary([madeUpEntry("sm_80", "f"), madeUpEntry("ptx_90", "g")]);
  const library = Buffer.concat([rest, fatBinary(entries), rest, onlyPtx, rest]);
  const trimmed = await trim(library, 90);
  assert.equal(trimmed.length, library.length);
  assert.deepEqual(describeEntries(trimmed), ["sm_50 sm_90 sm_90 sm_50", "sm_50 ptx_90"]);
  for (let at = 0; at < library.length; at++) {
    const letter = String.fromCharCode(library[at] ?? 0);
    if ("cdg".includes(letter) || library.subarray(at, at + rest.length).equals(rest)) {
      assert.equal(trimmed[at], library[at], `byte ${at}`);
    }
  }
  assert.doesNotMatch(trimmed.toString("latin1"), /aaaa|bbbb|eeee|ffff/);
  assert.ok(trimmed.filter((byte) => byte === 0).length > 3_000_000);
  assert.ok((await trim(trimmed, 90)).equals(trimmed));
});

test("What is too short for an entry without kernels stays, and so does a file without fat binaries", async () => {
  const library = fatBinary([madeUpEntry("sm_60", "a", 20), madeUpEntry("sm_90", "b", 20)]);
  assert.ok((await trim(library, 90)).equals(library));
  assert.ok((await trim(Buffer.from("plain"), 90)).equals(Buffer.from("plain")));
  assert.ok((await trim(Buffer.alloc(0), 90)).equals(Buffer.alloc(0)));
});

test("Architectures are named as NVIDIA names them", () => {
  assert.deepEqual(["sm_90", "sm_120", "sm_5"].map(parseArchitecture), [90, 120, undefined]);
  assert.deepEqual(["90", "sm_90a", "compute_90", ""].map(parseArchitecture), Array(4).fill(undefined));
});
