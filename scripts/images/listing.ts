import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join, sep } from "node:path";

export type ListedFile = { readonly path: string; readonly bytes: number; readonly mode: number };

const MODE = 0o7777;

/** Every file of a folder, by its path from there. */
export const listFiles = (folder: string): readonly ListedFile[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const whole = join(entry.parentPath, entry.name);
      const { size, mode } = statSync(whole);
      return { path: whole.slice(folder.length).replaceAll(sep, "/"), bytes: size, mode: mode & MODE };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));

/** The SHA-256 of each file that came from no package of npm: Node and its libraries. */
export const looseFiles = (folder: string, files: readonly ListedFile[]) =>
  files
    .filter(({ path }) => /^\/(?:usr|lib|lib64|etc\/ssl)\//.test(path))
    .map(({ path }) => ({
      path,
      sha256: createHash("sha256")
        .update(readFileSync(join(folder, path)))
        .digest("hex"),
    }));

type ListingRule = { readonly pattern: RegExp; readonly why: string };

/** What an image must not hold. */
const RULES: readonly ListingRule[] = [
  { pattern: /(?:^|\/)(?:sh|bash|dash|ash|zsh|busybox)$/, why: "a shell" },
  { pattern: /(?:^|\/)(?:npm|npx|yarn|pnpm|corepack|apt|apt-get|dpkg|apk|rpm)$/, why: "a package manager" },
  { pattern: /(?:^|\/)(?:gcc|cc|g\+\+|clang|ld|as|make|tsc|python3?)$/, why: "a compiler" },
  { pattern: /(?:^|\/)\.git(?:\/|$)/, why: "the history of the sources" },
  { pattern: /\.map$/, why: "a source map" },
  { pattern: /(?:^|\/)(?:test|tests|mocks|fixtures)\//, why: "tests" },
  { pattern: /(?:^|\/)(?:\.env|[^/]*\.(?:pem|key|p12|env))$|id_(?:rsa|ed25519)$/, why: "a secret" },
];
const SET_ID = 0o6000;
const OTHERS_WRITE = 0o022;

/** What is in the files of an image and must not be there. */
export const listingFindings = (files: readonly ListedFile[]): readonly string[] =>
  files.flatMap(({ path, mode }) => [
    ...RULES.filter(({ pattern }) => pattern.test(path)).map(({ why }) => `${path}: ${why}`),
    ...((mode & SET_ID) === 0 ? [] : [`${path}: runs with the rights of its owner`]),
    ...((mode & OTHERS_WRITE) === 0 ? [] : [`${path}: others than its owner may write it`]),
  ]);
