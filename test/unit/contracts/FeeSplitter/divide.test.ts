import { expect } from "chai";
import { at, loadFixture, time } from "../../../support/chain.ts";
import { POT, PROTOCOL_BPS, type Splitter, spendable, splitterFixture } from "../../../support/fees.ts";

const BPS = 10_000n;
const POOL = (POT * (BPS - PROTOCOL_BPS)) / BPS;

/** Agents 1, 3 and 5 of three operators. */
const walletsOf = (f: Splitter): readonly string[] => [f.operatorA.address, f.operatorB.address, f.operatorC.address];

/** What is divided among agents, as their scores say. */
const partsOf = async (f: Splitter, agentIds: readonly bigint[], pool = POOL): Promise<readonly bigint[]> => {
  const scores = await Promise.all(agentIds.map((id) => f.reputation.scoreOf(id)));
  const sum = scores.reduce((total, score) => total + score, 0n);
  return scores.map((score) => (pool * ((score * BPS) / sum)) / BPS);
};

const sumOf = (parts: readonly bigint[]): bigint => parts.reduce((total, part) => total + part, 0n);
const protocolPart = (toAgents: bigint): bigint => (toAgents * PROTOCOL_BPS) / (BPS - PROTOCOL_BPS);

describe("FeeSplitter.divide", () => {
  describe("when there is nothing here", () => {
    it("reverts with NothingToDivide", async () => {
      const f = await loadFixture(splitterFixture);
      const stake = await f.stake.getAddress();
      await expect(f.splitter.divide(stake, []))
        .to.be.revertedWithCustomError(f.splitter, "NothingToDivide")
        .withArgs(stake, 0n);
    });
  });

  describe("when no agent can be paid", () => {
    it("reverts with NothingToDivide, so that the protocol gains nothing by it [NX-FEE-01]", async () => {
      const f = await loadFixture(splitterFixture);
      for (const beneficiaries of [[], [77n]]) {
        await f.splitter.connect(f.admin).setBeneficiaries(beneficiaries);
        await expect(f.splitter.divide(f.token, []))
          .to.be.revertedWithCustomError(f.splitter, "NothingToDivide")
          .withArgs(f.token, POT);
      }
    });
  });

  describe("when agents score alike", () => {
    it("pays each of them the same and the protocol its part; the dust stays [NX-FEE-01]", async () => {
      const f = await loadFixture(splitterFixture);
      const parts = await partsOf(f, [1n, 3n, 5n]);
      const toProtocol = protocolPart(sumOf(parts));
      const kept = POT - sumOf(parts) - toProtocol;
      const dividing = f.splitter.connect(f.anyone).divide(f.token, []);
      await expect(dividing).to.emit(f.splitter, "FeesDivided").withArgs(f.token, sumOf(parts), toProtocol, kept);
      await expect(dividing).to.emit(f.splitter, "AgentPaid").withArgs(3n, f.token, f.operatorB.address, at(parts, 1));
      expect(await Promise.all(walletsOf(f).map((wallet) => spendable(f, wallet)))).to.deep.equal(parts);
      expect(await spendable(f, f.payee.address)).to.equal(toProtocol);
      expect(await spendable(f, await f.splitter.getAddress())).to.equal(kept);
    });
  });

  describe("when one agent scores less", () => {
    it("divides by measured reputation", async () => {
      const f = await loadFixture(splitterFixture);
      const loss = { count: 1n, result: -(10n ** 22n), forecast: 0n, maxLoss: 10n ** 22n, fee: 0n };
      await f.reputation.connect(f.recorder).record(3n, loss);
      await time.increase(1n);
      await f.splitter.divide(f.token, []);
      const parts = await partsOf(f, [1n, 3n, 5n]);
      const got = await Promise.all(walletsOf(f).map((wallet) => spendable(f, wallet)));
      expect(got).to.deep.equal(parts);
      expect(at(got, 1)).to.be.lessThan(at(got, 0) / 2n);
    });
  });

  describe("when an agent is paused", () => {
    it("pays it all the same: whoever pauses a key that leaked loses no fees by it [NX-FEE-03]", async () => {
      const f = await loadFixture(splitterFixture);
      const parts = await partsOf(f, [1n, 3n, 5n]);
      await f.registry.connect(f.operatorA).pause(1n);
      await f.splitter.divide(f.token, []);
      expect(await Promise.all(walletsOf(f).map((wallet) => spendable(f, wallet)))).to.deep.equal(parts);
    });
  });

  describe("when an agent has no wallet, or was terminated", () => {
    it("divides among the others, and leaves rounding alone [NX-FEE-01] [NX-FEE-03]", async () => {
      const f = await loadFixture(splitterFixture);
      await f.registry.connect(f.operatorA).terminate(1n);
      await f.registry.connect(f.operatorB).unsetAgentWallet(3n);
      const [part] = await partsOf(f, [5n]);
      await f.splitter.divide(f.token, []);
      const toProtocol = protocolPart(part ?? 0n);
      expect(await Promise.all(walletsOf(f).map((wallet) => spendable(f, wallet)))).to.deep.equal([0n, 0n, part]);
      expect(await spendable(f, f.payee.address)).to.equal(toProtocol);
      expect(await spendable(f, await f.splitter.getAddress())).to.be.lessThan(3n);
    });
  });

  for (const { gone, leave } of [
    { gone: "is paused", leave: (f: Splitter) => f.registry.connect(f.operatorA).pause(1n) },
    { gone: "has no wallet", leave: (f: Splitter) => f.registry.connect(f.operatorA).unsetAgentWallet(1n) },
    {
      gone: "was sold",
      leave: (f: Splitter) => f.registry.connect(f.operatorA).transferFrom(f.operatorA.address, f.anyone.address, 1n),
    },
  ]) {
    describe(`when it is called again and again while an agent ${gone}`, () => {
      it("gives nobody more than the first time, but for rounding [NX-FEE-03]", async () => {
        const f = await loadFixture(splitterFixture);
        await leave(f);
        await f.splitter.divide(f.token, []);
        const wallets = [...walletsOf(f), f.payee.address];
        const first = await Promise.all(wallets.map((wallet) => spendable(f, wallet)));
        for (let again = 0; again < 20; again += 1) await f.splitter.divide(f.token, []).catch(() => undefined);
        const last = await Promise.all(wallets.map((wallet) => spendable(f, wallet)));
        for (const [index, amount] of last.entries()) {
          const more = amount - at(first, index);
          expect(more <= POT / 1_000n, `${more} units more`).to.equal(true);
        }
      });
    });
  }

  describe("when accounts owe fees", () => {
    it("sweeps them first", async () => {
      const f = await loadFixture(splitterFixture);
      const module = f.accounts.connect(f.guardian);
      const id = `0x${"01".repeat(32)}`;
      await f.accounts.connect(f.depositor).deposit(f.token, f.depositor.address, 500n);
      await f.accounts.connect(f.depositor).allowModule(f.token, f.guardian.address, true);
      await module.lock(f.token, id, f.depositor.address, 500n, 0n);
      await module.pay(f.token, id, f.anyone.address, f.anyone.address, 100n, 400n, 0n);
      await f.splitter.divide(f.token, [f.anyone.address]);
      expect(await f.accounts.feesOf(f.token, f.anyone.address)).to.equal(0n);
      const whole = [...walletsOf(f), f.payee.address, await f.splitter.getAddress()];
      const held = await Promise.all(whole.map((account) => spendable(f, account)));
      expect(sumOf(held)).to.equal(POT + 400n);
    });
  });
});
