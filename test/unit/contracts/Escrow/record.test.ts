import { expect } from "chai";
import { countNewSlots } from "../../../../scripts/bench/trace.ts";
import { USDC, ethers, loadFixture, now, time } from "../../../support/chain.ts";
import { QUOTE } from "../../../support/enums.ts";
import { JOB, PRICE, TIME_TO_WORK, REVIEW_PERIOD, feeOf, jobIdOf, signSettlement } from "../../../support/jobs.ts";
import { PRICE as DOLLAR, WEIGHT, sourceOf } from "../../../support/nexus.ts";
import {
  type Records,
  RECORD,
  WORKING_AGENT,
  arbitrateWork,
  deliverWork,
  fundWork,
  inUsd,
  recordFixture,
} from "../../../support/records.ts";
import { JOB as RESULTS, ROLE, WEIGHTING } from "../../../support/reputation.ts";
import { movedBy } from "../../../support/scoreModel.ts";

type Terms = Awaited<ReturnType<typeof fundWork>>;

const FEE = feeOf(PRICE);
const DAY = 86_400n;
const HALF_WEIGHT = WEIGHTING.halfWeight;
/** A price from 50 to 200, of which silence pays 80. */
const BY_OUTCOME = { floor: 50n * USDC, timeoutPayment: 80n * USDC, cap: 200n * USDC, outcomeBps: 1_000n };

const paid = async (f: Records): Promise<Terms> => {
  const terms = await deliverWork(f);
  await f.escrow.connect(f.depositor).approve(terms, 0n);
  return terms;
};

const failed = async (f: Records): Promise<Terms> => {
  const terms = await fundWork(f);
  await f.escrow.connect(f.worker).accept(terms);
  await f.escrow.connect(f.worker).cancel(terms);
  return terms;
};

const expectRefused = async (f: Records, terms: Terms, refusal: bigint): Promise<void> => {
  const [said] = await f.escrow.previewRecord(terms);
  expect(said).to.equal(refusal);
  await expect(f.escrow.connect(f.anyone).record(terms))
    .to.be.revertedWithCustomError(f.escrow, "JobNotRecordable")
    .withArgs(jobIdOf(terms), refusal);
};

/** Records a first result, which must be `result`, worth `fee` and weigh `weight` dollars. */
const expectRecorded = async (
  f: Records,
  terms: Terms,
  { result, fee, weight }: { readonly result: bigint; readonly fee: bigint; readonly weight: bigint },
): Promise<void> => {
  expect(await f.escrow.previewRecord(terms)).to.deep.equal([RECORD.none, result, fee]);
  const rating = movedBy(0n, weight, result === RESULTS.delivered, HALF_WEIGHT);
  const recording = f.escrow.connect(f.anyone).record(terms);
  await expect(recording)
    .to.emit(f.escrow, "JobResultRecorded")
    .withArgs(jobIdOf(terms), WORKING_AGENT, result, fee)
    .and.to.emit(f.reputation, "JobRecorded")
    .withArgs(WORKING_AGENT, f.addresses.escrow, result, inUsd(fee), weight, rating);
};

