import { decide as chooseToSend } from "../agents/execution/decide.ts";
import { type StewardStep, decide as stewardStep } from "../agents/steward/decide.ts";
import { ELEVATED, FOR, type Support, type TallyView } from "../core/ballot.ts";
import { type Proposal, ROUTINE, type RiskClass, ZERO_ADDRESS } from "../core/proposal.ts";
import type { Address } from "../core/units.ts";
import { type MadeSwap, attempt, commit } from "./attempt.ts";
import type { Stage, CollectedBallots, CollectedVotes } from "./stage.ts";
import { spendNonce, viewOf } from "./world.ts";

/** What became of a proposal that was sent. Amounts in the tokens' units, gas in wei, `expected` in base tokens. */
export type SentOutcome = {
  readonly hash: string;
  readonly nonce: bigint;
  readonly agent: string;
  readonly strategy: "arbitrage" | "rebalance";
  readonly kind: "enacted" | "reverted";
  readonly why: string | undefined;
  readonly decidedAt: bigint;
  readonly block: bigint;
  readonly time: bigint;
  readonly swaps: readonly MadeSwap[];
  readonly changes: ReadonlyMap<Address, bigint>;
  readonly expected: bigint | undefined;
  readonly gasPaid: bigint;
};

/** Takes what was voted for to the chain, a number of blocks after it was decided. */
export type Sender = {
  /** Lets what was sent earlier take effect, once strangers have traded. */
  readonly settle: () => readonly SentOutcome[];
  /** Chooses what to send of what has its votes now. */
  readonly choose: () => void;
};

export type SendingTerms = {
  readonly latencyBlocks: bigint;
  readonly maxAgeBlocks: bigint;
  /** In wei per gas, for a base fee. */
  readonly gasPrice: (baseFee: bigint) => bigint;
  /** Blocks that voters on the slow path have before what is not carried goes to the chain all the same. */
  readonly collectionBlocks: bigint;
};

type Sent = { readonly at: bigint; readonly votes: CollectedVotes };
type Step = { readonly at: bigint; readonly slow: CollectedBallots; readonly step: StewardStep };

const FOREVER = 1n << 62n;

const outcomeOf = (
  stage: Stage,
  sent: Pick<SentOutcome, "hash" | "nonce" | "agent" | "strategy" | "decidedAt" | "expected"> & {
    readonly proposal: Proposal;
    readonly riskClass: RiskClass;
    readonly gasPrice: bigint;
  },
): SentOutcome => {
  const { world } = stage;
  const { proposal, riskClass, gasPrice, ...named } = sent;
  const made = attempt(world, proposal, { riskClass, isWhole: true });
  const shared = { ...named, block: world.block, time: world.time, gasPaid: made.gasUsed * gasPrice };
  if (made.kind === "reverted") return { ...shared, kind: "reverted", why: made.why, swaps: [], changes: new Map() };
  commit(world, proposal, made);
  return { ...shared, kind: "enacted", why: undefined, swaps: made.swaps, changes: made.changes };
};

/** Enacts what was sent on the fast path, if it still can be. */
const settleFast = (stage: Stage, { votes }: Sent, gasPrice: bigint): SentOutcome => {
  const { message, agent } = votes;
  const { proposal, hash, block, expectedProfit } = message;
  const { nonce } = proposal;
  const named = {
    hash,
    nonce,
    agent,
    strategy: "arbitrage",
    decidedAt: block,
    expected: expectedProfit.amount,
  } as const;
  const [again] = chooseToSend([votes], viewOf(stage.world, proposal.agentId), {
    sender: ZERO_ADDRESS,
    maxAgeBlocks: FOREVER,
  });
  if (again?.kind !== "enact") {
    const { overhead } = stage.world.plan.gas;
    const { block: at, time } = stage.world;
    const why = again?.why ?? "NoVotes";
    const lost = { why, block: at, time, swaps: [], changes: new Map(), gasPaid: overhead * gasPrice };
    return { ...named, ...lost, kind: "reverted" };
  }
  const outcome = outcomeOf(stage, { ...named, proposal, riskClass: ROUTINE, gasPrice });
  // A revert leaves the nonce as it was, so that another proposal can have it.
  if (outcome.kind === "enacted") spendNonce(stage.world, proposal.agentId, proposal.nonce);
  return outcome;
};

/** Adds the votes of one kind that the tally does not have yet. */
const withVotes = ({ world }: Stage, { ballots, tally }: CollectedBallots, support: Support): TallyView => {
  const voters = world.seats.filter(
    ({ signer, votingSeat }) =>
      ballots.get(signer)?.support === support && ((tally.seats >> BigInt(votingSeat)) & 1n) === 0n,
  );
  const weight = voters.reduce((sum, seat) => sum + seat.weight, 0n);
  const seats = voters.reduce((all, { votingSeat }) => all | (1n << BigInt(votingSeat)), tally.seats);
  if (support !== FOR) return { ...tally, seats, weightAgainst: tally.weightAgainst + weight };
  return {
    ...tally,
    seats,
    weightFor: tally.weightFor + weight,
    votersFor: tally.votersFor + BigInt(voters.length),
    operatorsFor: tally.operatorsFor + BigInt(new Set(voters.map(({ operatorId }) => operatorId)).size),
  };
};

