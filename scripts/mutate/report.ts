import { type FileSummary, type Survivor, shareOf } from "./summary.ts";

export const REPORT = "docs/mutation.md";

const code = (text: string): string => {
  const short = text.length > 80 ? `${text.slice(0, 79)}…` : text;
  return short === "" ? "nothing" : `\`${short.replaceAll("`", "'")}\``;
};

const percent = (share: number): string => `${share.toFixed(1)} %`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => [
  `| ${head.join(" | ")} |`,
  `| ${head.map(() => "---").join(" | ")} |`,
  ...rows.map((row) => `| ${row.join(" | ")} |`),
];

const sum = (files: readonly FileSummary[], of: (file: FileSummary) => number): number =>
  files.reduce((total, file) => total + of(file), 0);

/** A share of some of the mutants would look like one of all. */
const shareIn = (files: readonly FileSummary[]): string => {
  if (files.every(({ tested }) => tested === 0)) return "not run";
  const isWhole = files.every(({ total, tested }) => tested > 0 && tested === total);
  return isWhole ? percent(shareOf(files)) : "incomplete";
};

const rowOf = (name: string, files: readonly FileSummary[]): readonly string[] => [
  name,
  String(sum(files, ({ total }) => total)),
  String(sum(files, ({ tested }) => tested)),
  String(sum(files, ({ killed }) => killed)),
  String(sum(files, ({ survivors }) => survivors.length)),
  String(sum(files, ({ equivalents }) => equivalents.length)),
  shareIn(files),
];

const isRun = ({ tested }: FileSummary): boolean => tested > 0;

const overview = (files: readonly FileSummary[]): readonly string[] =>
  table(
    ["file", "mutants", "tested", "killed", "survived", "equivalent", "share"],
    [...files.filter(isRun).map((file) => rowOf(`\`${file.path}\``, [file])), rowOf("**all of these**", files)],
  );

const listOf = (path: string, { line, operator, before, after }: Survivor, reason?: string): readonly string[] => [
  `\`${path}:${line}\``,
  operator,
  code(before),
  code(after),
  ...(reason === undefined ? [] : [reason]),
];

const survivorList = (files: readonly FileSummary[]): readonly string[] => {
  const rows = files.flatMap(({ path, survivors }) => survivors.map((survivor) => listOf(path, survivor)));
  return rows.length === 0
    ? ["None."]
    : rows.map(([where, operator, before, after]) => `- ${where} ${operator}: ${before} → ${after}`);
};

const equivalentList = (files: readonly FileSummary[]): readonly string[] => {
  const rows = files.flatMap(({ path, equivalents }) =>
    equivalents.map((equivalent) => listOf(path, equivalent, equivalent.reason)),
  );
  return rows.length === 0
    ? ["None."]
    : rows.map(
        ([where, operator, before, after, reason]) => `- ${where} ${operator}: ${before} → ${after}. ${reason ?? ""}`,
      );
};

/** Files of which nothing is known, or nothing that still holds. */
const notRun = (files: readonly FileSummary[]): readonly string[] => {
  const paths = files.filter((file) => !isRun(file)).map(({ path }) => `\`${path}\``);
  return paths.length === 0 ? [] : [`Not run, or changed since: ${paths.join(", ")}.`, ""];
};

const part = (title: string, files: readonly FileSummary[]): readonly string[] => [
  `## ${title}`,
  "",
  ...overview(files),
  "",
  ...notRun(files),
  "### Survivors",
  "",
  ...survivorList(files),
  "",
];

/** The document of what the tests killed and what they did not. `date` is the day of the run. */
export const renderReport = (
  date: string,
  contracts: readonly FileSummary[],
  keepers: readonly FileSummary[],
): string =>
  [
    "# Mutation testing",
    "",
    `Written by \`npm run mutate\` on ${date}; never by hand. A mutant is the code with one small fault. The tests that can`,
    "see the file run until one fails, which kills the mutant; a mutant that no test fails for survives. The share is what",
    "was killed of all tested mutants that compile, less the proven equivalents. How it works and what it cannot plant:",
    "[ADR 0028](adr/0028-mutants-behind-a-switch.md).",
    "",
    ...part("Contracts and libraries", contracts),
    "### Equivalent mutants",
    "",
    "Listed with the reason in `scripts/mutate/equivalents.json`; nothing else leaves the count.",
    "",
    ...equivalentList(contracts),
    "",
    ...part("Keepers: decisions, sending, vouchers", keepers),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
