import { expect } from "chai";
import { followMoney } from "../../../keepers/adapters/payments/events.ts";
import { loadKeccak } from "../../../keepers/adapters/payments/keccak.ts";
import { encodeDeed, estimateCall, moneyReader } from "../../../keepers/adapters/payments/money.ts";
import { loadRecovery } from "../../../keepers/adapters/payments/recover.ts";
import { createSightReader } from "../../../keepers/adapters/payments/snapshot.ts";
import { hex } from "../../../keepers/core/hex.ts";
import { address, blockNumber, seconds, unixSeconds } from "../../../keepers/core/units.ts";
import { type PaymentsPolicy, decide } from "../../../keepers/payments/decide.ts";
import type { SeenStore } from "../../../keepers/adapters/payments/readStore.ts";
import type { Act, ChannelPlan, ChannelTerms, Sight } from "../../../keepers/payments/ports.ts";
import { channelHashes, signerOf } from "../../../keepers/payments/voucher.ts";
import { type Signer, type VoteKey, USDC, ZERO, at, ethers, loadFixture, now, time } from "../../support/chain.ts";
import { type Config, DELAY, STATE, authorizer, configOf, voucherOf } from "../../support/channels.ts";
import { inProcessNode } from "../../support/fakeNode.ts";
import { POLICY } from "../../support/fakePayments.ts";
import { POT, splitterFixture } from "../../support/fees.ts";
import { JOB, PRICE, RESULT, feeOf, netOf, performanceTerms, termsOf } from "../../support/jobs.ts";
import { RECORD, WORKING_AGENT, deliverWork, recordFixture } from "../../support/records.ts";
import { type Money, CHAIN_ID, balanceOf, moneyFixture } from "../../support/money.ts";

const node = inProcessNode();
const fast = await loadKeccak();
const recover = await loadRecovery(fast);

const toTerms = (config: Config): ChannelTerms => ({
  payer: address(config.payer),
  payerAuthorizer: address(config.payerAuthorizer),
  receiver: address(config.receiver),
  receiverAuthorizer: address(config.receiverAuthorizer),
  token: address(config.token),
  withdrawDelay: seconds(config.withdrawDelay),
  salt: hex(config.salt),
});

