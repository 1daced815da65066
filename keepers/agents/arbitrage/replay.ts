import { canonicalJson } from "../../core/canonicalJson.ts";
import { type Address, address, blockNumber, seconds, unixSeconds } from "../../core/units.ts";
import { type Pool, v2Pool, v3Pool } from "../../market/pool.ts";
import { type Policy, type Snapshot, decide } from "./decide.ts";
import { ENTRY_VERSION, entryOf } from "./entry.ts";

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown, what: string): Fields => {
  if (typeof value !== "object" || value === null) throw new TypeError(`the record's ${what} is no object`);
  return Object.fromEntries(Object.entries(value));
};

const listOf = (value: unknown, what: string): readonly unknown[] => {
  if (!Array.isArray(value)) throw new TypeError(`the record's ${what} is no list`);
  return value;
};

const amountOf = (fields: Fields, key: string): bigint => {
  const value = fields[key];
  if (typeof value !== "string") throw new TypeError(`the record's ${key} is no amount`);
  return BigInt(value);
};

const numberOf = (value: unknown, what: string): number => {
  if (typeof value !== "number") throw new TypeError(`the record's ${what} is no number`);
  return value;
};

const addressOf = (fields: Fields, key: string): Address => address(String(fields[key]));

const poolOf = (value: unknown): Pool => {
  const fields = fieldsOf(value, "pool");
  const common = {
    address: addressOf(fields, "address"),
    token0: addressOf(fields, "token0"),
    token1: addressOf(fields, "token1"),
    feePips: amountOf(fields, "feePips"),
  };
  if (fields["kind"] === "v2") {
    return v2Pool({ ...common, reserve0: amountOf(fields, "reserve0"), reserve1: amountOf(fields, "reserve1") });
  }
  return v3Pool({
    ...common,
    tickSpacing: numberOf(fields["tickSpacing"], "tickSpacing"),
    sqrtPriceX96: amountOf(fields, "sqrtPriceX96"),
    tick: numberOf(fields["tick"], "tick"),
    liquidity: amountOf(fields, "liquidity"),
    ticks: listOf(fields["ticks"], "ticks").map((entry) => {
      const [index, liquidityNet] = listOf(entry, "tick");
      return { index: numberOf(index, "tick"), liquidityNet: BigInt(String(liquidityNet)) };
    }),
    lowestKnownTick: numberOf(fields["lowestKnownTick"], "lowestKnownTick"),
    highestKnownTick: numberOf(fields["highestKnownTick"], "highestKnownTick"),
  });
};

const snapshotOf = (fields: Fields): Snapshot => ({
  block: blockNumber(amountOf(fields, "block")),
  timestamp: unixSeconds(amountOf(fields, "timestamp")),
  gasPrice: amountOf(fields, "gasPrice"),
  nativePriceE18: amountOf(fields, "nativePriceE18"),
  base: addressOf(fields, "base"),
  baseDecimals: numberOf(fields["baseDecimals"], "baseDecimals"),
  balance: amountOf(fields, "balance"),
  spendLimits: listOf(fields["spendLimits"], "spendLimits").map((entry) => {
    const limit = fieldsOf(entry, "limit");
    return { token: addressOf(limit, "token"), amount: amountOf(limit, "amount") };
  }),
  pools: listOf(fields["pools"], "pools").map(poolOf),
});

const policyOf = (fields: Fields): Policy => {
  const gas = fieldsOf(fields["gasPerHop"], "gasPerHop");
  return {
    minProfit: amountOf(fields, "minProfit"),
    gasOverhead: amountOf(fields, "gasOverhead"),
    gasPerHop: { v2: amountOf(gas, "v2"), v3: amountOf(gas, "v3") },
    maxHops: fields["maxHops"] === 2 ? 2 : 3,
    lifetime: seconds(amountOf(fields, "lifetime")),
    maxPlans: numberOf(fields["maxPlans"], "maxPlans"),
  };
};

/**
 * What a record says was seen, and the policy.
 * @param record a record as `JSON.parse` returns it
 * @throws TypeError or RangeError when it is none, or of another version
 */
export const recordedInput = (record: unknown): { readonly snapshot: Snapshot; readonly policy: Policy } => {
  const fields = fieldsOf(record, "top");
  if (fields["version"] !== ENTRY_VERSION)
    throw new RangeError(`records of version ${String(fields["version"])} are unknown`);
  return {
    snapshot: snapshotOf(fieldsOf(fields["snapshot"], "snapshot")),
    policy: policyOf(fieldsOf(fields["policy"], "policy")),
  };
};

/**
 * Decides again on what a record says was seen, and writes the record again: the same text when nothing was tampered with
 * and the rules are the same. [NX-KEE-03]
 * @param record a record as `JSON.parse` returns it
 * @throws TypeError or RangeError when it is none, or of another version
 */
export const replay = (record: unknown): string => {
  const { snapshot, policy } = recordedInput(record);
  return canonicalJson(entryOf(snapshot, policy, decide(snapshot, policy)));
};
