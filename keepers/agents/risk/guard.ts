import type { ProposalMessage, VoteMessage } from "../../core/bus.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import { recordWriter } from "../../core/record.ts";
import type { EmitEvent } from "../../core/events.ts";
import type { Hex } from "../../core/hex.ts";
import { type Call, type CallProof, type Proposal, ZERO_ADDRESS } from "../../core/proposal.ts";
import { type Address, type BlockNumber, type Seconds, blockNumber } from "../../core/units.ts";
import { type Pool, recordedPoolOf } from "../../market/pool.ts";
import { type SeenPrices, type StopBook, emptyStopBook, observedStops } from "../../quant/risk/stopLoss.ts";
import type { ReviewContext } from "./decide.ts";
import type { RiskMemory } from "./memory.ts";
import { positionAlerts } from "./positions.ts";
import { type StopSale, decideSale, saleConditions } from "./stopSale.ts";

/** What watching positions and selling them needs beside a review. */
export type GuardPorts = {
  /** The pools at one block, which is also the one of the snapshot. */
  readonly readPools: (block: BlockNumber) => Promise<readonly Pool[]>;
  /** The swap of a sale, and the proof that the mandate permits it; undefined where it does not. */
  readonly callOf: (sale: StopSale) => { readonly call: Call; readonly callProof: CallProof } | undefined;
  readonly hashText: (text: string) => Hex;
  readonly publishProposal: (message: ProposalMessage) => void;
  readonly keepDecision: (evidence: Hex, record: string) => void;
};

/** How a risk manager sells: as which agent, how long a proposal lives, and how many blocks lie between two slices. */
export type GuardConfig = { readonly agentId: bigint; readonly lifetime: Seconds; readonly restBlocks: bigint };

/** A risk manager as far as it watches positions and sells them. */
type Guard = {
  readonly ports: {
    readonly readSnapshot: (block: BlockNumber) => Promise<ChainSnapshot>;
    readonly hashProposal: (proposal: Proposal) => Hex;
    readonly sign: (digest: Hex) => Hex;
    readonly publishVote: (vote: VoteMessage) => void;
    readonly nowMs: () => number;
    readonly emit: EmitEvent;
    readonly guard?: GuardPorts | undefined;
  };
  readonly memory: Pick<RiskMemory, "stops" | "restingUntil" | "toldSale">;
  readonly config: ReviewContext & {
    readonly name: string;
    readonly signer: Address;
    readonly guard?: GuardConfig | undefined;
  };
};

/** Looks at the positions at one block, and tells what has changed. @returns what was seen, undefined without a stop-loss */
export const watchPositions = async (
  { ports, memory, config }: Guard,
  block: BlockNumber,
): Promise<SeenPrices | undefined> => {
  const { stop } = config.policy;
  if (stop === undefined || ports.guard === undefined) return undefined;
  const [view, pools] = await Promise.all([ports.readSnapshot(block), ports.guard.readPools(block)]);
  const before = memory.stops ?? emptyStopBook(stop);
  const seen = { view, pools };
  memory.stops = observedStops(before, seen, stop);
  const alerts = positionAlerts(before, memory.stops);
  for (const alert of alerts) ports.emit({ kind: "position", agent: config.name, block, alert });
  return seen;
};

/** The nonce to propose with, or undefined while our seat is not active. */
const nonceOf = ({ signerRecords }: ChainSnapshot, { signer }: Guard["config"], { agentId }: GuardConfig) => {
  const own = signerRecords.find((one) => one.signer === signer);
  const isSeated = own?.status === "Active" && own.agentId === agentId && own.validUntil === 0n;
  return isSeated ? own.highestNonce + 1n : undefined;
};

/** What a sale was decided on, as one text whose hash the proposal carries. */
const entryOf = (seen: SeenPrices, book: StopBook, sale: StopSale): string => {
  const { pool, ...terms } = sale;
  const pools = seen.pools.map(recordedPoolOf);
  const decision = { kind: "sell", sale: { ...terms, pool: pool.address } };
  return recordWriter()({ kind: "stopSale", input: { seen: { view: seen.view, pools }, book }, decision });
};

type Wanted = { readonly seen: SeenPrices; readonly book: StopBook; readonly sale: StopSale };

/** Proposes a slice with our own vote. @returns why not, or undefined */
const propose = (
  { ports, config }: Guard,
  { guard, own }: { readonly guard: GuardPorts; readonly own: GuardConfig },
  { seen, book, sale }: Wanted,
): string | undefined => {
  const nonce = nonceOf(seen.view, config, own);
  if (nonce === undefined) return "no-signer-record";
  const made = guard.callOf(sale);
  if (made === undefined) return "not-in-mandate";
  const record = entryOf(seen, book, sale);
  const evidence = guard.hashText(record);
  guard.keepDecision(evidence, record);
  const proposal = {
    agentId: own.agentId,
    nonce,
    deadline: sale.deadline,
    submitter: ZERO_ADDRESS,
    maxLoss: sale.maxLoss,
    forecast: 0n,
    calls: [made.call],
    conditions: saleConditions(sale, config.environment.treasury),
    evidence,
  };
  const message: ProposalMessage = {
    hash: ports.hashProposal(proposal),
    proposal,
    callProofs: [made.callProof],
    // A sale gains nothing, and claims nothing.
    expectedProfit: { token: sale.base, amount: 0n },
    gasCost: 0n,
    block: seen.view.block,
    seenAtMs: ports.nowMs(),
  };
  guard.publishProposal(message);
  ports.publishVote({ hash: message.hash, signer: config.signer, signature: ports.sign(message.hash) });
  ports.emit({ kind: "proposal", agent: config.name, message });
  return undefined;
};

/** Tells once for each reason why a slice is not proposed. */
const tell = ({ ports, memory, config }: Guard, token: string, why: string | undefined): void => {
  const words = why === undefined ? undefined : `the stop-loss of ${token} fires and nothing is sold: ${why}`;
  const isNews = words !== undefined && memory.toldSale !== words;
  memory.toldSale = words;
  if (isNews) ports.emit({ kind: "trouble", agent: config.name, what: words });
};

/**
 * Proposes the next slice of each position whose stop fires, and then leaves it alone for some blocks. What several risk managers
 * propose at once is sold once: the post-conditions of the others no longer hold. [NX-QNT-22]
 */
export const sellStopped = (manager: Guard, seen: SeenPrices): void => {
  const { ports, memory, config } = manager;
  const { stop } = config.policy;
  const { guard: own } = config;
  const { stops: book } = memory;
  const { guard } = ports;
  if (stop === undefined || own === undefined || book === undefined || guard === undefined) return;
  for (const token of stop.levels.keys()) {
    const rests = memory.restingUntil.get(token);
    if (rests !== undefined && seen.view.block < rests) continue;
    const decision = decideSale(book, { seen, token }, { policy: stop, lifetime: own.lifetime });
    if (decision.kind === "rest") {
      if (decision.why !== "not-fired") tell(manager, token, decision.why);
      continue;
    }
    memory.restingUntil.set(token, blockNumber(seen.view.block + own.restBlocks));
    tell(manager, token, propose(manager, { guard, own }, { seen, book, sale: decision.sale }));
    // One nonce, one proposal: the next position has its turn at the next block.
    return;
  }
};
