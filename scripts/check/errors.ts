import { id } from "ethers";
import { type Files, matching } from "./repository.ts";

export const ERRORS_DOC = "docs/ERRORS.md";
export const ERROR_WORDS_FILE = "keepers/views/contractErrors.ts";
export const REFUSAL_NAMES_FILE = "keepers/core/refusalNames.ts";

const SOURCES = /^contracts\/(?!mocks\/|types\/).*\.sol$/;
const ENUMS = /^contracts\/(?!mocks\/).*\.sol$/;
const ELEMENTARY = /^(?:address|bool|string|bytes\d*|u?int\d+)$/;

const INTRODUCTION = `# Errors

Every custom error of the contracts: its selector, when it is thrown, and what its arguments mean. Generated from the
NatSpec of the sources by \`npm run fix\`; edit the NatSpec. Errors of OpenZeppelin's contracts are documented there.

Most refusals arrive as \`ProposalRefused\` or \`ActionRefused\` with a \`Refusal\`; \`previewEnact\` answers the same reason
without a transaction. The numbers of \`Refusal\` and of the other enumerations stand at the end.
`;

type Doc = { readonly notice: string; readonly params: ReadonlyMap<string, string> };
type SolidityError = { readonly name: string; readonly parameters: readonly string[]; readonly doc: Doc };
type Enumeration = { readonly name: string; readonly members: readonly (readonly [name: string, meaning: string])[] };

/** Joins the lines of a block of /// into its notice and its parameters. */
const parseDoc = (lines: readonly string[]): Doc => {
  const tags = lines.join(" ").split(/(?=@(?:notice|dev|param|return)\b)/);
  const text = (tag: string): string => tag.replace(/^@\w+\s*/, "").trim();
  const notice = tags.filter((tag) => !/^@(?:param|return)/.test(tag)).map(text);
  const params = tags.flatMap((tag) => {
    const found = /^@param\s+(\w+)\s+(.*)$/.exec(tag.trim());
    return found === null ? [] : [[found[1] ?? "", found[2] ?? ""] as const];
  });
  return { notice: notice.join(" ").trim(), params: new Map(params) };
};

/** The /// lines that end just above `at`. */
const docAbove = (lines: readonly string[], at: number): readonly string[] => {
  let start = at;
  while (lines[start - 1]?.trim().startsWith("///") === true) start -= 1;
  return lines.slice(start, at).map((line) => line.trim().slice("///".length).trim());
};

/** The errors that a source declares, in its order. */
export const errorsIn = (source: string): readonly SolidityError[] => {
  const lines = source.split("\n");
  return lines.flatMap((line, at) => {
    if (!/^\s*error\s+\w+\s*\(/.test(line)) return [];
    const declaration = lines.slice(at).join(" ").split(";")[0] ?? "";
    const [, name = "", list = ""] = /error\s+(\w+)\s*\(([^)]*)\)/.exec(declaration) ?? [];
    const parameters = list.split(",").map((parameter) => parameter.trim().replaceAll(/\s+/g, " "));
    return [{ name, parameters: parameters.filter((text) => text !== ""), doc: parseDoc(docAbove(lines, at)) }];
  });
};

/** The enumerations that a source declares, with the meaning of each member. */
const enumsIn = (source: string): readonly Enumeration[] =>
  [...source.matchAll(/^enum\s+(\w+)\s*\{([^}]*)\}/gm)].map((found) => {
    const lines = (found[2] ?? "").split("\n");
    const members = lines.flatMap((line, at) => {
      const name = /^\s*([A-Z]\w*)\s*,?\s*$/.exec(line)?.[1];
      return name === undefined ? [] : [[name, docAbove(lines, at).join(" ")] as const];
    });
    return { name: found[1] ?? "", members };
  });

/** The four bytes by which an error is known on the chain. */
const selectorOf = (error: SolidityError, enums: ReadonlySet<string>): string => {
  const types = error.parameters.map((parameter) => {
    const type = parameter.split(" ")[0] ?? "";
    if (ELEMENTARY.test(type)) return type;
    if (enums.has(type)) return "uint8";
    throw new Error(`${error.name}: cannot tell the ABI type of ${type}`);
  });
  return id(`${error.name}(${types.join(",")})`).slice(0, 10);
};

const errorItem = (error: SolidityError, enums: ReadonlySet<string>): string => {
  const parameters = error.parameters.map((parameter) => {
    const name = parameter.split(" ").at(-1) ?? "";
    return `  - \`${parameter}\` ${error.doc.params.get(name) ?? ""}`.trimEnd();
  });
  return [`- \`${error.name}\` (\`${selectorOf(error, enums)}\`). ${error.doc.notice}`, ...parameters].join("\n");
};

const enumList = ({ name, members }: Enumeration): string =>
  [`### ${name}\n`, ...members.map(([member, meaning], i) => `- ${i} \`${member}\`: ${meaning}`)].join("\n");

