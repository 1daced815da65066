import type { Agent } from "../../core/agent.ts";
import { type SlowClass, ELEVATED, FOR } from "../../core/ballot.ts";
import type { SlowProposalMessage } from "../../core/bus.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import type { Hex } from "../../core/hex.ts";
import { type Proposal, ZERO_ADDRESS } from "../../core/proposal.ts";
import { minOf } from "../../core/integers.ts";
import { mostByWords } from "../../quant/risk/sizing.ts";
import { type Address, type BlockNumber, type UnixSeconds, addSeconds } from "../../core/units.ts";
import { type Rebalance, decide } from "./decide.ts";
import { conditionsOf, reasonOf, entryOf } from "./plan.ts";
import type { RebalancePorts, RebalanceConfig } from "./ports.ts";
import type { RebalanceSeen } from "./policy.ts";
import type { TargetBasis } from "./targets.ts";
import { type PriceWindow, emptyWindow, observed } from "../../quant/priceWindow.ts";

/** A proposal of ours that is not done with. */
type Pending = {
  readonly hash: Hex;
  readonly riskClass: SlowClass;
  readonly token: Address;
  readonly block: BlockNumber;
  readonly deadline: UnixSeconds;
  /** What voters let be of the token, by signer, where the proposal's is too much for them. */
  readonly told: Map<Address, bigint>;
};

/** What reviewers let be of a token, and until when it is believed. */
type Told = { readonly mostUsd: bigint; readonly until: UnixSeconds };

/** What a rebalancer remembers. Losing it costs nothing: what it then proposes twice, its conditions let pass once. */
export type RebalanceMemory = {
  readAt: BlockNumber | undefined;
  pending: Pending | undefined;
  /** Tokens that are left alone, and until when. */
  readonly resting: Map<Address, UnixSeconds>;
  /** Prices that were seen, for a policy that optimises; after a restart they are gathered again. */
  window: PriceWindow | undefined;
  readonly told: Map<Address, Told>;
  /** Why the fixed targets stand instead of an optimum, as it was told last. */
  toldInstead: string | undefined;
};

/** A memory of nothing. */
export const emptyRebalanceMemory = (): RebalanceMemory => ({
  readAt: undefined,
  pending: undefined,
  resting: new Map(),
  window: undefined,
  told: new Map(),
  toldInstead: undefined,
});

/** After so many blocks a proposal that is not on the chain was refused by those who vote. */
const HEARD_WITHIN = 25n;

/** One rebalancer. */
export type Rebalancer = Agent<RebalancePorts, RebalanceMemory, RebalanceConfig>;

/**
 * A proposal of ours came to nothing. What reviewers let be of the token bounds the next one about it; where they said nothing of its
 * size the token is left alone. A single one who lies about that cannot hold a proposal back that the others carry.
 */
const giveUp = (memory: RebalanceMemory, { token, told }: Pending, until: UnixSeconds): void => {
  const [first, ...others] = told.values();
  if (first === undefined || memory.told.has(token)) memory.resting.set(token, until);
  else memory.told.set(token, { mostUsd: others.reduce(minOf, first), until });
};

/** Takes in what voters say of the size of what we proposed. */
const listen = ({ ports, memory }: Rebalancer, view: ChainSnapshot): void => {
  const { pending } = memory;
  for (const { hash, signer, reason, detail } of ports.ballots.take()) {
    if (pending?.hash !== hash || reason !== "position-too-large") continue;
    const most = mostByWords(detail, pending.token);
    const isVoter = view.signerRecords.some((one) => one.signer === signer && one.status === "Active");
    if (most !== undefined && isVoter) pending.told.set(signer, most);
  }
};

/** What is still believed of what reviewers said. */
const atMostNow = ({ told }: RebalanceMemory, now: UnixSeconds): ReadonlyMap<Address, bigint> => {
  for (const [token, { until }] of told) if (now >= until) told.delete(token);
  return new Map([...told].map(([token, { mostUsd }]) => [token, mostUsd]));
};

/** Asks the chain what became of our proposal. @returns whether it is still under way */
const isUnderWay = async ({ ports, memory, config }: Rebalancer, view: ChainSnapshot): Promise<boolean> => {
  const { pending } = memory;
  if (pending === undefined) return false;
  const { tally } = await ports.readTally({ ...pending, since: pending.block, block: view.block });
  const isUnheard = tally.state === "None" && view.block > pending.block + HEARD_WITHIN;
  const isVain = tally.state === "Vetoed" || isUnheard || view.time > pending.deadline;
  if (tally.state !== "Executed" && !isVain) return true;
  if (tally.state !== "Executed") giveUp(memory, pending, addSeconds(view.time, config.cooldown));
  memory.pending = undefined;
  return false;
};

const restingAt = ({ resting }: RebalanceMemory, now: UnixSeconds): ReadonlySet<Address> =>
  new Set([...resting].flatMap(([token, until]) => (now < until ? [token] : [])));

/** A trade that is wanted, and what it was decided on. */
type Wanted = { readonly seen: RebalanceSeen; readonly trade: Rebalance };

