import { valueAt } from "../core/chainSnapshot.ts";
import type { RefusalMessage } from "../core/bus.ts";
import type { KeeperEvent } from "../core/events.ts";
import type { LedgerReport } from "../quant/analytics/ledger.ts";
import { type BacktestAccount, openAccount } from "./account.ts";
import { type Decided, type Stage, type Hashing, type SimulatedAgent, openStage } from "./stage.ts";
import type { MarketBlock, SimulatedMarket } from "./market.ts";
import type { SimulationPlan } from "./plan.ts";
import { type SentOutcome, type SendingTerms, openSender } from "./sending.ts";
import { type SimulatedWorld, advance, openWorld } from "./world.ts";

/** Makes the fleet of a backtest, over the stage that it works at. */
export type MakeFleet = (stage: Stage) => readonly SimulatedAgent[];

/** The treasury at the end of one block. In USD with 18 decimals, `risky` at the oracles' middle prices, without the base asset. */
export type Point = {
  readonly block: bigint;
  readonly time: bigint;
  readonly value: bigint;
  readonly held: bigint;
  readonly risky: bigint;
};

/** One no of a reviewer, and how often it was said. */
export type RefusalCount = { readonly reason: string; readonly count: number };

/** What a backtest comes to. `isWhole`: the market was played to its end. */
export type BacktestResult = {
  readonly blocks: number;
  readonly points: readonly Point[];
  readonly outcomes: readonly SentOutcome[];
  readonly refusals: readonly RefusalCount[];
  readonly troubles: readonly string[];
  readonly report: LedgerReport;
  readonly isWhole: boolean;
};

export type BacktestInput = {
  readonly plan: SimulationPlan;
  readonly market: SimulatedMarket;
  readonly fleet: MakeFleet;
  readonly sending: SendingTerms;
  readonly hashing: Hashing;
  /** Told of every decision. */
  readonly record: (decided: Decided & { readonly block: bigint; readonly time: bigint }) => void;
  /** Asked after each block whether to stop there. */
  readonly isStopped?: (blocks: number) => boolean;
};

const MOST_TROUBLES = 20;

const worthOf = (
  { plan, prices }: SimulatedWorld,
  amounts: SimulatedWorld["balances"],
): { value: bigint; risky: bigint } => {
  let [value, risky] = [0n, 0n];
  for (const token of plan.tokens) {
    const worth = valueAt(token, amounts.get(token.address) ?? 0n, prices.get(token.address) ?? 0n);
    value += worth;
    if (token.address !== plan.base) risky += worth;
  }
  return { value, risky };
};

const pointOf = (world: SimulatedWorld): Point => {
  const { block, time, plan, balances } = world;
  return { block, time, ...worthOf(world, balances), held: worthOf(world, plan.holdings).value };
};

/** Keeps what agents say against proposals, and what troubles them. */
const openEars = () => {
  const refusals = new Map<string, number>();
  const troubles: string[] = [];
  const count = ({ reason }: Pick<RefusalMessage, "reason">): void =>
    void refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
  const emit = (event: KeeperEvent): void => {
    if (event.kind === "refusal") count(event.message);
    if (event.kind === "ballot" && event.ballot.reason !== "") count(event.ballot);
    if (event.kind === "trouble" && troubles.length < MOST_TROUBLES) troubles.push(`${event.agent}: ${event.what}`);
  };
  return { refusals, troubles, emit };
};

type Tally = { readonly points: Point[]; readonly outcomes: SentOutcome[] };

/** One block: strangers trade, what was sent takes effect, agents have their rounds, and what is carried is sent. */
const playBlock = async (
  {
    stage,
    agents,
    sender,
    account,
  }: {
    readonly stage: Stage;
    readonly agents: readonly SimulatedAgent[];
    readonly sender: ReturnType<typeof openSender>;
    readonly account: BacktestAccount;
  },
  { isWatched }: MarketBlock,
  { points, outcomes }: Tally,
): Promise<void> => {
  const { world } = stage;
  account.prices(Number(world.time), world.prices);
  for (const outcome of sender.settle()) {
    outcomes.push(outcome);
    account.outcome(outcome);
  }
  for (const { round } of isWatched ? agents : []) await round();
  sender.choose();
  points.push(pointOf(world));
};

/**
 * Plays a market against the agents' own rounds: the same modules that run live decide, review and send here, and only their ports
 * are others. Nothing is known to them but the block that they are at.
 */
export const backtest = async (input: BacktestInput): Promise<BacktestResult> => {
  const { plan, market, fleet, sending, hashing, record, isStopped = () => false } = input;
  const world = openWorld(plan, hashing.keccak);
  const { refusals, troubles, emit } = openEars();
  const noted = (decided: Decided): void => record({ ...decided, block: world.block, time: world.time });
  const stage = openStage(world, hashing, { record: noted, emit });
  const parts = { stage, agents: fleet(stage), sender: openSender(stage, sending), account: openAccount(plan) };
  const tally: Tally = { points: [], outcomes: [] };
  let isWhole = true;
  for (const block of market) {
    advance(world, block);
    await playBlock(parts, block, tally);
    isWhole = !isStopped(tally.points.length);
    if (!isWhole) break;
  }
  parts.account.observe(Number(world.time), world.balances);
  return {
    blocks: tally.points.length,
    ...tally,
    refusals: [...refusals].map(([reason, count]) => ({ reason, count })),
    troubles,
    report: parts.account.ledger.report(),
    isWhole,
  };
};
