import { z } from "zod";
import { RetryableError } from "../../keepers/core/errors.ts";
import type { KeeperEvent } from "../../keepers/core/events.ts";
import { type Hex, hex } from "../../keepers/core/hex.ts";
import type { JobTerms } from "../../keepers/core/jobTerms.ts";
import { type Address, blockNumber, seconds, unixSeconds } from "../../keepers/core/units.ts";
import { ZERO_ADDRESS } from "../../keepers/core/proposal.ts";
import { type Operation, identityOf } from "../../keepers/agents/payments/operation.ts";
import type { Channel } from "../../keepers/agents/payments/channel.ts";
import type { PaymentsPolicy } from "../../keepers/agents/payments/decide.ts";
import type {
  BestVoucher,
  PaymentSending,
  PaymentsPorts,
  PaymentsSnapshot,
  SeenChannel,
  SeenJob,
  MoneySnapshot,
} from "../../keepers/agents/payments/ports.ts";
import type { ChannelTerms } from "../../keepers/agents/payments/voucher.ts";
import type { SimulatedOperation } from "../../keepers/sending/ports.ts";
import { type MemoryDisk, isOnDisk, journalOf } from "./memoryLog.ts";
import { createMempool, fromRaw, hashText, toRaw } from "./fakeMempool.ts";
import { USDC, account } from "./keeperBuilders.ts";

export const SELF = account(0x7001);
export const OTHER = account(0x7002);
export const STRANGER = account(0x7003);
export const TOKEN = USDC;
export const DELAY = 3_600n;

export const SENDING: PaymentSending = {
  name: "payments",
  dryRun: false,
  gasMarginPercent: 30n,
  lifetime: seconds(4n),
  tip: 1n,
  maxGasPrice: 1_000_000n,
};

export const POLICY: PaymentsPolicy = {
  self: SELF,
  plans: [],
  marginPercent: 100n,
  maxBatch: 50,
  watchesOthers: true,
  trustedWorkers: new Set(),
  approveUpTo: 0n,
  recordsResults: true,
  recordBudget: 10n ** 18n,
  divideFrom: 1n,
};

const idOf = (n: number): Hex => hashText(`channel ${n}`);

/** Terms of a channel; `n` tells it from others. */
export const termsOf = (payer: Address, receiver: Address, n = 1): ChannelTerms => ({
  payer,
  payerAuthorizer: ZERO_ADDRESS,
  receiver,
  receiverAuthorizer: ZERO_ADDRESS,
  token: TOKEN,
  withdrawDelay: seconds(DELAY),
  salt: hex(`0x${n.toString(16).padStart(64, "0")}`),
});

export const channelAt = (
  changes: Partial<Omit<Channel, "closesAt">> & { readonly closesAt?: bigint } = {},
): Channel => ({
  state: "Open",
  deposited: 1_000_000n,
  paid: 0n,
  // A payer that closes honestly declares what was claimed.
  declared: changes.state === "Closing" ? (changes.paid ?? 0n) : 0n,
  ...changes,
  closesAt: unixSeconds(changes.closesAt ?? 0n),
});

/** A voucher that a key signed. */
export const voucherOver = (total: bigint): BestVoucher => ({
  total,
  signature: `0x${"ab".repeat(65)}`,
  compact: `0x${"ab".repeat(64)}`,
});

/** A channel of OTHER to us, unless it says something else. */
export const seenChannel = (n: number, changes: Partial<SeenChannel> = {}): SeenChannel => ({
  channelId: idOf(n),
  terms: termsOf(OTHER, SELF, n),
  channel: channelAt(),
  voucher: undefined,
  ...changes,
});

/** A job of ours for OTHER at a fixed price of a thousand, delivered at 900 and to be judged until 1,100. */
export const seenJob = (terms: Partial<JobTerms> = {}, job: Partial<SeenJob["job"]> = {}): SeenJob => ({
  jobId: hashText("a job"),
  terms: {
    client: SELF,
    worker: OTHER,
    evaluator: ZERO_ADDRESS,
    arbiter: STRANGER,
    token: TOKEN,
    spec: hashText("to do"),
    floor: 1_000n,
    timeoutPayment: 1_000n,
    cap: 1_000n,
    outcomeBps: 0n,
    evaluatorPay: 0n,
    deliverBy: 950n,
    reviewPeriod: 200n,
    agentId: 0n,
    ...terms,
  },
  job: { status: "Delivered", reviewStartedAt: 900n, feeBps: 100n, reserved: 1_000n, ...job },
  isRecordable: false,
});

