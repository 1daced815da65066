import { type Files, matching } from "./repository.ts";

/** Calls of that many arguments and more name them. */
const FEW = 4;
const SOURCES = /^contracts\/.*\.sol$/;
const COMMENT = /\/\*[^]*?\*\/|\/\/[^\n]*/g;
const TEXT = /"(?:[^"\\\n]|\\.)*"/g;
const DECLARATION = /\b(?:function|struct)\s+(\w+)\s*[({]([^)}]*)[)}]/g;
const CALL = /(?<!\b(?:function|event|error|modifier|new)\s)\b(\w+)\s*\(/g;
const OPENING = "([{";
const CLOSING = ")]}";

const blank = (text: string): string => text.replaceAll(/[^\n]/g, " ");
const codeOf = (source: string): string => source.replaceAll(COMMENT, blank).replaceAll(TEXT, blank);

/** The parts between commas or semicolons that stand in no bracket, from behind an opening bracket to its end. */
const partsFrom = (code: string, start: number): readonly string[] => {
  const parts: string[] = [];
  let depth = 0;
  let from = start;
  for (let i = start; i < code.length; i += 1) {
    const letter = code[i] ?? "";
    if (depth === 0 && (letter === "," || CLOSING.includes(letter))) {
      parts.push(code.slice(from, i).trim());
      from = i + 1;
    }
    if (OPENING.includes(letter)) depth += 1;
    if (CLOSING.includes(letter)) depth -= 1;
    if (depth < 0) break;
  }
  return parts;
};

const lastWord = (text: string): string => /\w+$/.exec(text.trim())?.[0] ?? "";

/** The names of the parameters of every function, and of the members of every struct, by its name. */
const declarationsIn = (files: Files): ReadonlyMap<string, readonly (readonly string[])[]> => {
  const found = matching(files, SOURCES).flatMap(([, source]) =>
    [...codeOf(source).matchAll(DECLARATION)].map(([, name = "", list = ""]) => ({
      name,
      parameters: list
        .split(/[,;]/)
        .map(lastWord)
        .filter((word) => word !== ""),
    })),
  );
  return new Map(
    [...Map.groupBy(found, ({ name }) => name)].map(([name, all]) => [name, all.map(({ parameters }) => parameters)]),
  );
};

/** Whether naming these arguments would say more: they fit some list, the first perhaps before the dot, and bear no list's names. */
const saysMore = (lists: readonly (readonly string[])[], given: readonly string[]): boolean => {
  const fitting = lists
    .filter(({ length }) => length === given.length || length === given.length + 1)
    .map((parameters) => parameters.slice(parameters.length - given.length));
  return fitting.length > 0 && fitting.every((asked) => asked.some((name, i) => name !== given[i]));
};

/**
 * Calls of our own functions and structs that say four arguments and more by their order alone. A call whose arguments all
 * have their parameters' names says nothing more by naming them.
 */
export const namedArgumentFindings = (files: Files): readonly string[] => {
  const declarations = declarationsIn(files);
  return matching(files, SOURCES).flatMap(([path, source]) => {
    const code = codeOf(source);
    return [...code.matchAll(CALL)].flatMap(({ 0: text, 1: name = "", index }) => {
      const given = partsFrom(code, index + text.length);
      const isNamed = given[0]?.startsWith("{") === true;
      if (given.length < FEW || isNamed) return [];
      if (!saysMore(declarations.get(name) ?? [], given)) return [];
      const line = code.slice(0, index).split("\n").length;
      return [`${path}:${line}: ${name} is called with ${given.length} arguments: name them`];
    });
  });
};
