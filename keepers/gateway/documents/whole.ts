import type { PriceFeed } from "../../adapters/readers/priceSources.ts";
import type { RegisteredAgent } from "../../adapters/readers/registeredAgents.ts";
import type { WorstCase } from "../../views/worstCase.ts";
import type { ProposalSummary } from "../schema/proposals.ts";
import type { HeadDocument, MetaDocument, OverviewDocument, SystemDocument, ValuePoint } from "../schema/whole.ts";
import { urgentAlerts } from "./alerts.ts";
import { asOfView, untrusted } from "./amounts.ts";
import { agentDocuments, tradingDocument } from "./fleet.ts";
import { priceDocuments, valueDocument, worstCaseDocuments } from "./money.ts";
import { waitingOf } from "./proposals.ts";
import { type GatewayState, NO_FLEET } from "./state.ts";

/** How many decisions the overview shows. */
const MAX_DECISIONS = 6;

/** What was read of the chain for the overview; undefined where that is still under way. */
export type OverviewReadings = {
  readonly proposals: readonly ProposalSummary[];
  readonly worstCases: readonly WorstCase[] | undefined;
  readonly registered: readonly RegisteredAgent[] | undefined;
  readonly feeds: ReadonlyMap<string, PriceFeed> | undefined;
};

export const overviewDocument = (state: GatewayState, read: OverviewReadings): OverviewDocument => {
  const { book, view, asset, history } = state;
  return {
    asOf: asOfView(view),
    deployment: { name: book.name, chainId: book.chainId },
    asset: { symbol: asset.symbol, decimals: asset.decimals },
    value: valueDocument(state),
    history: [...history],
    breaker: view.everything,
    worstCase: worstCaseDocuments(read.worstCases ?? [], state),
    trading: tradingDocument(state),
    waiting: [...waitingOf(read.proposals)],
    decisions: read.proposals
      .filter(({ state: { isOpen }, path }) => path === "fast" || !isOpen)
      .slice(0, MAX_DECISIONS),
    agents: [...agentDocuments(state, read.registered ?? [])],
    prices: [...priceDocuments(state, read.feeds)],
    notes: state.fleet === undefined ? [NO_FLEET] : [],
  };
};

export const headDocument = (state: GatewayState, proposals: readonly ProposalSummary[]): HeadDocument => ({
  asOf: asOfView(state.view),
  deployment: { name: state.book.name, chainId: state.book.chainId },
  value: valueDocument(state),
  breaker: state.view.everything,
  waiting: waitingOf(proposals).length,
  alerts: urgentAlerts(state),
});

/** What of this process the system page shows. Times in milliseconds. */
export type ProcessFacts = {
  readonly version: string;
  readonly endpoint: string;
  readonly startedMs: number;
  readonly nowMs: number;
  readonly residentBytes: number;
  readonly streamClients: number;
  readonly headAgeMs: number;
  readonly trouble: string | undefined;
};

/** What no deployment has yet; it goes from this list when it is built. */
const ABSENT: SystemDocument["absent"] = [
  { what: "store", how: "Figures begin when this process does: nothing keeps them yet." },
];

const fleetFacts = ({ fleet, display }: GatewayState): SystemDocument["fleet"] => {
  if (fleet === undefined) return null;
  const up = fleet.agents.filter(({ name }) => display.up.has(name)).length;
  return {
    agents: fleet.agents.length,
    up,
    troubles: display.troubles,
    untrustedTrouble: untrusted(display.lastTrouble),
  };
};

const contractsOf = ({ book }: GatewayState) =>
  Object.entries(book.contracts).map(([name, { address }]) => ({ name, address }));

export const systemDocument = (state: GatewayState, facts: ProcessFacts): SystemDocument => ({
  asOf: asOfView(state.view),
  gateway: {
    version: facts.version,
    startedMs: facts.startedMs,
    nowMs: facts.nowMs,
    residentBytes: facts.residentBytes,
    streamClients: facts.streamClients,
  },
  chain: {
    chainId: state.book.chainId,
    endpoint: facts.endpoint,
    headAgeMs: facts.headAgeMs,
    untrustedTrouble: untrusted(facts.trouble),
  },
  fleet: fleetFacts(state),
  contracts: contractsOf(state),
  absent: ABSENT,
});

export const metaDocument = (book: GatewayState["book"], version: string): MetaDocument => ({
  deployment: { name: book.name, chainId: book.chainId },
  version,
  contracts: Object.fromEntries(Object.entries(book.contracts).map(([name, { address }]) => [name, address])),
  tokens: Object.fromEntries(
    Object.values(book.environment.tokens).map(({ symbol, address, decimals }) => [symbol, { address, decimals }]),
  ),
  routers: Object.fromEntries([
    ...[...book.environment.dexes, ...(book.environment.aggregators ?? [])].map(
      ({ name, router }) => [name, router] as const,
    ),
    ...(book.environment.lending ?? []).map(({ name, pool }) => [name, pool] as const),
  ]),
});

const MAX_POINTS = 720;

/**
 * The history after one more value; one point a block. Where it grows beyond its bound, every other point of its older half
 * is left out, so that the newest stay dense.
 */
export const addPoint = (history: readonly ValuePoint[], point: ValuePoint): readonly ValuePoint[] => {
  if (history.at(-1)?.block === point.block) return history;
  const next = [...history, point];
  if (next.length <= MAX_POINTS) return next;
  const half = MAX_POINTS / 2;
  return next.filter((_, index) => index >= half || index % 2 === 0);
};
