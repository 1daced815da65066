import { minOf, mulDivDown, mulDivUp } from "../../core/integers.ts";

/*
 * How large a hedge is. Amounts of the asset are whole units of 10^-18, money is US dollars with 18 decimals: integers, so that two
 * who size a hedge get the same. Only the ratio of minimum variance comes from floats, and leaves them as basis points.
 */

/** What is held of one asset, by whatever position: for liquidity in a pool, what it holds of the asset now. Negative is owed. */
export type Exposure = { readonly position: string; readonly units: bigint };

/** Where perpetual futures are traded. Rates are millionths of the notional. */
export type HedgeVenue = {
  readonly name: string;
  /** Sizes are multiples of it. */
  readonly lotUnits: bigint;
  readonly feePips: bigint;
  /** What a short pays for the whole time that it is meant to be held; negative where it is paid. */
  readonly fundingPips: bigint;
  readonly maintenancePips: bigint;
  /** The most that may lie at the venue: its own risk is an exposure. */
  readonly mostMarginUsd: bigint;
};

/** `delta` takes off all of the exposure. `minimum-variance`: returns of what is held and of the future, of the same periods. */
export type HedgeMethod =
  | { readonly kind: "delta" }
  | { readonly kind: "minimum-variance"; readonly held: readonly number[]; readonly future: readonly number[] };

export type HedgeInput = {
  readonly exposures: readonly Exposure[];
  /** Dollars for one whole unit. */
  readonly priceUsd: bigint;
  readonly method: HedgeMethod;
  /** Below it nothing is hedged. */
  readonly bandUsd: bigint;
  /** The move against a short that the margin must survive until it can be topped up, in millionths; a multiple of the value at risk. */
  readonly movePips: bigint;
  /** The most that a hedge may cost, in millionths of its notional. */
  readonly mostCostPips: bigint;
  /** Undefined where none stands. */
  readonly venue: HedgeVenue | undefined;
};

/** What is left unhedged, signed, and in dollars rounded up. */
type Residual = { readonly residualUnits: bigint; readonly residualUsd: bigint };

/** The answer. `wantedUnits` and `sizeUnits` are negative for a short. `ratioBps`: of the exposure that is to be taken off. */
export type Hedge =
  | ({ readonly kind: "within-band" } & Residual)
  | ({
      readonly kind: "hedge";
      readonly venue: string;
      readonly ratioBps: bigint;
      readonly sizeUnits: bigint;
      readonly marginUsd: bigint;
      readonly costUsd: bigint;
    } & Residual)
  /** None stands: what would be wanted, all of the risk that stays, and what does as much without one. */
  | ({
      readonly kind: "no-venue";
      readonly ratioBps: bigint;
      readonly wantedUnits: bigint;
      readonly alternative: { readonly kind: "reduce-position"; readonly units: bigint; readonly usd: bigint };
      readonly words: string;
    } & Residual)
  | ({ readonly kind: "too-expensive"; readonly costUsd: bigint; readonly mostUsd: bigint } & Residual)
  | {
      readonly kind: "refused";
      readonly why: "no-price" | "too-few-returns" | "not-a-number" | "future-stands-still" | "no-lot";
    };

const UNIT = 10n ** 18n;
const PIPS = 1_000_000n;
const BPS = 10_000;
const LEAST_RETURNS = 30;

const abs = (n: bigint): bigint => (n < 0n ? -n : n);
const valueUp = (units: bigint, priceUsd: bigint): bigint => mulDivUp(abs(units), priceUsd, UNIT);

const residualOf = (units: bigint, priceUsd: bigint): Residual => ({
  residualUnits: units,
  residualUsd: valueUp(units, priceUsd),
});

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

type Refused = Extract<Hedge, { readonly kind: "refused" }>;
const refused = (why: Refused["why"]): Refused => ({ kind: "refused", why });

