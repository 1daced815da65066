import { expect } from "chai";
import { CONDITION_KIND } from "../../../keepers/core/proposal.ts";
import { USDC, WAD, ethers, loadFixture, now, time } from "../../support/chain.ts";
import { RISK, SOURCE } from "../../support/enums.ts";
import { JOB, RESULT, type Terms, jobIdOf, termsOf } from "../../support/jobs.ts";
import { buyOnV3, closeGap, dollars, votedTrades, openGap, withMarket } from "../../support/market.ts";
import { FUNDS } from "../../support/money.ts";
import { SLOW_POLICY } from "../../support/nexus.ts";
import { type PerformanceRecords, performanceRecordFixture } from "../../support/outcomes.ts";
import { report } from "../../support/report.ts";
import { DELAY, propose } from "../../support/slowPath.ts";

const GAS = { gasLimit: 8_000_000n } as const;
const BPS = 10_000n;
const IN = 20_000n * USDC;

const hiringFixture = async () => {
  const f = await withMarket(await performanceRecordFixture());
  const [escrowAt, accountsAt] = [await f.escrow.getAddress(), await f.accounts.getAddress()];
  const environment = [escrowAt, await f.recorder.getAddress(), f.addresses.hub];
  const evaluator = await ethers.deployContract("TreasuryEvaluator", environment);
  const { usdc } = f.addresses;
  await f.usdc.mint(f.depositor.address, FUNDS);
  await f.usdc.connect(f.depositor).approve(accountsAt, FUNDS);
  await f.accounts.connect(f.depositor).deposit(usdc, f.depositor.address, FUNDS);
  await f.accounts.connect(f.depositor).allowModule(usdc, escrowAt, true);
  return { ...f, evaluator };
};
type Hiring = Awaited<ReturnType<typeof hiringFixture>>;

/** A delivered signal that earns 5, or 80 where nobody judges it, and a tenth of what the treasury gains by it. */
const deliver = async (f: Hiring, change: Partial<Terms> = {}): Promise<Terms> => {
  const terms = await termsOf(f, {
    evaluator: await f.evaluator.getAddress(),
    floor: 5n * USDC,
    timeoutPayment: 80n * USDC,
    cap: 200n * USDC,
    outcomeBps: 1_000n,
    ...change,
  });
  await f.escrow.connect(f.depositor).fund(terms);
  await f.escrow.connect(f.payee).deliver(terms, RESULT);
  return terms;
};

const earnedBy = async (f: PerformanceRecords): Promise<bigint> => {
  const { usdc } = f.addresses;
  const [net, fee] = [f.accounts.balanceOf(usdc, f.payee.address), f.accounts.feesOf(usdc, f.payee.address)];
  return (await net) + (await fee);
};

/** Sends a trade on the work of a job; what it answers is what it would have. */
const enactOn = async (f: Hiring, terms: Terms, steps = closeGap(f), evidence = jobIdOf(terms)) => {
  const { votes, proposal, callProofs } = await votedTrades(f, steps, { evidence });
  const evaluator = f.evaluator.connect(f.anyone);
  return {
    outcome: () => evaluator.enact.staticCall(terms, votes, proposal, callProofs, GAS),
    send: () => evaluator.enact(terms, votes, proposal, callProofs, GAS),
  };
};

