import type { Inbox } from "../../core/bus.ts";
import type { EmitEvent } from "../../core/events.ts";
import type { Call } from "../../core/proposal.ts";
import { type UnixSeconds, addSeconds, seconds } from "../../core/units.ts";
import type { FeedReading } from "../../market/prices/feedHealth.ts";
import {
  type AnswerRefusal,
  type ReadyUpdate,
  type UpdateLimits,
  type UpdatePorts,
  type WantedUpdate,
  prepareUpdate,
  wantedUpdates,
} from "../../market/prices/pullUpdate.ts";

/** Prices that were paid for, and when. */
export type Bought = readonly { readonly time: UnixSeconds; readonly count: number }[];

/** Where the count of a day's prices outlives the agent: a new life must not begin a new day. */
export type BoughtCount = {
  /** What an earlier life paid for; undefined where that cannot be read, so that the day's number counts as spent. */
  readonly earlier: Bought | undefined;
  /** Durable when it resolves. @throws RetryableError when it is not kept: then nothing is paid */
  readonly keep: (bought: Bought) => Promise<void>;
};

/** What the monitor pays for prices with. */
export type UpdaterPorts = UpdatePorts & {
  /** The call that brings an update on chain. */
  readonly encode: (ready: ReadyUpdate) => Call;
  /** Proposals as they come in: while one is voted on, prices are wanted sooner. */
  readonly votes: readonly Pick<Inbox<unknown>, "take">[];
  readonly count: BoughtCount;
};

/** What an operator lets updates cost. */
export type UpdatePolicy = UpdateLimits & {
  /** The most prices that are paid for within a day. */
  readonly perDay: number;
  /** Seconds before its maximum age from which on a source counts as lost. */
  readonly aheadSeconds: bigint;
};

/** What is kept of updates between rounds. */
export type UpdaterMemory = {
  /** Prices that were paid for within the last day. Undefined until it is known when a day ends that counts as spent. */
  bought: Bought | undefined;
  /** Until when a vote is taken to be under way. */
  voteUntil: UnixSeconds | undefined;
  /** How often each refusal was seen. */
  readonly refusals: Map<string, number>;
};

/** What an updater knows at the beginning. */
export const newUpdaterMemory = ({ earlier }: Pick<BoughtCount, "earlier">): UpdaterMemory => ({
  bought: earlier,
  voteUntil: undefined,
  refusals: new Map(),
});

/** So long after a proposal came in its vote may last. The time is ours: what a proposal says of itself makes nobody pay. */
const VOTE_SECONDS = seconds(60n);
const DAY = seconds(86_400n);

const recent = ({ bought }: UpdaterMemory, time: UnixSeconds): Bought =>
  (bought ?? []).filter((one) => addSeconds(one.time, DAY) > time);

/** How many prices may still be paid for. Where the earlier count is lost, none for a day. */
const leftOf = (memory: UpdaterMemory, time: UnixSeconds, perDay: number): number => {
  memory.bought ??= [{ time, count: perDay }];
  return Math.max(0, perDay - recent(memory, time).reduce((sum, { count }) => sum + count, 0));
};

/**
 * Notes prices as paid for before they are sent: what becomes of them is not waited for, and a crash forgets none.
 * @throws RetryableError when it cannot be kept: then nothing may be sent
 */
export const noteBought = async (
  memory: UpdaterMemory,
  { time, count }: Bought[number],
  keep: BoughtCount["keep"],
): Promise<void> => {
  const bought = [...recent(memory, time), { time, count }];
  await keep(bought);
  memory.bought = bought;
};

/** Takes back the newest note: nothing was sent for it. */
export const unnoteBought = (memory: UpdaterMemory): void => {
  memory.bought = memory.bought?.slice(0, -1);
};

/** Takes in proposals, and says whether one is voted on. */
const isVoting = ({ votes }: Pick<UpdaterPorts, "votes">, memory: UpdaterMemory, time: UnixSeconds): boolean => {
  if (votes.flatMap((inbox) => inbox.take()).length > 0) memory.voteUntil = addSeconds(time, VOTE_SECONDS);
  return memory.voteUntil !== undefined && time <= memory.voteUntil;
};

