import { keccak256, toUtf8Bytes } from "ethers";
import { createSnapshotReader } from "../adapters/chain/snapshot.ts";
import { keccak } from "../adapters/chain/keys.ts";
import { type JsonMembers, signedTransaction, textOf } from "../adapters/journal/file.ts";
import { followMoney } from "../adapters/payments/events.ts";
import { loadKeccak } from "../adapters/payments/keccak.ts";
import { type MoneyAddresses, encodeOperation, moneyAddressesOf, moneyReader } from "../adapters/payments/money.ts";
import { voucherReader } from "../adapters/payments/readStore.ts";
import { loadRecovery } from "../adapters/payments/recover.ts";
import { createMoneySnapshotReader } from "../adapters/payments/snapshot.ts";
import type { ExecutionSettings } from "../agents/execution/config.ts";
import { type PaymentsSettings, settings } from "../agents/payments/config.ts";
import type {
  ChannelPlan,
  PaymentTransaction,
  PaymentSending,
  PaymentsPolicy,
  PaymentsPorts,
} from "../agents/payments/ports.ts";
import { identityFrom } from "../agents/payments/operation.ts";
import { createPaymentsAgent, resume, tick } from "../agents/payments/tick.ts";
import { type ChannelDomain, channelHashes } from "../agents/payments/voucher.ts";
import type { SharedConfig } from "../config/schema.ts";
import { detailsOf } from "../sending/flight.ts";
import { hex, word } from "../core/hex.ts";
import { ZERO_ADDRESS } from "../core/proposal.ts";
import { type Address, seconds } from "../core/units.ts";
import { type AgentTools, type Common, agentKind, closeOnFailure, tokenNamed } from "./agentKind.ts";
import { senderPorts } from "./sending.ts";
import {
  type OpenTransactions,
  type ToStored,
  moveEarlierFile,
  openTransactions,
  sendingFiles,
} from "./transactions.ts";

type Config = SharedConfig & { readonly payments: PaymentsSettings; readonly execution: ExecutionSettings };

/** What the agent works with, as its configuration and the address book say. */
type PaymentsSetup = {
  readonly at: MoneyAddresses;
  readonly plans: readonly ChannelPlan[];
  readonly native: Address;
  /** Files of the voucher stores that are looked into. */
  readonly stores: readonly string[];
  readonly fromBlock: bigint;
};

/** A pending transaction as a journal holds it. @throws as {@link signedTransaction} */
export const paymentTransaction = (members: JsonMembers): PaymentTransaction => ({
  ...signedTransaction(members),
  operation: identityFrom(textOf(members, "deed" in members ? "deed" : "operation")),
});

const moneySnapshotReader = async (tools: AgentTools, setup: PaymentsSetup): Promise<PaymentsPorts["readSnapshot"]> => {
  const { node, addresses, key } = tools;
  const { at, plans, native } = setup;
  const self = key.address;
  const fast = await loadKeccak();
  const hashes = channelHashes(fast.keccak, { chainId: addresses.chainId, channels: at.channels });
  const onTrouble = (what: string): void => tools.emit({ kind: "trouble", agent: tools.name, what });
  const query = { signers: () => [], agentId: 0n, withPools: false, tickReach: 0 };
  const readAll = createSnapshotReader(node, addresses, query);
  return createMoneySnapshotReader({
    self,
    at,
    plans,
    native,
    index: followMoney(node, at, { self, fromBlock: setup.fromBlock, onTrouble }),
    read: moneyReader(node, at),
    vouchers: voucherReader(setup.stores, {
      hashes,
      recover: await loadRecovery(fast),
      onTrouble: (what) => tools.emit({ kind: "trouble", agent: tools.name, what }),
    }),
    prices: async (block) => (await readAll(block)).view,
  });
};

const hashText: PaymentsPorts["hash"] = (text) => hex(keccak256(toUtf8Bytes(text)));

