import { expect } from "chai";
import { CONDITION_KIND as KIND } from "../../../../keepers/core/proposal.ts";
import { PAYMENT, enact, expectRefused } from "../../../support/votedProposals.ts";
import { ZERO, ethers, loadFixture } from "../../../support/chain.ts";
import {
  type Conditioned,
  HEALTH,
  HELD_BEFORE,
  conditionFixture,
  expectMoved,
  expectNotMet,
  fallsBps,
  only,
  paymentOn,
  usdcOf,
} from "../../../support/conditions.ts";
import { DEPOSIT } from "../../../support/nexus.ts";
import type { BenchCondition } from "../../../support/votes.ts";

const MAX = ethers.MaxUint256;
const HELD_AFTER = HELD_BEFORE + PAYMENT;
const MAX_CONDITIONS = 16;

const healthOf = (f: Conditioned, amount: bigint): BenchCondition => ({
  kind: KIND.healthFactorAtLeast,
  subject: f.poolAt,
  holder: f.addresses.treasury,
  amount,
});

const INVALID: readonly (readonly [words: string, condition: (f: Conditioned) => BenchCondition])[] = [
  ["a floor of a balance is zero", (f) => usdcOf(f, "payee", KIND.balanceAtLeast, 0n)],
  ["a floor of a rise is zero", (f) => usdcOf(f, "payee", KIND.balanceIncreasesAtLeast, 0n)],
  ["a floor of a health factor is zero", (f) => healthOf(f, 0n)],
  ["a ceiling of a balance is the largest number", (f) => usdcOf(f, "payee", KIND.balanceAtMost, MAX)],
  ["a ceiling of a fall is the largest number", (f) => usdcOf(f, "treasury", KIND.balanceDecreasesAtMost, MAX)],
  ["a ceiling of a position is the largest number", (f) => usdcOf(f, "treasury", KIND.positionAtMost, MAX)],
  ["all of the value may fall", () => fallsBps(10_000n)],
  ["a fall of the value names a subject", (f) => ({ ...fallsBps(1n), subject: f.addresses.usdc })],
  ["a fall of the value names a holder", (f) => ({ ...fallsBps(1n), holder: f.payee.address })],
  ["what only may move names a holder", (f) => ({ ...only(f.addresses.usdc), holder: f.payee.address })],
  ["what only may move names an amount", (f) => ({ ...only(f.addresses.usdc), amount: 1n })],
  ["what only may move is no contract", (f) => only(f.attacker.address)],
  ["no subject is named", (f) => ({ ...usdcOf(f, "payee", KIND.balanceAtLeast, 1n), subject: ZERO })],
  ["no holder is named", (f) => ({ ...usdcOf(f, "payee", KIND.balanceAtLeast, 1n), holder: ZERO })],
  [
    "the subject is no contract",
    (f) => ({ ...usdcOf(f, "payee", KIND.balanceAtMost, 1n), subject: f.attacker.address }),
  ],
];

/** Every kind at its laxest that still says something; all hold. */
const LAXEST: readonly ((f: Conditioned) => BenchCondition)[] = [
  (f) => usdcOf(f, "payee", KIND.balanceAtLeast, 1n),
  (f) => usdcOf(f, "payee", KIND.balanceAtMost, MAX - 1n),
  (f) => usdcOf(f, "payee", KIND.balanceIncreasesAtLeast, 1n),
  (f) => usdcOf(f, "treasury", KIND.balanceDecreasesAtMost, MAX - 1n),
  (f) => usdcOf(f, "treasury", KIND.positionAtMost, MAX - 1n),
  (f) => healthOf(f, 1n),
  () => fallsBps(9_999n),
  (f) => only(f.addresses.usdc),
];

