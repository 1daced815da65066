import type { Interface } from "ethers";
import { type ChainView, type TokenState, BREAKER_LEVELS, QUOTE_STATUSES } from "../../core/chainView.ts";
import { RetryableError } from "../../core/errors.ts";
import { type Hex, hex } from "../../core/hex.ts";
import { type Seat, AGENT_STATUSES } from "../../core/seat.ts";
import { type Address, blockNumber, unixSeconds } from "../../core/units.ts";
import { NexusLens__factory } from "../../../types/index.ts";
import type {
  LensViewStructOutput,
  SeatStructOutput,
  TokenViewStructOutput,
} from "../../../types/contracts/periphery/NexusLens.ts";
import type { TokenInfo } from "./addresses.ts";

/** What to ask the lens, in the order in which it answers. */
export type LensQuery = {
  readonly v2Pools: readonly Address[];
  readonly v3Pools: readonly Address[];
  /** For each v3 pool, words of ticks on each side plus one; zero for no ticks. */
  readonly v3Words: readonly number[];
  readonly tokens: readonly TokenInfo[];
  readonly signers: readonly Address[];
  readonly scopes: readonly Address[];
  readonly agentId: bigint;
};

/** What the lens says of a v3 pool. Ticks are packed: the index above, `liquidityNet` in the lowest 128 bits. */
export type RawV3 = {
  readonly sqrtPriceX96: bigint;
  readonly tick: number;
  readonly tickSpacing: number;
  readonly liquidity: bigint;
  readonly firstWord: number;
  readonly lastWord: number;
  readonly ticks: readonly bigint[];
};

export type LensAnswer = {
  readonly view: ChainView;
  readonly v2: readonly { readonly reserve0: bigint; readonly reserve1: bigint }[];
  readonly v3: readonly RawV3[];
};

const abi: Interface = NexusLens__factory.createInterface();

const named = <T extends string>(names: readonly T[], value: bigint, what: string): T => {
  const name = names[Number(value)];
  if (name === undefined) throw new RetryableError(`the lens answered ${what} ${value}`);
  return name;
};

/** The call's data. */
export const encodeLook = (query: LensQuery): Hex => {
  const { v2Pools, v3Pools, v3Words, signers, scopes, agentId } = query;
  const tokens = query.tokens.map((token) => token.address);
  return hex(abi.encodeFunctionData("look", [{ v2Pools, v3Pools, v3Words, tokens, signers, scopes, agentId }]));
};

const toToken = (info: TokenInfo, raw: TokenViewStructOutput): TokenState => ({
  token: info.address,
  decimals: info.decimals,
  balance: raw.balance,
  status: named(QUOTE_STATUSES, raw.status, "quote status"),
  price: { middle: raw.quote.middle, lower: raw.quote.lower, upper: raw.quote.upper },
  perAction: raw.limit.perAction,
  roomForAgent: raw.roomForAgent,
  roomForAll: raw.roomForAll,
  level: named(BREAKER_LEVELS, raw.level, "breaker level"),
});

const toSeat = (signer: Address, raw: SeatStructOutput): Seat => ({
  signer,
  agentId: raw.agentId,
  operatorId: raw.operatorId,
  weight: raw.weight,
  status: named(AGENT_STATUSES, raw.status, "agent status"),
  validUntil: unixSeconds(raw.validUntil),
  highestNonce: raw.highestNonce,
  nonceWindow: raw.nonceWindow,
});

/** Pairs what was asked with what was answered. @throws RetryableError when the lengths differ */
const zip = <A, B, C>(asked: readonly A[], answered: readonly B[], pair: (a: A, b: B) => C): readonly C[] =>
  asked.map((item, index) => {
    const answer = answered[index];
    if (answer === undefined) throw new RetryableError("the lens answered less than it was asked");
    return pair(item, answer);
  });

const toView = (query: LensQuery, raw: LensViewStructOutput): ChainView => ({
  block: blockNumber(raw.blockNumber),
  time: unixSeconds(raw.timestamp),
  tokens: zip(query.tokens, raw.tokens, toToken),
  seats: zip(query.signers, raw.seats, toSeat),
  levels: new Map(
    zip(query.scopes, raw.levels, (scope, level) => [scope, named(BREAKER_LEVELS, level, "breaker level")] as const),
  ),
  everything: named(BREAKER_LEVELS, raw.everything, "breaker level"),
  policy: {
    threshold: raw.policy.threshold,
    minVoters: raw.policy.minVoters,
    minOperators: raw.policy.minOperators,
    maxDeadline: raw.policy.maxDeadline,
  },
  mandateRoot: hex(raw.mandateRoot),
  lossPerAction: raw.lossLimit.perAction,
  lossRoom: raw.lossRoom,
  treasuryValue: raw.valued ? { lower: raw.assetsLower, upper: raw.assetsUpper } : undefined,
});

/**
 * Reads an answer of `look`.
 * @throws RetryableError when it is not one: the node is behind, or the lens is not there
 */
export const decodeLook = (query: LensQuery, data: unknown): LensAnswer => {
  if (typeof data !== "string" || data === "0x") throw new RetryableError("the lens did not answer");
  const [raw] = abi.decodeFunctionResult("look", data) as unknown as [LensViewStructOutput];
  return {
    view: toView(query, raw),
    v2: raw.v2Pools.map(({ reserve0, reserve1 }) => ({ reserve0, reserve1 })),
    v3: raw.v3Pools.map((pool) => ({
      sqrtPriceX96: pool.sqrtPriceX96,
      tick: Number(pool.tick),
      tickSpacing: Number(pool.tickSpacing),
      liquidity: pool.liquidity,
      firstWord: Number(pool.firstWord),
      lastWord: Number(pool.lastWord),
      ticks: [...pool.ticks],
    })),
  };
};
