import type { ArbitrageConfig, ArbitragePorts } from "../agents/arbitrage/ports.ts";
import { decisionRecord } from "../agents/arbitrage/entry.ts";
import { huntInput } from "../agents/arbitrage/recorded.ts";
import { emptyArbitrageMemory, tick as hunt } from "../agents/arbitrage/tick.ts";
import type { RebalanceConfig, RebalancePorts } from "../agents/rebalance/ports.ts";
import { rebalanceInput, rebalanceRecord } from "../agents/rebalance/recorded.ts";
import { emptyRebalanceMemory, tick as rebalance } from "../agents/rebalance/tick.ts";
import type { RiskConfig, RiskPorts } from "../agents/risk/ports.ts";
import { reviewInput } from "../agents/risk/recorded.ts";
import { emptyRiskMemory } from "../agents/risk/memory.ts";
import { tick as review } from "../agents/risk/tick.ts";
import { ELEVATED } from "../core/ballot.ts";
import type { GasTerms } from "../core/gasPrice.ts";
import { poolCallsOf } from "../core/protocols/all.ts";
import { ROUTINE } from "../core/proposal.ts";
import type { SignerRecord } from "../core/signerRecord.ts";
import type { Seconds } from "../core/units.ts";
import { dryRun } from "./attempt.ts";
import { type Stage, type SimulatedAgent, unsigned } from "./stage.ts";

/** What the operators of a fleet told it. Without `rebalance` nobody rebalances. */
export type FleetPolicy = {
  readonly arbitrage: { readonly policy: ArbitrageConfig["policy"]; readonly gasTerms: GasTerms };
  readonly risk: Pick<RiskConfig, "policy" | "ballots">;
  readonly rebalance?: Pick<RebalanceConfig, "policy" | "everyBlocks"> & { readonly cooldown: Seconds };
};

type Member = { readonly name: string; readonly seat: SignerRecord };

const headOf = ({ world }: Stage) => ({ block: world.block, baseFee: world.baseFee, seenAtMs: 0 });

/** An arbitrage searcher on its live round. */
export const simulatedSearcher = (
  stage: Stage,
  { name, seat }: Member,
  own: FleetPolicy["arbitrage"],
): SimulatedAgent => {
  const { plan, mandate } = stage.world;
  const { agentId, signer } = seat;
  const ports: ArbitragePorts = {
    head: () => headOf(stage),
    readSnapshot: () => Promise.resolve({ view: stage.viewFor(agentId), pools: stage.pools() }),
    hashProposal: stage.hashProposal,
    hashText: stage.hashText,
    sign: () => unsigned(signer),
    publishProposal: (message) => stage.publish(name, message),
    publishVote: stage.vote,
    keepDecision: () => undefined,
    note: (snapshot, decision) =>
      stage.record({
        kind: "hunt",
        agent: name,
        input: huntInput(snapshot, own.policy),
        decision: decisionRecord(decision),
      }),
    nowMs: () => 0,
    emit: stage.emit,
  };
  const deployment = {
    treasury: plan.environment.treasury,
    base: plan.base,
    native: plan.native,
    venues: mandate.venues,
    // Strangers' orders of a recording are in their block at once: there is nothing pending to look at.
    foresight: "off",
  } as const;
  const agent = { ports, memory: emptyArbitrageMemory(), config: { name, agentId, signer, ...deployment, ...own } };
  return { name, round: () => hunt(agent) };
};

/** A risk manager on its live round; its dry runs are made on the simulated pools. */
export const simulatedReviewer = (stage: Stage, { name, seat }: Member, own: FleetPolicy["risk"]): SimulatedAgent => {
  const { agentId, signer } = seat;
  const { environment } = stage.world.plan;
  const { take, takeSlow } = stage.openInbox();
  const config: RiskConfig = { name, signer, keccak: stage.keccak, environment, ...own };
  const ports: RiskPorts = {
    head: () => headOf(stage),
    readSnapshot: () => Promise.resolve(stage.viewFor(agentId)),
    readTally: (hash) => Promise.resolve({ tally: stage.tallyOf(hash), policy: stage.world.plan.elevated }),
    simulate: ({ proposal, riskClass }) =>
      Promise.resolve(dryRun(stage.world, proposal, riskClass === ROUTINE ? ROUTINE : ELEVATED)),
    hashProposal: stage.hashProposal,
    hashBallot: stage.hashBallot,
    sign: () => unsigned(signer),
    proposals: { take },
    slowProposals: { take: takeSlow },
    publishBallot: stage.ballot,
    publishVote: stage.vote,
    publishRefusal: () => undefined,
    note: (reviewed) =>
      stage.record({
        kind: reviewed.kind,
        agent: name,
        input: reviewInput(reviewed, config),
        decision: reviewed.verdict,
      }),
    nowMs: () => 0,
    emit: stage.emit,
  };
  const agent = { ports, memory: emptyRiskMemory(), config };
  return { name, round: () => review(agent) };
};