/** Cov(held, future) ÷ Var(future) in basis points. */
const ratioOf = (method: HedgeMethod): bigint | Refused => {
  if (method.kind === "delta") return BigInt(BPS);
  const { held, future } = method;
  if (held.length !== future.length || held.length < LEAST_RETURNS) return refused("too-few-returns");
  if (![...held, ...future].every(Number.isFinite)) return refused("not-a-number");
  if (future.every((value) => value === future[0])) return refused("future-stands-still");
  const [meanHeld, meanFuture] = [mean(held), mean(future)];
  let [covariance, variance] = [0, 0];
  for (const [i, value] of future.entries()) {
    covariance += ((held[i] ?? 0) - meanHeld) * (value - meanFuture);
    variance += (value - meanFuture) * (value - meanFuture);
  }
  const ratio = Math.round((covariance / variance) * BPS);
  return Number.isSafeInteger(ratio) ? BigInt(ratio) : refused("not-a-number");
};

/** The multiple of a lot that leaves the least; of two as good the smaller. */
const toLots = (units: bigint, lot: bigint): bigint => {
  const lots = (2n * abs(units) + lot - 1n) / (2n * lot);
  return units < 0n ? -lots * lot : lots * lot;
};

/** The most units whose margin the venue may hold, in whole lots. */
const mostUnits = (
  { priceUsd, movePips }: HedgeInput,
  { lotUnits, maintenancePips, mostMarginUsd }: HedgeVenue,
): bigint => {
  const rate = maintenancePips + movePips;
  if (rate <= 0n) return 0n;
  const units = mulDivDown((mostMarginUsd * PIPS) / rate, UNIT, priceUsd);
  return (units / lotUnits) * lotUnits;
};

/** The hedge at a venue: what its lots and the margin that may lie there leave of what is wanted. */
const hedgeAt = (
  input: HedgeInput,
  venue: HedgeVenue,
  { exposure, wanted, ratioBps }: { readonly exposure: bigint; readonly wanted: bigint; readonly ratioBps: bigint },
): Hedge => {
  if (venue.lotUnits <= 0n) return refused("no-lot");
  const { priceUsd } = input;
  const size = minOf(abs(toLots(wanted, venue.lotUnits)), mostUnits(input, venue));
  const sizeUnits = wanted < 0n ? -size : size;
  const notional = valueUp(size, priceUsd);
  // In and out again; a long is paid what a short pays.
  const funding = sizeUnits < 0n ? venue.fundingPips : -venue.fundingPips;
  const costUsd = (notional * (2n * venue.feePips + funding)) / PIPS;
  const mostUsd = (notional * input.mostCostPips) / PIPS;
  if (size === 0n) return { kind: "within-band", ...residualOf(exposure, priceUsd) };
  if (costUsd > mostUsd) return { kind: "too-expensive", costUsd, mostUsd, ...residualOf(exposure, priceUsd) };
  const marginUsd = mulDivUp(notional, venue.maintenancePips + input.movePips, PIPS);
  const residual = residualOf(exposure + sizeUnits, priceUsd);
  return { kind: "hedge", venue: venue.name, ratioBps, sizeUnits, marginUsd, costUsd, ...residual };
};

/**
 * How large a hedge of one asset is, what it costs, and what stays. Without a venue it answers so, with the risk that stays and what
 * takes off as much: to reduce the position. A part that is not filled is residual, never assumed. Pure and total. [NX-QNT-23]
 */
export const sizeHedge = (input: HedgeInput): Hedge => {
  const { priceUsd, venue } = input;
  if (priceUsd <= 0n) return refused("no-price");
  const exposure = input.exposures.reduce((sum, { units }) => sum + units, 0n);
  const residual = residualOf(exposure, priceUsd);
  if (residual.residualUsd <= input.bandUsd) return { kind: "within-band", ...residual };
  const ratioBps = ratioOf(input.method);
  if (typeof ratioBps !== "bigint") return ratioBps;
  const wanted = -(exposure * ratioBps) / BigInt(BPS);
  if (venue !== undefined) return hedgeAt(input, venue, { exposure, wanted, ratioBps });
  const units = minOf(abs(wanted), abs(exposure));
  const alternative = { kind: "reduce-position" as const, units, usd: valueUp(units, priceUsd) };
  const words = "no venue for perpetual futures stands: all of the exposure stays, unless the position is reduced";
  return { kind: "no-venue", ratioBps, wantedUnits: wanted, alternative, words, ...residual };
};
