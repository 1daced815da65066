import { type Files, matching } from "./repository.ts";

const SOURCES = /^contracts\/.*\.sol$/;
/** A description that opens with one of these leaves its subject to the reader. */
const QUESTION = /^(?:what|who|whom|whose|where|how|when|why|which)\b/i;
const LEAST_WORDS = 3;

const COMMENT = /(?:^[ \t]*\/\/\/.*$\n?)+/gm;
const TAG = /^@(\w+)\s*(.*)$/;

type Entry = { readonly line: number; readonly tag: string; readonly text: string };

/** The parts of one comment: each tag with the lines that belong to it, and what stands before the first tag. */
const partsOf = (comment: string, line: number): readonly Entry[] => {
  const lines = comment.split("\n").map((text) => text.trim().slice("///".length).trim());
  const starts = [...lines.keys()].filter((at) => at === 0 || lines[at]?.startsWith("@") === true);
  return starts.map((start, i) => {
    const text = lines
      .slice(start, starts[i + 1])
      .join(" ")
      .trim();
    const [, tag = "", rest = text] = TAG.exec(text) ?? [];
    return { line: line + start, tag, text: rest };
  });
};

const entriesIn = (source: string): readonly Entry[] =>
  [...source.matchAll(COMMENT)].flatMap(({ 0: comment, index }) =>
    partsOf(comment, source.slice(0, index).split("\n").length),
  );

/** What a part says, without the name that it says it of. The result of a function need not have one. */
const descriptionsOf = ({ tag, text }: Entry): readonly string[] => {
  const withoutName = text.replace(/^\S+\s*/, "");
  if (tag === "param") return [withoutName];
  return tag === "return" ? [text, withoutName] : [text];
};

const faultsOf = (entry: Entry): readonly string[] => {
  const descriptions = descriptionsOf(entry);
  const words = (descriptions[0] ?? "").split(/\s+/).filter((word) => word !== "").length;
  return [
    ...(descriptions.some((text) => QUESTION.test(text)) ? ["opens with a question word, not with its subject"] : []),
    ...(entry.tag === "param" && words < LEAST_WORDS ? ["is too short for meaning, unit and range"] : []),
  ];
};

/** NatSpec that does not say what it describes. */
export const proseFindings = (files: Files): readonly string[] =>
  matching(files, SOURCES).flatMap(([path, source]) =>
    entriesIn(source).flatMap((entry) =>
      faultsOf(entry).map((fault) => `${path}:${entry.line}: “${entry.text.slice(0, 60)}” ${fault}`),
    ),
  );
