import type { Address } from "../../core/units.ts";
import type { ChannelPlan, PaymentIntent, PaymentsPorts } from "../../payments/ports.ts";
import { channelHashes } from "../../payments/voucher.ts";
import type { ChainNode } from "../chain/node.ts";
import { createSnapshotReader } from "../chain/snapshot.ts";
import { createNonceReader, createReceiptReader, createSigner, sendRaw } from "../chain/transactions.ts";
import { type FileJournal, type Members, signedIntent, textOf } from "../journal/file.ts";
import type { AgentTools } from "../ports/shared.ts";
import { type MoneyAddresses, encodeDeed, estimateCall, moneyReader } from "./money.ts";
import { followMoney } from "./events.ts";
import { loadKeccak } from "./keccak.ts";
import { voucherReader } from "./readStore.ts";
import { loadRecovery } from "./recover.ts";
import { createSightReader } from "./snapshot.ts";

export type PaymentsSetup = {
  readonly at: MoneyAddresses;
  readonly plans: readonly ChannelPlan[];
  readonly native: Address;
  /** Files of the voucher stores that are looked into. */
  readonly stores: readonly string[];
  readonly fromBlock: bigint;
};

/** An intent as a journal holds it. @throws as {@link signedIntent} */
export const paymentIntent = (members: Members): PaymentIntent => ({
  ...signedIntent(members),
  deed: textOf(members, "deed"),
});

const sightReader = async (tools: AgentTools, setup: PaymentsSetup): Promise<PaymentsPorts["readView"]> => {
  const { node, addresses, key } = tools;
  const { at, plans, native } = setup;
  const self = key.address;
  const fast = await loadKeccak();
  const hashes = channelHashes(fast.keccak, { chainId: addresses.chainId, channels: at.channels });
  const onTrouble = (what: string): void => tools.emit({ kind: "trouble", agent: tools.name, what });
  const query = { signers: () => [], agentId: 0n, withPools: false, tickReach: 0 };
  const look = createSnapshotReader(node, addresses, query);
  return createSightReader({
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
    prices: async (block) => (await look(block)).view,
  });
};

const outcomeReader = (node: ChainNode): PaymentsPorts["readReceipt"] => {
  const readMined = createReceiptReader(node);
  return async (transaction) => {
    const receipt = await readMined(transaction);
    if (receipt === undefined) return undefined;
    const { block, gasPaid, error } = receipt;
    if (error === undefined) return { block, outcome: { kind: "done", gasPaid } };
    return { block, outcome: { kind: "reverted", error, gasPaid } };
  };
};

/** A payments agent's ports over its own connection. */
export const paymentsPorts = async (
  tools: AgentTools,
  journal: Pick<FileJournal<PaymentIntent>, "append" | "load">,
  setup: PaymentsSetup,
): Promise<PaymentsPorts> => {
  const { node, addresses, key } = tools;
  return {
    head: node.head,
    readView: await sightReader(tools, setup),
    readAccountNonce: createNonceReader(node, key.address),
    readReceipt: outcomeReader(node),
    readChannel: moneyReader(node, setup.at).channelSeenByTwo,
    encode: encodeDeed(setup.at),
    estimate: (call) => estimateCall(node, key.address, call),
    sign: createSigner(key, addresses.chainId),
    send: (raw) => sendRaw(node, raw),
    append: journal.append,
    loadJournal: journal.load,
    emit: tools.emit,
  };
};
