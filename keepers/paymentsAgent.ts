import { keccak } from "./adapters/chain/keys.ts";
import { paymentIntent, paymentsPorts } from "./adapters/payments/agent.ts";
import { moneyAddressesOf } from "./adapters/payments/money.ts";
import type { AgentTools } from "./adapters/ports/shared.ts";
import { type Common, type Prepared, closeOnFailure, openJournal, tokenNamed } from "./common.ts";
import type { KeeperConfig } from "./config/schema.ts";
import { word } from "./core/hex.ts";
import { ZERO_ADDRESS } from "./core/proposal.ts";
import { type Address, seconds } from "./core/units.ts";
import type { ChannelPlan, PaymentsPolicy } from "./payments/decide.ts";
import { emptyPaymentsMemory, recoverPayments, tick as paymentsTick } from "./payments/tick.ts";
import { type ChannelDomain, channelHashes } from "./payments/voucher.ts";

type Payments = KeeperConfig["payments"];

/** The channels of the configuration, by their ids. */
const plansOf = (common: Common, self: Address, domain: ChannelDomain): readonly ChannelPlan[] => {
  const { channelIdOf } = channelHashes(keccak, domain);
  const planOf = (channel: Payments["channels"][number]): ChannelPlan => {
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

const paymentsPolicy = ({ config }: Common, self: Address, plans: readonly ChannelPlan[]): PaymentsPolicy => ({
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

/** Makes the payments agent ready. @throws FatalError when the book lacks what it needs */
export const preparePayments = async (common: Common, tools: AgentTools): Promise<Prepared> => {
  const { execution, payments, dryRun, nativeToken } = common.config;
  const self = tools.key.address;
  const at = moneyAddressesOf(common.book);
  const plans = plansOf(common, self, { chainId: common.addresses.chainId, channels: at.channels });
  const native = tokenNamed(common, nativeToken);
  const setup = { at, plans, native, stores: payments.voucherStores, fromBlock: payments.fromBlock };
  const sending = {
    name: tools.name,
    dryRun,
    gasMarginPercent: execution.gasMarginPercent,
    lifetime: seconds(payments.lifetimeSeconds),
    tip: execution.tipWei,
    maxGasPrice: execution.maxGasPriceWei,
  };
  const journal = await openJournal(common, tools, paymentIntent);
  return closeOnFailure(journal, async () => {
    const ports = await paymentsPorts(tools, journal, setup);
    const policy = paymentsPolicy(common, self, plans);
    const agent = { ports, memory: emptyPaymentsMemory(), policy, sending };
    await recoverPayments(agent);
    return { tick: () => paymentsTick(agent), close: journal.close };
  });
};