describe("A job that the treasury's gain is the outcome of", () => {
  it("pays the worker its part of what the trade on its work gained, in the transaction of the trade", async () => {
    const f = await loadFixture(hiringFixture);
    const terms = await deliver(f);
    await openGap(f);
    const trade = await enactOn(f, terms);
    const outcome = await trade.outcome();
    await trade.send();
    expect((await f.escrow.jobOf(terms)).status).to.equal(JOB.paid);
    expect(await earnedBy(f)).to.equal(terms.floor + (outcome * terms.outcomeBps) / BPS);
    const [recorded] = await f.reputation.queryFilter(f.reputation.filters.PerformanceRecorded());
    const { result } = recorded?.args.report ?? expect.fail("nothing was recorded");
    const upper = (await f.hub.valueRange(f.addresses.usdc, USDC)).upper;
    expect(outcome).to.equal((result * USDC) / upper);
    report(`a signal whose trade gained ${dollars(result)} earned ${dollars((await earnedBy(f)) * 10n ** 12n)}`);
    // The trade counts for the agent that proposed it, too.
    expect(await f.reputation.ratingOf(1n)).to.be.greaterThan(0n);
  });

  it("pays no more than the cap that was reserved", async () => {
    const f = await loadFixture(hiringFixture);
    const terms = await deliver(f, { cap: 81n * USDC, outcomeBps: 9_000n });
    await openGap(f);
    await (await enactOn(f, terms)).send();
    expect(await earnedBy(f)).to.be.within(terms.cap - 1n, terms.cap);
  });

  it("pays the floor where the treasury lost", async () => {
    const f = await loadFixture(hiringFixture);
    const terms = await deliver(f);
    const trade = await enactOn(f, terms, [buyOnV3(f, IN)]);
    expect(await trade.outcome()).to.equal(0n);
    await trade.send();
    expect(await earnedBy(f)).to.equal(terms.floor);
  });

  it("judges nothing while the gain cannot be measured: the job waits, and the proposal can go by itself", async () => {
    const f = await loadFixture(hiringFixture);
    const terms = await deliver(f);
    await openGap(f);
    const trade = await enactOn(f, terms);
    await f.weth.connect(f.deployer).mint(f.addresses.treasury, 100n * WAD);
    await f.sources.weth.setMode(SOURCE.reverting);
    await expect(trade.send()).to.be.revertedWithCustomError(f.evaluator, "GainNotMeasured").withArgs(jobIdOf(terms));
    expect((await f.escrow.jobOf(terms)).status).to.equal(JOB.delivered);
    await f.sources.weth.setMode(SOURCE.honest);
    await trade.send();
    expect(await earnedBy(f)).to.be.greaterThan(terms.floor);
  });

  it("judges by what waited on the slow path, too", async () => {
    const f = await loadFixture(hiringFixture);
    await f.consensus.connect(f.admin).setPolicy(RISK.elevated, SLOW_POLICY);
    const terms = await deliver(f);
    await openGap(f);
    const { proposal, callProofs } = await votedTrades(f, closeGap(f), {
      evidence: jobIdOf(terms),
      deadline: (await now()) + 3_600n,
      conditions: [
        {
          kind: CONDITION_KIND.balanceIncreasesAtLeast,
          subject: f.addresses.usdc,
          holder: f.addresses.treasury,
          amount: 1n,
        },
      ],
      maxLoss: 1_000n * WAD,
    });
    await propose(f, proposal, f.voters.slice(0, 3));
    await time.increase(DELAY + 1n);
    await f.evaluator.connect(f.anyone).execute(terms, proposal, callProofs, "0x", GAS);
    expect(await earnedBy(f)).to.be.greaterThan(terms.floor);
  });

  it("reverts with NotOnThisWork where the voters signed for another job, and nothing is done", async () => {
    const f = await loadFixture(hiringFixture);
    const [terms, other] = [await deliver(f), ethers.id("another job")];
    await openGap(f);
    await expect((await enactOn(f, terms, closeGap(f), other)).send())
      .to.be.revertedWithCustomError(f.evaluator, "NotOnThisWork")
      .withArgs(jobIdOf(terms), other);
    expect((await f.escrow.jobOf(terms)).status).to.equal(JOB.delivered);
  });

  it("reverts with TakesNoPay where the terms promise the evaluator some", async () => {
    const f = await loadFixture(hiringFixture);
    const terms = await deliver(f, { evaluatorPay: 3n * USDC });
    await expect((await enactOn(f, terms)).send())
      .to.be.revertedWithCustomError(f.evaluator, "TakesNoPay")
      .withArgs(jobIdOf(terms), 3n * USDC);
  });

  it("reverts with NotJobParty where the job has another evaluator, and the trade is not made", async () => {
    const f = await loadFixture(hiringFixture);
    const terms = await deliver(f, { evaluator: f.operatorB.address });
    await openGap(f);
    const before = await f.usdc.balanceOf(f.addresses.treasury);
    await expect((await enactOn(f, terms)).send())
      .to.be.revertedWithCustomError(f.escrow, "NotJobParty")
      .withArgs(jobIdOf(terms), await f.evaluator.getAddress());
    expect(await f.usdc.balanceOf(f.addresses.treasury)).to.equal(before);
  });

  it("judges once: a second trade on the same work is refused there, and passes by another way", async () => {
    const f = await loadFixture(hiringFixture);
    const terms = await deliver(f);
    await openGap(f);
    await (await enactOn(f, terms)).send();
    const again = await votedTrades(f, closeGap(f), { evidence: jobIdOf(terms), nonce: 2n });
    await expect(f.evaluator.enact(terms, again.votes, again.proposal, again.callProofs, GAS))
      .to.be.revertedWithCustomError(f.escrow, "WrongJobStatus")
      .withArgs(jobIdOf(terms), JOB.paid);
    const sent = await f.recorder.enact(again.votes, again.proposal, again.callProofs, GAS);
    expect((await sent.wait())?.status).to.equal(1);
  });
});
