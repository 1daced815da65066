import { expect } from "chai";
import { ZERO, loadFixture, now, time } from "../../../support/chain.ts";
import { JOB, fundedFixture, jobIdOf, paidFixture, performanceTerms, termsOf } from "../../../support/jobs.ts";
import { JOB_FEE_BPS, type Money, FUNDS, balanceOf, moneyFixture } from "../../../support/money.ts";
import { WORKING_AGENT, fundWork, recordFixture } from "../../../support/records.ts";

const funder = (f: Money) => f.escrow.connect(f.depositor);

describe("Escrow.fund", () => {
  describe("when the caller is not the client", () => {
    it("reverts with NotJobParty [NX-ACC-02]", async () => {
      const f = await loadFixture(moneyFixture);
      const terms = await termsOf(f);
      await expect(f.escrow.connect(f.attacker).fund(terms))
        .to.be.revertedWithCustomError(f.escrow, "NotJobParty")
        .withArgs(jobIdOf(terms), f.attacker.address);
    });
  });

  describe("when a party is missing, or two are one", () => {
    it("reverts with InvalidParty and names it", async () => {
      const f = await loadFixture(moneyFixture);
      const [client, worker, arbiter] = [f.depositor.address, f.payee.address, f.operatorA.address];
      const cases = [
        [{ worker: ZERO }, ZERO],
        [{ worker: client }, client],
        [{ arbiter: ZERO }, ZERO],
        [{ arbiter: client }, client],
        [{ arbiter: worker }, worker],
        [{ evaluator: client }, client],
        [{ evaluator: worker }, worker],
        [{ evaluator: arbiter }, arbiter],
      ] as const;
      for (const [change, account] of cases) {
        await expect(funder(f).fund(await termsOf(f, change)))
          .to.be.revertedWithCustomError(f.escrow, "InvalidParty")
          .withArgs(account);
      }
    });
  });

  describe("when the amounts make no sense", () => {
    it("reverts with InvalidPrice", async () => {
      const f = await loadFixture(moneyFixture);
      const cases = [
        { floor: 2n, timeoutPayment: 1n, cap: 3n, outcomeBps: 1n },
        { floor: 1n, timeoutPayment: 4n, cap: 3n, outcomeBps: 1n },
        { floor: 0n, timeoutPayment: 0n, cap: 3n, outcomeBps: 1n },
        { floor: 0n, timeoutPayment: 0n, cap: 0n, outcomeBps: 0n },
        { floor: 1n, timeoutPayment: 2n, cap: 3n, outcomeBps: 0n },
        { floor: 3n, timeoutPayment: 3n, cap: 3n, outcomeBps: 1n },
      ];
      for (const change of cases) {
        await expect(funder(f).fund(await termsOf(f, change)))
          .to.be.revertedWithCustomError(f.escrow, "InvalidPrice")
          .withArgs(change.floor, change.timeoutPayment, change.cap, change.outcomeBps);
      }
    });
  });

  describe("when the window is out of bounds", () => {
    it("reverts with ReviewPeriodOutOfBounds", async () => {
      const f = await loadFixture(moneyFixture);
      const [least, most] = [60n, 30n * 86_400n];
      for (const reviewPeriod of [least - 1n, most + 1n]) {
        await expect(funder(f).fund(await termsOf(f, { reviewPeriod })))
          .to.be.revertedWithCustomError(f.escrow, "ReviewPeriodOutOfBounds")
          .withArgs(reviewPeriod, least, most);
      }
    });
  });

  describe("when the time to deliver is over", () => {
    it("reverts with JobTermOver", async () => {
      const f = await loadFixture(moneyFixture);
      const terms = await termsOf(f, { deliverBy: await now() });
      await time.setNextBlockTimestamp((await now()) + 1n);
      await expect(funder(f).fund(terms))
        .to.be.revertedWithCustomError(f.escrow, "JobTermOver")
        .withArgs(jobIdOf(terms), terms.deliverBy);
    });
  });

  describe("when the client did not allow the module, or has less", () => {
    it("reverts with the ledger's ModuleNotAllowed or BalanceTooSmall", async () => {
      const f = await loadFixture(moneyFixture);
      const dear = await termsOf(f, { floor: FUNDS, timeoutPayment: FUNDS, cap: FUNDS, evaluatorPay: 1n });
      await expect(funder(f).fund(dear))
        .to.be.revertedWithCustomError(f.accounts, "BalanceTooSmall")
        .withArgs(f.addresses.usdc, f.depositor.address, FUNDS, FUNDS + 1n);
      await f.accounts.connect(f.depositor).allowModule(f.addresses.usdc, f.addresses.escrow, false);
      await expect(funder(f).fund(await termsOf(f)))
        .to.be.revertedWithCustomError(f.accounts, "ModuleNotAllowed")
        .withArgs(f.depositor.address, f.addresses.escrow, f.addresses.usdc);
    });
  });

  describe("when the terms name an agent whose wallet the worker is not", () => {
    it("reverts with NotAgentWallet, or the registry's error where there is none [NX-ESC-03]", async () => {
      const f = await loadFixture(recordFixture);
      const wanted = await termsOf(f, { worker: f.payee.address, agentId: WORKING_AGENT });
      await expect(f.escrow.connect(f.depositor).fund(wanted))
        .to.be.revertedWithCustomError(f.escrow, "NotAgentWallet")
        .withArgs(WORKING_AGENT, f.payee.address);
      await f.registry.connect(f.worker).unsetAgentWallet(WORKING_AGENT);
      await expect(fundWork(f))
        .to.be.revertedWithCustomError(f.escrow, "NotAgentWallet")
        .withArgs(WORKING_AGENT, f.worker.address);
      await expect(fundWork(f, { agentId: 99n }))
        .to.be.revertedWithCustomError(f.escrow, "NotAgentWallet")
        .withArgs(99n, f.worker.address);
    });
  });

  describe("given there was a job of these terms", () => {
    it("reverts with LockExists, even when it is over [NX-ESC-01]", async () => {
      for (const fixture of [fundedFixture, paidFixture]) {
        const f = await loadFixture(fixture);
        await expect(funder(f).fund(f.terms))
          .to.be.revertedWithCustomError(f.accounts, "LockExists")
          .withArgs(f.addresses.escrow, f.jobId);
      }
    });
  });

  describe("when all is well", () => {
    it("reserves all that it can cost, at today's fee, under the key that ethers computes", async () => {
      const f = await loadFixture(moneyFixture);
      const terms = await performanceTerms(f);
      await funder(f).fund(terms);
      expect(await f.escrow.jobIdOf(terms)).to.equal(jobIdOf(terms));
      const reserved = terms.cap + terms.evaluatorPay;
      expect(await f.escrow.jobOf(terms)).to.deep.equal([JOB.funded, 0n, JOB_FEE_BPS, reserved]);
      expect(await balanceOf(f, f.depositor)).to.equal(FUNDS - reserved);
    });

    it("emits JobFunded with the terms", async () => {
      const f = await loadFixture(moneyFixture);
      const terms = await termsOf(f);
      await expect(funder(f).fund(terms))
        .to.emit(f.escrow, "JobFunded")
        .withArgs(jobIdOf(terms), f.payee.address, Object.values(terms));
    });
  });
});
