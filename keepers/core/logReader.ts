/** A span of blocks, both ends included. */
export type BlockSpan = { readonly from: bigint; readonly to: bigint };

/** What one question for logs brought. */
export type LogPiece<T> = { readonly span: BlockSpan; readonly logs: readonly T[] };

export type LogReaderOptions<T> = {
  /** Asks a node for the logs of a span. */
  readonly read: (span: BlockSpan) => Promise<readonly T[]>;
  /** Whether the node refused that span, and may answer a shorter one; else the error is the caller's. */
  readonly isRefusal: (error: unknown) => boolean;
  /** As many blocks as are asked for at once, at the most. */
  readonly widest: bigint;
  /** What was learnt of the node before; by default nothing. */
  readonly memory?: LogMemory;
  /** Told when logs are missing because the node does not keep them. */
  readonly onTrouble: (what: string) => void;
};

/**
 * Reads logs from a node of which nobody knows how much it answers at once. All readers of one node and purpose share it: it
 * remembers what the node took.
 */
export type LogReader<T> = {
  /** Piece by piece, oldest first. Begins where the node begins. @throws what `read` throws for a single block */
  readonly forward: (span: BlockSpan) => AsyncGenerator<LogPiece<T>, void>;
  /** Piece by piece, newest first. Ends where the node begins. */
  readonly backward: (span: BlockSpan) => AsyncGenerator<LogPiece<T>, void>;
};

/** After so many answers in a row twice as much is asked for. */
const CALM = 8;

/** How nodes say that one block, or a span, holds more than they answer: then nothing is pruned. */
const TOO_MANY = /more than|too many|results|response size|too large/i;

const lower = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const higher = (a: bigint, b: bigint): bigint => (a > b ? a : b);

const isTooMany = (error: unknown): boolean => error instanceof Error && TOO_MANY.test(error.message);

/** What a node took so far. `lowest`: the oldest block that it answered for; `begins`: the first that it has, once known. */
export type LogMemory = { width: bigint; calm: number; lowest: bigint | undefined; begins: bigint };

export const emptyLogMemory = (widest: bigint): LogMemory => ({
  width: widest,
  calm: 0,
  lowest: undefined,
  begins: 0n,
});

const grow = (known: LogMemory, widest: bigint): void => {
  known.calm += 1;
  if (known.calm < CALM || known.width === widest) return;
  known.calm = 0;
  known.width = lower(known.width * 2n, widest);
};

const shrink = (known: LogMemory, { from, to }: BlockSpan): void => {
  known.calm = 0;
  known.width = higher(1n, (to - from + 1n) / 2n);
};

type Asked<T> =
  | { readonly kind: "logs"; readonly logs: readonly T[] }
  /** A shorter span is to be asked for, if there is one. */
  | { readonly kind: "refused"; readonly error: unknown };

const ask = async <T>(
  known: LogMemory,
  { read, isRefusal, widest }: LogReaderOptions<T>,
  span: BlockSpan,
): Promise<Asked<T>> => {
  try {
    const logs = await read(span);
    if (known.lowest === undefined || span.from < known.lowest) known.lowest = span.from;
    grow(known, widest);
    return { kind: "logs", logs };
  } catch (error) {
    shrink(known, span);
    if (!isRefusal(error) || (span.from === span.to && isTooMany(error))) throw error;
    return { kind: "refused", error };
  }
};

/** Whether the node answers for one block. */
const answers = async <T>({ read, isRefusal }: LogReaderOptions<T>, block: bigint): Promise<boolean> => {
  try {
    await read({ from: block, to: block });
    return true;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return isTooMany(error);
  }
};

/** The first block of a span that the node answers for; undefined when it is none, or the first after all. */
const firstAnswered = async <T>(options: LogReaderOptions<T>, { from, to }: BlockSpan): Promise<bigint | undefined> => {
  if (!(await answers(options, to))) return undefined;
  let [without, found] = [from, to];
  while (found - without > 1n) {
    const middle = (without + found) / 2n;
    if (await answers(options, middle)) found = middle;
    else without = middle;
  }
  // Refused once for another reason, it is no beginning.
  return (await answers(options, from)) ? undefined : found;
};

const missing = (block: bigint): string =>
  `the node has no logs before block ${block}: what happened earlier is not seen`;

/** Where the node begins, when it refuses a single block and never answered for an older one. @throws its refusal else */
const beginningIn = async <T>(
  known: LogMemory,
  options: LogReaderOptions<T>,
  { span, error }: { readonly span: BlockSpan; readonly error: unknown },
): Promise<bigint> => {
  const isOldest = known.lowest === undefined || span.from < known.lowest;
  const found = isOldest ? await firstAnswered(options, span) : undefined;
  if (found === undefined) throw error;
  known.begins = found;
  // It was not for their number that blocks were refused.
  known.width = options.widest;
  options.onTrouble(missing(found));
  return found;
};

/** Makes a reader that asks for less where a node refuses, down to one block, and for more again where it answers. */
export const createLogReader = <T>(options: LogReaderOptions<T>): LogReader<T> => {
  const known = options.memory ?? emptyLogMemory(options.widest);

  const forward: LogReader<T>["forward"] = async function* ({ from, to }) {
    let next = higher(from, known.begins);
    while (next <= to) {
      const span = { from: next, to: lower(next + known.width - 1n, to) };
      const asked = await ask(known, options, span);
      if (asked.kind === "logs") {
        yield { span, logs: asked.logs };
        next = span.to + 1n;
      } else if (span.from === span.to) {
        next = await beginningIn(known, options, { span: { from: next, to }, error: asked.error });
      }
    }
  };
  const backward: LogReader<T>["backward"] = async function* ({ from, to }) {
    const least = higher(from, known.begins);
    let next = to;
    while (next >= least) {
      const span = { from: higher(next - known.width + 1n, least), to: next };
      const asked = await ask(known, options, span);
      if (asked.kind === "logs") {
        yield { span, logs: asked.logs };
        next = span.from - 1n;
      } else if (span.from === span.to) {
        if (next === to) throw asked.error;
        options.onTrouble(missing(next + 1n));
        return;
      }
    }
  };
  return { forward, backward };
};
