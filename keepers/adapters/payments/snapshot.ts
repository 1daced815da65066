import type { TokenState } from "../../core/chainSnapshot.ts";
import type { Hex } from "../../core/hex.ts";
import { maxOf, minOf } from "../../core/integers.ts";
import type { Address, BlockNumber, UnixSeconds } from "../../core/units.ts";
import type {
  Channel,
  ChannelPlan,
  BestVoucher,
  Rate,
  SeenChannel,
  SeenFees,
  SeenJob,
  MoneySnapshot,
  StoredVoucher,
} from "../../agents/payments/ports.ts";
import { signerOf } from "../../agents/payments/voucher.ts";
import { type MoneyAddresses, compactOf, type moneyReader } from "./money.ts";
import { type MoneyIndex, feeKey } from "./events.ts";
import type { SeenStore } from "./readStore.ts";

export type MoneySnapshotOptions = {
  readonly self: Address;
  readonly at: MoneyAddresses;
  readonly plans: readonly ChannelPlan[];
  readonly native: Address;
  readonly index: MoneyIndex;
  readonly read: ReturnType<typeof moneyReader>;
  readonly vouchers: () => Promise<readonly SeenStore[]>;
  /** The treasury's tokens with their prices. */
  readonly prices: (
    block: BlockNumber,
  ) => Promise<Pick<MoneySnapshot, "time"> & { readonly tokens: readonly TokenState[] }>;
};

const WAD = 10n ** 18n;

/** What gas is worth in each token that has a price: the native one at its upper price, the other at its lower. */
const ratesOf = (tokens: readonly TokenState[], native: Address): ReadonlyMap<Address, Rate> => {
  const coin = tokens.find(({ token }) => token === native);
  if (coin?.status !== "Ready") return new Map();
  const { upper } = coin.price;
  const priced = tokens.filter(({ status, price }) => status === "Ready" && price.lower > 0n);
  return new Map(
    priced.map(({ token, decimals, price }) => [token, { nativePriceE18: (upper * WAD) / price.lower, decimals }]),
  );
};

/** Channels by their ids, with what all stores have of each, the highest first. */
const together = (stores: readonly SeenStore[]): ReadonlyMap<Hex, SeenStore> => {
  const found = new Map<Hex, SeenStore>();
  const highest = (a: readonly StoredVoucher[], b: readonly StoredVoucher[]): readonly StoredVoucher[] =>
    [...a, ...b].sort((one, other) => (one.maxClaimableAmount > other.maxClaimableAmount ? -1 : 1));
  for (const store of stores) {
    const before = found.get(store.channelId);
    const proven = highest(before?.proven ?? [], store.proven);
    const unproven = highest(before?.unproven ?? [], store.unproven);
    found.set(store.channelId, { ...store, proven, unproven });
  }
  return found;
};

/**
 * The voucher that counts: the highest that the signer signed and the deposit covers. Of our own channels the highest that we
 * signed, covered or not: it is promised. What no key signed counts only where a contract may have. [NX-CHN-08]
 */
export const bestVoucher = (
  { proven, unproven }: Pick<SeenStore, "proven" | "unproven">,
  {
    deposited,
    isOwn,
    isContract,
  }: { readonly deposited: bigint; readonly isOwn: boolean; readonly isContract: boolean },
): BestVoucher | undefined => {
  const isCovered = ({ maxClaimableAmount }: StoredVoucher): boolean => isOwn || maxClaimableAmount <= deposited;
  const [own, other] = [proven.find(isCovered), isContract ? unproven.find(isCovered) : undefined];
  if (other !== undefined && other.maxClaimableAmount > (own?.maxClaimableAmount ?? 0n)) {
    return { total: other.maxClaimableAmount, signature: other.signature, compact: undefined };
  }
  if (own === undefined) return undefined;
  return { total: own.maxClaimableAmount, signature: own.signature, compact: compactOf(own.signature) };
};

type Kept<T> = { readonly value: T; readonly readAt: UnixSeconds };

/** Remembers what the chain said of each thing until an event touches it, or it is no longer fresh. */
const remembering = <T>(touched: ReadonlySet<string>) => {
  const kept = new Map<string, Kept<T>>();
  return async (key: string, { time, read, isFresh = () => true }: Asking<T>): Promise<T> => {
    const before = kept.get(key);
    if (before !== undefined && !touched.has(key) && isFresh(before)) return before.value;
    const value = await read();
    kept.set(key, { value, readAt: time });
    return value;
  };
};

type Asking<T> = {
  readonly time: UnixSeconds;
  readonly read: () => Promise<T>;
  /** Whether what is kept still counts, as far as no event touched it. */
  readonly isFresh?: (kept: Kept<T>) => boolean;
};