/**
 * The text of docs/ERRORS.md.
 * @throws Error when an error has a parameter whose ABI type cannot be told
 */
export const renderErrors = (files: Files): string => {
  const enums = matching(files, ENUMS).flatMap(([, text]) => enumsIn(text));
  const enumNames = new Set(enums.map(({ name }) => name));
  const sources = matching(files, SOURCES).map(([path, text]) => ({ path, errors: errorsIn(text) }));
  const used = new Set(
    sources.flatMap(({ errors }) => errors.flatMap((e) => e.parameters.map((p) => p.split(" ")[0]))),
  );
  const lists = [...sources]
    .filter(({ errors }) => errors.length > 0)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, errors }) =>
      [
        `## ${path.slice(path.lastIndexOf("/") + 1, -".sol".length)}\n`,
        ...errors.map((error) => errorItem(error, enumNames)),
      ].join("\n"),
    );
  const enumLists = enums.filter(({ name }) => used.has(name)).map(enumList);
  return `${[INTRODUCTION.trim(), ...lists, "## Enumerations", ...enumLists].join("\n\n")}\n`;
};

/** A notice as words that stand in a sentence: "Thrown when nothing would move." is "nothing would move". */
const sense = (notice: string): string => notice.replace(/^Thrown (?:when |where |if )?/, "").replace(/\.$/, "");

/** The member of an enumeration with what its lines say: first why, then `Index:` and `Next:` where they stand. */
const refusalRow = ([name, meaning]: readonly [name: string, meaning: string]): string => {
  const part = (label: string): string | undefined =>
    new RegExp(`${label}: (.*?)\\.(?: [A-Z]\\w*: |$)`).exec(meaning)?.[1];
  const [first = ""] = meaning.split(/(?<=\.) /);
  const what = `${first.charAt(0).toLowerCase()}${first.slice(1, -1)}`;
  return `  [${JSON.stringify(name)}, ${JSON.stringify({ what, index: part("Index"), next: part("Next") })}],`;
};

const refusalsIn = (files: Files): Enumeration["members"] =>
  matching(files, ENUMS)
    .flatMap(([, text]) => enumsIn(text))
    .flatMap(({ name, members }) => (name === "Refusal" ? members : []));

/** The text of keepers/core/refusalNames.ts: the members of `Refusal`, in their order. */
export const renderRefusalNames = (files: Files): string =>
  [
    "/** `Refusal` of contracts/types/Refusal.sol: the index is the value on the chain. Written from it by `npm run fix`. */",
    "export const REFUSALS = [",
    ...refusalsIn(files).map(([name]) => `  ${JSON.stringify(name)},`),
    "] as const;",
    "",
  ].join("\n");

/** The text of keepers/views/contractErrors.ts: the same notices, for commands and keepers to say. */
export const renderErrorWords = (files: Files): string => {
  const rows = [...matching(files, SOURCES)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, text]) => errorsIn(text).map(({ name, doc }) => [name, sense(doc.notice)] as const));
  return [
    "/** When each error of the contracts is thrown. Generated from the NatSpec of the sources by `npm run fix`: edit that. */",
    "export const ERROR_WORDS: ReadonlyMap<string, string> = new Map([",
    ...[...new Map(rows)].map(([name, words]) => `  [${JSON.stringify(name)}, ${JSON.stringify(words)}],`),
    "]);",
    "",
    "/** A refusal of the chain: why, what the number beside it is where that is not zero, and what to do. */",
    "export type RefusalDoc = { readonly what: string; readonly index?: string; readonly next?: string };",
    "",
    "/** Each `Refusal` by its name. */",
    "export const REFUSAL_DOCS: ReadonlyMap<string, RefusalDoc> = new Map<string, RefusalDoc>([",
    ...refusalsIn(files).map(refusalRow),
    "]);",
    "",
  ].join("\n");
};

/** What is written from the sources, by its path. */
export const generatedErrors = (files: Files): ReadonlyMap<string, string> =>
  new Map([
    [ERRORS_DOC, renderErrors(files)],
    [ERROR_WORDS_FILE, renderErrorWords(files)],
    [REFUSAL_NAMES_FILE, renderRefusalNames(files)],
  ]);

/** Errors without a word on why, and documents that are not what the sources say. */
export const errorFindings = (files: Files): readonly string[] => {
  const undocumented = matching(files, SOURCES).flatMap(([path, text]) =>
    errorsIn(text).flatMap(({ name, doc }) =>
      doc.notice === "" ? [`${path}: ${name} does not say when it is thrown`] : [],
    ),
  );
  const stale = [...generatedErrors(files)].flatMap(([path, text]) =>
    files.get(path) === text ? [] : [`${path} is not what the sources say: npm run fix`],
  );
  return [...undocumented, ...stale];
};
