import { type Files, matching } from "./repository.ts";

const SOURCES = /^(?:contracts\/.*\.sol|(?:deployments|keepers|scripts)\/.*\.ts)$/;
/** A description that opens with one of these leaves its subject to the reader. */
const QUESTION = /^(?:what|who|whom|whose|where|how|when|why|which)\b/i;
const MIN_WORDS = 3;
/** Fewer words will do where they are a unit or a shape: “32 bytes”. */
const UNIT = /\b(?:basis points|blocks?|bytes?|decimals|hex|milliseconds|ms|seconds?|wei)\b/i;

const SOLIDITY_COMMENT = /(?:^[ \t]*\/\/\/.*$\n?)+/gm;
const TYPESCRIPT_COMMENT = /^[ \t]*\/\*\*(?:(?!\*\/)[^])*\*\//gm;
/** What only makes text a comment: it opens a line, or ends the last one. */
const MARKS = /^[ \t]*(?:\/\/\/|\/\*\*|\*(?!\/))|\*\/$/gm;
const TAG = /(?<=\s)@(\w+)\s*/g;

type Entry = { readonly line: number; readonly tag: string; readonly text: string };

/** The parts of one comment: what stands before the first tag, and each tag with what belongs to it. */
const partsOf = (comment: string, line: number): readonly Entry[] => {
  const tags = [...comment.matchAll(TAG)].map(({ 0: all, 1: tag = "", index }) => ({
    tag,
    index,
    from: index + all.length,
  }));
  return [{ tag: "", index: 0, from: 0 }, ...tags].map(({ tag, index, from }, i) => ({
    line: line + comment.slice(0, index).split("\n").length - 1,
    tag,
    text: comment.slice(from, tags[i]?.index).replaceAll(MARKS, "").replaceAll(/\s+/g, " ").trim(),
  }));
};

/** What documentation says. In TypeScript that is what it says of parameters: a summary may well ask a question. */
const entriesIn = (path: string, source: string): readonly Entry[] => {
  const isSolidity = path.endsWith(".sol");
  const comments = [...source.matchAll(isSolidity ? SOLIDITY_COMMENT : TYPESCRIPT_COMMENT)];
  return comments
    .flatMap(({ 0: comment, index }) => partsOf(comment, source.slice(0, index).split("\n").length))
    .filter(({ tag }) => isSolidity || tag === "param");
};

/** What a part says, without the name that it says it of. The result of a function need not have one. */
const descriptionsOf = ({ tag, text }: Entry): readonly string[] => {
  const withoutName = text.replace(/^\S+\s*/, "");
  if (tag === "param") return [withoutName];
  return tag === "return" ? [text, withoutName] : [text];
};

const faultsOf = (entry: Entry): readonly string[] => {
  const descriptions = descriptionsOf(entry);
  const words = (descriptions[0] ?? "").split(/\s+/).filter((word) => word !== "").length;
  const isTooShort = words < MIN_WORDS && !UNIT.test(descriptions[0] ?? "");
  return [
    ...(descriptions.some((text) => QUESTION.test(text)) ? ["opens with a question word, not with its subject"] : []),
    ...(entry.tag === "param" && isTooShort ? ["is too short for meaning, unit and range"] : []),
  ];
};

/** Documentation that does not say what it describes. */
export const proseFindings = (files: Files): readonly string[] =>
  matching(files, SOURCES).flatMap(([path, source]) =>
    entriesIn(path, source).flatMap((entry) =>
      faultsOf(entry).map((fault) => `${path}:${entry.line}: “${entry.text.slice(0, 60)}” ${fault}`),
    ),
  );
