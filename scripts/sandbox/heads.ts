/** The header of a new block, as far as the sandbox needs it. Gas in gas units, fee in wei, time in seconds. */
export type SandboxHead = {
  readonly number: number;
  readonly timestamp: number;
  readonly gasUsed: bigint;
  readonly baseFee: bigint;
};

/** Where heads come from. */
export type HeadSource = {
  /** Subscribes to new headers; answers what ends the subscription. */
  readonly subscribe: (onHeader: (header: unknown) => void) => Promise<() => Promise<void>>;
  /** The header of the newest block. */
  readonly latest: () => Promise<unknown>;
};

export type HeadOptions = {
  /** After this long without a head the node is asked whether there is a newer one. In milliseconds. */
  readonly silenceMs: number;
  /** Calls `tick` again and again; answers what ends it. */
  readonly every: (ms: number, tick: () => void) => () => void;
  /** Called when a subscription had ended without a word, with the block that it did not tell of. */
  readonly onRenewed: (block: number) => void;
};

/** Heads, told by one source. */
export type Heads = {
  /** Calls `listener` for each new block; returns what ends it. */
  readonly onHead: (listener: (head: SandboxHead) => void) => () => void;
  readonly stop: () => Promise<void>;
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const quantity = (header: Readonly<Record<string, unknown>>, key: string): bigint => {
  const value = header[key];
  if (typeof value !== "string") throw new Error(`the node's block header has no ${key}`);
  return BigInt(value);
};

const toHead = (header: unknown): SandboxHead => {
  if (!isRecord(header)) throw new Error("the node sent a block header that is no object");
  return {
    number: Number(quantity(header, "number")),
    timestamp: Number(quantity(header, "timestamp")),
    gasUsed: quantity(header, "gasUsed"),
    baseFee: quantity(header, "baseFeePerGas"),
  };
};

/** Tells each head once. The number of the next one may be lower: whoever holds the chain's control can revert it. */
const createListeners = () => {
  const listeners = new Set<(head: SandboxHead) => void>();
  const seen = { number: -1, isNew: false };
  const arrive = (header: unknown): void => {
    const head = toHead(header);
    if (head.number === seen.number) return;
    seen.number = head.number;
    seen.isNew = true;
    for (const listener of listeners) listener(head);
  };
  const onHead: Heads["onHead"] = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return { seen, arrive, onHead };
};

/**
 * Tells of each new block, from one subscription that is watched: a node may end a subscription without a word. When no
 * head came for `silenceMs` and the node has another newest block, that block is told and the subscription is made again.
 */
export const followHeads = async (source: HeadSource, options: HeadOptions): Promise<Heads> => {
  const { seen, arrive, onHead } = createListeners();
  let unsubscribe = await source.subscribe(arrive);
  const renew = async (): Promise<void> => {
    const header = await source.latest();
    if (toHead(header).number === seen.number || seen.isNew) return;
    options.onRenewed(toHead(header).number);
    arrive(header);
    const old = unsubscribe;
    unsubscribe = await source.subscribe(arrive);
    // A subscription that has ended by itself cannot be ended again.
    await old().catch(() => undefined);
  };
  let looking: Promise<void> | undefined;
  const look = (): void => {
    const wasSilent = !seen.isNew;
    seen.isNew = false;
    if (!wasSilent || looking !== undefined) return;
    // A node that does not answer is asked again at the next tick.
    looking = renew()
      .catch(() => undefined)
      .finally(() => (looking = undefined));
  };
  // Looked at twice within the limit: a head just after one look is found missing at the second after it.
  const stopLooking = options.every(options.silenceMs / 2, look);
  const stop = async (): Promise<void> => {
    stopLooking();
    await looking;
    await unsubscribe().catch(() => undefined);
  };
  return { onHead, stop };
};
