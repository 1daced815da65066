import type { Agent } from "../../core/agent.ts";
import { type SlowClass, ELEVATED, FOR } from "../../core/ballot.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import type { Hex } from "../../core/hex.ts";
import { type Proposal, ZERO_ADDRESS } from "../../core/proposal.ts";
import { type BlockNumber, type UnixSeconds, addSeconds } from "../../core/units.ts";
import { type OutsideDecision, type OutsideTrade, decide } from "./decide.ts";
import { conditionsOf, reasonOf } from "./plan.ts";
import type { Arrived, OutsideConfig, OutsidePorts } from "./ports.ts";
import { questionOf } from "./question.ts";
import { entryOf } from "./recorded.ts";
import { type OutsideSeen, seenOf } from "./seen.ts";

/** A proposal of ours that is not done with. */
type Pending = {
  readonly hash: Hex;
  readonly riskClass: SlowClass;
  readonly block: BlockNumber;
  readonly deadline: UnixSeconds;
};

/** What was seen when the mind was asked, and the clock of who saw it. */
type Asked = { readonly view: ChainSnapshot; readonly seen: OutsideSeen; readonly seenAtMs: number };

/** What an agent with an outside mind remembers. Losing it costs nothing: conditions let the same trade pass once. */
export type OutsideMemory = {
  lookedAt: BlockNumber | undefined;
  asked: Asked | undefined;
  pending: Pending | undefined;
  /** Nothing is asked before. */
  restsUntil: UnixSeconds | undefined;
  /** Why the last answer came to nothing, as it was told. */
  told: string | undefined;
};

/** A memory of nothing. */
export const emptyOutsideMemory = (): OutsideMemory => ({
  lookedAt: undefined,
  asked: undefined,
  pending: undefined,
  restsUntil: undefined,
  told: undefined,
});

/** After so many blocks a proposal that is not on the chain was refused by those who vote. */
const HEARD_WITHIN = 25n;

/** One agent with an outside mind. */
export type Outsider = Agent<OutsidePorts, OutsideMemory, OutsideConfig>;

/** Asks the chain what became of our proposal. @returns whether it is still under way */
const isUnderWay = async ({ ports, memory }: Outsider, view: ChainSnapshot): Promise<boolean> => {
  const { pending } = memory;
  if (pending === undefined) return false;
  const { tally } = await ports.readTally({ ...pending, since: pending.block, block: view.block });
  const isUnheard = tally.state === "None" && view.block > pending.block + HEARD_WITHIN;
  const isOver = tally.state === "Executed" || tally.state === "Vetoed" || isUnheard || view.time > pending.deadline;
  if (isOver) memory.pending = undefined;
  return !isOver;
};

/** The nonce to propose with, the next above the highest used; undefined where our key has no seat. */
const nonceFor = (view: ChainSnapshot, { signer, agentId }: OutsideConfig): bigint | undefined => {
  const record = view.signerRecords.find((one) => one.signer === signer);
  if (record?.status !== "Active" || record.agentId !== agentId || record.validUntil !== 0n) return undefined;
  return record.highestNonce + 1n;
};

