import type { Hex } from "../../core/hex.ts";
import type { Address } from "../../core/units.ts";
import type { FeedReading, SourceReading } from "./feedHealth.ts";
import { type PythPrice, PYTHNET, readPythUpdate } from "./pythUpdate.ts";
import { type SampleFault, type SamplePolicy, validate } from "./validate.ts";

/** A feed whose prices come on chain only when somebody pays for it. `contract`: where they are written and paid for. */
export type PullFeed = { readonly contract: Address; readonly feedId: Hex };

/** A source of an asset that should be updated, and what the chain says of it now. */
export type WantedUpdate = PullFeed & {
  readonly asset: string;
  readonly source: string;
  /** Of the price that is on chain, in seconds since the epoch; zero for none. */
  readonly updatedAt: bigint;
  /** The asset's price by all sources, in USD with 18 decimals; undefined where there is none. */
  readonly middle: bigint | undefined;
};

/** When an update is worth its fee. */
export type UpdateNeed = {
  /** Whether a proposal is being voted on: then one source more than the quorum is wanted, since one may fail. */
  readonly hasVote: boolean;
  /** Seconds before its maximum age from which on a source counts as lost. */
  readonly aheadSeconds: bigint;
};

/** What paying for updates may cost. */
export type UpdateLimits = SamplePolicy & {
  /** In wei, for each price. */
  readonly maxFeeWei: bigint;
};

/** Why an answer of an endpoint is not used. */
export type AnswerFault =
  | SampleFault
  /** No answer, or a refusal of the server. */
  | "unreachable"
  /** It asks for a key that it was not given, or does not take ours. */
  | "no-access"
  | "late"
  | "too-long"
  /** HTML, or a number that JSON has none of. */
  | "not-json"
  /** JSON of another shape: a number as text, a list for one value. */
  | "shape"
  /** Signed data that cannot be read. */
  | "unreadable"
  | "another-chain"
  /** It lacks a price that was asked for. */
  | "missing"
  /** It has a price that nobody asked for, which would be paid for too. */
  | "stranger"
  /** The contract wants more for it than may be paid. */
  | "fee";

/** An answer that was not used. `about`: the endpoint, or the source that it was about. */
export type AnswerRefusal = { readonly about: string; readonly fault: AnswerFault; readonly detail: string };

/** What an endpoint of signed prices answered. */
export type SignedAnswer =
  { readonly kind: "signed"; readonly update: Hex } | { readonly kind: "refused"; readonly refusal: AnswerRefusal };

/** What an update is made with. */
export type UpdatePorts = {
  /** The feed that a source reads, by the source's name; undefined for one that its makers update themselves. */
  readonly feedOf: (source: string) => PullFeed | undefined;
  /** The newest signed prices. Answers within seconds, and never throws. */
  readonly ask: (feedIds: readonly Hex[]) => Promise<SignedAnswer>;
  /** What the contract wants for an update, in wei. @throws RetryableError when the chain does not answer */
  readonly fee: (contract: Address, update: Hex) => Promise<bigint>;
};

/** An update that is worth its fee. */
export type ReadyUpdate = {
  readonly contract: Address;
  readonly update: Hex;
  /** In wei. */
  readonly fee: bigint;
  readonly wanted: readonly WantedUpdate[];
};

/** What became of the wish for an update. `refusals`: one for each thing that is wrong with it. */
export type PreparedUpdate =
  | { readonly kind: "ready"; readonly ready: ReadyUpdate }
  | { readonly kind: "refused"; readonly refusals: readonly AnswerRefusal[] };

/** A source that stands apart may only be old: from half of its maximum age on it is updated before it is given up. */
const APART_SHARE = 2n;

/** Whether a source does not count any more, or soon will not, for a reason that a new price can mend. */
const isDue = ({ state, updatedAt, maxAge }: SourceReading, now: bigint, aheadSeconds: bigint): boolean => {
  const age = now - updatedAt;
  if (state === "Agreeing") return age + aheadSeconds >= maxAge;
  if (state === "Outlier") return age * APART_SHARE >= maxAge;
  return state === "Stale" || state === "Unreadable";
};

const wantedOf = (
  feed: FeedReading,
  feedOf: UpdatePorts["feedOf"],
  { hasVote, aheadSeconds }: UpdateNeed,
): readonly WantedUpdate[] => {
  const { asset, now, status, middle, quorum, sources } = feed;
  const stays = (source: SourceReading): boolean =>
    source.state === "Agreeing" && !(feedOf(source.name) !== undefined && isDue(source, now, aheadSeconds));
  const others = sources.filter(stays).length;
  if (others >= quorum + (hasVote ? 1 : 0)) return [];
  return sources.flatMap((source) => {
    const pull = feedOf(source.name);
    if (pull === undefined || !isDue(source, now, aheadSeconds)) return [];
    const { name, updatedAt } = source;
    return [{ ...pull, asset, source: name, updatedAt, middle: status === "Ready" ? middle : undefined }];
  });
};

