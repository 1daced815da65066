import { addressOf } from "../../../deployments/lookup.ts";
import { Consensus__factory, Reputation__factory } from "../../../types/index.ts";
import type { StrategyStep } from "../../quant/analytics/effects.ts";
import { type LogSource, type LogSpan, readSpan } from "./logs.ts";

/**
 * What Reputation has on an agent's record, in US dollars with 18 decimals. `transactions`: those in which it was recorded, each
 * with the result.
 */
export type Recorded = {
  readonly agent: string;
  readonly count: bigint;
  readonly result: bigint;
  readonly fee: bigint;
  readonly transaction: string;
};

/** The results of proposals that were recorded in a span of blocks, oldest first. */
export const readRecorded = async (source: LogSource, span: LogSpan): Promise<readonly Recorded[]> => {
  const reputation = Reputation__factory.connect(addressOf(source.book, "Reputation"), source.provider);
  const events = await readSpan({ ...span, warn: source.warn }, ({ from, to }) =>
    reputation.queryFilter(reputation.filters.PerformanceRecorded(), from, to),
  );
  return events.map(({ args: { agentId, report }, transactionHash: transaction }) => ({
    agent: agentId.toString(),
    count: report.count,
    result: report.result,
    fee: report.fee,
    transaction,
  }));
};

const FOR = 1n;

/**
 * What the chain says of the slow path: proposals, votes, vetoes. What the fast path did not carry out never reaches the chain.
 * @param strategyOf the strategy of a proposal that was carried out, by its hash; undefined for another one
 */
export const readSlowSteps = async (
  source: LogSource,
  span: LogSpan,
  strategyOf: (hash: string) => string | undefined,
): Promise<readonly StrategyStep[]> => {
  const consensus = Consensus__factory.connect(addressOf(source.book, "Consensus"), source.provider);
  const read = <T>(query: (from: number, to: number) => Promise<readonly T[]>) =>
    readSpan({ ...span, warn: source.warn }, ({ from, to }) => query(from, to));
  const [proposed, votes, vetoes, head] = await Promise.all([
    read((from, to) => consensus.queryFilter(consensus.filters.Proposed(), from, to)),
    read((from, to) => consensus.queryFilter(consensus.filters.VotesCast(), from, to)),
    read((from, to) => consensus.queryFilter(consensus.filters.ProposalVetoed(), from, to)),
    source.provider.getBlock(span.to),
  ]);
  const now = BigInt(head?.timestamp ?? 0);
  const vetoed = new Set(vetoes.map(({ args }) => args.proposalHash));
  const named = (hash: string): string => strategyOf(hash) ?? "not carried out";
  const missed = proposed.flatMap(({ args: { proposalHash, deadline } }): readonly StrategyStep[] => {
    if (strategyOf(proposalHash) !== undefined) return [];
    const why = vetoed.has(proposalHash) ? "vetoed" : deadline < now ? "expired" : undefined;
    return why === undefined ? [] : [{ strategy: named(proposalHash), kind: "missed", why }];
  });
  return [
    ...proposed.map(({ args }): StrategyStep => ({ strategy: named(args.proposalHash), kind: "proposed" })),
    ...votes
      .filter(({ args }) => args.support <= FOR)
      .map(({ args }): StrategyStep => {
        const { proposalHash, support } = args;
        return { strategy: named(proposalHash), kind: "voted", isFor: support === FOR };
      }),
    ...missed,
  ];
};