/** The proposal without its class, or why there is none. */
const draft = (
  { ports, config }: Rebalancer,
  { seen, trade }: Wanted,
):
  | { readonly proposal: Proposal; readonly callProofs: SlowProposalMessage["callProofs"] }
  | "no-signer-record"
  | "not-in-mandate" => {
  const signerRecord = seen.view.signerRecords.find(({ signer }) => signer === config.signer);
  if (signerRecord?.status !== "Active" || signerRecord.agentId !== config.agentId || signerRecord.validUntil !== 0n)
    return "no-signer-record";
  const made = ports.callOf(trade);
  if (made === undefined) return "not-in-mandate";
  const record = entryOf(seen, config.policy, { kind: "rebalance", trade });
  const evidence = ports.hashText(record);
  ports.keepDecision(evidence, record);
  const { agentId, treasury } = config;
  const { deadline, maxLoss } = trade;
  const envelope = {
    agentId,
    nonce: signerRecord.highestNonce + 1n,
    deadline,
    submitter: ZERO_ADDRESS,
    maxLoss,
    forecast: 0n,
  };
  return {
    proposal: { ...envelope, calls: [made.call], conditions: conditionsOf(trade, treasury), evidence },
    callProofs: [made.callProof],
  };
};

/** Proposes a trade with our own vote. @returns why not, or undefined */
const propose = async (rebalancer: Rebalancer, wanted: Wanted, seenAtMs: number): Promise<string | undefined> => {
  const { ports, memory, config } = rebalancer;
  const {
    trade,
    seen: { view },
  } = wanted;
  const made = draft(rebalancer, wanted);
  if (typeof made === "string") return made;
  const { proposal, callProofs } = made;
  const { refusal, riskClass: least } = await ports.classify(proposal.calls, callProofs, view.block);
  if (refusal !== "None") return refusal;
  // A Safe signs Critical proposals, and whoever runs one makes them by hand. Less than Elevated is voted for as that: what
  // makes a balance fall is not for the fast path, whose voters let nothing fall.
  if (least > ELEVATED) return "needs-co-signer";
  const riskClass = ELEVATED;
  const hash = ports.hashProposal(proposal);
  const why = reasonOf(trade, ports.symbolOf);
  const message = { hash, riskClass, proposal, callProofs, why, block: view.block, seenAtMs };
  const signature = ports.sign(ports.hashBallot(hash, riskClass, FOR));
  const { name: agent, signer } = config;
  memory.pending = {
    hash,
    riskClass,
    token: trade.token,
    block: view.block,
    deadline: trade.deadline,
    told: new Map(),
  };
  ports.publishProposal(message);
  ports.emit({ kind: "slowProposal", agent, proposed: message });
  const ballot = { hash, signer, support: FOR, signature, reason: "", detail: "" };
  ports.publishBallot(ballot);
  ports.emit({ kind: "ballot", agent, ballot, tookMs: 0 });
  return undefined;
};

/** Adds the block's prices to those that were seen. */
const look = ({ memory, config: { policy } }: Rebalancer, view: ChainSnapshot): PriceWindow => {
  const before = memory.window ?? emptyWindow([policy.base, ...policy.targets.keys()]);
  const { optimise, sizing } = policy;
  const rows = Math.max(optimise?.rows ?? 0, 2 * (sizing?.rows ?? 0));
  const { sampleSeconds } = optimise ?? sizing ?? { sampleSeconds: 0n };
  memory.window = rows === 0 ? before : observed(before, view, { sampleSeconds, rows });
  return memory.window;
};

/** Tells once why the fixed targets stand instead of an optimum: whatever is counted in the words may change at each look. */
const tellInstead = ({ ports, memory, config }: Rebalancer, basis: TargetBasis | undefined): void => {
  const why = basis?.kind === "instead" ? basis.why : undefined;
  const kind = why?.replaceAll(/\d+/g, "");
  if (kind === memory.toldInstead) return;
  memory.toldInstead = kind;
  const what = why === undefined ? "targets are optimised again" : `the fixed targets stand: ${why}`;
  ports.emit({ kind: "trouble", agent: config.name, what });
};

/** One round of a rebalancer: every so many blocks look how the treasury is spread, and propose the trade that helps most. */
export const tick = async (rebalancer: Rebalancer): Promise<void> => {
  const { ports, memory, config } = rebalancer;
  const head = ports.head();
  if (head === undefined) return;
  const { readAt } = memory;
  if (readAt !== undefined && head.block < readAt + config.everyBlocks) return;
  memory.readAt = head.block;
  const { view, pools } = await ports.readSnapshot(head.block);
  const window = look(rebalancer, view);
  listen(rebalancer, view);
  if (await isUnderWay(rebalancer, view)) return;
  const seen = { view, pools, skip: restingAt(memory, view.time), window, atMost: atMostNow(memory, view.time) };
  const decision = decide(seen, config.policy);
  ports.note?.(seen, decision);
  tellInstead(rebalancer, decision.kind === "rest" ? decision.basis : decision.trade.basis);
  if (decision.kind === "rest") return;
  const why = await propose(rebalancer, { seen, trade: decision.trade }, head.seenAtMs);
  if (why === undefined) return;
  const what = `no proposal for ${ports.symbolOf(decision.trade.token)}: ${why}`;
  memory.resting.set(decision.trade.token, addSeconds(view.time, config.cooldown));
  ports.emit({ kind: "trouble", agent: config.name, what });
};
