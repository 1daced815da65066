import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type SolcMessage, compileWith } from "../lib/solc.ts";

/** One `assert` of a proof. `start` and `end` are offsets in its file, `condition` what it asserts. */
export type Assertion = {
  readonly contract: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly condition: string;
};

/**
 * What came out: proved for all inputs and all sequences of calls; refuted by a counterexample; unproved because the solver
 * gave up; unanswered because the compiler did not say a word; empty because the opposite can be proved as well, so that
 * nothing ever gets there.
 */
export const VERDICTS = ["proved", "refuted", "unproved", "unanswered", "empty"] as const;
export type ProofVerdict = (typeof VERDICTS)[number];
export type ProofFinding = Assertion & { readonly verdict: ProofVerdict; readonly detail: string };

/** A file of proofs and where it lies under the repository's root. */
export type ProofFile = { readonly root: string; readonly path: string; readonly text: string };

const ROOT = join(import.meta.dirname, "../..");
const ASSERT = "assert(";
const CODES = { safe: "9576", violation: "6328" } as const;
const ORDER: readonly ProofVerdict[] = ["refuted", "unproved", "proved"];

/** A file of this repository. */
export const readProofs = (path: string): ProofFile => ({
  root: ROOT,
  path,
  text: readFileSync(join(ROOT, path), "utf8"),
});

/** The offset behind the parenthesis that closes the one before `from`. @throws Error when none does */
const closingOf = (text: string, from: number): number => {
  let depth = 1;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === "(") depth += 1;
    if (text[at] === ")") depth -= 1;
    if (depth === 0) return at + 1;
  }
  throw new Error("a parenthesis is never closed");
};

/** Every assertion in a file. @throws Error for text beyond ASCII, whose offsets the compiler counts otherwise */
export const assertionsIn = (text: string): readonly Assertion[] => {
  // Bytes and characters are the same only there.
  if (Buffer.byteLength(text) !== text.length) throw new Error("a proof must be written in ASCII");
  return [...text.matchAll(/(?<!\w)assert\(/g)].map(({ index }) => {
    const end = closingOf(text, index + ASSERT.length);
    const before = text.slice(0, index);
    const contract = [...before.matchAll(/^contract (\w+)/gm)].at(-1)?.[1] ?? "";
    const condition = text.slice(index + ASSERT.length, end - 1).replaceAll(/\s+/g, " ");
    return { contract, line: before.split("\n").length, start: index, end, condition };
  });
};

/** No `timeout` among the settings: the solver inside the compiler throws at one, and stops by itself at a fixed effort. */
const settingsFor = (path: string, contract: string) => ({
  modelChecker: {
    contracts: { [path]: [contract] },
    engine: "chc",
    solvers: ["z3"],
    targets: ["assert"],
    showProvedSafe: true,
    showUnproved: true,
  },
});

const verdictOf = ({ errorCode, message }: SolcMessage): ProofVerdict | undefined => {
  if (errorCode === CODES.safe) return "proved";
  if (errorCode !== CODES.violation) return undefined;
  return message.includes("might happen") ? "unproved" : "refuted";
};

/** What the solver says of each assertion of one contract; an assertion that is met on two ways has the worse answer. */
const answersFor = ({ root, path, text }: ProofFile, contract: string): readonly ProofFinding[] => {
  const { errors = [] } = compileWith(root, new Map([[path, text]]), settingsFor(path, contract));
  return assertionsIn(text)
    .filter((assertion) => assertion.contract === contract)
    .map((assertion) => {
      const about = errors.filter(
        ({ sourceLocation: at }) => at?.file === path && at.start >= assertion.start && at.end <= assertion.end,
      );
      const verdict = ORDER.find((candidate) => about.some((said) => verdictOf(said) === candidate)) ?? "unanswered";
      const detail = about.find((said) => verdictOf(said) === verdict)?.message ?? "";
      return { ...assertion, verdict, detail };
    });
};

/** The file with the opposite of the assertions that are chosen, and the others taken for granted. */
const withOpposite = (text: string, isChosen: (assertion: Assertion) => boolean): string =>
  [...assertionsIn(text)].reverse().reduce((changed, assertion) => {
    const { start, end } = assertion;
    const condition = text.slice(start + ASSERT.length, end - 1);
    const instead = isChosen(assertion) ? `assert(!(${condition}))` : `require(${condition})`;
    return `${changed.slice(0, start)}${instead}${changed.slice(end)}`;
  }, text);

/** The assertions of a contract whose opposite is proved, when it stands for those that are chosen. */
const provedOpposites = (file: ProofFile, contract: string, isChosen: (assertion: Assertion) => boolean) =>
  answersFor({ ...file, text: withOpposite(file.text, isChosen) }, contract).flatMap(({ verdict }, index) =>
    verdict === "proved" ? [index] : [],
  );

/**
 * Asks for every assertion of one contract of a file, then for the opposites: where the opposite is proved too, no call ever
 * gets to the assertion, and its proof says nothing. All opposites at once may bar one another's way, so that one which is
 * proved among them is asked for alone before it is believed. Takes some seconds for each.
 */
export const proveContract = (file: ProofFile, contract: string): readonly ProofFinding[] => {
  const findings = answersFor(file, contract);
  const suspects = provedOpposites(file, contract, () => true);
  return findings.map((finding, index) => {
    const isSuspect = finding.verdict === "proved" && suspects.includes(index);
    // Alone it is the only one that is still asserted.
    const isEmpty = isSuspect && provedOpposites(file, contract, ({ start }) => start === finding.start).length > 0;
    return isEmpty ? { ...finding, verdict: "empty" } : finding;
  });
};

/** The contracts of a file that assert something, in its order. */
export const contractsIn = (text: string): readonly string[] => [
  ...new Set(assertionsIn(text).map(({ contract }) => contract)),
];
