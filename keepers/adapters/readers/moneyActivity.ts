import { addressOf } from "../../../deployments/lookup.ts";
import { NexusToken__factory } from "../../../types/index.ts";
import { type LogSource, readSince } from "./logs.ts";
import { moneyOf } from "./moneyContracts.ts";

/** What the ledger owes to accounts in one token, and what it holds of it, in the token's units. */
export type LedgerRow = {
  readonly symbol: string;
  readonly decimals: number;
  readonly owed: bigint;
  readonly held: bigint;
};

export type ChannelRow = {
  readonly id: string;
  readonly receiver: string;
  readonly state: "open" | "closing" | "closed";
  readonly block: number;
};

export type JobRow = {
  readonly id: string;
  readonly worker: string;
  readonly state: "funded" | "accepted" | "delivered" | "disputed" | "ended";
  readonly block: number;
};

export type MoneyActivity = {
  readonly ledger: readonly LedgerRow[];
  /** In the order of their opening. */
  readonly channels: readonly ChannelRow[];
  readonly jobs: readonly JobRow[];
};

const readLedger = async ({ book, provider }: LogSource): Promise<readonly LedgerRow[]> => {
  const { accounts } = moneyOf(book, provider);
  const at = addressOf(book, "Accounts");
  return Promise.all(
    Object.values(book.environment.tokens).map(async ({ address, symbol, decimals }) => {
      // Every ERC-20 answers balanceOf() alike.
      const token = NexusToken__factory.connect(address, provider);
      const [owed, held] = await Promise.all([accounts.owedOf(address), token.balanceOf(at)]);
      return { symbol, decimals, owed, held };
    }),
  );
};

const readChannels = async (source: LogSource): Promise<readonly ChannelRow[]> => {
  const { channels } = moneyOf(source.book, source.provider);
  const read = <T>(query: (from: number, to: number) => Promise<readonly T[]>) =>
    readSince(source, "PaymentChannels", ({ from, to }) => query(from, to));
  const [opened, closing, closed] = await Promise.all([
    read((from, to) => channels.queryFilter(channels.filters.ChannelOpened(), from, to)),
    read((from, to) => channels.queryFilter(channels.filters.CloseInitiated(), from, to)),
    read((from, to) => channels.queryFilter(channels.filters.ChannelClosed(), from, to)),
  ]);
  const blockOf = (
    events: readonly { readonly args: { readonly channelId: string }; readonly blockNumber: number }[],
  ) => new Map(events.map(({ args, blockNumber }) => [args.channelId, blockNumber]));
  const [closingIn, closedIn] = [blockOf(closing), blockOf(closed)];
  // A channel may be opened again under the same id: only what came after its opening counts.
  return opened.map(({ args: { channelId, receiver }, blockNumber: block }) => {
    const isAfter = (at: number | undefined): boolean => at !== undefined && at >= block;
    const state = isAfter(closedIn.get(channelId)) ? "closed" : isAfter(closingIn.get(channelId)) ? "closing" : "open";
    return { id: channelId, receiver, state, block };
  });
};

const STEPS = ["funded", "accepted", "delivered", "disputed", "ended"] as const;

const readJobs = async (source: LogSource): Promise<readonly JobRow[]> => {
  const { escrow } = moneyOf(source.book, source.provider);
  const names = ["JobAccepted", "JobDelivered", "JobDisputed", "JobEnded"] as const;
  const funded = await readSince(source, "Escrow", ({ from, to }) =>
    escrow.queryFilter(escrow.filters.JobFunded(), from, to),
  );
  const later = await Promise.all(
    names.map((name) =>
      readSince(source, "Escrow", ({ from, to }) => escrow.queryFilter(escrow.filters[name](), from, to)),
    ),
  );
  const reached = later.map((events) => new Set(events.map(({ args }) => args.jobId)));
  return funded.map(({ args: { jobId, worker }, blockNumber: block }) => {
    const last = reached.findLastIndex((jobIds) => jobIds.has(jobId));
    return { id: jobId, worker, state: STEPS[last + 1] ?? "funded", block };
  });
};

/** Reads what the money contracts hold and what happened in them since their deployment. @throws Error without an answer */
export const readMoneyActivity = async (source: LogSource): Promise<MoneyActivity> => {
  const [ledger, channels, jobs] = await Promise.all([readLedger(source), readChannels(source), readJobs(source)]);
  return { ledger, channels, jobs };
};
