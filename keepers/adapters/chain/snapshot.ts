import type { ChainView } from "../../core/chainView.ts";
import { RetryableError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import type { Address, BlockNumber } from "../../core/units.ts";
import { type Pool, type V3Pool, v2Pool, v3Pool } from "../../market/pool.ts";
import { type V3Tick, windowOfWords } from "../../market/v3State.ts";
import type { Addresses, PoolInfo } from "./addresses.ts";
import { type LensQuery, type RawV3, decodeLook, encodeLook } from "./lens.ts";
import type { ChainNode } from "./node.ts";

/** The chain as one agent sees it at one block. */
export type Snapshot = { readonly view: ChainView; readonly pools: readonly Pool[] };

export type SnapshotOptions = {
  /** Whose seats to read; asked anew for each snapshot. */
  readonly signers: () => readonly Address[];
  /** Whose daily room to read. */
  readonly agentId: bigint;
  /** Whether to read the pools at all. */
  readonly withPools: boolean;
  /** Words of v3 ticks to read on each side of the current one. */
  readonly tickReach: number;
};

/** What is kept of a v3 pool between blocks: the list of ticks must stay the same object while it says the same. */
type Kept = { readonly packed: readonly bigint[]; readonly ticks: readonly V3Tick[]; readonly pool: V3Pool };

const unpack = (packed: bigint): V3Tick => ({
  index: Number(BigInt.asIntN(128, packed >> 128n)),
  liquidityNet: BigInt.asIntN(128, packed),
});

const isSame = (a: readonly bigint[], b: readonly bigint[]): boolean =>
  a.length === b.length && a.every((value, index) => value === b[index]);

const toV3 = (info: PoolInfo, raw: RawV3, kept: Kept | undefined): Kept => {
  const ticks = kept !== undefined && isSame(kept.packed, raw.ticks) ? kept.ticks : raw.ticks.map(unpack);
  const { sqrtPriceX96, tick, tickSpacing, liquidity } = raw;
  const state = {
    ...{ address: info.address, token0: info.token0, token1: info.token1, feePips: info.feePips },
    ...{ sqrtPriceX96, tick, tickSpacing, liquidity, ticks },
    ...windowOfWords(tickSpacing, raw.firstWord, raw.lastWord),
  };
  return { packed: raw.ticks, ticks, pool: v3Pool(state, kept?.pool) };
};

/** @throws RetryableError when the node cannot answer for that block */
const look = async (node: ChainNode, lens: Address, data: string, block: BlockNumber): Promise<unknown> => {
  try {
    return await node.request("eth_call", [{ to: lens, data }, `0x${block.toString(16)}`]);
  } catch (cause) {
    throw new RetryableError(`no snapshot of block ${block}`, { cause });
  }
};

/** The query with the signers of the moment; encoded anew only when they changed. */
const queryFor = (asking: LensQuery, signers: () => readonly Address[]) => {
  let last: { readonly query: LensQuery; readonly data: Hex } | undefined;
  return () => {
    const current = signers();
    if (last?.query.signers === current) return last;
    const query = { ...asking, signers: current };
    last = { query, data: encodeLook(query) };
    return last;
  };
};

/** Makes a reader that sees the chain at one block in one call. */
export const createSnapshotReader = (
  node: ChainNode,
  addresses: Addresses,
  options: SnapshotOptions,
): ((block: BlockNumber) => Promise<Snapshot>) => {
  const pools = options.withPools ? addresses.pools : [];
  const [v2, v3] = [pools.filter(({ kind }) => kind === "v2"), pools.filter(({ kind }) => kind === "v3")];
  const asking: LensQuery = {
    v2Pools: v2.map((pool) => pool.address),
    v3Pools: v3.map((pool) => pool.address),
    v3Words: v3.map(() => options.tickReach + 1),
    tokens: addresses.tokens,
    signers: [],
    scopes: addresses.routers,
    agentId: options.agentId,
  };
  const query = queryFor(asking, options.signers);
  const kept = new Map<Address, Kept>();
  const keep = (info: PoolInfo, raw: RawV3): V3Pool => {
    const next = toV3(info, raw, kept.get(info.address));
    kept.set(info.address, next);
    return next.pool;
  };
  return async (block) => {
    const asked = query();
    const answer = decodeLook(asked.query, await look(node, addresses.lens, asked.data, block));
    if (answer.view.block !== block) throw new RetryableError(`asked for block ${block}, got ${answer.view.block}`);
    return {
      view: answer.view,
      pools: [
        ...v2.flatMap((info, index) => {
          const reserves = answer.v2[index];
          const { address, token0, token1, feePips } = info;
          return reserves === undefined ? [] : [v2Pool({ address, token0, token1, feePips, ...reserves })];
        }),
        ...v3.flatMap((info, index) => {
          const raw = answer.v3[index];
          return raw === undefined ? [] : [keep(info, raw)];
        }),
      ],
    };
  };
};
