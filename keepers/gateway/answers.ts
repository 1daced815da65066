import type { LogSource } from "../adapters/readers/logs.ts";
import { readHolder } from "../adapters/readers/holder.ts";
import { readDangers } from "../adapters/readers/dangers.ts";
import { classify, simulate } from "../adapters/readers/explain.ts";
import { analyticsDocument } from "./documents/analytics.ts";
import { alertsDocument } from "./documents/alerts.ts";
import { classAt } from "../adapters/readers/slowProposals.ts";
import { agentsDocument, opportunitiesDocument } from "./documents/fleet.ts";
import { marketsDocument } from "./documents/markets.ts";
import { paymentsDocument, portfolioDocument, pricesDocument } from "./documents/money.ts";
import { holderDocument } from "./documents/holder.ts";
import { pageOf, placeOf } from "./documents/page.ts";
import { type KnownProposal, type SlowKnown, contentOf, proposalDocument } from "./documents/proposal.ts";
import { type ChainProposals, allProposals } from "./documents/proposals.ts";
import { daoId } from "./documents/slowProposals.ts";
import type { GatewayState } from "./documents/state.ts";
import { type ProcessFacts, headDocument, metaDocument, overviewDocument, systemDocument } from "./documents/whole.ts";
import { asOfView } from "./documents/amounts.ts";
import type { HolderDocument } from "./schema/holders.ts";
import type { ProposalDocument, ProposalSummary, ProposalsDocument } from "./schema/proposals.ts";
import type { Documents, PageQuery } from "./schema/routes.ts";
import type { Proposal } from "../core/proposal.ts";
import type { SlowProposalStatus } from "../views/slowStatus.ts";
import type { Station } from "./station.ts";

/** Every document by its name, except the list of proposals, which takes a query. */
export type Answers = {
  readonly document: <Name extends Exclude<keyof Documents, "proposals">>(name: Name) => Promise<Documents[Name]>;
  /** @throws BadCursor for a cursor that is none */
  readonly proposals: (query: PageQuery) => Promise<ProposalsDocument>;
  /** Undefined for an id that nobody knows. */
  readonly proposal: (id: string) => Promise<ProposalDocument | undefined>;
  /** What an account holds now. @throws RetryableError when the chain does not answer */
  readonly holder: (account: string) => Promise<HolderDocument>;
};

/** A cursor that this gateway did not make. */
export class BadCursor extends Error {
  override readonly name = "BadCursor";
}

export type AnswersOptions = {
  readonly station: Station;
  readonly provider: LogSource["provider"];
  readonly version: string;
  readonly facts: () => Omit<ProcessFacts, "version" | "headAgeMs" | "trouble">;
};

/** What was read of the chain's proposals so far, and what keeps the rest from being known. */
const chainProposals = async ({
  readings,
}: Station): Promise<ChainProposals & { readonly notes: readonly string[] }> => {
  const [slow, dao] = await Promise.allSettled([readings.slow.get(), readings.dao.get()]);
  const notes = [slow, dao].flatMap((one) =>
    one.status === "rejected" ? ["Some proposals could not be read of the chain: try again."] : [],
  );
  return {
    slow: slow.status === "fulfilled" ? slow.value.value : [],
    dao: dao.status === "fulfilled" ? dao.value.value : [],
    notes: notes.slice(0, 1),
  };
};

/** What was already read; the first answer does not wait for what takes long, and the next one has it. */
const peeked = ({ readings }: Station): ChainProposals => {
  for (const reading of [readings.slow, readings.dao]) reading.get().catch(() => undefined);
  return { slow: readings.slow.peek()?.value ?? [], dao: readings.dao.peek()?.value ?? [] };
};

const overview = async (station: Station): Promise<Documents["overview"]> => {
  const { readings } = station;
  const state = await station.state();
  for (const reading of [readings.worstCases, readings.agents, readings.feeds]) {
    (reading.get() satisfies Promise<unknown>).catch(() => undefined);
  }
  return overviewDocument(state, {
    proposals: allProposals(state, peeked(station)),
    worstCases: readings.worstCases.peek()?.value,
    registered: readings.agents.peek()?.value,
    feeds: readings.feeds.peek()?.value,
  });
};

const portfolio = async (station: Station): Promise<Documents["portfolio"]> => {
  const { readings } = station;
  const [shares, worst] = await Promise.all([readings.shares.get(), readings.worstCases.get()]);
  return portfolioDocument(await station.state(), { shares: shares.value, worstCases: worst.value });
};

type Where = { readonly state: GatewayState; readonly chain: ChainProposals; readonly source: LogSource };

const isOpenOnChain = (status: SlowProposalStatus | undefined): boolean =>
  status === undefined || status.state === "Voting" || status.state === "Queued";

