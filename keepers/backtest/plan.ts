import type { Venues } from "../agents/arbitrage/plan.ts";
import type { ClassPolicy } from "../core/ballot.ts";
import type { CallEnvironment } from "../core/callRule.ts";
import type { Hex, Keccak } from "../core/hex.ts";
import { type MandateLeaf, mandateTree } from "../core/merkle.ts";
import { type CallProof, ROUTINE } from "../core/proposal.ts";
import { type Decoders, poolCallsOf } from "../core/protocols/all.ts";
import { decodeBy, selectorOf } from "../core/protocols/protocol.ts";
import type { ConsensusPolicy, SignerRecord } from "../core/signerRecord.ts";
import type { Address } from "../core/units.ts";
import type { Pool } from "../market/pool.ts";

/** Limits of one token as the mandate keeps them, in the token's units. */
export type TokenLimits = { readonly perAction: bigint; readonly perAgentDay: bigint; readonly perDay: bigint };

export type SimulatedToken = {
  readonly address: Address;
  readonly symbol: string;
  readonly decimals: number;
  readonly limits: TokenLimits;
};

/** A pool at the start, and who swaps in it. */
export type SimulatedPool = { readonly pool: Pool; readonly router: Address };

/** A deployment that exists in memory alone. What never changes during a backtest. */
export type SimulationPlan = {
  readonly tokens: readonly SimulatedToken[];
  readonly base: Address;
  /** The wrapped native token, whose price is the price of gas. */
  readonly native: Address;
  readonly pools: readonly SimulatedPool[];
  readonly environment: CallEnvironment;
  readonly consensus: Address;
  readonly chainId: bigint;
  readonly routine: ConsensusPolicy;
  readonly elevated: ClassPolicy;
  /** How many times the limits of `Routine` hold for `Elevated`. */
  readonly elevatedMultiple: bigint;
  /** In USD with 18 decimals. */
  readonly lossLimit: { readonly perAction: bigint; readonly perDay: bigint };
  readonly seats: readonly SignerRecord[];
  /** How far the oracles' band reaches on each side of the true price, in basis points. */
  readonly bandBps: bigint;
  /** Gas of a transaction that is enacted, by what is in it. */
  readonly gas: { readonly overhead: bigint; readonly perHop: Readonly<Record<Pool["kind"], bigint>> };
  /** What the treasury holds at the start, in the tokens' units. */
  readonly holdings: ReadonlyMap<Address, bigint>;
};

/** What the mandate of a plan permits: swaps in each pool, both ways, and nothing else. */
export type SimulatedMandate = {
  readonly root: Hex;
  readonly venues: Venues;
  /** The pool that a call swaps in, by its target and the bytes under its key. */
  readonly poolOf: (target: Address, keyBytes: Hex) => Address | undefined;
};

const decoderNamed = (decoders: Decoders, name: string): Address => {
  for (const [at, { decoder }] of decoders) if (decoder === name) return at;
  throw new RangeError(`the plan has no decoder ${name}`);
};

type Hop = { readonly leaf: MandateLeaf; readonly pool: Address; readonly keyBytes: Hex };

const hopsOf = ({ pool, router }: SimulatedPool, decoders: Decoders, keccak: Keccak): readonly Hop[] => {
  const { decoder, selector, keyBytes } = poolCallsOf(pool.kind);
  const ways = [
    [pool.token0, pool.token1],
    [pool.token1, pool.token0],
  ] as const;
  return ways.map(([tokenIn, tokenOut]) => {
    const key = keyBytes({ tokenIn, feePips: pool.feePips, tokenOut });
    const named = { target: router, selector, decoder: decoderNamed(decoders, decoder), minClass: ROUTINE };
    return { leaf: { ...named, key: keccak(key) }, pool: pool.address, keyBytes: key };
  });
};

/**
 * Makes the tree of permitted calls of a plan, and what agents look up in it.
 * @throws RangeError where a pool's kind is unknown or has no decoder in the plan
 */
export const mandateOf = ({ pools, environment }: SimulationPlan, keccak: Keccak): SimulatedMandate => {
  const hops = pools.flatMap((pool) => hopsOf(pool, environment.decoders, keccak));
  const tree = mandateTree(
    keccak,
    hops.map(({ leaf }) => leaf),
  );
  const callProofs = new Map<string, CallProof>(
    hops.map(({ leaf }) => {
      const { target, selector, decoder, key, minClass } = leaf;
      return [`${target}${selector}${decoder}${key}`, { decoder, minClass, proof: tree.proofOf(leaf) ?? [] }];
    }),
  );
  const routers = new Map(pools.map(({ pool, router }) => [pool.address, router]));
  const byCall = new Map(hops.map(({ leaf, keyBytes, pool }) => [`${leaf.target}${keyBytes}`, pool]));
  const callProofOf: Venues["callProofOf"] = (call) => {
    for (const [decoder, protocol] of environment.decoders) {
      const decoded = decodeBy(keccak, protocol, call);
      if (decoded !== undefined) return callProofs.get(`${call.target}${selectorOf(call)}${decoder}${decoded.key}`);
    }
    return undefined;
  };
  return {
    root: tree.root,
    venues: { routerOf: (pool) => routers.get(pool), callProofOf },
    poolOf: (target, keyBytes) => byCall.get(`${target}${keyBytes}`),
  };
};
