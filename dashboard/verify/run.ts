import { parseAddressBook, type AddressBook } from "../../deployments/schema.ts";
import { type Ask, askBlock, askNumber, pinnedProvider } from "../../keepers/adapters/readers/pinned.ts";
import { type Hint, type Search, digestIn, verify } from "../../keepers/adapters/readers/verification.ts";
import { type Hex } from "../../keepers/core/hex.ts";
import { printable } from "../../keepers/core/printable.ts";
import { spanWords } from "../../keepers/views/spans.ts";
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
  /** That the report's block is not of now, with its age. */
  readonly alarm: string | undefined;
};

const problemOf = (error: unknown): string =>
  printable(error instanceof Error ? error.message : String(error)).slice(0, 500);

const failed = (endpoint: string, text: string): Answer => ({
  endpoints: [endpoint],
  text,
  report: undefined,
  alarm: undefined,
});

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

/** Endpoints may lie so many blocks apart and still be asked about the same one. */
const NEAR_BLOCKS = 50;

/** The block that an endpoint is asked about: the lowest head near its own, so that none can drag others into the past. */
const blockFor = (head: number, heads: readonly number[]): number =>
  Math.min(...heads.filter((other) => Math.abs(other - head) <= NEAR_BLOCKS));

/** So long it may take an endpoint to say where it stands: until then, all wait for it. */
const HEAD_PATIENCE_MS = 20_000;
const FRESH_SECONDS = 60n;

const ageAlarm = (at: VerifiedBlock, now: bigint): string | undefined => {
  const age = now - at.time;
  if (age > FRESH_SECONDS) {
    return `This is how it stood ${spanWords(age)} ago, in block ${at.number}: what came later, such as votes, is not in it`;
  }
  if (age >= -FRESH_SECONDS) return undefined;
  return `Block ${at.number} is ${spanWords(-age)} ahead of this computer's clock: one of them is wrong`;
};

/** What a verification reports to, and what ends it. `now`: seconds since the epoch. */
export type Watch = Search & {
  readonly now: () => bigint;
  /** What is known so far, each time that an endpoint has answered: those that say the same as one. */
  readonly onAnswers: (answers: readonly Answer[]) => void;
};

type Asking = { readonly wanted: Wanted; readonly watch: Watch; readonly block: number };

const answerOf = async ({ wanted, watch, block }: Asking, endpoint: string, ask: Ask): Promise<Answer> => {
  const { book, hash, hint } = wanted;
  const at = await askBlock(ask, block);
  const notes: string[] = [];
  const provider = pinnedProvider(ask, { chainId: book.chainId, block });
  const source = { book, provider, warn: (what: string) => notes.push(what) };
  const verified = await verify({ source, hash, at }, hint, watch);
  const alarm = ageAlarm(at, watch.now());
  if (verified === undefined) {
    const why = notes.length === 0 ? "" : ` (${notes.join("; ")})`;
    return { ...failed(endpoint, `It has no proposal with this digest up to block ${block}${why}`), alarm };
  }
  const report = verificationOf(verified);
  return { endpoints: [endpoint], text: verificationText(report), report, alarm };
};

/** The same promise, which fails with the signal's reason as soon as that is aborted, whatever holds it up. */
const until = async <T>(signal: AbortSignal, promise: Promise<T>): Promise<T> => {
  const ended = Promise.withResolvers<never>();
  const stop = (): void => ended.reject(new Error(problemOf(signal.reason)));
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    return await Promise.race([promise, ended.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
};

/**
 * Asks every endpoint for the same proposal, and answers what they say: one answer where they agree. Those whose heads lie near
 * each other are asked about the same block, the newest that all of them have; others about one of their own. Whatever goes
 * wrong with one endpoint is its answer, and none waits for another once the heads are known. It ends when the signal is
 * aborted: who has not answered by then has that as its answer.
 */
export const verifyAt = async (
  wanted: Wanted,
  askAt: (endpoint: string, signal: AbortSignal) => Ask,
  watch: Watch,
): Promise<readonly Answer[]> => {
  const { signal } = watch;
  const asks = wanted.endpoints.map((endpoint) => ({ endpoint, ask: askAt(endpoint, signal) }));
  const patience = AbortSignal.any([signal, AbortSignal.timeout(HEAD_PATIENCE_MS)]);
  const heads = await Promise.all(
    asks.map(({ ask }) => until(patience, headOf(ask, wanted.book.chainId)).catch(problemOf)),
  );
  const known = heads.filter((head) => typeof head === "number");
  const answers: (Answer | undefined)[] = asks.map(() => undefined);
  const soFar = (): readonly Answer[] => grouped(answers.filter((answer) => answer !== undefined));
  await Promise.all(
    asks.map(async ({ endpoint, ask }, index) => {
      const head = heads[index];
      answers[index] =
        typeof head === "number"
          ? await until(signal, answerOf({ wanted, watch, block: blockFor(head, known) }, endpoint, ask)).catch(
              (error: unknown) => failed(endpoint, `It does not answer: ${problemOf(error)}`),
            )
          : failed(endpoint, `It was not asked: ${head}`);
      watch.onAnswers(soFar());
    }),
  );
  return soFar();
};