/** A payments agent's ports over its own connection. */
const portsOf = async (
  tools: AgentTools,
  { store }: Pick<OpenTransactions, "store">,
  setup: PaymentsSetup,
): Promise<PaymentsPorts> => ({
  head: tools.node.head,
  readSnapshot: await moneySnapshotReader(tools, setup),
  readChannel: moneyReader(tools.node, setup.at).channelSeenByTwo,
  encode: encodeOperation(setup.at),
  hash: hashText,
  sending: senderPorts(tools, store),
  emit: tools.emit,
});

/** What an earlier journal's transaction is for, by the name that the state gives it. */
export const toStoredPayment: ToStored<PaymentTransaction> = ({ operation }) => ({
  operation: hashText(operation),
  details: detailsOf({ endsOnChain: false, note: operation }),
});

/** The channels of the configuration, by their ids. */
const plansOf = (common: Common<Config>, self: Address, domain: ChannelDomain): readonly ChannelPlan[] => {
  const { channelIdOf } = channelHashes(keccak, domain);
  const planOf = (channel: PaymentsSettings["channels"][number]): ChannelPlan => {
    const { receiver, receiverAuthorizer, payerAuthorizer, token, deposit, low, limit } = channel;
    const terms = {
      payer: self,
      payerAuthorizer: payerAuthorizer ?? ZERO_ADDRESS,
      receiver,
      receiverAuthorizer: receiverAuthorizer ?? ZERO_ADDRESS,
      token: tokenNamed(common, token),
      withdrawDelay: seconds(channel.withdrawDelaySeconds),
      salt: word(channel.salt),
    };
    return { channelId: channelIdOf(terms), terms, deposit, low, limit };
  };
  return common.config.payments.channels.map(planOf);
};

const policyOf = ({ config }: Common<Config>, self: Address, plans: readonly ChannelPlan[]): PaymentsPolicy => ({
  self,
  plans,
  marginPercent: config.payments.claimMarginPercent,
  maxBatch: config.payments.maxBatch,
  watchesOthers: config.payments.watchOthers,
  trustedWorkers: new Set(config.payments.trustedWorkers),
  approveUpTo: config.payments.approveUpTo,
  recordsResults: config.payments.recordResults,
  recordBudget: config.payments.recordBudgetWei,
  divideFrom: config.payments.divideFrom,
});

const sendingOf = ({ config: { execution, payments: own, dryRun } }: Common<Config>, name: string): PaymentSending => ({
  name,
  dryRun,
  gasMarginPercent: execution.gasMarginPercent,
  lifetime: seconds(own.lifetimeSeconds),
  tip: execution.tipWei,
  maxGasPrice: execution.maxGasPriceWei,
});

/** @throws FatalError when the book lacks what the agent needs */
const setupOf = (common: Common<Config>, self: Address): PaymentsSetup => {
  const { payments: own, nativeToken } = common.config;
  const at = moneyAddressesOf(common.book);
  const plans = plansOf(common, self, { chainId: common.addresses.chainId, channels: at.channels });
  const native = tokenNamed(common, nativeToken);
  return { at, plans, native, stores: own.voucherStores, fromBlock: own.fromBlock };
};

export const payments = agentKind({
  settings,
  votes: false,
  part: "other",
  build: async (common: Common<Config>, tools) => {
    const self = tools.key.address;
    const setup = setupOf(common, self);
    const config = { policy: policyOf(common, self, setup.plans), sending: sendingOf(common, tools.name) };
    const opened = await openTransactions(common, tools);
    return closeOnFailure(opened, async () => {
      const { store, close } = opened;
      const { notes } = sendingFiles(common.config.dataDir, tools.name);
      await moveEarlierFile(notes, paymentTransaction, { store, account: self, toStored: toStoredPayment });
      const agent = createPaymentsAgent(await portsOf(tools, opened, setup), config);
      return { agent, close, pipeline: agent.pipeline };
    });
  },
  tick,
  resume,
});