/** One agent's eyes and hands on the tests' own chain. Vouchers come from where a store would have them. */
const agentOf = (f: Pick<Money, "addresses" | "collector">, self: Signer, changes: Partial<PaymentsPolicy> = {}) => {
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
  const index = followMoney(node, places, { self: me, fromBlock: 0n });
  const stored: SeenStore[] = [];
  const token = address(f.addresses.usdc);
  const look = createSightReader({
    self: me,
    at: places,
    plans: policy.plans,
    native: token,
    index,
    read: moneyReader(node, places),
    vouchers: () => Promise.resolve(stored),
    prices: async () => ({ time: unixSeconds(await now()), tokens: [] }),
  });
  const see = async (): Promise<Sight> => {
    const sight = await look(blockNumber(BigInt(await ethers.provider.getBlockNumber())));
    // Gas for nothing: what it is worth is tested elsewhere.
    return { ...sight, rates: new Map([[token, { nativePriceE18: 0n, decimals: 6 }]]) };
  };
  /** What the agent would do, and why not. */
  const wants = async () => decide({ ...(await see()), gasPrice: 0n, spentOnRecords: 0n }, policy);
  const send = async (act: Act): Promise<void> => {
    const call = encodeDeed(places)(act);
    expect((await estimateCall(node, me, call)).kind).to.equal("ok");
    await (await self.sendTransaction(call)).wait();
  };
  /** Does all that it wants, one after the other, and says what that was. */
  const work = async (): Promise<readonly string[]> => {
    const done: string[] = [];
    for (;;) {
      const [next] = (await wants()).flatMap((decision) => (decision.kind === "act" ? [decision.act] : []));
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

describe("The payments agent's deeds on the contracts", () => {
  it("opens a channel, tops it up as it is used, and takes the rest back after a close", async () => {
    const f = await loadFixture(moneyFixture);
    const config = configOf(f);
    const terms = toTerms(config);
    const channelId = agentOf(f, f.depositor).hashes.channelIdOf(terms);
    const plan: ChannelPlan = { channelId, terms, deposit: 100n * USDC, low: 40n * USDC, limit: 150n * USDC };
    const payer = agentOf(f, f.depositor, { plans: [plan] });
    expect(await payer.work()).to.deep.equal(["open"]);
    await payer.hold(config, 61n * USDC);
    expect(await payer.work()).to.deep.equal(["topUp"]);
    expect((await f.channels.channelOf(config)).deposited).to.equal(150n * USDC);
    await f.channels.connect(f.depositor).startClose(config, 61n * USDC);
    expect((await payer.wants()).map(({ kind }) => kind)).to.deep.equal(["wait"]);
    await time.increase(DELAY + 1n);
    expect(await payer.work()).to.deep.equal(["finishClose"]);
    expect((await f.channels.channelOf(config)).state).to.equal(STATE.closed);
    expect(await balanceOf(f, f.payee)).to.equal(61n * USDC);
    expect(await payer.work()).to.deep.equal([]);
  });

  it("claims one channel by its voucher and several in a batch, each voucher once", async () => {
    const f = await loadFixture(moneyFixture);
    const receiver = agentOf(f, f.payee);
    const configs = [1, 2, 3].map((n) => configOf(f, { salt: ethers.toBeHex(n, 32) }));
    for (const config of configs) await f.channels.connect(f.depositor).open(config, 10n * USDC);
    await receiver.hold(at(configs, 0), 2n * USDC);
    expect(await receiver.work()).to.deep.equal(["claim"]);
    expect(await receiver.work()).to.deep.equal([]);
    for (const config of configs) await receiver.hold(config, 5n * USDC);
    expect(await receiver.work()).to.deep.equal(["claimMany"]);
    expect(await balanceOf(f, f.payee)).to.equal(15n * USDC);
    // A file that was altered: no key signed it, so the batch goes without it, and alone it is not sent.
    await receiver.hold(at(configs, 1), 6n * USDC, f.attacker);
    await receiver.hold(at(configs, 2), 6n * USDC);
    const { channels } = await receiver.see();
    expect(channels.map(({ voucher }) => voucher?.compact === undefined)).to.have.members([false, true, false]);
  });

  it("answers a stale close for its bounty in the very second in which it is due [NX-CHN-02]", async () => {
    const f = await loadFixture(moneyFixture);
    const config = configOf(f);
    await f.channels.connect(f.depositor).open(config, 100n * USDC);
    const watcher = agentOf(f, f.anyone);
    await watcher.hold(config, 80n * USDC);
    expect(await watcher.work()).to.deep.equal([]);
    await f.channels.connect(f.depositor).startClose(config, 0n);
    const { closesAt } = await f.channels.channelOf(config);
    await time.increaseTo(closesAt - DELAY / 2n - 1n);
    expect(await watcher.wants()).to.deep.include({
      kind: "wait",
      id: watcher.hashes.channelIdOf(toTerms(config)),
      why: "bounty-later",
    });
    await time.increaseTo(closesAt - DELAY / 2n);
    expect(await watcher.work()).to.deep.equal(["claim"]);
    expect(await balanceOf(f, f.anyone)).to.equal((80n * USDC) / 100n);
    expect((await f.channels.channelOf(config)).state).to.equal(STATE.closingStale);
  });

  it("finds its jobs by their events, approves by rule, and times out what waits for somebody", async () => {
    const f = await loadFixture(moneyFixture);
    const rule = { trustedWorkers: new Set([address(f.payee.address)]), approveUpTo: PRICE };
    const client = agentOf(f, f.depositor, rule);
    const [good, idle] = [await termsOf(f), await termsOf(f, { spec: ethers.id("idle") })];
    const judged = await performanceTerms(f);
    for (const terms of [good, idle, judged]) await f.escrow.connect(f.depositor).fund(terms);
    expect(await client.work()).to.deep.equal([]);
    for (const terms of [good, judged]) await f.escrow.connect(f.payee).deliver(terms, RESULT);
    expect(await client.work()).to.deep.equal(["approve"]);
    expect((await f.escrow.jobOf(good)).status).to.equal(JOB.paid);
    expect(await balanceOf(f, f.payee)).to.equal(netOf(PRICE));
    await time.increaseTo(idle.deliverBy + 1n);
    // The client takes back what nobody did; of the other one it gets what silence does not earn.
    expect(await client.work()).to.deep.equal(["timeOut", "timeOut"]);
    expect((await f.escrow.jobOf(idle)).status).to.equal(JOB.withdrawn);
    expect((await f.escrow.jobOf(judged)).status).to.equal(JOB.paid);
    const { fees } = await client.see();
    expect(fees).to.deep.equal([
      {
        token: address(f.addresses.usdc),
        held: 0n,
        owed: [{ account: address(f.payee.address), amount: feeOf(PRICE) + feeOf(judged.silent) }],
      },
    ]);
    await f.accounts.sweepFees(f.addresses.usdc, [f.payee.address]);
    expect((await client.see()).fees[0]?.owed[0]?.amount).to.equal(0n);
  });

  it("puts the results of its jobs on the record of the agent that their terms name, once", async () => {
    const f = await loadFixture(recordFixture);
    const addresses = { ...f.addresses, channels: ZERO, hostile: ZERO, permit2: ZERO };
    const worker = agentOf({ addresses, collector: f.operatorC }, f.worker);
    const [good, nobodys] = [await deliverWork(f), await deliverWork(f, { agentId: 0n })];
    expect(await worker.work()).to.deep.equal([]);
    for (const terms of [good, nobodys]) await f.escrow.connect(f.depositor).approve(terms, 0n);
    expect(await worker.work()).to.deep.equal(["record"]);
    expect(await f.reputation.standingOf(WORKING_AGENT)).to.be.greaterThan(0n);
    expect((await f.escrow.previewRecord(good)).refusal).to.equal(RECORD.recorded);
    // Who looks for the first time sees that as well.
    expect(await agentOf({ addresses, collector: f.operatorC }, f.depositor).work()).to.deep.equal([]);
  });

  it("divides fees, and says by name why it cannot", async () => {
    const f = await loadFixture(splitterFixture);
    const places = {
      accounts: address(await f.accounts.getAddress()),
      channels: address(f.addresses.usdc),
      escrow: address(f.addresses.usdc),
      splitter: address(await f.splitter.getAddress()),
      since: 0n,
    };
    const token = address(f.token);
    const call = encodeDeed(places)({ kind: "divide", token, accounts: [], sum: POT });
    const me = address(f.anyone.address);
    expect((await estimateCall(node, me, call)).kind).to.equal("ok");
    await (await f.anyone.sendTransaction(call)).wait();
    expect(await f.accounts.balanceOf(f.token, f.payee.address)).to.be.greaterThan(0n);
    await f.splitter.connect(f.admin).setBeneficiaries([]);
    const refused = await estimateCall(node, me, call);
    expect(refused.kind === "reverted" ? refused.error : "").to.include("NothingToDivide(");
  });
});
