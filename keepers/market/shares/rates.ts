/** One, with 18 decimals: rates of Compound's v2, what a share is worth, parts. */
export const WAD = 10n ** 18n;

/** A curve of the borrowing rate: two straight lines that meet at the kink. Rates a block and parts, with 18 decimals. */
export type JumpCurve = {
  readonly base: bigint;
  readonly multiplier: bigint;
  readonly jump: bigint;
  readonly kink: bigint;
};

/** What lies in a market, in units of its asset. */
export type Holdings = { readonly cash: bigint; readonly borrows: bigint; readonly reserves: bigint };

/** A market when interest was last brought up to date. `reserveFactor`, `rate` and `initialRate` have 18 decimals. */
export type ShareMarket = Holdings & {
  readonly shares: bigint;
  readonly reserveFactor: bigint;
  readonly curve: JumpCurve;
  /** What a share is worth while there is none. */
  readonly initialRate: bigint;
  /** The block in which interest was last brought up to date. */
  readonly accruedAt: bigint;
};

/** The part of what is in a market that is lent out. */
export const useOf = ({ cash, borrows, reserves }: Holdings): bigint =>
  borrows === 0n ? 0n : (borrows * WAD) / (cash + borrows - reserves);

/** What a block of borrowing costs: as `JumpRateModelV2` of Compound computes it, to the last unit. */
export const borrowRateOf = ({ base, multiplier, jump, kink }: JumpCurve, holdings: Holdings): bigint => {
  const use = useOf(holdings);
  if (use <= kink) return (use * multiplier) / WAD + base;
  const normal = (kink * multiplier) / WAD + base;
  return ((use - kink) * jump) / WAD + normal;
};

/** What a block of lending earns. */
export const supplyRateOf = (market: Pick<ShareMarket, "curve" | "reserveFactor"> & Holdings): bigint => {
  const toPool = (borrowRateOf(market.curve, market) * (WAD - market.reserveFactor)) / WAD;
  return (useOf(market) * toPool) / WAD;
};

/** The market once interest is brought up to date in a block not before the last such one. */
export const accrued = (market: ShareMarket, block: bigint): ShareMarket => {
  const factor = borrowRateOf(market.curve, market) * (block - market.accruedAt);
  const interest = (factor * market.borrows) / WAD;
  return {
    ...market,
    borrows: market.borrows + interest,
    reserves: market.reserves + (market.reserveFactor * interest) / WAD,
    accruedAt: block,
  };
};

/** What a share is worth in units of the asset, as of when interest was last brought up to date: `exchangeRateStored`. */
export const rateOf = ({ shares, initialRate, cash, borrows, reserves }: ShareMarket): bigint =>
  shares === 0n ? initialRate : ((cash + borrows - reserves) * WAD) / shares;

/** What shares are worth, rounded down: what the position token shows, and what redeeming them pays. */
export const unitsOf = (shares: bigint, rate: bigint): bigint => (shares * rate) / WAD;

/** The shares that a supply makes, and that a withdrawal of units takes, rounded down. */
export const sharesOf = (units: bigint, rate: bigint): bigint => (units * WAD) / rate;