/** Tells of refusals, each time with how often it was so. */
export const tellRefusals = (
  { emit, agent }: { readonly emit: EmitEvent; readonly agent: string },
  memory: UpdaterMemory,
  refusals: readonly AnswerRefusal[],
): void => {
  for (const { about, fault, detail } of refusals) {
    const times = (memory.refusals.get(`${about} ${fault}`) ?? 0) + 1;
    memory.refusals.set(`${about} ${fault}`, times);
    emit({ kind: "answerRefused", agent, about, fault, detail, times });
  }
};

/** Names the wish for an update of a source, for what is put off. */
export const updateName = ({ source }: Pick<WantedUpdate, "source">): string => `update ${source}`;

/** What an update is called where people read of it. */
export const updateWords = ({ wanted }: ReadyUpdate): string => `update ${wanted.map(({ asset }) => asset).join(", ")}`;

/** What an update is asked for by: its own bytes, since the same ones bring nothing new a second time. */
export const updateIdentity = ({ contract, update }: ReadyUpdate): string => `update ${contract} ${update}`;

const isFirst = (wanted: readonly WantedUpdate[]): wanted is readonly [WantedUpdate, ...WantedUpdate[]] =>
  wanted.length > 0;

/** What is wanted within what a day allows, of one contract, without what is put off. */
const wantedNow = (
  { ports, memory, policy }: Updater,
  { feeds, time }: { readonly feeds: readonly FeedReading[]; readonly time: UnixSeconds },
  isOnHold: (name: string) => boolean,
): readonly WantedUpdate[] => {
  const { perDay, aheadSeconds } = policy;
  const left = leftOf(memory, time, perDay);
  const hasVote = isVoting(ports, memory, time);
  const wanted = wantedUpdates(feeds, ports.feedOf, { hasVote, aheadSeconds }).filter(
    (one) => !isOnHold(updateName(one)),
  );
  return wanted.filter(({ contract }) => contract === wanted[0]?.contract).slice(0, left);
};

/** What decides on updates: its ports, what it remembers, its policy. */
export type Updater = {
  readonly ports: UpdatePorts & Pick<UpdaterPorts, "votes">;
  readonly memory: UpdaterMemory;
  readonly policy: UpdatePolicy;
};

/** An update that should be sent; or what was wrong, and which wishes to put off; or nothing. */
export type NextUpdate =
  | { readonly kind: "none" }
  | { readonly kind: "ready"; readonly ready: ReadyUpdate; readonly identity: string }
  | { readonly kind: "refused"; readonly refusals: readonly AnswerRefusal[]; readonly hold: readonly string[] };

/**
 * The update that is worth its fee now, if there is one. Of several sources in one answer those that are wrong are put off, so that
 * the next round asks for the others alone.
 * @throws RetryableError when the chain does not tell the fee
 */
export const nextUpdate = async (
  updater: Updater,
  reading: { readonly feeds: readonly FeedReading[]; readonly time: UnixSeconds },
  isOnHold: (name: string) => boolean,
): Promise<NextUpdate> => {
  const { ports, policy } = updater;
  const wanted = wantedNow(updater, reading, isOnHold);
  if (!isFirst(wanted)) return { kind: "none" };
  const prepared = await prepareUpdate(ports, wanted, { ...policy, now: reading.time });
  if (prepared.kind === "ready") return { ...prepared, identity: updateIdentity(prepared.ready) };
  const { refusals } = prepared;
  const wrong = wanted.filter(({ source }) => refusals.some(({ about }) => about === source));
  return { kind: "refused", refusals, hold: (wrong.length > 0 ? wrong : wanted).map(updateName) };
};

/** How samples of signed prices are judged: they are signed, so that only what is old, ahead or out of all reason is refused. */
export const SIGNED_PRICES = { maxAge: 60n, aheadSlack: 5n, maxJumpBps: 5_000n } as const;
