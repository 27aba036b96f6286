import { sha256Hex } from "./hash.js";

/** Longer names are cut and end in a hash. File systems allow 255 bytes, and an extension and a suffix must fit too. */
const maxLength = 200;

/**
 * Returns a safe file name made from any text: of [a-z0-9.-] only, at most 200 characters, never empty, "." or "..",
 * never hidden and never like a flag. A text that is already such a name is returned unchanged. Different texts may have
 * the same slug: see `createSlugger`.
 */
export function fileSlug(text: string): string {
  const slug = text
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, "-")
    .replace(/^[.-]+|[.-]+$/g, "");
  if (slug === "") {
    return "unnamed";
  }
  if (slug.length <= maxLength) {
    return slug;
  }
  const hash = sha256Hex(slug).slice(0, 16);
  return `${slug.slice(0, maxLength - hash.length - 1)}-${hash}`;
}

/** Creates a function that returns the slug of each text, with a number at the end if it returned the same slug before. */
export function createSlugger(): (text: string) => string {
  const used = new Set<string>();
  return (text) => {
    const slug = fileSlug(text);
    let unique = slug;
    for (let number = 2; used.has(unique); number++) {
      unique = fileSlug(`${slug.slice(0, maxLength - 10)}-${number}`);
    }
    used.add(unique);
    return unique;
  };
}
