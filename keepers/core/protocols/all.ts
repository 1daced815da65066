import type { Call } from "../proposal.ts";
import type { Address } from "../units.ts";
import { aaveV3 } from "./aaveV3.ts";
import { compoundV2 } from "./compoundV2.ts";
import { erc20 } from "./erc20.ts";
import { type CallReading, type LendingCalls, type PoolCalls, type Protocol, type RouteCalls } from "./protocol.ts";
import { symphony } from "./symphony.ts";
import { uniswapV2 } from "./uniswapV2.ts";
import { uniswapV3 } from "./uniswapV3.ts";

/**
 * Every protocol whose calls a mandate can permit: one line each. The rule for calls, call proofs, words, doctor, deployment and
 * agents iterate this list; docs/extending.md says how to add one.
 */
export const PROTOCOLS = [
  erc20,
  uniswapV2,
  uniswapV3,
  aaveV3,
  compoundV2,
  symphony,
] as const satisfies readonly Protocol[];

/** Which contract reads which calls. A decoder that is none of these is unknown to us, whatever the mandate says. */
export type Decoders = ReadonlyMap<Address, Protocol>;

/** The decoders of a deployment. `at`: where the contract of that name lies. */
export const decodersAt = (at: (decoder: string) => Address): Decoders =>
  new Map<Address, Protocol>(PROTOCOLS.map((protocol) => [at(protocol.decoder), protocol]));

const LIST: readonly Protocol[] = PROTOCOLS;

/** A call as the first protocol reads it that knows it; undefined for a call that none knows. */
export const readCall = (call: Call): { readonly protocol: Protocol; readonly reading: CallReading } | undefined => {
  for (const protocol of LIST) {
    const reading = protocol.read(call);
    if (reading !== undefined) return { protocol, reading };
  }
  return undefined;
};

/** The least output that a call's own arguments demand, in the units of what it buys; undefined where it buys nothing that we know. */
export const minOutOf = (call: Call): bigint | undefined => {
  for (const { minOut } of LIST) {
    const least = minOut(call);
    if (least !== undefined) return least;
  }
  return undefined;
};

/** How pools of a kind are swapped in, and by which decoder such calls are read. @throws RangeError for an unknown kind */
export const poolCallsOf = (kind: string): PoolCalls & { readonly decoder: string } => {
  for (const { pools, decoder } of LIST) if (pools?.kind === kind) return { ...pools, decoder };
  throw new RangeError(`no protocol swaps in pools of kind ${kind}`);
};

/** How lending pools of a kind are called, and by which decoder such calls are read. @throws RangeError for an unknown kind */
export const lendingCallsOf = (kind: string): LendingCalls & { readonly decoder: string } => {
  for (const { lending, decoder } of LIST) if (lending?.kind === kind) return { ...lending, decoder };
  throw new RangeError(`no protocol lends in pools of kind ${kind}`);
};

/** How aggregators of a kind are called, and by which decoder such calls are read. @throws RangeError for an unknown kind */
export const routeCallsOf = (kind: string): RouteCalls & { readonly decoder: string } => {
  for (const { routes, decoder } of LIST) if (routes?.kind === kind) return { ...routes, decoder };
  throw new RangeError(`no protocol swaps along routes of kind ${kind}`);
};