/** A carried proposal waits for the class's delay; one that is not yet carried waits for votes until its deadline. */
const proposed = (stage: Stage, slow: CollectedBallots): TallyView => {
  const { world } = stage;
  const { threshold, delay } = world.plan.elevated;
  const { proposal } = slow.message;
  spendNonce(world, proposal.agentId, proposal.nonce);
  const tally = withVotes(stage, slow, FOR);
  const since = world.time;
  return tally.weightFor >= threshold
    ? { ...tally, state: "Queued", since, votesUntil: since + delay - 1n }
    : { ...tally, state: "Voting", since, votesUntil: proposal.deadline };
};

/** Carries out one step of the slow path. @returns an outcome where it was the execution */
const settleStep = (stage: Stage, { slow, step }: Step, gasPrice: bigint): SentOutcome | undefined => {
  const { message, agent } = slow;
  const { world } = stage;
  if (step.kind === "propose") slow.tally = proposed(stage, slow);
  if (step.kind === "cast") slow.tally = withVotes(stage, slow, step.support);
  if (step.kind === "queue") {
    const votesUntil = world.time + world.plan.elevated.delay - 1n;
    slow.tally = { ...slow.tally, state: "Queued", votesUntil };
  }
  if (step.kind !== "execute") return undefined;
  const { hash, proposal, block: decidedAt } = message;
  const { nonce } = proposal;
  const named = { hash, nonce, agent, strategy: "rebalance", decidedAt, expected: undefined } as const;
  const outcome = outcomeOf(stage, { ...named, proposal, riskClass: ELEVATED, gasPrice });
  // A revert leaves the tally as it is, and the steward tries again until the deadline.
  if (outcome.kind === "enacted") slow.tally = { ...slow.tally, state: "Executed" };
  return outcome;
};

/** What is under way: one transaction of the fast path, and steps of the slow one. */
type UnderWay = { fast: Sent | undefined; steps: readonly Step[] };

const settleDue = (stage: Stage, underWay: UnderWay, gasPrice: bigint): readonly SentOutcome[] => {
  const { block } = stage.world;
  const outcomes: (SentOutcome | undefined)[] = [];
  const { fast } = underWay;
  if (fast !== undefined && block >= fast.at) {
    underWay.fast = undefined;
    stage.candidates.clear();
    outcomes.push(settleFast(stage, fast, gasPrice));
  }
  const due = underWay.steps.filter(({ at }) => block >= at);
  underWay.steps = underWay.steps.filter(({ at }) => block < at);
  for (const step of due) outcomes.push(settleStep(stage, step, gasPrice));
  return outcomes.filter((outcome) => outcome !== undefined);
};

const chooseFast = (stage: Stage, underWay: UnderWay, terms: SendingTerms): void => {
  const { world, candidates } = stage;
  const [first] = world.seats;
  if (underWay.fast !== undefined || first === undefined || candidates.size === 0) return;
  const policy = { sender: ZERO_ADDRESS, maxAgeBlocks: terms.maxAgeBlocks };
  const decisions = chooseToSend([...candidates.values()], stage.viewFor(first.agentId), policy);
  const dropped = new Set(decisions.filter(({ kind }) => kind === "drop").map(({ candidate }) => candidate.message));
  for (const [key, { message }] of candidates) if (dropped.has(message)) candidates.delete(key);
  const best = decisions.find(({ kind }) => kind === "enact")?.candidate.message;
  const votes = [...candidates.values()].find(({ message }) => message === best);
  if (votes !== undefined) underWay.fast = { at: world.block + terms.latencyBlocks, votes };
};

/** What reverts in the steward's own dry run is not sent. */
const isVain = ({ world }: Stage, { message }: CollectedBallots, step: StewardStep): boolean =>
  step.kind === "execute" &&
  attempt(world, message.proposal, { riskClass: ELEVATED, isWhole: true }).kind === "reverted";

const chooseSlow = (stage: Stage, underWay: UnderWay, terms: SendingTerms): void => {
  const { world } = stage;
  const at = world.block + terms.latencyBlocks;
  for (const slow of stage.slow.values()) {
    if (slow.isClosed || underWay.steps.some((step) => step.slow === slow)) continue;
    const view = stage.viewFor(slow.message.proposal.agentId);
    const facts = { view, tally: slow.tally, policy: world.plan.elevated };
    const step = stewardStep(slow, facts, terms.collectionBlocks);
    slow.isClosed = step.kind === "close";
    if (step.kind === "close" || step.kind === "wait" || isVain(stage, slow, step)) continue;
    underWay.steps = [...underWay.steps, { at, slow, step }];
  }
};

/** Opens the way to the simulated chain: one transaction of the fast path at a time, as the execution engine sends them. */
export const openSender = (stage: Stage, terms: SendingTerms): Sender => {
  const underWay: UnderWay = { fast: undefined, steps: [] };
  return {
    settle: () => settleDue(stage, underWay, terms.gasPrice(stage.world.baseFee)),
    choose: () => {
      chooseFast(stage, underWay, terms);
      chooseSlow(stage, underWay, terms);
    },
  };
};
