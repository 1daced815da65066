import { DEFAULT_SEED, readAnalytics } from "../../adapters/readers/analyticsView.ts";
import { createHistoryMemory } from "../../adapters/readers/blockReadings.ts";
import { reasonOf } from "../../adapters/readers/reason.ts";
import { type Dao, daoOf } from "../../adapters/readers/contracts.ts";
import { type DaoProposal, readProposals, statusOf } from "../../adapters/readers/daoProposals.ts";
import type { LogSource } from "../../adapters/readers/logs.ts";
import { type MoneyActivity, readMoneyActivity } from "../../adapters/readers/moneyActivity.ts";
import { type PriceFeed, readFeed } from "../../adapters/readers/priceSources.ts";
import { type RegisteredAgent, readAgents } from "../../adapters/readers/registeredAgents.ts";
import {
  type Proposed,
  type Voters,
  readContent,
  readProposed,
  readStatus,
  readVoters,
} from "../../adapters/readers/slowProposals.ts";
import { type Shares, readShares, viewReader } from "../../adapters/readers/treasuryView.ts";
import { readWorstCases } from "../../adapters/readers/worstCase.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import type { Proposal } from "../../core/proposal.ts";
import type { AnalyticsView } from "../../views/analytics.ts";
import type { DaoProposalStatus } from "../../views/daoStatus.ts";
import type { SlowProposalStatus } from "../../views/slowStatus.ts";
import type { WorstCase } from "../../views/worstCase.ts";
import { type CachedReading, createCached } from "./cached.ts";
import type { GatewayClock } from "./clock.ts";

/** A proposal on the slow path as the chain has it. `content` is undefined where its transaction does not hold it. */
export type ChainProposal = {
  readonly proposed: Proposed;
  readonly status: SlowProposalStatus;
  readonly voters: Voters;
  readonly content: Proposal | undefined;
};

/** A proposal of the DAO as the chain has it. */
export type ChainDaoProposal = { readonly proposal: DaoProposal; readonly status: DaoProposalStatus };

/** What was read of the treasury's history. `warnings`: what had to be taken for granted while reading. */
export type AnalyticsReading = { readonly view: AnalyticsView; readonly warnings: readonly string[] };

/** Everything that the gateway reads of the chain, each when it is asked for. */
export type Readings = {
  readonly view: CachedReading<ChainSnapshot>;
  readonly worstCases: CachedReading<readonly WorstCase[]>;
  readonly shares: CachedReading<Shares>;
  readonly agents: CachedReading<readonly RegisteredAgent[]>;
  readonly feeds: CachedReading<ReadonlyMap<string, PriceFeed>>;
  readonly slow: CachedReading<readonly ChainProposal[]>;
  readonly dao: CachedReading<readonly ChainDaoProposal[]>;
  readonly money: CachedReading<MoneyActivity>;
  readonly analytics: CachedReading<AnalyticsReading>;
};

const DEADLINE_MS = 15_000;
/** How old what changes with each block may be, what changes seldom, and proposals. */
const QUICK_MS = 350;
const SLOW_MS = 10_000;
const PROPOSALS_MS = 3_000;
/** The treasury's whole history is read again. */
const ANALYTICS_MS = 60_000;
const ANALYTICS_DEADLINE_MS = 60_000;
/** The newest proposals of each kind; older ones are the log's. */
const MAX_PROPOSALS = 100;

/** Remembers what can no longer change, so that a long history is read once. */
const onceFinal = <T>(isFinal: (one: T) => boolean) => {
  const final = new Map<string, T>();
  return async (key: string, read: () => Promise<T>): Promise<T> => {
    const known = final.get(key);
    if (known !== undefined) return known;
    const one = await read();
    if (isFinal(one)) final.set(key, one);
    return one;
  };
};

const slowReader = (source: LogSource): (() => Promise<readonly ChainProposal[]>) => {
  const once = onceFinal<ChainProposal>(({ status: { state } }) => state === "Executed" || state === "Vetoed");
  const readOne = async (proposed: Proposed): Promise<ChainProposal> => {
    const [status, voters, content] = await Promise.all([
      readStatus(source, proposed),
      readVoters(source, proposed),
      readContent(source, proposed),
    ]);
    return { proposed, status, voters, content };
  };
  return async () => {
    const all = (await readProposed(source)).slice(-MAX_PROPOSALS);
    return Promise.all(all.map((proposed) => once(proposed.hash, () => readOne(proposed))));
  };
};

const FINAL: ReadonlySet<DaoProposalStatus["state"]> = new Set<DaoProposalStatus["state"]>([
  "Canceled",
  "Defeated",
  "Expired",
  "Executed",
]);

const daoReader = (source: LogSource, dao: Dao): (() => Promise<readonly ChainDaoProposal[]>) => {
  const once = onceFinal<ChainDaoProposal>(({ status: { state } }) => FINAL.has(state));
  return async () => {
    const all = (await readProposals(dao, source)).slice(-MAX_PROPOSALS);
    const now = BigInt((await source.provider.getBlock("latest"))?.timestamp ?? 0);
    const readOne = async (proposal: DaoProposal) => ({ proposal, status: await statusOf(dao, proposal, now) });
    return Promise.all(all.map((proposal) => once(proposal.id.toString(), () => readOne(proposal))));
  };
};

const readFeeds = async (source: LogSource): Promise<ReadonlyMap<string, PriceFeed>> => {
  const tokens = Object.values(source.book.environment.tokens);
  const feeds = await Promise.all(
    tokens.map(async ({ address }) => [address.toLowerCase(), await readFeed(source, address)] as const),
  );
  return new Map(feeds);
};

/** The whole history up to the newest block, compared with cash that earns nothing. */
const analyticsReader = ({ book, provider }: LogSource): (() => Promise<AnalyticsReading>) => {
  const terms = { cashRate: 0, seed: DEFAULT_SEED, memory: createHistoryMemory() };
  return async () => {
    const warnings: string[] = [];
    const source = { book, provider, warn: (what: string) => void warnings.push(what) };
    return { view: await readAnalytics(source, await provider.getBlockNumber(), terms), warnings };
  };
};

/**
 * Makes the readings of a deployment. Nothing is read before it is asked for.
 * @param onView told each view of the lens once it is read
 * @throws FatalError when the book lacks a contract
 */
export const createReadings = (
  source: LogSource,
  clock: GatewayClock,
  onView: (view: ChainSnapshot) => void,
): Readings => {
  const { book, provider } = source;
  const cached = <T>(read: () => Promise<T>, freshMs: number, deadlineMs = DEADLINE_MS): CachedReading<T> =>
    createCached({ read, freshMs, deadlineMs, clock, reasonOf });
  const dao = daoOf(book, provider);
  return {
    view: createCached({
      read: viewReader(source),
      freshMs: QUICK_MS,
      deadlineMs: DEADLINE_MS,
      clock,
      reasonOf,
      onRead: onView,
    }),
    worstCases: cached(() => readWorstCases(book, provider), SLOW_MS),
    shares: cached(() => readShares(book, provider), SLOW_MS),
    agents: cached(() => readAgents(source), SLOW_MS),
    feeds: cached(() => readFeeds(source), SLOW_MS),
    slow: cached(slowReader(source), PROPOSALS_MS),
    dao: cached(daoReader(source, dao), PROPOSALS_MS),
    money: cached(() => readMoneyActivity(source), SLOW_MS),
    analytics: cached(analyticsReader(source), ANALYTICS_MS, ANALYTICS_DEADLINE_MS),
  };
};
