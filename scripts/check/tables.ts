import { type Files, matching } from "./repository.ts";

const FENCE = /^```/;
const SEPARATOR = /^\|(?:\s*:?-+:?\s*\|)+$/;
/** What is wider cannot be read beside anything else; a list says it in lines that break. */
const WIDEST = 160;

const cellsIn = (line: string): number => line.replaceAll("\\|", "").split("|").length - 2;

/** What is wrong with one table, whose first line is line `at` of its file. */
const faultsOf = (rows: readonly string[], at: number): readonly string[] => {
  const [head = "", separator = ""] = rows;
  const wide = rows.flatMap((row, i) =>
    row.length > WIDEST ? [`${at + i}: a table wider than ${WIDEST}: make it a list`] : [],
  );
  const second = rows.slice(2).findIndex((row) => SEPARATOR.test(row));
  const ragged = rows.findIndex((row) => cellsIn(row) !== cellsIn(head));
  return [
    ...(SEPARATOR.test(separator) ? [] : [`${at}: a table without a line below its head`]),
    ...(second < 0 ? [] : [`${at + second + 2}: a second line of dashes in a table`]),
    ...(ragged < 0 ? [] : [`${at + ragged}: another number of cells than the head of the table`]),
    ...wide.slice(0, 1),
  ];
};

const findingsIn = (text: string): readonly string[] => {
  const lines = text.split("\n");
  const found: string[] = [];
  let isCode = false;
  for (let i = 0; i < lines.length; i += 1) {
    if (FENCE.test(lines[i] ?? "")) isCode = !isCode;
    if (isCode || lines[i]?.startsWith("|") !== true) continue;
    const past = lines.findIndex((line, j) => j > i && !line.startsWith("|"));
    const end = past < 0 ? lines.length : past;
    found.push(...faultsOf(lines.slice(i, end), i + 1));
    i = end - 1;
  }
  return found;
};

/** Tables of Markdown files that are broken, or too wide to read. */
export const tableFindings = (files: Files): readonly string[] =>
  matching(files, /\.md$/).flatMap(([path, text]) => findingsIn(text).map((finding) => `${path}:${finding}`));