/** The block that is looked at. */
type At = { readonly block: BlockNumber; readonly time: UnixSeconds };
type ReadAt<T> = (at: At) => Promise<readonly T[]>;

/** For so long, in seconds, a channel that lives is believed without an event: one may be lost. */
const BELIEVED = 60n;

const isClosed = ({ state }: Channel): boolean => state === "Closed";

/** Whether the agent would put money into a channel as it is known: an operation that no dry run refuses the second time. */
const isLow = (plan: ChannelPlan | undefined, { deposited, paid }: Channel, promised: bigint): boolean =>
  plan !== undefined && deposited - maxOf(paid, minOf(promised, deposited)) < plan.low;

const channelsReader = (options: MoneySnapshotOptions): ReadAt<SeenChannel> => {
  const { plans, index, read, vouchers, self } = options;
  const once = remembering<Channel>(index.touched);
  const plansById = new Map(plans.map((plan) => [plan.channelId, plan]));
  /** Asked only where a voucher is there that no key signed. */
  const mayBeContract = async ({ unproven, terms }: SeenStore, block: BlockNumber): Promise<boolean> =>
    unproven.length > 0 && read.hasCode(signerOf(terms), block);
  return async ({ block, time }) => {
    const stored = together(await vouchers());
    const planned = plans.map(({ channelId, terms }) => [channelId, terms] as const);
    const known = new Map([...planned, ...[...stored].map(([id, { terms }]) => [id, terms] as const)]);
    return Promise.all(
      [...known].map(async ([channelId, terms]) => {
        const store = stored.get(channelId);
        const isFresh = ({ value, readAt }: Kept<Channel>): boolean => isClosed(value) || time < readAt + BELIEVED;
        const kept = await once(channelId, { time, isFresh, read: () => read.channel(terms, block) });
        const isContract = store !== undefined && (await mayBeContract(store, block));
        const isOwn = terms.payer === self;
        const held = ({ deposited }: Channel): BestVoucher | undefined =>
          store === undefined ? undefined : bestVoucher(store, { deposited, isOwn, isContract });
        const isFilledSoon = isLow(plansById.get(channelId), kept, held(kept)?.total ?? 0n);
        const channel = isFilledSoon ? await read.channelSeenByTwo(terms, block) : kept;
        const voucher = held(channel);
        return { channelId, terms, channel, voucher };
      }),
    );
  };
};

const jobsReader = ({ index, read }: MoneySnapshotOptions): ReadAt<SeenJob> => {
  const once = remembering<Pick<SeenJob, "job" | "isRecordable">>(index.touched);
  return ({ block, time }) =>
    Promise.all(
      [...index.jobs].map(async ([jobId, terms]) => {
        const readJob = async () => {
          const [job, isRecordable] = await Promise.all([read.job(terms, block), read.isRecordable(terms, block)]);
          return { job, isRecordable };
        };
        return { jobId, terms, ...(await once(jobId, { time, read: readJob })) };
      }),
    );
};

const feesReader = ({ at, index, read }: MoneySnapshotOptions): ReadAt<SeenFees> => {
  const once = remembering<bigint>(index.touched);
  const ofToken = async (token: Address, accounts: ReadonlySet<Address>, { block, time }: At): Promise<SeenFees> => {
    const amountOf = (account: Address) =>
      once(feeKey(token, account), { time, read: () => read.fees(token, account, block) });
    const debts = [...accounts].map(async (account) => ({ account, amount: await amountOf(account) }));
    return { token, held: await read.balance(token, at.splitter, block), owed: await Promise.all(debts) };
  };
  return (seen) => Promise.all([...index.debtors].map(([token, accounts]) => ofToken(token, accounts, seen)));
};

const availableReader = ({ plans, read, self }: MoneySnapshotOptions): ReadAt<readonly [Address, bigint]> => {
  const tokens = [...new Set(plans.map(({ terms }) => terms.token))];
  return ({ block }) =>
    Promise.all(tokens.map(async (token) => [token, await read.balance(token, self, block)] as const));
};

/** Makes a reader that sees all that the agent has to do with at one block. What no event touched is not read again. */
export const createMoneySnapshotReader = (
  options: MoneySnapshotOptions,
): ((block: BlockNumber) => Promise<MoneySnapshot>) => {
  const [channels, jobs] = [channelsReader(options), jobsReader(options)];
  const [fees, available] = [feesReader(options), availableReader(options)];
  return async (block) => {
    await options.index.follow(block);
    const { time, tokens } = await options.prices(block);
    const snapshot = {
      block,
      time,
      channels: await channels({ block, time }),
      jobs: await jobs({ block, time }),
      fees: await fees({ block, time }),
      available: new Map(await available({ block, time })),
      rates: ratesOf(tokens, options.native),
    };
    // Only now: had a read failed, the next attempt would have to know what changed.
    options.index.touched.clear();
    return snapshot;
  };
};
