import { createHash } from "node:crypto";
import { z } from "zod";
import { exitCode, SeglossError } from "../../errors.js";
import { provenance } from "../../results/provenance.js";
import {
  addonFolderName,
  addonNames,
  findWheelSet,
  keptFiles,
  libraryName,
  type WheelSet,
} from "../../tensorflow/index.js";
import { glibcVersion, isOlder } from "../machine.js";

// What a pack says of itself, in its first entry: for which installation and machine it is, and the sha256 of
// every file, so that nothing is unpacked that was damaged on the way or does not belong here.

export const packManifestName = "segloss-pack.json";
/** Bytes above which the first entry is not read: a manifest has some 30 kB. */
export const longestManifest = 2 ** 22;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const manifestSchema = z.object({
  format: z.literal(1),
  /** The program that made the pack, for messages. */
  segloss: z.string(),
  commit: z.string().optional(),
  /** `process.platform`-`process.arch` */
  platform: z.string(),
  variant: z.enum(["cpu", "gpu"]),
  /** Names of the library's folder and of the folder of addons in it; they change with all that these are made of. */
  library: z.string(),
  addons: z.string(),
  /** The only CUDA architecture whose machine code is in the pack. */
  architecture: z
    .string()
    .regex(/^sm_\d+$/)
    .optional(),
  /** The oldest glibc that the addons run with, as "2.34". */
  glibc: z
    .string()
    .regex(/^\d+\.\d+$/)
    .optional(),
  files: z.array(z.object({ path: z.string(), bytes: z.int().nonnegative(), sha256 })),
  /** The sha256 of all files, by `sha256OfFiles`. */
  sha256,
});

export type PackManifest = z.infer<typeof manifestSchema>;
export type PackedFile = PackManifest["files"][number];

/** Returns one sha256 for all files: that of their lines as `sha256sum` prints them. */
export function sha256OfFiles(files: readonly PackedFile[]): string {
  const lines = files.map((file) => `${file.sha256}  ${file.path}\n`);
  return createHash("sha256").update(lines.join("")).digest("hex");
}

/** Sums the bytes of the unpacked files. */
export function bytesOfFiles(files: readonly PackedFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * Parses the manifest of a pack. Throws an Error if it is not one, or if it names a file that no pack has: a
 * path that leads elsewhere is one of them.
 */
export function parsePackManifest(text: string): PackManifest {
  const { success, data: manifest } = manifestSchema.safeParse(JSON.parse(text));
  if (!success) {
    throw new Error(`${packManifestName} is of another version of segloss`);
  }
  const isKept = new RegExp(keptFiles.join("|"));
  const addons = new Set(addonNames.map((name) => `${manifest.addons}/${name}`));
  const foreign = manifest.files.find(
    ({ path }) => path.split("/").includes("..") || !(isKept.test(path) || addons.has(path)),
  );
  if (foreign !== undefined) {
    throw new Error(`it lists ${JSON.stringify(foreign.path)}, which no pack has`);
  }
  if (new Set(manifest.files.map(({ path }) => path)).size < manifest.files.length) {
    throw new Error("it lists a file twice");
  }
  if (sha256OfFiles(manifest.files) !== manifest.sha256) {
    throw new Error("its list of files does not have the recorded sha256");
  }
  return manifest;
}

/**
 * Returns the wheels that the library in a pack is made of. Throws a SeglossError if the pack is for another
 * kind of machine, or for another version of segloss than this one.
 */
export function checkPackFits(
  file: string,
  manifest: PackManifest,
  platform: string = `${process.platform}-${process.arch}`,
): WheelSet {
  const { variant, library, addons, glibc } = manifest;
  if (manifest.platform !== platform) {
    throw refusal(`${file} was made for ${manifest.platform}, and this machine is ${platform}`);
  }
  const wheelSet = findWheelSet(variant, platform);
  if (wheelSet === undefined || library !== libraryName(wheelSet) || addons !== addonFolderName()) {
    const maker = version(manifest.segloss, manifest.commit);
    const { segloss, commit } = provenance();
    throw refusal(
      `${file} was made by segloss ${maker}, with another TensorFlow or other addons than segloss ${version(segloss, commit)} needs. Make it with the same version`,
    );
  }
  const own = glibcVersion();
  const needed = glibc?.split(".").map(Number);
  if (own !== undefined && needed !== undefined && isOlder(own, [needed[0] ?? 0, needed[1] ?? 0])) {
    throw refusal(
      `${file} was made on a newer system: its addons need glibc ${glibc}, and this machine has ${own.join(".")}. Make it on a system no newer than this one`,
    );
  }
  return wheelSet;
}

function version(segloss: string, commit: string | undefined): string {
  return commit === undefined ? segloss : `${segloss} (${commit.slice(0, 7)})`;
}

function refusal(reason: string): SeglossError {
  return new SeglossError(`${reason}.`, { exitCode: exitCode.runFailed });
}
