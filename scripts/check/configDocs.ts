import { type Files, matching } from "./repository.ts";

const VARIABLE = /\bNEXUS_[A-Z0-9]+(?:_[A-Z0-9]+)*\b/g;

const namedIn = (files: Files, pattern: RegExp): ReadonlySet<string> =>
  new Set(matching(files, pattern).flatMap(([, text]) => text.match(VARIABLE) ?? []));

/**
 * Variables that keepers read and no runbook explains, and those that a runbook explains and no keeper reads.
 * @param variables the names that the keepers' configuration takes
 */
export const configDocFindings = (files: Files, variables: readonly string[]): readonly string[] => {
  const read = new Set(variables);
  const documented = namedIn(files, /^keepers\/.*README\.md$/);
  return [
    ...[...read].filter((name) => !documented.has(name)).map((name) => `${name} is in no README.md under keepers/`),
    ...[...documented]
      .filter((name) => !read.has(name))
      .map((name) => `${name} is documented, and the keepers do not read it`),
  ];
};
