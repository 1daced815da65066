import type { ChainNode } from "../../keepers/adapters/chain/node.ts";
import { followMoney } from "../../keepers/adapters/payments/events.ts";
import { loadKeccak } from "../../keepers/adapters/payments/keccak.ts";
import { createChainPorts } from "../../keepers/adapters/chain/operations.ts";
import { encodeOperation, moneyReader } from "../../keepers/adapters/payments/money.ts";
import { loadRecovery } from "../../keepers/adapters/payments/recover.ts";
import type { SeenStore } from "../../keepers/adapters/payments/readStore.ts";
import { createMoneySnapshotReader } from "../../keepers/adapters/payments/snapshot.ts";
import { hex } from "../../keepers/core/hex.ts";
import { type Address, address, blockNumber, seconds, unixSeconds } from "../../keepers/core/units.ts";
import { type PaymentsPolicy, decide } from "../../keepers/agents/payments/decide.ts";
import type { ValuedOperation, ChannelTerms, MoneySnapshot, PaymentCall } from "../../keepers/agents/payments/ports.ts";
import { channelHashes, signerOf } from "../../keepers/agents/payments/voucher.ts";
import { type Signer, type VoteKey, ethers, now } from "./chain.ts";
import { type Config, authorizer, voucherOf } from "./channels.ts";
import { inProcessNode } from "./fakeNode.ts";
import { POLICY } from "./fakePayments.ts";
import { RESULT } from "./jobs.ts";
import { type Money, CHAIN_ID } from "./money.ts";

const fast = await loadKeccak();
const recover = await loadRecovery(fast);

export const toTerms = (config: Config): ChannelTerms => ({
  payer: address(config.payer),
  payerAuthorizer: address(config.payerAuthorizer),
  receiver: address(config.receiver),
  receiverAuthorizer: address(config.receiverAuthorizer),
  token: address(config.token),
  withdrawDelay: seconds(config.withdrawDelay),
  salt: hex(config.salt),
});

/** Simulates a call on the newest block, as the payments agent's sender does. */
export const tryOut = async (from: Address, { to, data }: PaymentCall, node: ChainNode = inProcessNode()) => {
  const block = blockNumber(BigInt(await ethers.provider.getBlockNumber()));
  const call = { target: to, data };
  const operation = {
    id: data,
    call,
    value: 0n,
    priority: 0,
    urgency: "normal",
    endsOnChain: false,
    guards: [],
  } as const;
  return createChainPorts(node).simulate({ ...operation, deadline: unixSeconds(0n) }, from, block);
};

/** One payments agent's eyes and hands on the tests' own chain. Vouchers come from where a store would have them. */
export const payingAgent = (
  f: Pick<Money, "addresses" | "collector">,
  self: Signer,
  { node = inProcessNode(), ...changes }: Partial<PaymentsPolicy> & { readonly node?: ChainNode } = {},
) => {
  const places = {
    accounts: address(f.addresses.accounts),
    channels: address(f.addresses.channels),
    escrow: address(f.addresses.escrow),
    splitter: address(f.collector.address),
    since: 0n,
  };
  const me = address(self.address);
  const hashes = channelHashes(fast.keccak, { chainId: CHAIN_ID, channels: places.channels });
  const policy: PaymentsPolicy = { ...POLICY, self: me, divideFrom: 10n ** 18n, ...changes };
  const index = followMoney(node, places, { self: me, fromBlock: 0n, onTrouble: () => undefined });
  const stored: SeenStore[] = [];
  const token = address(f.addresses.usdc);
  const look = createMoneySnapshotReader({
    self: me,
    at: places,
    plans: policy.plans,
    native: token,
    index,
    read: moneyReader(node, places),
    vouchers: () => Promise.resolve(stored),
    prices: async () => ({ time: unixSeconds(await now()), tokens: [] }),
  });
  const see = async (): Promise<MoneySnapshot> => {
    const snapshot = await look(blockNumber(BigInt(await ethers.provider.getBlockNumber())));
    // Gas for nothing: what it is worth is tested elsewhere.
    return { ...snapshot, rates: new Map([[token, { nativePriceE18: 0n, decimals: 6 }]]) };
  };
  /** What the agent would do, and why not. */
  const wants = async () => decide({ ...(await see()), gasPrice: 0n, spentOnRecords: 0n }, policy);
  const send = async (operation: ValuedOperation): Promise<void> => {
    const call = encodeOperation(places)(operation);
    const estimate = await tryOut(me, call, node);
    if (estimate.kind === "reverted") throw new Error(estimate.why);
    await (await self.sendTransaction(call)).wait();
  };
  /** Does all that it wants, one after the other, and says what that was. */
  const work = async (): Promise<readonly string[]> => {
    const done: string[] = [];
    for (;;) {
      const [next] = (await wants()).flatMap((decision) => (decision.kind === "operate" ? [decision.operation] : []));
      if (next === undefined) return done;
      await send(next);
      done.push(next.kind);
    }
  };
  const hold = async (config: Config, total: bigint, key: Pick<VoteKey, "signTypedData"> = authorizer) => {
    const terms = toTerms(config);
    const channelId = hashes.channelIdOf(terms);
    const signature = hex(await voucherOf(f, config, total, { key }));
    const last = { domain: hashes.domain, channelId, maxClaimableAmount: total, signature, purchase: hex(RESULT) };
    const others = stored.filter((channel) => channel.channelId !== channelId);
    const recovery = recover(hashes.voucherDigest(last), signature);
    const isProven = recovery.kind === "signer" && recovery.signer === signerOf(terms);
    const store = { channelId, terms, proven: isProven ? [last] : [], unproven: isProven ? [] : [last] };
    stored.splice(0, stored.length, ...others, store);
  };
  return { work, wants, hold, see, hashes };
};
