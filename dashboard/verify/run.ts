import { parseAddressBook, type AddressBook } from "../../deployments/schema.ts";
import { type Ask, askBlock, askNumber, pinnedProvider } from "../../keepers/adapters/readers/pinned.ts";
import { type Hint, type Search, digestIn, verify } from "../../keepers/adapters/readers/verification.ts";
import { type Hex } from "../../keepers/core/hex.ts";
import { printable } from "../../keepers/core/printable.ts";
import {
  type Verification,
  type VerifiedBlock,
  verificationOf,
  verificationText,
} from "../../keepers/views/verification.ts";

/** What the person typed, as text. */
export type Typed = {
  readonly book: string;
  readonly endpoints: string;
  readonly proposal: string;
  readonly hint: string;
};

/** What is to be verified, and where. */
export type Wanted = {
  readonly book: AddressBook;
  readonly endpoints: readonly string[];
  readonly hash: Hex;
  readonly hint: Hint;
};

const MAX_ENDPOINTS = 5;

const urlIn = (text: string): string => {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new RangeError(`no endpoint: an address that begins with https:// or http://, got ${text.slice(0, 80)}`);
  }
  return url.href;
};

const endpointsIn = (text: string): readonly string[] => {
  const urls = [
    ...new Set(
      text
        .split(/\s+/)
        .filter((part) => part !== "")
        .map(urlIn),
    ),
  ];
  if (urls.length === 0 || urls.length > MAX_ENDPOINTS) {
    throw new RangeError(`name one to ${MAX_ENDPOINTS} endpoints, each on a line of its own; better more than one`);
  }
  return urls;
};

const hintIn = (text: string): Hint => {
  const typed = text.trim().toLowerCase();
  if (typed === "") return {};
  if (/^\d{1,12}$/.test(typed)) return { block: Number(typed) };
  if (/^0x[0-9a-f]{64}$/.test(typed)) return { transaction: digestIn(typed) };
  throw new RangeError("the hint is a transaction's hash or a block's number, or empty");
};

const bookIn = (text: string): AddressBook => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new RangeError("choose the deployment's address book: a JSON file that the DAO publishes", { cause });
  }
  return parseAddressBook(json);
};

/** @throws Error that says which field is wrong and what it must be */
export const wantedIn = (typed: Typed): Wanted => ({
  book: bookIn(typed.book),
  endpoints: endpointsIn(typed.endpoints),
  hash: digestIn(typed.proposal),
  hint: hintIn(typed.hint),
});

/** What endpoints that say the same say. */
export type Answer = {
  readonly endpoints: readonly string[];
  /** The report as text: equal bytes are an equal answer. */
  readonly text: string;
  readonly report: Verification | undefined;
};

const problemOf = (error: unknown): string =>
  printable(error instanceof Error ? error.message : String(error)).slice(0, 500);

const failed = (endpoint: string, text: string): Answer => ({ endpoints: [endpoint], text, report: undefined });

/** Answers that are the same become one. */
const grouped = (answers: readonly Answer[]): readonly Answer[] => {
  const texts = [...new Set(answers.map(({ text }) => text))];
  return texts.flatMap((text) => {
    const same = answers.filter((answer) => answer.text === text);
    return same[0] === undefined ? [] : [{ ...same[0], endpoints: same.flatMap(({ endpoints }) => endpoints) }];
  });
};

/** Where an endpoint stands. @throws Error when it is of another chain or does not answer */
const headOf = async (ask: Ask, chainId: number): Promise<number> => {
  const told = await askNumber(ask, "eth_chainId");
  if (told !== chainId) throw new Error(`it is of chain ${told}; the address book is of chain ${chainId}`);
  return askNumber(ask, "eth_blockNumber");
};

type Asking = { readonly wanted: Wanted; readonly search: Search; readonly block: number };

const answerOf = async ({ wanted, search, block }: Asking, endpoint: string, ask: Ask): Promise<Answer> => {
  const { book, hash, hint } = wanted;
  const at: VerifiedBlock = await askBlock(ask, block);
  const notes: string[] = [];
  const provider = pinnedProvider(ask, { chainId: book.chainId, block });
  const source = { book, provider, warn: (what: string) => notes.push(what) };
  const verified = await verify({ source, hash, at }, hint, search);
  if (verified === undefined) {
    const why = search.isStopped() ? "the search was stopped" : notes.join("; ");
    return failed(endpoint, `It has no proposal with this digest up to block ${block}${why === "" ? "" : ` (${why})`}`);
  }
  const report = verificationOf(verified);
  return { endpoints: [endpoint], text: verificationText(report), report };
};

/**
 * Asks every endpoint for the same proposal at the same block, the newest that all of them have, and answers what they say:
 * one answer where they agree. Whatever goes wrong with one endpoint is its answer.
 */
export const verifyAt = async (
  wanted: Wanted,
  askAt: (endpoint: string) => Ask,
  search: Search,
): Promise<readonly Answer[]> => {
  const asks = wanted.endpoints.map((endpoint) => ({ endpoint, ask: askAt(endpoint) }));
  const heads = await Promise.all(
    asks.map(({ ask }) => headOf(ask, wanted.book.chainId).catch((error: unknown) => problemOf(error))),
  );
  const known = heads.filter((head) => typeof head === "number");
  const block = Math.min(...known);
  const answers = await Promise.all(
    asks.map(async ({ endpoint, ask }, index) => {
      const head = heads[index];
      if (typeof head !== "number") return failed(endpoint, `It was not asked: ${head}`);
      return answerOf({ wanted, search, block }, endpoint, ask).catch((error: unknown) =>
        failed(endpoint, `It does not answer: ${problemOf(error)}`),
      );
    }),
  );
  return grouped(answers);
};
