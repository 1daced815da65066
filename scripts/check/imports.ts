import { posix } from "node:path";
import { type Files, matching } from "./repository.ts";

/** One import: who, and what. A file of ours by its path from the root, a package by its name, `node:…` as it stands. */
export type Import = { readonly from: string; readonly to: string };

const TYPESCRIPT_IMPORT =
  /^\s*(?:import|export)\b[^"';]*?\bfrom\s*["']([^"']+)["']|^\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/gm;
const SOLIDITY_IMPORT = /^\s*import\s+(?:[^"';]*?\bfrom\s+)?["']([^"']+)["']/gm;

const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");

const resolve = (from: string, specifier: string): string =>
  specifier.startsWith(".") ? posix.normalize(posix.join(posix.dirname(from), specifier)) : specifier;

const importsIn = (files: Files, names: RegExp, pattern: RegExp): readonly Import[] =>
  matching(files, names).flatMap(([from, text]) =>
    [...withoutComments(text).matchAll(pattern)].map((found) => ({
      from,
      to: resolve(from, found[1] ?? found[2] ?? found[3] ?? ""),
    })),
  );

/** Every import of every TypeScript and JavaScript file. */
export const typescriptImports = (files: Files): readonly Import[] =>
  importsIn(files, /\.(?:tsx?|mjs)$/, TYPESCRIPT_IMPORT);

/** Every import of every Solidity file. */
export const solidityImports = (files: Files): readonly Import[] => importsIn(files, /\.sol$/, SOLIDITY_IMPORT);

/** The first circle of imports that is met, as the files along it; undefined when there is none. */
export const firstCycle = (imports: readonly Import[]): readonly string[] | undefined => {
  const targets = Map.groupBy(imports, ({ from }) => from);
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const { to } of targets.get(file) ?? []) {
      const cycle = visit(to, [...path, file]);
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of targets.keys()) {
    const cycle = visit(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
};

/** Where two paths part: the folder that both lie in, and the entry of it in which each lies. */
const partingOf = ({ from, to }: Import): readonly [folder: string, from: string, to: string] | undefined => {
  const [mine, theirs] = [from.split("/"), to.split("/")];
  const at = mine.findIndex((part, index) => part !== theirs[index]);
  const [own, other] = [mine[at], theirs[at]];
  return own === undefined || other === undefined ? undefined : [mine.slice(0, at).join("/"), own, other];
};

/**
 * Circles between the entries of a folder, whether those are files or folders: in each folder the first one that is met. Two
 * folders may be a circle where no two files are one.
 */
export const entryCycles = (imports: readonly Import[]): readonly (readonly string[])[] => {
  const folders = new Map<string, Import[]>();
  for (const one of imports) {
    const parting = partingOf(one);
    if (parting === undefined) continue;
    const [folder, from, to] = parting;
    const inFolder = (entry: string): string => (folder === "" ? entry : `${folder}/${entry}`);
    folders.set(folder, [...(folders.get(folder) ?? []), { from: inFolder(from), to: inFolder(to) }]);
  }
  return [...folders.values()].map(firstCycle).filter((cycle) => cycle !== undefined);
};