/** At second 1,000, where gas costs nothing unless a test says so. */
export const viewOf = (changes: Partial<PaymentsSnapshot> = {}): PaymentsSnapshot => ({
  block: blockNumber(100n),
  time: unixSeconds(1_000n),
  channels: [],
  jobs: [],
  fees: [],
  available: new Map([[TOKEN, 10_000_000n]]),
  rates: new Map([[TOKEN, { nativePriceE18: 10n ** 18n, decimals: 6 }]]),
  gasPrice: 0n,
  spentOnRecords: 0n,
  ...changes,
});

/** What makes `gas` cost so many units of the token. */
export const costing = (gas: bigint, units: bigint): Pick<PaymentsSnapshot, "gasPrice" | "rates"> => ({
  gasPrice: 1n,
  rates: new Map([[TOKEN, { nativePriceE18: (units * 10n ** 30n) / gas, decimals: 6 }]]),
});

const contentShape = z.object({ operation: z.string(), nonce: z.number(), gasPrice: z.number(), copy: z.number() });

/** One channel of ours and one to us, in memory: what a channel's contract demands, as far as a sender meets it. */
export const createMoneyChain = (start: readonly SeenChannel[]) => {
  const channels = new Map(start.map((seen) => [seen.channelId, { ...seen.channel }]));
  const done: string[] = [];
  let available = 10_000n;
  const operations = new Map<string, Operation>();
  const at = (id: Hex): Channel => channels.get(id) ?? channelAt({ state: "None", deposited: 0n });

  const claim = (id: Hex, total: bigint): boolean => {
    const channel = at(id);
    if (total <= channel.paid || total > channel.deposited) return false;
    channels.set(id, { ...channel, paid: total });
    return true;
  };
  const put = (id: Hex, amount: bigint, state: Channel["state"]): boolean => {
    const channel = at(id);
    if (channel.state !== state || available < amount) return false;
    available -= amount;
    channels.set(id, { ...channel, state: "Open", deposited: channel.deposited + amount });
    return true;
  };
  const perform = (operation: Operation): boolean => {
    if (operation.kind === "open") return put(operation.channelId, operation.amount, "None");
    if (operation.kind === "topUp") return put(operation.channelId, operation.amount, "Open");
    if (operation.kind === "claim") return claim(operation.channelId, operation.total);
    throw new Error(`this chain knows no ${operation.kind}`);
  };
  const pool = createMempool(
    (raw) => contentShape.parse(fromRaw(raw)),
    ({ operation: name }) => {
      // A cancellation does nothing, and does it well.
      if (name === "") return true;
      const operation = operations.get(name);
      const isWell = operation !== undefined && perform(operation);
      if (isWell) done.push(name);
      return isWell;
    },
  );
  /** Whether an operation would go through now. */
  const tryOut = (operation: Operation): boolean => {
    if (operation.kind === "open") return at(operation.channelId).state === "None" && available >= operation.amount;
    if (operation.kind === "topUp") return at(operation.channelId).state === "Open" && available >= operation.amount;
    return operation.kind === "claim" && operation.total > at(operation.channelId).paid;
  };
  const snapshot = (): MoneySnapshot => {
    const {
      gasPrice: _price,
      spentOnRecords: _spent,
      ...rest
    } = viewOf({
      block: blockNumber(pool.block()),
      time: unixSeconds(pool.time()),
      channels: start.map((seen) => ({ ...seen, channel: at(seen.channelId) })),
      available: new Map([[TOKEN, available]]),
    });
    return rest;
  };
  return { ...pool, operations, done, at, snapshot, tryOut, available: () => available };
};
export type MoneyChain = ReturnType<typeof createMoneyChain>;