/**
 * Sources that are worth an update now: those that are lost or soon will be, of assets which without them have no price, or none to
 * spare while something is voted on. A feed that several assets share stands there once. Pure.
 */
export const wantedUpdates = (
  feeds: readonly FeedReading[],
  feedOf: UpdatePorts["feedOf"],
  need: UpdateNeed,
): readonly WantedUpdate[] => {
  const seen = new Map<string, WantedUpdate>();
  for (const wanted of feeds.flatMap((feed) => wantedOf(feed, feedOf, need))) {
    const key = `${wanted.contract} ${wanted.feedId}`;
    if (!seen.has(key)) seen.set(key, wanted);
  }
  return [...seen.values()];
};

const faultOf = (
  { asset, source, updatedAt, middle }: WantedUpdate,
  price: PythPrice | undefined,
  terms: SamplePolicy & { readonly now: bigint },
): SampleFault | "missing" | undefined => {
  if (price === undefined) return "missing";
  const { publishTime, exponent, conf } = price;
  if (publishTime <= updatedAt) return "duplicate";
  const before =
    middle === undefined ? undefined : { source, asset, price: middle, interval: 0n, publishTime: updatedAt };
  const answer = { source, asset, price: price.price, exponent, publishTime, interval: conf };
  const validated = validate(answer, before, terms);
  return validated.kind === "ok" ? undefined : validated.fault;
};

/** Everything that is wrong with signed prices, as far as it can be seen without their signers. Empty for nothing. Pure. */
export const updateFaults = (
  update: Hex,
  wanted: readonly WantedUpdate[],
  terms: SamplePolicy & { readonly now: bigint },
): readonly AnswerRefusal[] => {
  const about = "signed prices";
  const read = readPythUpdate(update);
  if (read === undefined) return [{ about, fault: "unreadable", detail: "no update of Pyth's format" }];
  if (read.emitterChain !== PYTHNET) {
    return [{ about, fault: "another-chain", detail: `signed for Wormhole's chain ${read.emitterChain}` }];
  }
  const byId = new Map(read.prices.map((price) => [price.feedId, price]));
  const ids = new Set(wanted.map(({ feedId }) => feedId));
  const isStrange = read.prices.length !== byId.size || read.prices.some(({ feedId }) => !ids.has(feedId));
  const strangers: readonly AnswerRefusal[] = isStrange
    ? [{ about, fault: "stranger", detail: `${read.prices.length} prices for ${ids.size} that were asked for` }]
    : [];
  return wanted.reduce<readonly AnswerRefusal[]>((faults, one) => {
    const price = byId.get(one.feedId);
    const fault = faultOf(one, price, terms);
    if (fault === undefined) return faults;
    const detail = price === undefined ? one.asset : `${one.asset}: ${price.price} × 10^${price.exponent}`;
    return [...faults, { about: one.source, fault, detail }];
  }, strangers);
};

/**
 * Asks for signed prices of `wanted`, which are of one contract, and for the fee that the contract wants. Whatever is not as it
 * must be is refused before anything is paid.
 * @throws RetryableError when the chain does not tell the fee
 */
export const prepareUpdate = async (
  { ask, fee: feeOf }: Pick<UpdatePorts, "ask" | "fee">,
  wanted: readonly [WantedUpdate, ...WantedUpdate[]],
  limits: UpdateLimits & { readonly now: bigint },
): Promise<PreparedUpdate> => {
  const [{ contract }] = wanted;
  const answer = await ask(wanted.map(({ feedId }) => feedId));
  if (answer.kind === "refused") return { kind: "refused", refusals: [answer.refusal] };
  const { update } = answer;
  const refusals = updateFaults(update, wanted, limits);
  if (refusals.length > 0) return { kind: "refused", refusals };
  const fee = await feeOf(contract, update);
  const most = limits.maxFeeWei * BigInt(wanted.length);
  if (fee <= most) return { kind: "ready", ready: { contract, update, fee, wanted } };
  const detail = `${fee} wei for ${wanted.length} prices, at most ${most}`;
  return { kind: "refused", refusals: [{ about: "update fee", fault: "fee", detail }] };
};
