import { createHash } from "node:crypto";
import { readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isUsingGpu, tensorflowVersion, tf } from "../backend.js";
import { readCheckedFile, writeCheckedFile } from "../native/checked-file.js";
import { codeHash } from "./code-hash.js";

// Graphs on disk, so that a process need not trace what an earlier one has traced. A file is named by a hash of all that
// decides the graph. Nothing here throws: without a file the function is traced.

/** Where a graph is stored, and what decides it beside the options and the code of src/tensorflow. */
export interface GraphStore {
  /** A folder for one library and one processor, as `useXlaCache` returns it. */
  readonly folder: string;
  /** The folders of the code that is traced. All of their files count. */
  readonly code: readonly string[];
  /** The parameters of that code: graphs with the same key, from the same code, must be equal. */
  readonly key: string;
}

/** A graph and what has to be known to call it. */
export interface StoredGraph<Facts> {
  /** Anything that JSON holds. */
  readonly facts: Facts;
  /** The bytes of a `saved_model.pb`. */
  readonly model: Uint8Array;
}

/**
 * Most graphs in a folder, of 0.1 MB each. Every version of the code leaves some behind, which nothing tells from those that
 * another installation uses, so the oldest are removed.
 */
const mostGraphs = 200;

const ownCode = fileURLToPath(new URL("../", import.meta.url));
const lengthBytes = 4;

/**
 * Returns the path of a graph. Returns undefined if it must not be stored, because the code that runs may not be the code
 * on disk.
 */
export function graphPath({ folder, code, key }: GraphStore, xla: boolean): string | undefined {
  const hashes = [ownCode, ...code].map(codeHash);
  if (hashes.includes(undefined)) {
    return undefined;
  }
  // tfjs chooses some operations by the device. Node computes numbers that become constants.
  const versions = [tf.version, tensorflowVersion(), process.versions.node];
  const hash = createHash("sha256").update(JSON.stringify([hashes, versions, isUsingGpu(), xla, key]));
  return join(folder, `${hash.digest("hex").slice(0, 32)}.graph`);
}

/** Reads a graph. Returns undefined if there is none, or none that is whole. */
export function readGraph<Facts>(path: string): StoredGraph<Facts> | undefined {
  const contents = readCheckedFile(path);
  if (contents === undefined) {
    return undefined;
  }
  try {
    const end = lengthBytes + contents.readUInt32LE();
    return { facts: JSON.parse(contents.toString("utf8", lengthBytes, end)), model: contents.subarray(end) };
  } catch {
    return undefined;
  }
}

/** Writes a graph in place of whatever has its path. Does nothing if that fails. */
export function writeGraph(path: string, { facts, model }: StoredGraph<unknown>): void {
  const text = Buffer.from(JSON.stringify(facts));
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32LE(text.length);
  writeCheckedFile(path, Buffer.concat([length, text, model]));
  try {
    removeOldest(dirname(path));
  } catch {
    // The folder cannot be read or written.
  }
}

/** Also removes what killed processes have left half written. */
function removeOldest(folder: string): void {
  const names = readdirSync(folder).filter((name) => /\.graph(\.|$)/.test(name));
  if (names.length > mostGraphs) {
    const files = names.map((name) => {
      const path = join(folder, name);
      return { path, time: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 };
    });
    files.sort((a, b) => a.time - b.time);
    for (const { path } of files.slice(0, -mostGraphs)) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}
