import { glossaryFindings } from "./glossary.ts";
import { entryCycles, firstCycle, typescriptImports } from "./imports.ts";
import { orderFindings } from "./layerFindings.ts";
import { sharedTypes } from "./names.ts";
import { proseFindings } from "./prose.ts";
import { type Files, matching } from "./repository.ts";

/** A figure of the house and the most that it may be. */
export type Figure = { readonly what: string; readonly value: number; readonly limit: number };

/** Folders of scripts beside themselves that import the commands or `npm start`: nothing stands above those. */
const OUTER = /^scripts\/(?:cli|start)\//;
const FUNCTION = /^( *)(?:function|modifier|constructor)\b[^;{]*\{(?:[^\n]*\}[ \t]*$|[ \t]*\n[^]*?\n\1\})/gm;
/** What is deployed or part of it: declarations alone and doubles of tests say nothing about how functions are written. */
const WRITTEN = /^contracts\/(?!mocks\/|interfaces\/|types\/).*\.sol$/;
const CORE = /^contracts\/[^/]+\.sol$/;
const KEEPERS = /^keepers\/.*\.ts$/;

const MEDIAN_FUNCTION = 6;
const P90_FUNCTION = 20;
const CORE_LINES = 500;
const KEEPER_LINES = 250;

const linesOf = (text: string): number => text.split("\n").length - 1;

/** Lines of each function from its name to its last bracket, in ascending order. */
const functionLengths = (files: Files): readonly number[] =>
  matching(files, WRITTEN)
    .flatMap(([, source]) => [...source.matchAll(FUNCTION)].map(([text]) => text.trimEnd().split("\n").length))
    .sort((a, b) => a - b);

const at = (sorted: readonly number[], part: number): number => sorted[Math.floor(sorted.length * part)] ?? 0;

const largest = (files: Files, pattern: RegExp): number =>
  Math.max(0, ...matching(files, pattern).map(([, text]) => linesOf(text)));

const importersOf = (files: Files): number => {
  const outside = typescriptImports(files).filter(
    ({ from, to }) => OUTER.test(to) && /^scripts\/[^/]+\//.test(from) && !OUTER.test(from),
  );
  return new Set(outside.map(({ from }) => from.split("/")[1])).size;
};

/** What the house holds itself to, as numbers. */
export const figuresOf = (files: Files): readonly Figure[] => {
  const imports = typescriptImports(files);
  const ours = imports.filter(({ from }) => !from.startsWith("test/"));
  const lengths = functionLengths(files);
  return [
    { what: "folders of scripts/ that import cli/ or start/", value: importersOf(files), limit: 0 },
    {
      what: "circles of folders or files",
      value: entryCycles(ours).length + (firstCycle(imports) === undefined ? 0 : 1),
      limit: 0,
    },
    { what: "imports of a higher layer", value: orderFindings(imports).length, limit: 0 },
    { what: "exported type names with two meanings", value: sharedTypes(files).length, limit: 0 },
    { what: "words of the glossary with two meanings", value: glossaryFindings(files).length, limit: 0 },
    {
      what: "descriptions without a subject, too short, or in old words",
      value: proseFindings(files).length,
      limit: 0,
    },
    { what: "lines of a Solidity function, median", value: at(lengths, 0.5), limit: MEDIAN_FUNCTION },
    { what: "lines of a Solidity function, 90th percentile", value: at(lengths, 0.9), limit: P90_FUNCTION },
    { what: "lines of the largest contract", value: largest(files, CORE), limit: CORE_LINES },
    { what: "lines of the largest keeper file", value: largest(files, KEEPERS), limit: KEEPER_LINES },
  ];
};

/** The figures as a table, for the reader. */
export const figureTable = (figures: readonly Figure[]): string =>
  figures.map(({ what, value, limit }) => `${`${value} of ${limit}`.padStart(12)}  ${what}`).join("\n");

/** Figures beyond what they may be. */
export const figureFindings = (figures: readonly Figure[]): readonly string[] =>
  figures
    .filter(({ value, limit }) => value > limit)
    .map(({ what, value, limit }) => `${what}: ${value}, ${limit} at the most`);