/** What survives a crash: the disk, and the record of everything that was ever sent. */
export type PaymentRemains = {
  readonly disk: MemoryDisk;
  readonly sent: { readonly raw: Hex; readonly nonce: number; readonly operation: string }[];
};

/** What survives a crash of an agent that has not run yet. */
export const nothingPaid = (): PaymentRemains => ({ disk: { lines: [] }, sent: [] });

/** Ports of one life of an agent over a fake chain. Each signing makes other bytes, so that no two go unnoticed. */
export const createFakePayments = (chain: MoneyChain, remains: PaymentRemains) => {
  const events: KeeperEvent[] = [];
  const world: {
    replyLost: boolean;
    refuses: string | undefined;
    estimate: SimulatedOperation | undefined;
    baseFee: bigint;
    /** How many questions for a receipt fail before one is answered. */
    receiptFaults: number;
  } = { replyLost: false, refuses: undefined, estimate: undefined, baseFee: 100n, receiptFaults: 0 };
  let copies = 0;
  const operationIn = (data: Hex): string => Buffer.from(data.slice(2), "hex").toString();
  const sending: PaymentsPorts["sending"] = {
    readNonce: () => Promise.resolve(chain.accountNonce()),
    readReceipt: (transaction) => {
      world.receiptFaults -= 1;
      if (world.receiptFaults >= 0) return Promise.reject(new RetryableError("no answer"));
      const found = chain.receipt(transaction);
      if (found === undefined) return Promise.resolve(undefined);
      const error = found.isWell ? undefined : "WrongChannelState";
      return Promise.resolve({ block: blockNumber(found.block), gasPaid: 1n, error });
    },
    whoUsed: ({ transaction }) => Promise.resolve(chain.receipt(transaction) === undefined ? "another" : "ours"),
    simulate: ({ call: { data } }) => {
      if (world.estimate !== undefined) return Promise.resolve(world.estimate);
      const operation = chain.operations.get(operationIn(data));
      const isWell = operation !== undefined && chain.tryOut(operation);
      return Promise.resolve(isWell ? { kind: "ok", gas: 90_000n } : { kind: "reverted", why: "WrongChannelState" });
    },
    check: () => Promise.resolve(true),
    sign: (_account, { data, nonce, gasPrice }) => {
      copies += 1;
      const copy = remains.sent.length * 1_000 + copies;
      // A cancellation is for nothing.
      const operation = operationIn(data);
      const raw = toRaw({ operation, nonce: Number(nonce), gasPrice: Number(gasPrice), copy });
      return Promise.resolve({ raw, transaction: hashText(raw) });
    },
    broadcast: (raw) => {
      if (!isOnDisk(remains.disk, raw)) throw new Error("bytes were sent that no disk has");
      if (world.refuses !== undefined) return Promise.resolve({ kind: "refused", why: world.refuses });
      const { nonce, operation } = contentShape.parse(fromRaw(raw));
      remains.sent.push({ raw, nonce, operation });
      chain.receive(raw);
      if (world.replyLost) return Promise.reject(new RetryableError("the reply was lost"));
      return Promise.resolve({ kind: "accepted" });
    },
    store: journalOf(remains.disk),
    nowMs: () => Number(chain.time()) * 1_000,
  };
  const ports: PaymentsPorts = {
    head: () => ({ block: blockNumber(chain.block()), baseFee: world.baseFee }),
    readSnapshot: () => Promise.resolve(chain.snapshot()),
    readChannel: ({ salt }) => {
      const seen = chain.snapshot().channels.find(({ terms }) => terms.salt === salt);
      return Promise.resolve(seen?.channel ?? channelAt({ state: "None", deposited: 0n }));
    },
    encode: (operation) => {
      chain.operations.set(identityOf(operation), operation);
      return { to: account(0x7100), data: hex(`0x${Buffer.from(identityOf(operation)).toString("hex")}`) };
    },
    hash: hashText,
    sending,
    emit: (event) => void events.push(event),
  };
  const told = (step: string): readonly string[] =>
    events.flatMap((event) => (event.kind === "payment" && event.step === step ? [event.operation] : []));
  return { ports, events, world, told };
};
