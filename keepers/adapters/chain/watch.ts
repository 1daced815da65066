import { askHead, isThere, notThere } from "./greeting.ts";
import { type Head, type Learnt, LARGEST_JUMP, readHead } from "./heads.ts";
import { isRecord } from "./rpc.ts";
import type { Wire } from "./wire.ts";

export type WatchOptions = {
  readonly where: string;
  readonly learnt: Learnt;
  readonly nowMs: () => number;
  /** Without a new block for this long the endpoint is of no use. */
  readonly silenceMs: number;
  readonly onHead: (head: Head) => void;
  readonly onTrouble: (what: string) => void;
};

/** Looks after one connection that is up. */
export type Watch = {
  /** Takes a notification. */
  readonly hear: (params: unknown) => void;
  readonly stop: () => void;
};

/** An endpoint that stays further behind another than this, for the silence limit, is left. */
const MAX_LAG = 8n;
/** So many blocks in a row that had to be asked for make a subscription that does not deliver. */
const MAX_UNHEARD = 3;

const within = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value));

/** How often a connection is looked at, and after how long without a head the endpoint is asked for one. */
export const rhythmOf = (silenceMs: number) => ({
  pulseMs: within(silenceMs / 10, 50, 500),
  pollAfterMs: within(silenceMs / 5, 100, 2_000),
});

/** Tells each thing once. */
const telling = (tell: (what: string) => void) => {
  const told = new Set<string>();
  return (what: string): void => {
    if (told.has(what)) return;
    told.add(what);
    tell(what);
  };
};

/** What one endpoint showed so far, on a clock that nobody sets. */
const progressOf = (started: Head) => ({
  newest: started.block,
  advancedAt: performance.now(),
  /** When a notification last brought a new block, and how many blocks were asked for since. */
  heardAt: performance.now(),
  unheard: 0,
  lagsSince: undefined as number | undefined,
});
type Progress = ReturnType<typeof progressOf>;

/** Why the endpoint is to be left now, if it is. */
const faultOf = (progress: Progress, { where, learnt, silenceMs }: WatchOptions): string | undefined => {
  const now = performance.now();
  if (now - progress.advancedAt > silenceMs) return `${where} showed no new block for ${silenceMs} ms`;
  const lag = (learnt.highest ?? progress.newest) - progress.newest;
  progress.lagsSince = lag > MAX_LAG ? (progress.lagsSince ?? now) : undefined;
  if (progress.lagsSince === undefined || now - progress.lagsSince <= silenceMs) return undefined;
  return `${where} stays ${lag} blocks behind another endpoint`;
};

/** Takes heads in, from notifications and answers alike. @returns whether it was a new block */
const taker =
  (progress: Progress, { learnt, onHead }: WatchOptions) =>
  (head: Head): boolean => {
    if (head.block <= progress.newest) return false;
    progress.newest = head.block;
    progress.advancedAt = performance.now();
    if (learnt.highest === undefined || head.block > learnt.highest) learnt.highest = head.block;
    learnt.baseFee = head.baseFee;
    onHead(head);
    return true;
  };

type Watched = {
  readonly wire: Wire;
  readonly progress: Progress;
  readonly take: (head: Head) => boolean;
  readonly tellOnce: (what: string) => void;
  readonly options: WatchOptions;
};

/** Reads what a node tells unasked. Whatever it is, nothing is thrown. */
const hearer = ({ wire, progress, take, tellOnce, options }: Watched): Watch["hear"] => {
  const { where, learnt, nowMs } = options;
  const takeTold = (head: Head): void => {
    if (!take(head)) return;
    progress.heardAt = performance.now();
    progress.unheard = 0;
  };
  const takeJump = async (head: Head): Promise<void> => {
    if (await isThere(wire, head)) takeTold(head);
    else tellOnce(notThere(where, head));
  };
  return (params) => {
    try {
      const head = readHead(isRecord(params) ? params["result"] : undefined, nowMs(), learnt.baseFee);
      if (head.block <= progress.newest + LARGEST_JUMP) takeTold(head);
      else takeJump(head).catch(() => undefined);
    } catch (error) {
      tellOnce(`${where} told of a head that cannot be read: ${error instanceof Error ? error.message : ""}`);
    }
  };
};

/**
 * Watches a connection: hands on new heads, asks for the newest block while none are told, and ends the connection when
 * the endpoint makes no progress.
 */
export const watchWire = (wire: Wire, started: Head, options: WatchOptions): Watch => {
  const { where } = options;
  const { pulseMs, pollAfterMs } = rhythmOf(options.silenceMs);
  const progress = progressOf(started);
  const tellOnce = telling(options.onTrouble);
  const take = taker(progress, options);
  let isAsking = false;
  const ask = async (): Promise<void> => {
    if (!take(await askHead(wire, options))) return;
    progress.unheard += 1;
    // One or two may have been late on the way.
    if (progress.unheard < MAX_UNHEARD) return;
    tellOnce(`${where} does not tell of new blocks: it is asked every ${pulseMs} ms`);
  };
  const pulse = setInterval(() => {
    const fault = faultOf(progress, options);
    if (fault !== undefined) {
      wire.end(fault);
      return;
    }
    if (isAsking || performance.now() - progress.heardAt < pollAfterMs) return;
    isAsking = true;
    // An endpoint that does not answer shows no progress, which is seen above.
    ask()
      .catch(() => undefined)
      .finally(() => (isAsking = false));
  }, pulseMs);
  return { hear: hearer({ wire, progress, take, tellOnce, options }), stop: () => clearInterval(pulse) };
};
