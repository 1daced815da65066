import { type Refusal } from "../../keepers/core/refusal.ts";
import { REFUSALS } from "../../keepers/core/refusalNames.ts";

/** Names of the contracts' refusals; the parity test holds their order against Refusal.sol. */
export type RefusalName = Refusal;
export const refusal = (name: RefusalName): bigint => BigInt(REFUSALS.indexOf(name));
export const refusalName = (value: bigint): string => REFUSALS[Number(value)] ?? `unknown ${value}`;

/** The most that an agent's status, a class or a level can be is small; as bigint, as ethers gives them. */
export const STATUS = { none: 0n, active: 1n, paused: 2n, terminated: 3n } as const;
export const RISK = { routine: 0n, elevated: 1n, critical: 2n } as const;
/** Kinds of calls, as decoders tell them. */
export const FORM = {
  plain: 0n,
  returnsBool: 1n,
  supplies: 2n,
  withdraws: 3n,
  suppliesByCode: 4n,
  withdrawsByCode: 5n,
} as const;
export const LEVEL = { normal: 0n, reduceOnly: 1n, halted: 2n } as const;
export const QUOTE = { ready: 0n, unknownAsset: 1n, quorumMissed: 2n, bandTooWide: 3n, sourcesDisagree: 4n } as const;
export const SOURCE_STATUS = {
  agreeing: 0n,
  outlier: 1n,
  unreadable: 2n,
  notAPrice: 3n,
  ahead: 4n,
  stale: 5n,
  unsure: 6n,
} as const;
export const TRANSFERS = {
  honest: 0n,
  reverting: 1n,
  returningFalse: 2n,
  returningNothing: 3n,
  takingFee: 4n,
  burningGas: 5n,
  returningMuch: 6n,
  reentering: 7n,
} as const;
export const BALANCES = {
  honest: 0n,
  reverting: 1n,
  burningGas: 2n,
  returningMuch: 3n,
  returningLittle: 4n,
  enormous: 5n,
  draining: 6n,
  following: 7n,
} as const;
export const SOURCE = {
  honest: 0n,
  reverting: 1n,
  burningGas: 2n,
  returningMuch: 3n,
  returningLittle: 4n,
  garbage: 5n,
} as const;
