import { type Files, matching } from "./repository.ts";

const SOURCES = /^(?:dashboard|deployments|keepers|scripts)\/.*\.tsx?$/;
/** This file itself says what it looks for. */
const OWN = "scripts/check/mirrors.ts";
const CONTRACTS = /^contracts\/.*\.sol$/;
/** “Mirrors `Thing`” or “mirrors `Thing.part`”, perhaps over the end of a line. */
const CLAIM = /\bmirrors\s+(?:\*\s+)?`(\w+)(?:\.(\w+))?`/gi;
/** An EIP-712 type in a comment, and one that is hashed. */
const SIGNED = /`([A-Z]\w*\((?:address|bool|bytes|int|string|uint)[^`]*\))`/g;
const HASHED = /"([A-Z]\w*\([^"]*\))"/g;
const DECLARED = /\b(?:contract|library|interface|struct|enum|type)\s+(\w+)(?:\s+is\s+([^{;]*))?/g;

type Declared = { readonly text: string; readonly parents: readonly string[] };

/** What the contracts declare: the file of each name, and its parents. A value type has none. */
const declarationsIn = (files: Files): ReadonlyMap<string, Declared> =>
  new Map(
    matching(files, CONTRACTS).flatMap(([, text]) =>
      [...text.matchAll(DECLARED)].map(
        ([, name = "", parents = ""]) => [name, { text, parents: parents.match(/\w+/g) ?? [] }] as const,
      ),
    ),
  );

/** Whether a contract, or one of its parents, has a part of that name: a function, a member, an error. */
const has = (declared: ReadonlyMap<string, Declared>, name: string, part: string): boolean => {
  const found = declared.get(name);
  if (found === undefined) return false;
  const isPart = new RegExp(`\\b(?:function|error|event|modifier)\\s+${part}\\b|\\b${part}\\s*[;,]`).test(found.text);
  return isPart || found.parents.some((parent) => has(declared, parent, part));
};

/** EIP-712 types that comments tell people to sign, and that no contract hashes. */
const typeFindings = (files: Files): readonly string[] => {
  const hashed = new Set(
    matching(files, CONTRACTS).flatMap(([, text]) => [...text.matchAll(HASHED)].map(([, type = ""]) => type)),
  );
  return matching(files, CONTRACTS).flatMap(([path, text]) =>
    [...text.matchAll(SIGNED)].flatMap(({ 1: type = "", index }) => {
      const line = text.slice(0, index).split("\n").length;
      return hashed.has(type) ? [] : [`${path}:${line}: ${type} is signed by nobody: no contract hashes it`];
    }),
  );
};

/** Comments that claim to mirror what no contract declares any more, or tell of a type that none hashes. */
export const mirrorFindings = (files: Files): readonly string[] => {
  const declared = declarationsIn(files);
  const mirrors = matching(files, SOURCES)
    .filter(([path]) => path !== OWN)
    .flatMap(([path, text]) =>
      [...text.matchAll(CLAIM)].flatMap(({ 1: name = "", 2: part, index }) => {
        const isThere = part === undefined ? declared.has(name) : has(declared, name, part);
        const line = text.slice(0, index).split("\n").length;
        return isThere
          ? []
          : [`${path}:${line}: mirrors ${name}${part === undefined ? "" : `.${part}`}, which is nowhere`];
      }),
    );
  return [...mirrors, ...typeFindings(files)];
};