const rebalancePorts = (
  stage: Stage,
  { name, seat }: Member,
  own: NonNullable<FleetPolicy["rebalance"]>,
): RebalancePorts => {
  const { plan, mandate } = stage.world;
  return {
    head: () => headOf(stage),
    readSnapshot: () => Promise.resolve({ view: stage.viewFor(seat.agentId), pools: stage.pools() }),
    readTally: ({ hash }) => Promise.resolve({ tally: stage.tallyOf(hash), policy: plan.elevated }),
    classify: () => Promise.resolve({ refusal: "None", riskClass: ROUTINE }),
    callOf: ({ pool, tokenIn, tokenOut, amountIn, minOut, deadline }) => {
      const router = mandate.venues.routerOf(pool.address);
      if (router === undefined) return undefined;
      const [{ kind, feePips }, recipient] = [pool, plan.environment.treasury];
      const swap = { router, tokenIn, tokenOut, amountIn, minOut, recipient, feePips, deadline };
      const call = poolCallsOf(kind).encode(swap);
      const callProof = mandate.venues.callProofOf(call);
      return callProof === undefined ? undefined : { call, callProof };
    },
    hashProposal: stage.hashProposal,
    hashBallot: stage.hashBallot,
    hashText: stage.hashText,
    sign: () => unsigned(seat.signer),
    publishProposal: (message) => stage.publishSlow(name, message),
    ballots: stage.openBallots(),
    publishBallot: stage.ballot,
    keepDecision: () => undefined,
    note: (seen, decision) =>
      stage.record({
        kind: "rebalance",
        agent: name,
        input: rebalanceInput(seen, own.policy),
        decision: rebalanceRecord(decision),
      }),
    symbolOf: (token) => plan.tokens.find(({ address }) => address === token)?.symbol ?? token,
    emit: stage.emit,
  };
};

/** A rebalancer on its live round. */
export const simulatedRebalancer = (
  stage: Stage,
  member: Member,
  own: NonNullable<FleetPolicy["rebalance"]>,
): SimulatedAgent => {
  const { agentId, signer } = member.seat;
  const { treasury } = stage.world.plan.environment;
  const config: RebalanceConfig = { name: member.name, agentId, signer, treasury, ...own };
  const agent = { ports: rebalancePorts(stage, member, own), memory: emptyRebalanceMemory(), config };
  return { name: member.name, round: () => rebalance(agent) };
};

/**
 * The fleet of a plan's seats: the first proposes arbitrage, the others review, and the last of them rebalances too. Who proposes
 * has his round before who reviews, so that a proposal is reviewed in its own block.
 * @throws RangeError where there are fewer than two seats
 */
export const simulatedFleet = (stage: Stage, policy: FleetPolicy): readonly SimulatedAgent[] => {
  const [first, ...others] = stage.world.seats;
  const last = others.at(-1);
  if (first === undefined || last === undefined) throw new RangeError("a fleet needs a proposer and a reviewer");
  const searcher = simulatedSearcher(stage, { name: "searcher", seat: first }, policy.arbitrage);
  const reviewers = others.map((seat, index) =>
    simulatedReviewer(stage, { name: `risk-${index + 1}`, seat }, policy.risk),
  );
  const { rebalance: own } = policy;
  const rebalancer = own === undefined ? [] : [simulatedRebalancer(stage, { name: "rebalancer", seat: last }, own)];
  return [searcher, ...rebalancer, ...reviewers];
};
