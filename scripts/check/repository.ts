import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The repository's text files: path from the root, with forward slashes → content. */
export type Files = ReadonlyMap<string, string>;

/** Not ours, or made by a program. */
const LEFT_OUT = /^(?:node_modules|artifacts|cache|types|coverage|dist|\.git|\.nexus)$/;
const TEXT =
  /\.(?:tsx?|mjs|js|css|html|sol|tree|md|json|jsonc|ya?ml|sh|lua|conf|txt)$|^(?:\.ci\/run|LICENSE|\.npmrc|\.gitignore)$/;

/** Reads every text file of a repository; folders that programs fill are left out at the top level only. */
export const readRepository = (root: string): Files => {
  const files = new Map<string, string>();
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if ((folder === "" && LEFT_OUT.test(entry.name)) || entry.name === "node_modules") continue;
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile() && TEXT.test(path)) files.set(path, readFileSync(join(root, path), "utf8"));
    }
  };
  visit("");
  return files;
};

/** The files whose path matches. */
export const matching = (files: Files, pattern: RegExp): readonly (readonly [path: string, text: string])[] =>
  [...files].filter(([path]) => pattern.test(path));
