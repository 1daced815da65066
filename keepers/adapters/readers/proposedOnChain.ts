import { type Interface, ZeroAddress, id } from "ethers";
import { type SlowClass, CRITICAL, ELEVATED } from "../../core/ballot.ts";
import type { Inbox, SlowProposalMessage } from "../../core/bus.ts";
import { type Hex, hex } from "../../core/hex.ts";
import type { Call, CallProof, Proposal } from "../../core/proposal.ts";
import { type Address, address, blockNumber, unixSeconds } from "../../core/units.ts";
import { Consensus__factory } from "../../../types/index.ts";
import { type RawLog, nodeLogReader } from "../chain/logs.ts";
import type { ChainNode } from "../chain/node.ts";
import { isRecord } from "../chain/rpc.ts";
import { readOpenTally } from "../chain/slowPath.ts";
import { findProposal } from "./decodeProposal.ts";

const abi: Interface = Consensus__factory.createInterface();
const PROPOSED = id(abi.getEvent("Proposed")?.format("sighash") ?? "");

/** The last blocks are read again each time: a node may show a block before it shows the block's logs. */
const OVERLAP = 25n;
/** How many blocks lie between two looks. */
const EVERY = 5n;
/** How far back the first look reaches: some three hours of Sei's blocks. */
const LOOK_BACK = 25_000n;

/** What is asked of a connection. */
type AskedNode = Pick<ChainNode, "request" | "head" | "onHead">;

export type ProposedOptions = {
  readonly consensus: Address;
  readonly chainId: bigint;
  /** The call proof of a call; undefined where the mandate has no leaf for it. */
  readonly callProofOf: (call: Call) => CallProof | undefined;
  readonly nowMs: () => number;
  readonly onArrival: () => void;
  readonly onTrouble: (what: string) => void;
};

/** A proposal as its event says. */
type Made = { readonly hash: Hex; readonly riskClass: SlowClass; readonly deadline: bigint };

const madeIn = ({ topics, data }: RawLog): Made | undefined => {
  const args: readonly unknown[] = abi.parseLog({ topics: [...topics], data })?.args.toArray() ?? [];
  const [hash, , riskClass, deadline] = args;
  if (typeof hash !== "string" || typeof deadline !== "bigint") return undefined;
  if (riskClass !== BigInt(ELEVATED) && riskClass !== BigInt(CRITICAL)) return undefined;
  return { hash: hex(hash), riskClass: riskClass === BigInt(ELEVATED) ? ELEVATED : CRITICAL, deadline };
};

/** Proves nothing: the mandate then says that it does not hold the call. */
const NO_PROOF: CallProof = { decoder: address(ZeroAddress), minClass: 0, proof: [] };

/** What was proposed, from the input of its transaction; undefined where that does not hold it. */
const contentOf = async (
  node: AskedNode,
  { chainId, consensus }: ProposedOptions,
  { hash, transaction }: { readonly hash: Hex; readonly transaction: string },
): Promise<Proposal | undefined> => {
  const answer = await node.request("eth_getTransactionByHash", [transaction]);
  const input = isRecord(answer) ? answer["input"] : undefined;
  return typeof input === "string" ? findProposal(input, hash, { chainId: Number(chainId), consensus }) : undefined;
};

/** The message that its proposer would have sent, if votes on it still count; else undefined. */
const messageOf = async (
  node: AskedNode,
  options: ProposedOptions,
  log: RawLog,
): Promise<SlowProposalMessage | undefined> => {
  const [made, head] = [madeIn(log), node.head()];
  if (made === undefined || head === undefined || made.deadline < head.time) return undefined;
  const { hash, riskClass } = made;
  const { tally } = await readOpenTally(node, options.consensus, { hash, riskClass, block: head.block });
  if (tally.state !== "Voting" && tally.state !== "Queued") return undefined;
  const proposal = await contentOf(node, options, { hash, transaction: log.transaction });
  if (proposal === undefined || proposal.deadline !== unixSeconds(made.deadline)) return undefined;
  const callProofs = proposal.calls.map((call) => options.callProofOf(call) ?? NO_PROOF);
  const [block, seenAtMs] = [blockNumber(log.block), options.nowMs()];
  return { hash, riskClass, proposal, callProofs, why: "found on the chain", block, seenAtMs };
};

/**
 * Follows what is proposed on the slow path by the chain alone, so that who hears nothing of it by the bus judges it all the
 * same: each proposal whose votes still count, once, from some hours back on. [NX-CON-07]
 */
export const followProposed = (node: AskedNode, options: ProposedOptions): Pick<Inbox<SlowProposalMessage>, "take"> => {
  const { consensus, onArrival, onTrouble } = options;
  const logs = nodeLogReader(node, { address: consensus, topics: [PROPOSED] }, onTrouble);
  const known = new Map<string, bigint>();
  let found: readonly SlowProposalMessage[] = [];
  let next: bigint | undefined;
  let isReading = false;
  const takeIn = async (log: RawLog): Promise<void> => {
    if (known.has(log.place)) return;
    const message = await messageOf(node, options, log);
    known.set(log.place, log.block);
    if (message === undefined) return;
    found = [...found, message];
    onArrival();
  };
  const follow = async (from: bigint, to: bigint): Promise<void> => {
    for await (const piece of logs.forward({ from, to })) for (const log of piece.logs) await takeIn(log);
    next = to + 1n;
    for (const [place, block] of known) if (block + OVERLAP < from) known.delete(place);
  };
  node.onHead(({ block }) => {
    if (isReading || (next !== undefined && block < next - 1n + EVERY)) return;
    const reach = next === undefined ? LOOK_BACK : OVERLAP;
    const from = (next ?? block) - reach;
    isReading = true;
    follow(from > 0n ? from : 0n, block)
      .catch((error: unknown) => onTrouble(`proposals on the chain could not be read: ${String(error)}`))
      .finally(() => (isReading = false));
  });
  return {
    take: () => {
      const taken = found;
      found = [];
      return taken;
    },
  };
};
