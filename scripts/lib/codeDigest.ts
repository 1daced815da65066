import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const SHOWN_DIGITS = 16;

const sourcesIn = (root: string, folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => /(?<!\.d)\.[jt]s$/.test(path))
    .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
    .sort();

/**
 * A digest of the program's code as it lies on this disk, so that what was kept of one code is not taken for another's.
 * @param root folder in which `folders` lie
 * @returns first 16 hexadecimal digits of the SHA-256 over each file's path and text
 */
export const codeDigest = (root: string, folders: readonly string[]): string => {
  const digest = createHash("sha256");
  for (const path of folders.flatMap((folder) => sourcesIn(root, folder)))
    digest.update(`${path}\n${readFileSync(join(root, path), "utf8")}\n`);
  return digest.digest("hex").slice(0, SHOWN_DIGITS);
};
