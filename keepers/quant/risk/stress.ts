/*
 * Stress of a treasury's holdings by scenarios that are data. All amounts are US dollars with 18 decimals, all shares basis
 * points: a stress is exact, and two reviewers who compute it get the same.
 */

const BPS = 10_000n;

/** How a holding can be left: `spot` at once, `lent` as far as the market has it, `pool` with its depth, `staked` after unbonding. */
export type HoldingKind = "spot" | "lent" | "pool" | "staked";

/** One holding. `depthUsd`: the size whose sale moves the price by one per cent; zero where there is no market. */
export type StressedHolding = {
  readonly asset: string;
  readonly kind: HoldingKind;
  readonly valueUsd: bigint;
  readonly depthUsd: bigint;
  /** Of its value, what counts against debt; zero where it is no collateral. */
  readonly liquidationThresholdBps: bigint;
};

export type Debt = { readonly asset: string; readonly valueUsd: bigint };

export type Position = { readonly holdings: readonly StressedHolding[]; readonly debts: readonly Debt[] };

/**
 * A scenario. `shocksBps`: the change of each asset's price, `*` for all that are not named; at least -10,000. `depthDivisor`: by how
 * much markets get thinner, at least one. `blocked`: kinds of holdings that cannot be left. `gasFactor`: of the usual price of gas.
 * `carryBps`: income (or, negative, cost) of the whole in the scenario's time.
 */
export type Scenario = {
  readonly name: string;
  readonly words: string;
  readonly shocksBps: Readonly<Record<string, bigint>>;
  readonly depthDivisor: bigint;
  readonly blocked: readonly HoldingKind[];
  readonly gasFactor: bigint;
  readonly carryBps: bigint;
};

/** What a scenario does. `healthBps`: 10,000 is where debt may be liquidated; undefined without debt. */
export type StressResult = {
  readonly scenario: string;
  readonly words: string;
  readonly navBeforeUsd: bigint;
  readonly navAfterUsd: bigint;
  readonly changeUsd: bigint;
  readonly healthBeforeBps: bigint | undefined;
  readonly healthAfterBps: bigint | undefined;
  readonly isLiquidated: boolean;
  /** Of what is left, what can be sold at all, and the loss of selling all of that at once, gas included. */
  readonly exitableUsd: bigint;
  readonly exitCostUsd: bigint;
};

const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);

const shockOf = ({ shocksBps }: Scenario, asset: string): bigint => shocksBps[asset] ?? shocksBps["*"] ?? 0n;

/** A value after a scenario's shock: what is held is rounded down, what is owed up. */
const shocked = (
  scenario: Scenario,
  asset: string,
  value: { readonly usd: bigint; readonly isOwed: boolean },
): bigint => {
  const scaled = value.usd * (BPS + shockOf(scenario, asset));
  return value.isOwed ? (scaled + BPS - 1n) / BPS : scaled / BPS;
};

const healthOf = ({ holdings, debts }: Position): bigint | undefined => {
  const owed = sum(debts.map(({ valueUsd }) => valueUsd));
  if (owed === 0n) return undefined;
  return sum(holdings.map(({ valueUsd, liquidationThresholdBps }) => valueUsd * liquidationThresholdBps)) / owed;
};

const navOf = ({ holdings, debts }: Position): bigint =>
  sum(holdings.map(({ valueUsd }) => valueUsd)) - sum(debts.map(({ valueUsd }) => valueUsd));

/**
 * The loss of selling all of a holding at once: half of the price's move, which grows by one per cent for each depth that is sold
 * and takes at most everything.
 */
const saleCost = ({ valueUsd, depthUsd }: StressedHolding, depthDivisor: bigint): bigint => {
  if (depthUsd === 0n) return valueUsd;
  const cost = (valueUsd * valueUsd * depthDivisor) / (depthUsd * 200n);
  return cost < valueUsd ? cost : valueUsd;
};

/** The position after a scenario's shocks and its carry, which falls on holdings alone. */
export const stressedPosition = (scenario: Scenario, { holdings, debts }: Position): Position => ({
  holdings: holdings.map((holding) => {
    const value = shocked(scenario, holding.asset, { usd: holding.valueUsd, isOwed: false });
    return { ...holding, valueUsd: (value * (BPS + scenario.carryBps)) / BPS };
  }),
  debts: debts.map((debt) => ({
    ...debt,
    valueUsd: shocked(scenario, debt.asset, { usd: debt.valueUsd, isOwed: true }),
  })),
});

/**
 * What a scenario does to a position. A function of its arguments alone, in integers.
 * @param gasUsd the usual price of one sale's gas
 */
export const stress = (scenario: Scenario, position: Position, gasUsd: bigint): StressResult => {
  const after = stressedPosition(scenario, position);
  const open = after.holdings.filter(({ kind, valueUsd }) => !scenario.blocked.includes(kind) && valueUsd > 0n);
  const sales = sum(open.map((holding) => saleCost(holding, scenario.depthDivisor)));
  const gas = gasUsd * scenario.gasFactor * BigInt(open.length);
  const [navBeforeUsd, navAfterUsd] = [navOf(position), navOf(after)];
  const healthAfterBps = healthOf(after);
  return {
    scenario: scenario.name,
    words: scenario.words,
    navBeforeUsd,
    navAfterUsd,
    changeUsd: navAfterUsd - navBeforeUsd,
    healthBeforeBps: healthOf(position),
    healthAfterBps,
    isLiquidated: healthAfterBps !== undefined && healthAfterBps < BPS,
    exitableUsd: sum(open.map(({ valueUsd }) => valueUsd)),
    exitCostUsd: sales + gas,
  };
};
