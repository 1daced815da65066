import { percentMul, wadDiv } from "./ray.ts";

/** What an account has and owes in one reserve, in the asset's units. `price`: a whole asset's, in the market's base currency. */
export type AccountReserve = {
  readonly supplied: bigint;
  readonly debt: bigint;
  readonly isCollateral: boolean;
  readonly price: bigint;
  readonly decimals: number;
  readonly loanToValueBps: bigint;
  readonly liquidationThresholdBps: bigint;
};

/** An account as the market judges it, in its base currency; the health factor with 18 decimals. */
export type AccountHealth = {
  readonly collateral: bigint;
  readonly debt: bigint;
  readonly available: bigint;
  readonly liquidationThresholdBps: bigint;
  readonly loanToValueBps: bigint;
  readonly healthFactor: bigint;
};

/** The health factor of an account without a debt. */
export const NO_DEBT = (1n << 256n) - 1n;

const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);

/** An account's health by what it has in each reserve: what `getUserAccountData` of Aave v3.0 answers outside of e-modes. */
export const healthOf = (reserves: readonly AccountReserve[]): AccountHealth => {
  const valued = reserves.map((reserve) => {
    const unit = 10n ** BigInt(reserve.decimals);
    const counts = reserve.isCollateral && reserve.liquidationThresholdBps !== 0n;
    return {
      ...reserve,
      worth: counts ? (reserve.supplied * reserve.price) / unit : 0n,
      owed: (reserve.debt * reserve.price) / unit,
    };
  });
  const [collateral, debt] = [sum(valued.map(({ worth }) => worth)), sum(valued.map(({ owed }) => owed))];
  const mean = (bps: (reserve: AccountReserve) => bigint): bigint =>
    collateral === 0n ? 0n : sum(valued.map((reserve) => reserve.worth * bps(reserve))) / collateral;
  const liquidationThresholdBps = mean((reserve) => reserve.liquidationThresholdBps);
  const loanToValueBps = mean((reserve) => reserve.loanToValueBps);
  const lendable = percentMul(collateral, loanToValueBps);
  return {
    collateral,
    debt,
    available: lendable < debt ? 0n : lendable - debt,
    liquidationThresholdBps,
    loanToValueBps,
    healthFactor: debt === 0n ? NO_DEBT : wadDiv(percentMul(collateral, liquidationThresholdBps), debt),
  };
};
