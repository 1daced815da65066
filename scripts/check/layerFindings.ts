import { type Import, entryCycles, firstCycle, solidityImports, typescriptImports } from "./imports.ts";
import { type Rule, LAYERS, SOLIDITY_RULES, TYPESCRIPT_RULES } from "./layers.ts";
import { type Files, matching } from "./repository.ts";

const findingsFor = (imports: readonly Import[], rules: readonly Rule[]): readonly string[] =>
  imports.flatMap(({ from, to }) => {
    const rule = rules.find((candidate) => candidate.from.test(from));
    if (rule === undefined) return [`${from}: no layer is declared for this file (scripts/check/layers.ts)`];
    const own = rule.from.exec(from)?.[1] ?? "";
    const isAllowed = rule.may.some((pattern) => new RegExp(pattern.replaceAll("$1", own)).test(to));
    const isTest = to.startsWith("test/") && !from.startsWith("test/");
    return isAllowed && !isTest ? [] : [`${from} must not import ${to}`];
  });

const layerOf = (path: string): number =>
  LAYERS.findIndex((layer) => layer.some((place) => path === place || path.startsWith(`${place}/`)));

const placeOf = (path: string): string | undefined =>
  LAYERS.flat().find((place) => path === place || path.startsWith(`${place}/`));

/** Imports of a higher layer, or of another folder of the same one. */
export const orderFindings = (imports: readonly Import[]): readonly string[] =>
  imports.flatMap(({ from, to }) => {
    const [own, other] = [layerOf(from), layerOf(to)];
    if (own === -1 || other === -1 || other < own || placeOf(from) === placeOf(to)) return [];
    return [`${from} must not import ${to}, which stands ${other > own ? "on a higher layer" : "beside it"}`];
  });

/** Folders that nobody gave a layer. */
const homelessFindings = (imports: readonly Import[]): readonly string[] => {
  const homeless = imports.filter(
    ({ from }) => /^(?:keepers|scripts|deployments)\//.test(from) && layerOf(from) === -1,
  );
  return [...new Set(homeless.map(({ from }) => from))].map((from) => `${from}: no layer is declared for it`);
};

const entryCycleFindings = (imports: readonly Import[]): readonly string[] =>
  entryCycles(imports).map((circle) => `folders import each other in a circle: ${circle.join(" → ")}`);

const cycleFindings = (imports: readonly Import[]): readonly string[] => {
  const cycle = firstCycle(imports);
  return cycle === undefined ? [] : [`imports go in a circle: ${cycle.join(" → ")}`];
};

/** Imports against the layers, circles, and `index.ts` files, which hide who imports whom. */
export const layerFindings = (files: Files): readonly string[] => {
  const typescript = typescriptImports(files);
  const solidity = solidityImports(files);
  const circles = cycleFindings(typescript);
  return [
    ...findingsFor(typescript, TYPESCRIPT_RULES),
    ...findingsFor(solidity, SOLIDITY_RULES),
    ...orderFindings(typescript),
    ...homelessFindings(typescript),
    ...(circles.length > 0 ? circles : entryCycleFindings(typescript.filter(({ from }) => !from.startsWith("test/")))),
    ...cycleFindings(solidity),
    ...matching(files, /(?:^|\/)index\.ts$/).map(([path]) => `${path}: name the file for what it holds`),
  ];
};