/** What the chain makes of an open proposal now, as far as it tells. */
const judge = async (
  source: LogSource,
  content: Proposal,
  { story, chain }: Pick<SlowKnown, "story" | "chain">,
): Promise<Pick<SlowKnown, "classified" | "simulated" | "dangers">> => {
  const status = chain?.status;
  const [classified, simulated] = await Promise.all([
    classify(source, content).catch(() => undefined),
    status === undefined ? undefined : simulate(source, content, status).catch(() => undefined),
  ]);
  const named = status?.riskClass ?? classAt(BigInt(story?.proposed.riskClass ?? 0));
  const dangers = await readDangers(source, content, { named, isOpen: true, classified });
  return { classified, simulated, dangers };
};

/** For an open one, its class and a simulation are computed now; the chain may not tell either. */
const findSlow = async (
  isIt: (id: string) => boolean,
  { state, chain, source }: Where,
): Promise<KnownProposal | undefined> => {
  const story = state.display.slow.stories.find(({ proposed }) => isIt(proposed.hash));
  const read = chain.slow.find(({ proposed }) => isIt(proposed.hash));
  const [content, status] = [contentOf({ story, chain: read }), read?.status];
  if (story === undefined && read === undefined) return undefined;
  // One that only its voters have heard of is not on the chain yet, and has a class all the same.
  if (content === undefined || story?.end !== undefined || !isOpenOnChain(status)) {
    return { kind: "slow", story, chain: read, classified: undefined, simulated: undefined, dangers: [] };
  }
  return { kind: "slow", story, chain: read, ...(await judge(source, content, { story, chain: read })) };
};

/** What is known of a proposal; undefined where nothing is. */
const findKnown = async (id: string, where: Where): Promise<KnownProposal | undefined> => {
  const isIt = (other: string): boolean => other.toLowerCase() === id.toLowerCase();
  const story = where.state.display.stories.find(({ message }) => isIt(message.hash));
  if (story !== undefined) return { kind: "fast", story };
  const dao = where.chain.dao.find(({ proposal }) => isIt(daoId(proposal.id)));
  return dao === undefined ? findSlow(isIt, where) : { kind: "dao", chain: dao };
};

const filtered = (all: readonly ProposalSummary[], { path }: PageQuery): readonly ProposalSummary[] =>
  path === undefined ? all : all.filter((one) => one.path === path);

const holderReader =
  (station: Station, source: LogSource): Answers["holder"] =>
  async (account) => {
    const [state, read] = await Promise.all([station.state(), readHolder(source, account)]);
    return holderDocument(read, state.asset);
  };

/** Makes the answers of a gateway from what its station knows. */
export const createAnswers = ({ station, provider, version, facts }: AnswersOptions): Answers => {
  const { readings, book } = station;
  const source: LogSource = { book, provider, warn: () => undefined };
  const makers: { readonly [Name in Exclude<keyof Documents, "proposals">]: () => Promise<Documents[Name]> } = {
    meta: () => Promise.resolve(metaDocument(book, version)),
    head: async () => {
      const state = await station.state();
      return headDocument(state, allProposals(state, peeked(station)));
    },
    overview: () => overview(station),
    agents: async () => agentsDocument(await station.state(), (await readings.agents.get()).value),
    portfolio: () => portfolio(station),
    opportunities: async () => opportunitiesDocument(await station.state()),
    prices: async () => pricesDocument(await station.state(), (await readings.feeds.get()).value),
    analytics: async () => analyticsDocument((await readings.analytics.get()).value, await station.state()),
    payments: async () => paymentsDocument(await station.state(), (await readings.money.get()).value),
    system: async () => {
      const state = await station.state();
      const headAgeMs = station.headAgeMs() ?? 0;
      return systemDocument(state, { ...facts(), version, headAgeMs, trouble: readings.view.trouble() });
    },
    markets: async () => marketsDocument(await station.state()),
    alerts: async () => alertsDocument(await station.state()),
  };
  const proposals = async (query: PageQuery): Promise<ProposalsDocument> => {
    const after = query.cursor === undefined ? undefined : placeOf(query.cursor);
    if (query.cursor !== undefined && after === undefined) throw new BadCursor("the cursor is none of this gateway's");
    const [state, { notes, ...chain }] = await Promise.all([station.state(), chainProposals(station)]);
    const { items, next } = pageOf(filtered(allProposals(state, chain), query), query.limit, after);
    return { asOf: asOfView(state.view), items: [...items], next, notes: [...notes] };
  };
  const proposal = async (id: string): Promise<ProposalDocument | undefined> => {
    const [state, chain] = await Promise.all([station.state(), chainProposals(station)]);
    const summary = allProposals(state, chain).find((one) => one.id.toLowerCase() === id.toLowerCase());
    const known = await findKnown(id, { state, chain, source });
    return summary === undefined || known === undefined ? undefined : proposalDocument(state, summary, known);
  };
  return { document: (name) => makers[name](), proposals, proposal, holder: holderReader(station, source) };
};
