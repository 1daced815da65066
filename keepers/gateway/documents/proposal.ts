import { describeCall } from "../../adapters/readers/daoCalls.ts";
import type { Classified, Simulated } from "../../adapters/readers/explain.ts";
import { namingOf } from "../../adapters/readers/explain.ts";
import { nameOf } from "../../../deployments/lookup.ts";
import { type Condition, type Proposal, type TokenChange, CONDITION_KIND } from "../../core/proposal.ts";
import { printable } from "../../core/printable.ts";
import { callWords } from "../../views/calls.ts";
import { type Tally, conditionWords } from "../../views/slowStatus.ts";
import { refusalWords } from "../../views/refusals.ts";
import type { Story } from "../../views/stories.ts";
import type { SlowStory } from "../../views/slowStories.ts";
import type { ChainDaoProposal, ChainProposal } from "../reading/readings.ts";
import type { ProposalDocument, ProposalSummary } from "../schema/proposals.ts";
import { asOfView, tokenAmount, untrusted, usd } from "./amounts.ts";
import { claimText } from "./fastProposals.ts";
import { daoText } from "./slowProposals.ts";
import type { GatewayState } from "./state.ts";

/** A proposal on the slow path: what the fleet tells of it, what the chain has of it, and what was computed about it now. */
export type SlowKnown = {
  readonly story: SlowStory | undefined;
  readonly chain: ChainProposal | undefined;
  readonly classified: Classified | undefined;
  readonly simulated: Simulated | undefined;
  /** What could hurt whoever votes for it, while it is open. */
  readonly dangers: readonly string[];
};

/** What is known of one proposal: who tells it, and what was computed about it now. */
export type KnownProposal =
  | { readonly kind: "fast"; readonly story: Story }
  | ({ readonly kind: "slow" } & SlowKnown)
  | { readonly kind: "dao"; readonly chain: ChainDaoProposal };

type Detail = Omit<ProposalDocument, keyof ProposalSummary | "asOf">;

/** What a condition guarantees about the treasury's own balance of a token; undefined for what it says of others. */
const guaranteeOf = (condition: Condition, { names, book }: GatewayState) => {
  const { kind, subject, holder, amount } = condition;
  if (nameOf(book, holder) !== "Treasury") return undefined;
  const { symbol } = tokenAmount(subject, amount, names);
  const words = conditionWords(condition, namingOf({ book }));
  const isAboutChange =
    kind === CONDITION_KIND.balanceIncreasesAtLeast || kind === CONDITION_KIND.balanceDecreasesAtMost;
  const isAboutBalance = kind === CONDITION_KIND.balanceAtLeast || kind === CONDITION_KIND.balanceAtMost;
  return isAboutChange || isAboutBalance ? { token: subject, symbol, words } : undefined;
};

/** Token by token: what the treasury holds, what changed or will, and what is guaranteed. */
const changesOf = (
  conditions: readonly Condition[],
  changed: readonly TokenChange[],
  state: GatewayState,
): Detail["changes"] => {
  const guarantees = conditions.map((one) => guaranteeOf(one, state)).filter((one) => one !== undefined);
  const tokens = [...new Set([...guarantees.map(({ token }) => token), ...changed.map(({ token }) => token)])];
  return tokens.map((token) => {
    const held = state.view.tokens.find((one) => one.token === token);
    const by = changed.find((one) => one.token === token);
    const words = guarantees.filter((one) => one.token === token).map((one) => one.words);
    return {
      symbol: state.names.token(token)?.symbol ?? token,
      before: held === undefined ? null : tokenAmount(token, held.balance, state.names),
      expected: by === undefined ? null : tokenAmount(token, by.change, state.names),
      guaranteed: words.length === 0 ? null : words.join("; "),
    };
  });
};

/** What the bytes of an agents' proposal say. */
const contentPart = (content: Proposal, changed: readonly TokenChange[], state: GatewayState) => ({
  calls: content.calls.map((call) => ({
    words: callWords(call, state.names),
    target: call.target,
    targetName: nameOf(state.book, call.target) ?? null,
    data: call.data,
  })),
  conditions: content.conditions.map((condition) => conditionWords(condition, namingOf(state))),
  changes: changesOf(content.conditions, changed, state),
  maxLoss: usd(content.maxLoss),
  forecast: usd(content.forecast),
});

