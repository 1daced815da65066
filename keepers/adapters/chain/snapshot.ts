import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import { RetryableError } from "../../core/errors.ts";
import { type Hex, sizeOf, wordAt } from "../../core/hex.ts";
import type { Address, BlockNumber } from "../../core/units.ts";
import { type Pool, type V3Pool, v2Pool, v3Pool } from "../../market/pool.ts";
import { type V3Tick, windowOfWords } from "../../market/v3State.ts";
import type { Addresses, PoolInfo } from "./addresses.ts";
import { type LensAnswer, type LensQuery, type RawV3, decodeSnapshot, encodeSnapshotCall } from "./lens.ts";
import type { ChainNode } from "./node.ts";

/** What of the deployment is looked at. */
export type SnapshotAddresses = Pick<Addresses, "lens" | "pools" | "tokens" | "routers">;

/** The chain as one agent sees it at one block. */
export type FullSnapshot = { readonly view: ChainSnapshot; readonly pools: readonly Pool[] };

export type SnapshotOptions = {
  /** Whose seats to read; asked again for each snapshot. */
  readonly signers: () => readonly Address[];
  /** Whose daily room to read. */
  readonly agentId: bigint;
  /** Whether to read the pools at all. */
  readonly withPools: boolean;
  /** Words of v3 ticks to read on each side of the current one. */
  readonly tickReach: number;
};

/** What is kept of a v3 pool between blocks: the list of ticks must stay the same object while it says the same. */
type Kept = { readonly packed: Hex; readonly ticks: readonly V3Tick[]; readonly pool: V3Pool };

const unpack = (packed: bigint): V3Tick => ({
  index: Number(BigInt.asIntN(128, packed >> 128n)),
  liquidityNet: BigInt.asIntN(128, packed),
});

const TICK_BYTES = 32;

const unpackAll = (packed: Hex): readonly V3Tick[] =>
  Array.from({ length: sizeOf(packed) / TICK_BYTES }, (_, index) => unpack(wordAt(packed, index) ?? 0n));

const toV3 = (info: PoolInfo, raw: RawV3, kept: Kept | undefined): Kept => {
  const ticks = kept?.packed === raw.ticks ? kept.ticks : unpackAll(raw.ticks);
  const { address, token0, token1, feePips } = info;
  const { sqrtPriceX96, tick, tickSpacing, liquidity } = raw;
  const known = windowOfWords(tickSpacing, raw.firstWord, raw.lastWord);
  const fixed = { address, token0, token1, feePips, tickSpacing };
  const state = { ...fixed, sqrtPriceX96, tick, liquidity, ticks, ...known };
  return { packed: raw.ticks, ticks, pool: v3Pool(state, kept?.pool) };
};

/** @throws RetryableError when the node cannot answer for that block */
const look = async (node: ChainNode, call: { readonly to: Address; readonly data: Hex }, block: BlockNumber) => {
  try {
    return await node.request("eth_call", [call, `0x${block.toString(16)}`]);
  } catch (cause) {
    throw new RetryableError(`no snapshot of block ${block}`, { cause });
  }
};

/** The query with the signers of the moment; encoded again only when they changed. */
const queryFor = (asking: LensQuery, signers: () => readonly Address[]) => {
  let last: { readonly query: LensQuery; readonly data: Hex } | undefined;
  return () => {
    const current = signers();
    if (last?.query.signers === current) return last;
    const query = { ...asking, signers: current };
    last = { query, data: encodeSnapshotCall(query) };
    return last;
  };
};

const baseQuery = (addresses: SnapshotAddresses, options: SnapshotOptions, pools: readonly PoolInfo[]): LensQuery => {
  const ofKind = (kind: PoolInfo["kind"]) => pools.filter((pool) => pool.kind === kind).map((pool) => pool.address);
  const v3Pools = ofKind("v3");
  return {
    v2Pools: ofKind("v2"),
    v3Pools,
    v3Words: v3Pools.map(() => options.tickReach + 1),
    tokens: addresses.tokens,
    signers: [],
    scopes: addresses.routers,
    agentId: options.agentId,
  };
};

/** Turns what the lens says into pools; what of a v3 pool has not changed since the last block is kept. */
const poolBuilder = (pools: readonly PoolInfo[]): ((answer: LensAnswer) => readonly Pool[]) => {
  const [v2, v3] = [pools.filter(({ kind }) => kind === "v2"), pools.filter(({ kind }) => kind === "v3")];
  const kept = new Map<Address, Kept>();
  return (answer) => [
    ...v2.flatMap(({ address, token0, token1, feePips }, index) => {
      const reserves = answer.v2[index];
      return reserves === undefined ? [] : [v2Pool({ address, token0, token1, feePips, ...reserves })];
    }),
    ...v3.flatMap((info, index) => {
      const raw = answer.v3[index];
      if (raw === undefined) return [];
      const next = toV3(info, raw, kept.get(info.address));
      kept.set(info.address, next);
      return [next.pool];
    }),
  ];
};

/** Makes a reader that sees the chain at one block in one call. */
export const createSnapshotReader = (
  node: ChainNode,
  addresses: SnapshotAddresses,
  options: SnapshotOptions,
): ((block: BlockNumber) => Promise<FullSnapshot>) => {
  const pools = options.withPools ? addresses.pools : [];
  const query = queryFor(baseQuery(addresses, options, pools), options.signers);
  const build = poolBuilder(pools);
  return async (block) => {
    const asked = query();
    const answer = decodeSnapshot(asked.query, await look(node, { to: addresses.lens, data: asked.data }, block));
    if (answer.view.block !== block) throw new RetryableError(`asked for block ${block}, got ${answer.view.block}`);
    return { view: answer.view, pools: build(answer) };
  };
};
