import { Contract, isError } from "ethers";
import { inBatches } from "./batches.ts";
import type { LogSource } from "./logs.ts";
import type { LendingPlace, TreasuryPlaces } from "./treasuryLogs.ts";
import { type BlockPrices, pricesAt } from "./treasuryPrices.ts";

/** A lending market's index of a reserve at the end of a block, in ray; undefined where it answers none. */
export const incomeIndex = async (
  { provider }: LogSource,
  { pool, asset }: Pick<LendingPlace, "pool" | "asset">,
  block: number,
): Promise<bigint | undefined> => {
  const view = new Contract(pool, ["function getReserveNormalizedIncome(address) view returns (uint256)"], provider);
  const asked: Promise<unknown> = view.getFunction("getReserveNormalizedIncome").staticCall(asset, { blockTag: block });
  const answer = await asked.catch((error: unknown) => {
    // Before the market was there nothing answers at its address.
    if (isError(error, "BAD_DATA")) return undefined;
    throw error;
  });
  return typeof answer === "bigint" ? answer : undefined;
};

/** The indexes of the treasury's lending positions at the end of a block. */
const indexesAt = async (
  source: LogSource,
  positions: TreasuryPlaces["positions"],
  block: number,
): Promise<ReadonlyMap<string, bigint>> => {
  const found = await inBatches([...positions], async ([token, place]) => {
    const index = await incomeIndex(source, place, block);
    return index === undefined ? [] : [[token, index] as const];
  });
  return new Map(found.flat());
};

/** Prices and indexes at the end of a block, which never change again. */
export type BlockReading = {
  readonly block: number;
  readonly time: number;
  readonly prices: BlockPrices;
  readonly indexes: ReadonlyMap<string, bigint>;
};

const readBlock = async (source: LogSource, places: TreasuryPlaces, block: number): Promise<BlockReading> => {
  const [header, prices, indexes] = await Promise.all([
    source.provider.getBlock(block),
    pricesAt(source, places.tokens, block),
    indexesAt(source, places.positions, block),
  ]);
  if (header === null) throw new Error(`the node does not have block ${block}`);
  return { block, time: header.timestamp, prices, indexes };
};

/** Remembers what was read of blocks that are over, so that a history that is read again asks for what is new. */
export type HistoryMemory = {
  /** Reads a block, or tells what was read of it for the same tokens and positions. */
  readonly once: (
    places: TreasuryPlaces,
    read: (block: number) => Promise<BlockReading>,
  ) => (block: number) => Promise<BlockReading>;
};

/** More blocks are not remembered: the oldest are read again. Each takes about a kilobyte. */
const MAX_BLOCKS = 20_000;

export const createHistoryMemory = (): HistoryMemory => {
  let known = "";
  const readings = new Map<number, BlockReading>();
  return {
    once: ({ tokens, positions }, read) => {
      const about = [...tokens, ...positions.keys()].join(" ");
      if (about !== known) readings.clear();
      known = about;
      return async (block) => {
        const found = readings.get(block);
        if (found !== undefined) return found;
        const one = await read(block);
        // A node that has not kept the state answers as if there were no market.
        if (one.indexes.size < positions.size) return one;
        readings.set(block, one);
        const [oldest] = readings.keys();
        if (readings.size > MAX_BLOCKS && oldest !== undefined) readings.delete(oldest);
        return one;
      };
    },
  };
};

/** Reads blocks in their order, each once. */
export const readReadings = async (
  source: LogSource,
  places: TreasuryPlaces,
  { blocks, memory }: { readonly blocks: readonly number[]; readonly memory: HistoryMemory | undefined },
): Promise<readonly BlockReading[]> => {
  const read = (block: number): Promise<BlockReading> => readBlock(source, places, block);
  return inBatches(
    [...new Set(blocks)].toSorted((a, b) => a - b),
    memory === undefined ? read : memory.once(places, read),
  );
};
