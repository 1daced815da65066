import { type Interface, ZeroAddress } from "ethers";
import { Treasury__factory } from "../../../types/index.ts";
import { type Address, type BlockNumber, address } from "../../core/units.ts";
import { type RawLog, nodeLogReader } from "../chain/logs.ts";
import type { ChainNode } from "../chain/node.ts";

const treasuryAbi: Interface = Treasury__factory.createInterface();
const TRANSFER = treasuryAbi.getEvent("Transfer")?.topicHash ?? "";
/** So many holders are named at most: each costs a few thousand gas. */
const MOST = 16;
/** So many questions are asked at one look: whoever shows evidence about prices does not wait for the whole past. */
const MOST_PIECES = 16;
/** Logs of the newest blocks may come later: so many blocks are asked for again. */
const OVERLAP = 10n;

/** Where transfers of shares are read. */
export type HolderPlaces = {
  readonly treasury: Address;
  /** The block that the treasury was deployed in. */
  readonly fromBlock: bigint;
  readonly onTrouble: (what: string) => void;
};

/** Adds transfers up, each once. */
const createFold = () => {
  const balances = new Map<string, bigint>();
  /** Where the logs of the newest blocks stand, which are asked for more than once. */
  const taken = new Map<string, bigint>();
  const move = (account: string, amount: bigint): void => {
    const balance = (balances.get(account) ?? 0n) + amount;
    // Whoever holds nothing is forgotten: anybody can make transfers of nothing between any two addresses.
    if (balance === 0n) balances.delete(account);
    else balances.set(account, balance);
  };
  return {
    balances,
    take: (log: RawLog): void => {
      if (taken.has(log.place)) return;
      taken.set(log.place, log.block);
      const [from, to, value] = treasuryAbi.decodeEventLog("Transfer", log.data, log.topics).map(String);
      const amount = BigInt(value ?? 0);
      move(from ?? ZeroAddress, -amount);
      move(to ?? ZeroAddress, amount);
    },
    forget: (before: bigint): void => {
      for (const [place, block] of taken) if (block < before) taken.delete(place);
    },
  };
};

const ascending = (one: Address, other: Address): number => (BigInt(one) < BigInt(other) ? -1 : 1);

/**
 * Follows who holds the treasury's shares, and answers the largest holders at a block in the order of their addresses. Where a
 * node keeps no old logs some are missing: evidence is weaker then, and never wrong.
 */
export const createHolderReader = (
  node: Pick<ChainNode, "request">,
  { treasury, fromBlock, onTrouble }: HolderPlaces,
): ((block: BlockNumber) => Promise<readonly Address[]>) => {
  const logs = nodeLogReader(node, { address: treasury, topics: [TRANSFER] }, onTrouble);
  const fold = createFold();
  let next = fromBlock;
  return async (block) => {
    const from = next - OVERLAP;
    let pieces = 0;
    for await (const { logs: found, span } of logs.forward({ from: from > fromBlock ? from : fromBlock, to: block })) {
      found.forEach(fold.take);
      next = span.to + 1n;
      fold.forget(next - OVERLAP);
      pieces += 1;
      if (pieces === MOST_PIECES) break;
    }
    return [...fold.balances]
      .filter(([account, balance]) => balance > 0n && BigInt(account) !== 0n)
      .sort(([, one], [, other]) => (one > other ? -1 : 1))
      .slice(0, MOST)
      .map(([account]) => address(account))
      .sort(ascending);
  };
};