describe("Consensus.enact, what a post-condition may be", () => {
  for (const [words, condition] of INVALID) {
    describe(`when ${words}`, () => {
      it("reverts with ProposalRefused(InvalidCondition) at its index [NX-CON-06] [NX-CON-08]", async () => {
        const f = await loadFixture(conditionFixture);
        const valid = usdcOf(f, "payee", KIND.balanceAtLeast, 1n);
        await expectRefused(f, await paymentOn(f, [valid, condition(f), condition(f)]), "InvalidCondition", 1n);
      });
    });
  }

  describe("when there are more than sixteen", () => {
    it("reverts with ProposalRefused(InvalidCondition) at the seventeenth, and enacts sixteen [NX-CON-06]", async () => {
      const f = await loadFixture(conditionFixture);
      const conditions = Array.from({ length: MAX_CONDITIONS }, () => usdcOf(f, "payee", KIND.balanceAtLeast, 1n));
      const oneMore = await paymentOn(f, [...conditions, usdcOf(f, "payee", KIND.balanceAtLeast, 1n)]);
      await expectRefused(f, oneMore, "InvalidCondition", 16n);
      await enact(f, await paymentOn(f, conditions));
      expect(await f.usdc.balanceOf(f.payee)).to.equal(HELD_AFTER);
    });
  });

  describe("when the votes are wrong too", () => {
    it("reverts with ProposalRefused(InvalidCondition): conditions are looked at first [NX-CON-08]", async () => {
      const f = await loadFixture(conditionFixture);
      const voted = await paymentOn(f, [fallsBps(10_000n)]);
      await expectRefused(f, { ...voted, votes: "0x" }, "InvalidCondition");
    });
  });

  describe("when a kind is unknown", () => {
    it("reverts [NX-CON-06]", async () => {
      const f = await loadFixture(conditionFixture);
      const unknown = { ...usdcOf(f, "payee", KIND.balanceAtLeast, 1n), kind: 8 };
      await expect(enact(f, await paymentOn(f, [unknown]))).to.be.revertedWithoutReason(ethers);
    });
  });

  describe("when each says as little as it may", () => {
    it("enacts", async () => {
      const f = await loadFixture(conditionFixture);
      await enact(
        f,
        await paymentOn(
          f,
          LAXEST.map((condition) => condition(f)),
        ),
      );
      expect(await f.usdc.balanceOf(f.payee)).to.equal(HELD_AFTER);
    });
  });

  describe("given the mistakes that wallets made with such rules", () => {
    it("has no inverted sense: far on the right side holds, far on the wrong side does not [NX-CON-06]", async () => {
      const f = await loadFixture(conditionFixture);
      await f.pool.setHealthFactor(f.addresses.treasury, MAX);
      await enact(f, await paymentOn(f, [healthOf(f, HEALTH), usdcOf(f, "payee", KIND.balanceAtLeast, 1n)]));
      const again = { proposal: { nonce: 2n } };
      await enact(f, await paymentOn(f, [usdcOf(f, "payee", KIND.balanceAtMost, 1_000n * HELD_AFTER)], again));
      const fresh = await loadFixture(conditionFixture);
      await fresh.pool.setHealthFactor(fresh.addresses.treasury, 0n);
      const health = { kind: KIND.healthFactorAtLeast, measured: 0n, bound: HEALTH };
      await expectNotMet(fresh, await paymentOn(fresh, [healthOf(fresh, HEALTH)]), health);
      const few = usdcOf(fresh, "payee", KIND.balanceAtMost, 1n);
      await expectNotMet(fresh, await paymentOn(fresh, [few]), { ...few, measured: HELD_AFTER, bound: 1n });
      const many = usdcOf(fresh, "payee", KIND.balanceAtLeast, 1_000n * HELD_AFTER);
      await expectNotMet(fresh, await paymentOn(fresh, [many]), { ...many, measured: HELD_AFTER, bound: many.amount });
    });

    it("has no empty that means unrestricted: a ceiling of zero allows none at all [NX-CON-06]", async () => {
      const f = await loadFixture(conditionFixture);
      const worth = HELD_AFTER * 10n ** 12n;
      for (const [condition, measured] of [
        [usdcOf(f, "payee", KIND.balanceAtMost, 0n), HELD_AFTER],
        [usdcOf(f, "payee", KIND.positionAtMost, 0n), worth],
        [usdcOf(f, "treasury", KIND.balanceDecreasesAtMost, 0n), PAYMENT],
        [fallsBps(0n), (await f.treasury.totalAssets()) - PAYMENT],
      ] as const) {
        await expectNotMet(f, await paymentOn(f, [condition]), { kind: condition.kind, measured, bound: 0n });
      }
      const voted = await paymentOn(f, [only(f.poolAt)]);
      await expectMoved(f, voted, { asset: f.addresses.usdc, balance: DEPOSIT - PAYMENT, before: DEPOSIT });
      await expectRefused(f, await paymentOn(f, [only(ZERO)]), "InvalidCondition");
    });

    it("has no underflow: what fell has risen by nothing, and what rose has fallen by nothing [NX-CON-06]", async () => {
      const f = await loadFixture(conditionFixture);
      const rises = usdcOf(f, "treasury", KIND.balanceIncreasesAtLeast, 1n);
      await expectNotMet(f, await paymentOn(f, [rises]), { kind: rises.kind, measured: 0n, bound: 1n });
      await enact(f, await paymentOn(f, [usdcOf(f, "payee", KIND.balanceDecreasesAtMost, 0n)]));
      expect(await f.usdc.balanceOf(f.payee)).to.equal(HELD_AFTER);
    });
  });
});
