import { z } from "zod";
import { type FeedValues, type OracleKeeper, type Reading, FEEDS } from "../oracles.ts";
import { type FeedWorld, type Maker, MAKERS } from "./world.ts";

/**
 * What can be wrong with a maker's feeds.
 *
 * - `stale`: nothing is written any more. The feeds stop counting at their maximum age.
 * - `dead`: the maker's contract reverts.
 * - `lie`: half as much again as is true, signed by the maker's own signers.
 * - `jump`: a tenth above and below what is true, in turn.
 * - `future`: true prices with a time half a minute ahead.
 * - `slow`: what was true half a minute ago, with the time of then.
 */
export const FEED_FAULTS = ["stale", "dead", "lie", "jump", "future", "slow"] as const;
export type FeedFault = (typeof FEED_FAULTS)[number];

/** The fault of each maker that has one. */
export type Faults = Readonly<Partial<Record<Maker, FeedFault>>>;

const faultsSchema = z.partialRecord(z.enum(MAKERS), z.enum(FEED_FAULTS));

/** Reads a file of faults. @throws Error when it is not one */
export const parseFaults = (text: string): Faults => {
  const parsed = faultsSchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`the faults are none: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
};

const AHEAD_SECONDS = 30;
const LATE_SECONDS = 30;

const scaled = (values: FeedValues, percent: bigint): FeedValues => ({
  "SEI/USD": (values["SEI/USD"] * percent) / 100n,
  "ETH/USD": (values["ETH/USD"] * percent) / 100n,
  "USDC/USD": (values["USDC/USD"] * percent) / 100n,
});

/** Prices a hair beyond every rule's deviation, so that they are written at once. */
const nudged = (values: FeedValues): FeedValues => {
  const hair = FEEDS.map((feed) => [feed, (values[feed] * 10_025n) / 10_000n] as const);
  return { ...values, ...Object.fromEntries(hair) };
};

/** What a faulty maker would write; undefined when it writes nothing. `before` are readings, the newest last. */
export const distorted = (fault: FeedFault, reading: Reading, before: readonly Reading[]): Reading | undefined => {
  const { values, timestamp } = reading;
  if (fault === "stale" || fault === "dead") return undefined;
  if (fault === "lie") return { ...reading, values: scaled(values, 150n) };
  if (fault === "jump") return { ...reading, values: scaled(values, timestamp % 2 === 0 ? 110n : 90n) };
  if (fault === "future") return { values: nudged(values), timestamp: timestamp + AHEAD_SECONDS };
  return before.findLast((past) => past.timestamp <= timestamp - LATE_SECONDS);
};

/** Takes a maker's contract away and brings it back. */
export type Switch = { readonly off: () => Promise<void>; readonly on: () => Promise<void> };

/** A maker's keeper with the fault that `faultOf` tells, if any. It remembers a minute of readings. */
const faultyKeeper = (keeper: OracleKeeper, contract: Switch, faultOf: () => FeedFault | undefined): OracleKeeper => {
  let before: readonly Reading[] = [];
  let isDead = false;
  return async (reading) => {
    const fault = faultOf();
    if ((fault === "dead") !== isDead) {
      isDead = fault === "dead";
      await (isDead ? contract.off() : contract.on());
    }
    const wanted = fault === undefined ? reading : distorted(fault, reading, before);
    before = [...before.filter(({ timestamp }) => timestamp > reading.timestamp - 2 * LATE_SECONDS), reading];
    return wanted === undefined ? false : keeper(wanted);
  };
};

/** Keepers that do wrong as they are told, each for itself. */
export const faultyKeepers = (
  keepers: FeedWorld["keepers"],
  contracts: Readonly<Record<Maker, Switch>>,
  faults: () => Faults,
): FeedWorld["keepers"] => ({
  API3: faultyKeeper(keepers.API3, contracts.API3, () => faults().API3),
  Pyth: faultyKeeper(keepers.Pyth, contracts.Pyth, () => faults().Pyth),
  RedStone: faultyKeeper(keepers.RedStone, contracts.RedStone, () => faults().RedStone),
});