const rawPart = (digest: string, content: Proposal): Detail["raw"] => ({
  digest,
  agentId: content.agentId.toString(),
  nonce: content.nonce.toString(),
  deadline: content.deadline.toString(),
  maxLoss: content.maxLoss.toString(),
  forecast: content.forecast.toString(),
  conditions: content.conditions.map(({ amount, ...rest }) => ({ ...rest, amount: amount.toString() })),
  submitter: content.submitter,
  evidence: content.evidence,
});

const NOTHING: Detail = {
  untrustedText: null,
  calls: [],
  conditions: [],
  changes: [],
  maxLoss: null,
  forecast: null,
  classReasons: [],
  dangers: [],
  simulation: null,
  ballot: null,
  raw: null,
  governed: null,
  notes: [],
};

const fastPart = (story: Story, state: GatewayState): Detail => {
  const { message, result } = story;
  const changed = result?.result.kind === "enacted" ? result.result.changes : [];
  return {
    ...NOTHING,
    ...contentPart(message.proposal, changed, state),
    untrustedText: claimText(story, state.names),
    raw: rawPart(message.hash, message.proposal),
  };
};

const countText = (count: bigint | undefined): number | null => (count === undefined ? null : Number(count));

/** The votes, which the fleet tells sooner than they are read again. */
const ballotPart = ({ status }: ChainProposal, story: SlowStory | undefined): NonNullable<Detail["ballot"]> => {
  const { policy, shortfall } = status;
  const tally: Partial<Tally> = status.tally ?? {};
  const { weightFor = 0n, weightAgainst = 0n } = story?.status ?? tally;
  return {
    weightFor: weightFor.toString(),
    weightAgainst: weightAgainst.toString(),
    threshold: policy.threshold.toString(),
    voters: countText(tally.votersFor),
    minVoters: policy.minVoters,
    operators: countText(tally.operatorsFor),
    minOperators: policy.minOperators,
    shortfall: shortfall === "None" ? null : refusalWords(shortfall),
  };
};

const simulationPart = (simulated: Simulated | undefined): Detail["simulation"] =>
  // A contract that reverts chooses these words.
  simulated === undefined ? null : { isOk: simulated.isOk, words: untrusted(simulated.words) ?? "" };

const UNREAD = "Its calls are not in the input of the transaction that proposed it: ask its proposer for them.";

/** What is proposed, by its bytes: as the fleet heard it, else from the transaction that put it on the chain. */
export const contentOf = ({ story, chain }: Pick<SlowKnown, "story" | "chain">): Proposal | undefined =>
  story?.proposed.proposal ?? chain?.content;

const slowPart = (known: SlowKnown, digest: string, state: GatewayState): Detail => {
  const { story, chain, classified, simulated } = known;
  const content = contentOf(known);
  const told: Detail = {
    ...NOTHING,
    untrustedText: untrusted(story?.proposed.why),
    classReasons: [...(classified?.why ?? [])],
    dangers: known.dangers.map(printable),
    simulation: simulationPart(simulated),
    // The chain forgets the votes of what was executed.
    ballot: chain === undefined || chain.status.tally === undefined ? null : ballotPart(chain, story),
  };
  if (content === undefined) return { ...told, notes: [UNREAD] };
  return { ...told, ...contentPart(content, story?.end?.changes ?? [], state), raw: rawPart(digest, content) };
};

const daoPart = (chain: ChainDaoProposal, { book }: GatewayState): Detail => ({
  ...NOTHING,
  untrustedText: untrusted(daoText(chain)),
  calls: chain.proposal.calls.map((call) => ({
    words: describeCall(book, call).map(printable).join("\n"),
    target: call.target,
    targetName: nameOf(book, call.target) ?? null,
    data: call.data,
  })),
  ballot: {
    weightFor: chain.status.inFavour.toString(),
    weightAgainst: chain.status.against.toString(),
    threshold: (chain.status.quorum ?? 0n).toString(),
    voters: null,
    minVoters: null,
    operators: null,
    minOperators: null,
    shortfall: null,
  },
  governed: {
    values: chain.proposal.calls.map(({ value }) => value.toString()),
    untrustedDescription: chain.proposal.description,
  },
});

/** One proposal with all that is known of it. */
export const proposalDocument = (
  state: GatewayState,
  summary: ProposalSummary,
  known: KnownProposal,
): ProposalDocument => {
  const detail =
    known.kind === "fast"
      ? fastPart(known.story, state)
      : known.kind === "slow"
        ? slowPart(known, summary.id, state)
        : daoPart(known.chain, state);
  return { ...summary, asOf: asOfView(state.view), ...detail };
};