/** Proposes a trade with our own vote. All but the trade is ours to say. @returns why not, or undefined */
const propose = async (
  { ports, memory, config }: Outsider,
  trade: OutsideTrade,
  { view, seenAtMs, evidence }: Asked & { readonly evidence: Hex },
): Promise<string | undefined> => {
  const { agentId, treasury, signer, name: agent } = config;
  const nonce = nonceFor(view, config);
  if (nonce === undefined) return "no-signer-record";
  const made = ports.callOf(trade);
  if (made === undefined) return "not-in-mandate";
  const { deadline, maxLoss } = trade;
  const fixed = { agentId, nonce, submitter: ZERO_ADDRESS, forecast: 0n, evidence };
  const calls = [made.call];
  const proposal: Proposal = { ...fixed, deadline, maxLoss, calls, conditions: conditionsOf(trade, treasury) };
  const callProofs = [made.callProof];
  const { refusal, riskClass: least } = await ports.classify(calls, callProofs, view.block);
  if (refusal !== "None") return refusal;
  if (least > ELEVATED) return "needs-co-signer";
  const [riskClass, hash, block] = [ELEVATED, ports.hashProposal(proposal), view.block];
  memory.pending = { hash, riskClass, block, deadline };
  memory.restsUntil = addSeconds(view.time, config.rest);
  const proposed = { hash, riskClass, proposal, callProofs, why: reasonOf(trade, ports.symbolOf), block, seenAtMs };
  ports.publishProposal(proposed);
  ports.emit({ kind: "slowProposal", agent, proposed });
  const signature = ports.sign(ports.hashBallot(hash, riskClass, FOR));
  const ballot = { hash, signer, support: FOR, signature, reason: "", detail: "" };
  ports.publishBallot(ballot);
  ports.emit({ kind: "ballot", agent, ballot, tookMs: 0 });
  return undefined;
};

/** Tells a person why answers come to nothing, once for each reason in a row. */
const tell = ({ ports, memory, config }: Outsider, why: string | undefined, detail: string): void => {
  if (why === memory.told) return;
  memory.told = why;
  if (why === undefined) return;
  const what = `nothing comes of the mind's answer: ${why}${detail === "" ? "" : ` (${detail})`}`;
  ports.emit({ kind: "trouble", agent: config.name, what });
};

const whyOf = (decision: OutsideDecision): string | undefined => {
  if (decision.kind === "trade") return undefined;
  return decision.kind === "rest" ? "mind-rests" : decision.why;
};

/** Judges an answer on what the mind was asked about, keeps both, and proposes what is left of it. */
const judge = async (outsider: Outsider, asked: Asked, { answer, tookMs }: Arrived): Promise<void> => {
  const { ports, config } = outsider;
  const { seen, view } = asked;
  const decision = decide(seen, answer, config.policy);
  let why = whyOf(decision);
  if (answer.kind === "answered" && decision.kind !== "rest") {
    const record = entryOf({ seen, answer, policy: config.policy }, decision);
    const evidence = ports.hashText(record);
    ports.keepDecision(evidence, record);
    if (decision.kind === "trade") why = await propose(outsider, decision.trade, { ...asked, evidence });
  }
  const opportunities = decision.kind === "trade" ? 1 : 0;
  ports.emit({ kind: "decision", agent: config.name, block: view.block, why, opportunities, tookMs });
  tell(outsider, decision.kind === "rest" ? undefined : why, decision.kind === "refused" ? decision.detail : "");
};

const isDue = ({ lookedAt }: OutsideMemory, { everyBlocks }: OutsideConfig, block: BlockNumber): boolean =>
  lookedAt === undefined || block >= lookedAt + everyBlocks;

/**
 * One round: take the answer that is there, then ask about a new snapshot if it is time. No round waits for the mind, one question
 * is open at a time, and none while a proposal of ours is under way.
 */
export const tick = async (outsider: Outsider): Promise<void> => {
  const { ports, memory, config } = outsider;
  const head = ports.head();
  if (head === undefined) return;
  const arrived = ports.takeAnswer();
  const { asked } = memory;
  if (arrived !== undefined && asked !== undefined) {
    memory.asked = undefined;
    await judge(outsider, asked, arrived);
  }
  if (memory.asked !== undefined || !isDue(memory, config, head.block)) return;
  memory.lookedAt = head.block;
  const { view, pools } = await ports.readSnapshot(head.block);
  const isResting = memory.restsUntil !== undefined && view.time < memory.restsUntil;
  if ((await isUnderWay(outsider, view)) || isResting) return;
  const seen = seenOf(view, pools);
  memory.asked = { view, seen, seenAtMs: head.seenAtMs };
  ports.ask(questionOf(seen, config.policy, ports.symbolOf));
};
