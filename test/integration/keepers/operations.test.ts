import { expect } from "chai";
import { encodeOperation } from "../../../keepers/adapters/payments/money.ts";
import { address } from "../../../keepers/core/units.ts";
import type { ChannelPlan } from "../../../keepers/agents/payments/ports.ts";
import { USDC, ZERO, at, ethers, loadFixture, time } from "../../support/chain.ts";
import { DELAY, STATE, configOf } from "../../support/channels.ts";
import { POT, splitterFixture } from "../../support/fees.ts";
import { JOB, PRICE, RESULT, feeOf, netOf, performanceTerms, termsOf } from "../../support/jobs.ts";
import { balanceOf, moneyFixture } from "../../support/money.ts";
import { payingAgent, toTerms, tryOut } from "../../support/payingAgent.ts";
import { RECORD, WORKING_AGENT, deliverWork, recordFixture } from "../../support/records.ts";

describe("The payments agent's operations on the contracts", () => {
  it("opens a channel, tops it up as it is used, and takes the rest back after a close", async () => {
    const f = await loadFixture(moneyFixture);
    const config = configOf(f);
    const terms = toTerms(config);
    const channelId = payingAgent(f, f.depositor).hashes.channelIdOf(terms);
    const plan: ChannelPlan = { channelId, terms, deposit: 100n * USDC, low: 40n * USDC, limit: 150n * USDC };
    const payer = payingAgent(f, f.depositor, { plans: [plan] });
    expect(await payer.work()).to.deep.equal(["open"]);
    await payer.hold(config, 61n * USDC);
    expect(await payer.work()).to.deep.equal(["topUp"]);
    expect((await f.channels.channelOf(config)).deposited).to.equal(150n * USDC);
    await f.channels.connect(f.depositor).initiateClose(config, 61n * USDC);
    expect((await payer.wants()).map(({ kind }) => kind)).to.deep.equal(["wait"]);
    await time.increase(DELAY + 1n);
    expect(await payer.work()).to.deep.equal(["finalizeClose"]);
    expect((await f.channels.channelOf(config)).state).to.equal(STATE.closed);
    expect(await balanceOf(f, f.payee)).to.equal(61n * USDC);
    expect(await payer.work()).to.deep.equal([]);
  });

  it("claims one channel by its voucher and several in a batch, each voucher once", async () => {
    const f = await loadFixture(moneyFixture);
    const receiver = payingAgent(f, f.payee);
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
    const watchtower = payingAgent(f, f.anyone);
    await watchtower.hold(config, 80n * USDC);
    expect(await watchtower.work()).to.deep.equal([]);
    await f.channels.connect(f.depositor).initiateClose(config, 0n);
    const { closesAt } = await f.channels.channelOf(config);
    await time.increaseTo(closesAt - DELAY / 2n - 1n);
    expect(await watchtower.wants()).to.deep.include({
      kind: "wait",
      id: watchtower.hashes.channelIdOf(toTerms(config)),
      why: "bounty-later",
    });
    await time.increaseTo(closesAt - DELAY / 2n);
    expect(await watchtower.work()).to.deep.equal(["claim"]);
    expect(await balanceOf(f, f.anyone)).to.equal((80n * USDC) / 100n);
    expect((await f.channels.channelOf(config)).state).to.equal(STATE.closingStale);
  });

  it("finds its jobs by their events, approves by rule, and times out what waits for somebody", async () => {
    const f = await loadFixture(moneyFixture);
    const rule = { trustedWorkers: new Set([address(f.payee.address)]), approveUpTo: PRICE };
    const client = payingAgent(f, f.depositor, rule);
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
    expect(await client.work()).to.deep.equal(["resolveTimeout", "resolveTimeout"]);
    expect((await f.escrow.jobOf(idle)).status).to.equal(JOB.cancelled);
    expect((await f.escrow.jobOf(judged)).status).to.equal(JOB.paid);
    const { fees } = await client.see();
    expect(fees).to.deep.equal([
      {
        token: address(f.addresses.usdc),
        held: 0n,
        owed: [{ account: address(f.payee.address), amount: feeOf(PRICE) + feeOf(judged.timeoutPayment) }],
      },
    ]);
    await f.accounts.sweepFees(f.addresses.usdc, [f.payee.address]);
    expect((await client.see()).fees[0]?.owed[0]?.amount).to.equal(0n);
  });

  it("puts the results of its jobs on the record of the agent that their terms name, once", async () => {
    const f = await loadFixture(recordFixture);
    const addresses = { ...f.addresses, channels: ZERO, hostile: ZERO, permit2: ZERO };
    const worker = payingAgent({ addresses, collector: f.operatorC }, f.worker);
    const [good, nobodys] = [await deliverWork(f), await deliverWork(f, { agentId: 0n })];
    expect(await worker.work()).to.deep.equal([]);
    for (const terms of [good, nobodys]) await f.escrow.connect(f.depositor).approve(terms, 0n);
    expect(await worker.work()).to.deep.equal(["record"]);
    expect(await f.reputation.ratingOf(WORKING_AGENT)).to.be.greaterThan(0n);
    expect((await f.escrow.previewRecord(good)).refusal).to.equal(RECORD.recorded);
    // Who looks for the first time sees that as well.
    expect(await payingAgent({ addresses, collector: f.operatorC }, f.depositor).work()).to.deep.equal([]);
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
    const call = encodeOperation(places)({ kind: "divide", token, accounts: [], sum: POT });
    const me = address(f.anyone.address);
    expect((await tryOut(me, call)).kind).to.equal("ok");
    await (await f.anyone.sendTransaction(call)).wait();
    expect(await f.accounts.balanceOf(f.token, f.payee.address)).to.be.greaterThan(0n);
    await f.splitter.connect(f.admin).setBeneficiaries([]);
    const refused = await tryOut(me, call);
    expect(refused.kind === "reverted" ? refused.why : "").to.include("NothingToDivide(");
  });
});
