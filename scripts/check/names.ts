import { type Files, matching } from "./repository.ts";

const TYPESCRIPT = /^(?:deployments|keepers|scripts)\/.*\.ts$/;
const CODE = /^(?:contracts|deployments|keepers|scripts|test)\/.*\.(?:ts|sol)$/;
const EXPORTED_TYPE = /^export (?:type|interface|class|enum) (\w+)/gm;

/** Words of a name that ADR 0036 replaced, and what to say instead. */
const REPLACED_WORDS: ReadonlyMap<string, string> = new Map([
  ["deed", "operation"],
  ["deeds", "operations"],
  ["desk", "intake"],
  ["doors", "entryPoints"],
  ["hunter", "searcher"],
  ["intent", "pending transaction"],
  ["intents", "pending transactions"],
  ["purse", "available balance"],
  ["sight", "snapshot"],
  ["surroundings", "environment"],
  ["tended", "tracked"],
  ["watcher", "watchtower"],
]);

/** Whole names that it replaced. */
const REPLACED_NAMES: ReadonlyMap<string, string> = new Map([
  ["BallotView", "TallyView"],
  ["BareActor", "MockActor"],
  ["FOR_AT", "FOR_SHIFT"],
  ["Grant", "CallProof"],
  ["LossNote", "PendingLoss"],
  ["OutcomeRecorder", "PerformanceRecorder"],
  ["RowOfWords", "MemoryWords"],
  ["Seat", "SignerRecord"],
  ["SignedBy", "SignatureLib"],
  ["VoterRoll", "VoteCounting"],
  ["closeTogether", "cooperativeClose"],
  ["finishClose", "finalizeClose"],
  ["freshSharesOf", "recentSharesOf"],
  ["grants", "callProofs"],
  ["leastClass", "minClass"],
  ["leastOut", "minOut"],
  ["realEdge", "approximateEdge"],
  ["splitDigest", "settlementDigest"],
  ["standingOf", "ratingOf"],
  ["startClose", "initiateClose"],
  ["timeOut", "resolveTimeout"],
  ["totalHasher", "safeHasher"],
]);

/** What reads files from before, by the names that they have. */
const READS_OLD_NAMES: ReadonlySet<string> = new Set(["deployments/schema.ts", "keepers/agents/arbitrage/entry.ts"]);

/** What is no name: comments and text. What stands inside `${…}` is left out with its template. */
const NOT_CODE = /\/\*[^]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g;
const NAME = /[A-Za-z_$][\w$]*/g;
const WORD = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g;

const blank = (text: string): string => text.replaceAll(/[^\n]/g, " ");

const insteadOf = (name: string): string | undefined => {
  const whole = REPLACED_NAMES.get(name);
  if (whole !== undefined) return whole;
  const words = (name.match(WORD) ?? []).map((word) => word.toLowerCase());
  return words.map((word) => REPLACED_WORDS.get(word)).find((word) => word !== undefined);
};

const oldNamesIn = (path: string, source: string): readonly string[] => {
  if (READS_OLD_NAMES.has(path)) return [];
  const lines = source.replaceAll(NOT_CODE, blank).split("\n");
  return lines.flatMap((line, index) =>
    [...new Set(line.match(NAME) ?? [])].flatMap((name) => {
      const instead = insteadOf(name);
      return instead === undefined ? [] : [`${path}:${index + 1}: ${name} is an old word: say ${instead} (ADR 0036)`];
    }),
  );
};

const COMMENT = /\/\*[^]*?\*\/|\/\/[^\n]*/g;
/** Replaced names that are no words of a sentence: those with a capital within. */
const UNMISTAKABLE = [...REPLACED_NAMES].filter(([name]) => /[a-z][A-Z]/.test(name));

/** Old names in the comments of contracts, which are the manual. */
const oldNamesInManual = (path: string, source: string): readonly string[] =>
  [...source.matchAll(COMMENT)].flatMap(({ 0: comment, index }) =>
    UNMISTAKABLE.filter(([name]) => new RegExp(`\\b${name}\\b`).test(comment)).map(
      ([name, instead]) =>
        `${path}:${source.slice(0, index).split("\n").length}: ${name} is an old word: say ${instead} (ADR 0036)`,
    ),
  );

/** Exported types that two files call the same. */
export const sharedTypes = (files: Files): readonly string[] => {
  const exported = matching(files, TYPESCRIPT).flatMap(([path, text]) =>
    [...text.matchAll(EXPORTED_TYPE)].map(([, name = ""]) => ({ path, name })),
  );
  return [...Map.groupBy(exported, ({ name }) => name)]
    .filter(([, places]) => places.length > 1)
    .map(
      ([name, places]) => `${name} is exported by ${places.map(({ path }) => path).join(", ")}: one name, one meaning`,
    );
};

/** Names with two meanings, and names that the house has given up. */
export const nameFindings = (files: Files): readonly string[] => [
  ...sharedTypes(files),
  ...matching(files, CODE).flatMap(([path, source]) => oldNamesIn(path, source)),
  ...matching(files, /^contracts\/.*\.sol$/).flatMap(([path, source]) => oldNamesInManual(path, source)),
];