describe("Escrow.record", () => {
  describe("given the terms name no agent", () => {
    it("reverts with JobNotRecordable", async () => {
      const f = await loadFixture(recordFixture);
      const terms = await deliverWork(f, { agentId: 0n });
      await f.escrow.connect(f.depositor).approve(terms, 0n);
      await expectRefused(f, terms, RECORD.noAgent);
    });
  });

  describe("given the job is not over, or was never funded", () => {
    it("reverts with JobNotRecordable [NX-ESC-03]", async () => {
      const f = await loadFixture(recordFixture);
      const terms = await fundWork(f);
      await expectRefused(f, { ...terms, spec: ethers.id("another job") }, RECORD.notOver);
      await expectRefused(f, terms, RECORD.notOver);
      await f.escrow.connect(f.worker).deliver(terms, ethers.id("work"));
      await expectRefused(f, terms, RECORD.notOver);
      await f.escrow.connect(f.depositor).dispute(terms);
      await expectRefused(f, terms, RECORD.notOver);
    });
  });

  describe("given it was cancelled or settled", () => {
    it("reverts with JobNotRecordable: that says nothing of the agent", async () => {
      const f = await loadFixture(recordFixture);
      const taken = await fundWork(f);
      await f.escrow.connect(f.depositor).cancel(taken);
      await expectRefused(f, taken, RECORD.countsNothing);
      const divided = await fundWork(f, { spec: ethers.id("to divide") });
      const agreed = { earned: PRICE, deadline: (await now()) + DAY };
      const signature = await signSettlement(f, divided, agreed, f.depositor);
      await f.escrow.connect(f.worker).settle(divided, agreed.earned, agreed.deadline, signature);
      await expectRefused(f, divided, RECORD.countsNothing);
    });
  });

  describe("given it is recorded already", () => {
    it("reverts with JobNotRecordable [NX-ESC-03]", async () => {
      const f = await loadFixture(recordFixture);
      for (const end of [paid, failed]) {
        const terms = await end(f);
        await f.escrow.record(terms);
        await expectRefused(f, terms, RECORD.recorded);
      }
      const { gains, losses } = await f.reputation.ratingStateOf(WORKING_AGENT);
      expect([gains, losses]).to.deep.equal([1n, 1n]);
    });
  });

  describe("given the worker is no longer the agent's wallet", () => {
    it("reverts with JobNotRecordable where it counts for the agent: no sale carries it along [NX-REP-06]", async () => {
      const f = await loadFixture(recordFixture);
      const terms = await paid(f);
      await f.registry.connect(f.worker).transferFrom(f.worker.address, f.anyone.address, WORKING_AGENT);
      await expectRefused(f, terms, RECORD.walletChanged);
    });

    it("records what counts against the agent [NX-ESC-03]", async () => {
      const f = await loadFixture(recordFixture);
      const [late, lost] = [await failed(f), await arbitrateWork(f, { spec: ethers.id("lost") }, PRICE - 1n)];
      await f.registry.connect(f.worker).unsetAgentWallet(WORKING_AGENT);
      await f.escrow.record(late);
      await f.escrow.record(lost);
      expect((await f.reputation.ratingStateOf(WORKING_AGENT)).losses).to.equal(2n);
    });
  });

  describe("given the escrow is no recorder of jobs, or the token has no price", () => {
    it("reverts with NotRecorder or PriceUnavailable, and can be recorded later", async () => {
      const f = await loadFixture(recordFixture);
      const terms = await paid(f);
      await f.reputation.connect(f.admin).setRecorder(f.addresses.escrow, ROLE.proposals);
      await expect(f.escrow.record(terms))
        .to.be.revertedWithCustomError(f.reputation, "NotRecorder")
        .withArgs(f.addresses.escrow, ROLE.jobs);
      await f.reputation.connect(f.admin).setRecorder(f.addresses.escrow, ROLE.jobs);
      await f.sources.usdc.setAnswer(DOLLAR.usdc, (await now()) - 2n * DAY);
      await expect(f.escrow.record(terms))
        .to.be.revertedWithCustomError(f.hub, "PriceUnavailable")
        .withArgs(f.addresses.usdc, QUOTE.quorumMissed, 0n);
      await f.sources.usdc.setAnswer(DOLLAR.usdc, await now());
      await expectRecorded(f, terms, { result: RESULTS.delivered, fee: FEE, weight: inUsd(FEE) });
    });
  });

  describe("given it was paid", () => {
    it("records Delivered, weighed by the fee at the lower end of its worth, whoever calls [NX-ESC-03]", async () => {
      const f = await loadFixture(recordFixture);
      const terms = await paid(f);
      const feed = { decimals: 6n, quorum: 1n, maxBandBps: 500n };
      await f.hub.connect(f.admin).setFeed(f.addresses.usdc, feed, [sourceOf(await f.sources.usdc.getAddress(), 100n)]);
      const [worth, rating] = [(inUsd(FEE) * 99n) / 100n, movedBy(0n, (inUsd(FEE) * 99n) / 100n, true, HALF_WEIGHT)];
      await expect(f.escrow.connect(f.attacker).record(terms))
        .to.emit(f.reputation, "JobRecorded")
        .withArgs(WORKING_AGENT, f.addresses.escrow, RESULTS.delivered, worth, worth, rating);
    });

    it("records what silence paid", async () => {
      const f = await loadFixture(recordFixture);
      const terms = await deliverWork(f, { ...BY_OUTCOME, reviewPeriod: REVIEW_PERIOD });
      await time.increase(REVIEW_PERIOD + 1n);
      await f.escrow.resolveTimeout(terms);
      const fee = feeOf(BY_OUTCOME.timeoutPayment) - 1n;
      // 80 of 200 is no whole number of 2^31st parts: a unit is lost.
      await expectRecorded(f, terms, { result: RESULTS.delivered, fee, weight: inUsd(fee) });
    });

    it("weighs a price by outcome by the fee that was paid, rounded down by less than a unit", async () => {
      for (const outcome of [0n, 1n, 777_777n, 1_234_567_890n, 1_500n * USDC]) {
        const f = await loadFixture(recordFixture);
        const terms = await deliverWork(f, BY_OUTCOME);
        await f.escrow.connect(f.depositor).approve(terms, outcome);
        const exact = await f.accounts.feesOf(f.addresses.usdc, f.worker.address);
        const [, , fee] = await f.escrow.previewRecord(terms);
        expect(fee)
          .to.be.lessThanOrEqual(exact)
          .and.to.be.greaterThanOrEqual(exact - 1n);
      }
    });
  });

  describe("given the worker had accepted and delivered nothing", () => {
    it("records Late, weighed by half of the fee that the job would have paid", async () => {
      const f = await loadFixture(recordFixture);
      const terms = await fundWork(f);
      await f.escrow.connect(f.worker).accept(terms);
      await time.increase(TIME_TO_WORK + 1n);
      await f.escrow.resolveTimeout(terms);
      await expectRecorded(f, terms, { result: RESULTS.late, fee: FEE, weight: inUsd(FEE) / 2n });
    });
  });

  describe("given a dispute was decided", () => {
    it("records Lost below what silence would have paid, weighed by twice the fee that the job would have paid", async () => {
      for (const earned of [0n, BY_OUTCOME.timeoutPayment - 1n]) {
        const f = await loadFixture(recordFixture);
        const terms = await arbitrateWork(f, BY_OUTCOME, earned);
        const fee = feeOf(BY_OUTCOME.cap);
        await expectRecorded(f, terms, { result: RESULTS.lost, fee, weight: 2n * inUsd(fee) });
      }
    });

    it("records Delivered from what silence would have paid on", async () => {
      for (const [earned, fee] of [
        [BY_OUTCOME.timeoutPayment, feeOf(BY_OUTCOME.timeoutPayment) - 1n],
        [BY_OUTCOME.cap, feeOf(BY_OUTCOME.cap)],
      ] as const) {
        const f = await loadFixture(recordFixture);
        const terms = await arbitrateWork(f, BY_OUTCOME, earned);
        await expectRecorded(f, terms, { result: RESULTS.delivered, fee, weight: inUsd(fee) });
      }
    });
  });

  it("lowers or raises the weight that the agent votes with, once that is refreshed", async () => {
    const f = await loadFixture(recordFixture);
    const weightAfter = async (terms: Terms): Promise<bigint> => {
      await f.escrow.record(terms);
      await f.registry.connect(f.worker).refreshWeight(WORKING_AGENT);
      const { signer } = await f.registry.agentOf(WORKING_AGENT);
      const { weight } = await f.registry.signerRecordOf(signer);
      expect(weight).to.equal((WEIGHT * (await f.reputation.scoreOf(WORKING_AGENT))) / 10_000n);
      return weight;
    };
    const large = 4_000n * USDC;
    const lost = await weightAfter(await arbitrateWork(f, { floor: large, timeoutPayment: large, cap: large }, 0n));
    expect(lost).to.be.lessThan(WEIGHT);
    const terms = await deliverWork(f, { spec: ethers.id("another"), floor: large, timeoutPayment: large, cap: large });
    await f.escrow.connect(f.depositor).approve(terms, 0n);
    expect(await weightAfter(terms)).to.be.greaterThan(lost);
  });

  it("moves no money, changes nothing that the parties see, and creates no slot but the agent's first", async () => {
    const f = await loadFixture(recordFixture);
    const send = (method: string, params: readonly unknown[] = []): Promise<unknown> =>
      ethers.provider.send(method, [...params]);
    const [first, second] = [await paid(f), await failed(f)];
    const moneyOf = async () => ({
      worker: await f.accounts.balanceOf(f.addresses.usdc, f.worker.address),
      fees: await f.accounts.feesOf(f.addresses.usdc, f.worker.address),
      client: await f.accounts.balanceOf(f.addresses.usdc, f.depositor.address),
      job: await f.escrow.jobOf(first),
    });
    const before = await moneyOf();
    expect(before.job.status).to.equal(JOB.paid);
    expect(before.job.reviewStartedAt).to.equal(0n);
    expect(await countNewSlots(send, (await f.escrow.record(first)).hash)).to.equal(1);
    expect(await countNewSlots(send, (await f.escrow.record(second)).hash)).to.equal(0);
    expect(await moneyOf()).to.deep.equal(before);
  });
});
