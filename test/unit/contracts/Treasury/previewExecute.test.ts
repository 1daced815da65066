import { expect } from "chai";
import { transferCall } from "../../../support/calls.ts";
import { ZERO, loadFixture } from "../../../support/chain.ts";
import { LEVEL, RISK, refusal } from "../../../support/enums.ts";
import { fundedFixture, callProofsOf } from "../../../support/nexus.ts";

describe("Treasury.previewExecute", () => {
  describe("when the mandate refuses", () => {
    it("answers its reason and index", async () => {
      const f = await loadFixture(fundedFixture);
      const calls = [f.payee, f.attacker].map(({ address }) => transferCall(f.addresses.usdc, address, 1n));
      const callProofs = callProofsOf(f, [f.leaves.payUsdc, f.leaves.payUsdc]);
      const answer = await f.treasury.previewExecute(calls, callProofs, RISK.routine);
      expect([answer.refusal, answer.index]).to.deep.equal([refusal("NotInMandate"), 1n]);
    });
  });

  describe("when the mandate refuses, and the breaker is halted", () => {
    it("answers the mandate's reason, as the execution asks the mandate first [NX-CON-08]", async () => {
      const f = await loadFixture(fundedFixture);
      await f.breaker.connect(f.guardian).trip(ZERO, LEVEL.halted, "drill");
      const calls = [transferCall(f.addresses.usdc, f.attacker.address, 1n)];
      const answer = await f.treasury.previewExecute(calls, callProofsOf(f, [f.leaves.payUsdc]), RISK.routine);
      expect([answer.refusal, answer.index]).to.deep.equal([refusal("NotInMandate"), 0n]);
    });
  });

  describe("given the breaker is halted", () => {
    it("answers BreakerHalted for everything and for the token", async () => {
      const f = await loadFixture(fundedFixture);
      const calls = [transferCall(f.addresses.usdc, f.payee.address, 1n)];
      for (const scope of [f.addresses.usdc, ZERO]) {
        await f.breaker.connect(f.guardian).trip(scope, LEVEL.halted, "drill");
        const answer = await f.treasury.previewExecute(calls, callProofsOf(f, [f.leaves.payUsdc]), RISK.routine);
        expect([answer.refusal, answer.index]).to.deep.equal([refusal("BreakerHalted"), 0n]);
      }
    });
  });

  describe("when all is well", () => {
    it("answers None", async () => {
      const f = await loadFixture(fundedFixture);
      const calls = [transferCall(f.addresses.usdc, f.payee.address, 1n)];
      const answer = await f.treasury.previewExecute(calls, callProofsOf(f, [f.leaves.payUsdc]), RISK.routine);
      expect([answer.refusal, answer.index]).to.deep.equal([refusal("None"), 0n]);
    });
  });
});
