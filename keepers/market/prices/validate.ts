/** An answer of a source's endpoint off chain, as its adapter read it: `price × 10^exponent` dollars. */
export type OffChainAnswer = {
  readonly source: string;
  readonly asset: string;
  readonly price: bigint;
  readonly exponent: number;
  /** In seconds since the epoch. */
  readonly publishTime: bigint;
  /** Half of the width of the source's own interval, in the price's unit; zero where it has none. */
  readonly interval: bigint;
};

/** A price that was taken, in USD with 18 decimals. */
export type PriceSample = {
  readonly source: string;
  readonly asset: string;
  readonly price: bigint;
  readonly interval: bigint;
  readonly publishTime: bigint;
};

/** Why an answer is not taken. */
export type SampleFault =
  | "exponent"
  | "not-positive"
  | "too-large"
  /** Its interval is as large as the price. */
  | "interval"
  | "too-old"
  | "ahead"
  /** It is not newer than the one before. */
  | "duplicate"
  /** It differs from the one before by a power of ten, so somebody changed the unit. */
  | "unit"
  /** It lies farther from the one before than the policy allows. */
  | "jump";

export type Validated =
  | { readonly kind: "ok"; readonly sample: PriceSample }
  | { readonly kind: "refused"; readonly fault: SampleFault; readonly source: string; readonly asset: string };

export type SamplePolicy = {
  readonly maxAge: bigint;
  /** Seconds that a source's clock may be ahead of ours. */
  readonly aheadSlack: bigint;
  readonly maxJumpBps: bigint;
};

const DECIMALS = 18;
const MAX_PRICE = (1n << 128n) - 1n;
const BPS = 10_000n;
/** So near to a power of ten a ratio is one, in basis points. */
const UNIT_SLACK_BPS = 500n;
const LARGEST_POWER = 10n ** 18n;

/** Whether `larger` is about ten, a hundred and so on times `smaller`. */
const isPowerOfTen = (larger: bigint, smaller: bigint): boolean => {
  for (let power = 10n; power <= LARGEST_POWER; power *= 10n) {
    const wanted = smaller * power;
    const off = larger > wanted ? larger - wanted : wanted - larger;
    if (off * BPS <= wanted * UNIT_SLACK_BPS) return true;
  }
  return false;
};

const changeFault = (price: bigint, before: bigint, maxJumpBps: bigint): SampleFault | undefined => {
  const [smaller, larger] = price < before ? [price, before] : [before, price];
  if ((larger - smaller) * BPS <= before * maxJumpBps) return undefined;
  return isPowerOfTen(larger, smaller) ? "unit" : "jump";
};

const valueFault = (price: bigint, interval: bigint): SampleFault | undefined => {
  if (price <= 0n) return "not-positive";
  if (price > MAX_PRICE) return "too-large";
  return interval < 0n || interval >= price ? "interval" : undefined;
};

const timeFault = (
  publishTime: bigint,
  before: PriceSample | undefined,
  { now, maxAge, aheadSlack }: SamplePolicy & { readonly now: bigint },
): SampleFault | undefined => {
  if (publishTime > now + aheadSlack) return "ahead";
  if (now - publishTime > maxAge) return "too-old";
  return before !== undefined && publishTime <= before.publishTime ? "duplicate" : undefined;
};

/**
 * An answer in USD with 18 decimals, or the first reason for which it is not taken. `before` is the last one that was taken
 * of the same source and asset.
 * @param now our time, in seconds since the epoch
 */
export const validate = (
  answer: OffChainAnswer,
  before: PriceSample | undefined,
  policy: SamplePolicy & { readonly now: bigint },
): Validated => {
  const { source, asset, exponent, publishTime } = answer;
  const refused = (fault: SampleFault): Validated => ({ kind: "refused", fault, source, asset });
  if (!Number.isInteger(exponent) || exponent > 0 || exponent < -DECIMALS) return refused("exponent");
  const scale = 10n ** BigInt(DECIMALS + exponent);
  const [price, interval] = [answer.price * scale, answer.interval * scale];
  const fault =
    valueFault(price, interval) ??
    timeFault(publishTime, before, policy) ??
    (before === undefined ? undefined : changeFault(price, before.price, policy.maxJumpBps));
  if (fault !== undefined) return refused(fault);
  return { kind: "ok", sample: { source, asset, price, interval, publishTime } };
};
