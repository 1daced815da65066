import { type Files, matching } from "./repository.ts";

const SOURCES = /^(?:contracts\/.*\.sol|(?:deployments|keepers|scripts)\/.*\.ts)$/;
/** A description that opens with one of these leaves its subject to the reader. */
const QUESTION = /^(?:what|who|whom|whose|where|how|when|why|which)\b/i;
const MIN_WORDS = 3;
/** Fewer words will do where they are a unit or a shape: “32 bytes”. */
const UNIT = /\b(?:basis points|blocks?|bytes?|decimals|hex|milliseconds|ms|seconds?|wei)\b/i;

/** Words that stop a reader, and what to say instead. A word with a hyphen is part of a code. */
const PLAIN_WORDS: ReadonlyMap<string, string> = new Map([
  ["anew", "again"],
  ["dear", "expensive, or at the upper price"],
  ["dearer", "costlier"],
  ["deed", "operation"],
  ["deeds", "operations"],
  ["for good", "for ever"],
  ["hunter", "searcher"],
  ["purse", "available balance"],
]);
const PLAIN = new RegExp(`(?<![\\w-])(?:${[...PLAIN_WORDS.keys()].join("|")})(?![\\w-])`, "gi");
/** Decisions and the changelog tell of old words, and this check and its neighbour list them. */
const TELLS_OF_OLD_WORDS = /^(?:docs\/adr\/|CHANGELOG\.md$|scripts\/check\/(?:names|prose)\.ts$)/;
const READ = /^(?:contracts|dashboard|deployments|docs|keepers|scripts)\/.*\.(?:md|sol|tsx?)$|^[A-Z]+\.md$/;
const COMMENT = /\/\*[^]*?\*\/|\/\/[^\n]*/g;

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

const lineOf = (text: string, index: number): number => text.slice(0, index).split("\n").length;

/** What a file says to people: all of a document, and the comments of code. */
const spokenIn = (path: string, text: string): readonly (readonly [at: number, words: string])[] =>
  path.endsWith(".md") ? [[0, text]] : [...text.matchAll(COMMENT)].map(({ 0: comment, index }) => [index, comment]);

const wordFindings = (files: Files): readonly string[] =>
  matching(files, READ)
    .filter(([path]) => !TELLS_OF_OLD_WORDS.test(path))
    .flatMap(([path, text]) =>
      spokenIn(path, text).flatMap(([at, words]) =>
        [...words.matchAll(PLAIN)].map(
          ({ 0: word, index }) =>
            `${path}:${lineOf(text, at + index)}: “${word}”: say ${PLAIN_WORDS.get(word.toLowerCase()) ?? "it plainly"}`,
        ),
      ),
    );

/** Documentation that does not say what it describes, or says it in words that stop a reader. */
export const proseFindings = (files: Files): readonly string[] => [
  ...wordFindings(files),
  ...descriptionFindings(files),
];

/** Descriptions that open without their subject, or say too little. */
const descriptionFindings = (files: Files): readonly string[] =>
  matching(files, SOURCES).flatMap(([path, source]) =>
    entriesIn(path, source).flatMap((entry) =>
      faultsOf(entry).map((fault) => `${path}:${entry.line}: “${entry.text.slice(0, 60)}” ${fault}`),
    ),
  );
