import { type Files, matching } from "./repository.ts";

const ID = /\bNX-[A-Z]{3}-\d{2}\b/g;
const LIST = "docs/PROPERTIES.md";
const ENTRY = /^- \*\*(NX-[A-Z]{3}-\d{2})\*\*/;
const NOW = "## Carried now";
const LATER = "## Carried by later parts";
/** The tests of this check name ids that do not exist. */
const OWN_TESTS = /^test\/unit\/scripts\/check\//;

/** The ids of one part of the list, from its heading to the next of the same level. */
const idsUnder = (list: string, heading: string): readonly string[] => {
  const lines = list.split("\n");
  const start = lines.indexOf(heading);
  if (start < 0) return [];
  const end = lines.findIndex((line, i) => i > start && line.startsWith("## "));
  return lines.slice(start, end < 0 ? undefined : end).flatMap((line) => ENTRY.exec(line)?.[1] ?? []);
};

/** Ids that a test names: in a title, a tree leaf or a comment of a TypeScript or Solidity test. */
const testedIds = (files: Files): ReadonlySet<string> =>
  new Set(matching(files, /^test\/.*\.(?:ts|sol)$/).flatMap(([, text]) => text.match(ID) ?? []));

const unknownIn = (files: Files, known: ReadonlySet<string>): readonly string[] =>
  [...files].flatMap(([path, text]) =>
    [...new Set(text.match(ID) ?? [])]
      .filter((id) => !known.has(id))
      .map((id) => `${path} names ${id}, which ${LIST} lacks`),
  );

/** `docs/PROPERTIES.md` against code and tests: each id carried now has a test, and no file names an unknown id. */
export const propertyFindings = (all: Files): readonly string[] => {
  const files = new Map([...all].filter(([path]) => !OWN_TESTS.test(path)));
  const list = files.get(LIST);
  if (list === undefined) return [`${LIST} is missing`];
  const now = idsUnder(list, NOW);
  const later = idsUnder(list, LATER);
  if (now.length === 0) return [`${LIST} has no entry under “${NOW}”`];
  const known = [...now, ...later];
  const tested = testedIds(files);
  return [
    ...known.filter((id, i) => known.indexOf(id) !== i).map((id) => `${LIST} has ${id} twice`),
    ...now.filter((id) => !tested.has(id)).map((id) => `${id} is carried now, and no test names it`),
    ...unknownIn(files, new Set(known)),
  ];
};
