import { expect } from "chai";
import { CONDITION_KIND as KIND } from "../../../../keepers/core/proposal.ts";
import { PAYMENT, enact, expectRefused, preview } from "../../../support/votedProposals.ts";
import { ZERO, ethers, loadFixture, takeSnapshot } from "../../../support/chain.ts";
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
import { BALANCES, SOURCE, TRANSFERS, refusal } from "../../../support/enums.ts";
import { DEPOSIT, WSEI_HELD } from "../../../support/nexus.ts";
import { HOSTILE_HELD, withHostileAsset } from "../../../support/vault.ts";
import type { BenchCondition } from "../../../support/votes.ts";

/** A kind at the very bound that holds, by how much a stricter bound differs, and what is measured. */
type Case = readonly [
  words: string,
  kind: number,
  condition: (f: Conditioned) => BenchCondition,
  stricter: 1n | -1n,
  measured: bigint,
];

const HELD_AFTER = HELD_BEFORE + PAYMENT;
/** WSEI at 0.30 dollars within 1 %, at the upper end. */
const WSEI_WORTH = (WSEI_HELD * 303n) / 1_000n;
/** 1.3 M dollars in the middle of the band, in USDC's units. */
const VALUE = DEPOSIT + (WSEI_HELD * 3n) / 10n / 10n ** 12n;
const TEN_BPS = VALUE / 1_000n;

const wseiOf = (f: Conditioned, amount: bigint): BenchCondition => ({
  kind: KIND.positionAtMost,
  subject: f.addresses.wsei,
  holder: f.addresses.treasury,
  amount,
});
const healthOf = (f: Conditioned, amount: bigint): BenchCondition => ({
  kind: KIND.healthFactorAtLeast,
  subject: f.poolAt,
  holder: f.addresses.treasury,
  amount,
});

const { balanceAtLeast, balanceAtMost, balanceIncreasesAtLeast, balanceDecreasesAtMost } = KIND;

const CASES: readonly Case[] = [
  ["a balance", balanceAtLeast, (f) => usdcOf(f, "payee", balanceAtLeast, HELD_AFTER), 1n, HELD_AFTER],
  ["a balance", balanceAtMost, (f) => usdcOf(f, "payee", balanceAtMost, HELD_AFTER), -1n, HELD_AFTER],
  ["a rise", balanceIncreasesAtLeast, (f) => usdcOf(f, "payee", balanceIncreasesAtLeast, PAYMENT), 1n, PAYMENT],
  ["a fall", balanceDecreasesAtMost, (f) => usdcOf(f, "treasury", balanceDecreasesAtMost, PAYMENT), -1n, PAYMENT],
  ["a position's worth", KIND.positionAtMost, (f) => wseiOf(f, WSEI_WORTH), -1n, WSEI_WORTH],
  ["a health factor", KIND.healthFactorAtLeast, (f) => healthOf(f, HEALTH), 1n, HEALTH],
];

describe("Consensus.enact, post-conditions", () => {
  for (const [words, kind, condition, stricter, measured] of CASES) {
    describe(`when ${words} is to be ${stricter === 1n ? "at least" : "at most"} so much`, () => {
      it("enacts at the bound [NX-CON-06]", async () => {
        const f = await loadFixture(conditionFixture);
        await enact(f, await paymentOn(f, [condition(f)]));
        expect(await f.usdc.balanceOf(f.payee)).to.equal(HELD_AFTER);
      });

      it("reverts with ConditionNotMet one unit beyond it and leaves nothing behind [NX-CON-06]", async () => {
        const f = await loadFixture(conditionFixture);
        const bound = condition(f).amount + stricter;
        const voted = await paymentOn(f, [{ ...condition(f), amount: bound }]);
        await expectNotMet(f, voted, { kind, measured, bound });
      });
    });
  }

  describe("when the treasury's value is to fall by at most so many basis points", () => {
    it("enacts at the bound [NX-CON-06]", async () => {
      const f = await loadFixture(conditionFixture);
      await enact(f, await paymentOn(f, [fallsBps(10n)], { usdc: TEN_BPS }));
      expect(await f.treasury.totalAssets()).to.equal(VALUE - TEN_BPS);
    });

    it("reverts with ConditionNotMet one unit beyond it and leaves nothing behind [NX-CON-06]", async () => {
      const f = await loadFixture(conditionFixture);
      const [kind, measured] = [KIND.valueDecreasesAtMostBps, VALUE - TEN_BPS];
      const narrower = await paymentOn(f, [fallsBps(9n)], { usdc: TEN_BPS });
      await expectNotMet(f, narrower, { kind, measured, bound: 9n });
      const larger = await paymentOn(f, [fallsBps(10n)], { usdc: TEN_BPS + 1n });
      await expectNotMet(f, larger, { kind, measured: measured - 1n, bound: 10n });
    });
  });

  describe("when only some assets may move", () => {
    it("enacts when no other does [NX-CON-06]", async () => {
      const f = await loadFixture(conditionFixture);
      const { usdc, wsei } = f.addresses;
      await enact(f, await paymentOn(f, [only(usdc)], { wsei: 0n }));
      await enact(f, await paymentOn(f, [only(usdc), only(wsei)], { wsei: 1n, proposal: { nonce: 2n } }));
      expect(await f.wsei.balanceOf(f.payee)).to.equal(1n);
    });

    it("reverts with AssetMoved when another does by one unit [NX-CON-06]", async () => {
      const f = await loadFixture(conditionFixture);
      const voted = await paymentOn(f, [only(f.addresses.usdc)], { wsei: 1n });
      await expectMoved(f, voted, { asset: f.addresses.wsei, balance: WSEI_HELD - 1n, before: WSEI_HELD });
    });

    it("says nothing of what is no asset of the treasury", async () => {
      const f = await loadFixture(conditionFixture);
      const stranger = await ethers.deployContract("SandboxToken", ["Stranger", "STR"]);
      const voted = await paymentOn(f, [only(await stranger.getAddress())]);
      await expectMoved(f, voted, { asset: f.addresses.usdc, balance: DEPOSIT - PAYMENT, before: DEPOSIT });
    });
  });

  describe("given several conditions", () => {
    it("names the first that does not hold [NX-CON-06]", async () => {
      const f = await loadFixture(conditionFixture);
      const [holds, fails] = [HELD_AFTER, HELD_AFTER - 1n].map((amount) => usdcOf(f, "payee", balanceAtMost, amount));
      if (holds === undefined || fails === undefined) throw new Error("two conditions");
      const voted = await paymentOn(f, [holds, only(f.addresses.usdc), fails, { ...fails, amount: 1n }]);
      await expectNotMet(f, voted, { index: 2n, kind: balanceAtMost, measured: HELD_AFTER, bound: HELD_AFTER - 1n });
    });

    it("is previewed as None whether they will hold or not: that is for the calls to show [NX-CON-08]", async () => {
      const f = await loadFixture(conditionFixture);
      const { refusal: why } = await preview(f, await paymentOn(f, [usdcOf(f, "payee", balanceAtMost, 0n)]));
      expect(why).to.equal(refusal("None"));
    });
  });

  describe("when what a condition reads misbehaves", () => {
    it("refuses what cannot be read before the calls, as the preview does, and the nonce is free [NX-CON-06] [NX-CON-08]", async () => {
      const f = await withHostileAsset(await loadFixture(conditionFixture));
      const subject = await f.evil.getAddress();
      const holder = f.addresses.treasury;
      const voted = await paymentOn(f, [only(f.addresses.usdc)]);
      for (const behaviour of [BALANCES.reverting, BALANCES.returningLittle]) {
        await f.evil.behave(TRANSFERS.honest, behaviour);
        await expectRefused(f, voted, "InvalidCondition", 0n);
        await expectRefused(f, await paymentOn(f, [fallsBps(10n)]), "InvalidCondition", 0n);
        for (const kind of [balanceIncreasesAtLeast, balanceDecreasesAtMost]) {
          const holds = usdcOf(f, "payee", balanceAtLeast, 1n);
          const compared = await paymentOn(f, [holds, { kind, subject, holder, amount: 1n }]);
          await expectRefused(f, compared, "InvalidCondition", 1n);
        }
      }
      await f.evil.behave(TRANSFERS.honest, BALANCES.honest);
      await enact(f, voted);
      expect(await f.evil.balanceOf(f.addresses.treasury)).to.equal(HOSTILE_HELD);
    });

    it("refuses to measure a value while an asset has no price, as the preview does [NX-CON-06] [NX-CON-08]", async () => {
      const f = await loadFixture(conditionFixture);
      await f.sources.wsei.setMode(SOURCE.reverting);
      await expectRefused(f, await paymentOn(f, [fallsBps(10n)]), "InvalidCondition", 0n);
    });

    it("reverts for what is read only after the calls and cannot be, and the preview names it [NX-CON-06] [NX-CON-08]", async () => {
      const f = await loadFixture(conditionFixture);
      await f.sources.wsei.setMode(SOURCE.reverting);
      const holder = f.payee.address;
      const unreadable = [
        { kind: balanceAtLeast, subject: f.poolAt, holder, amount: 1n },
        { kind: balanceAtMost, subject: f.poolAt, holder, amount: 1n },
        { kind: KIND.healthFactorAtLeast, subject: f.addresses.usdc, holder, amount: 1n },
        wseiOf(f, WSEI_WORTH),
      ];
      for (const condition of unreadable) {
        const voted = await paymentOn(f, [usdcOf(f, "payee", balanceAtLeast, 1n), condition]);
        const answer = await preview(f, voted);
        expect([answer.refusal, answer.index]).to.deep.equal([refusal("InvalidCondition"), 1n]);
        await expect(enact(f, voted)).to.be.revert(ethers);
      }
      expect(await f.usdc.balanceOf(f.payee)).to.equal(HELD_BEFORE);
    });

    it("lets nothing re-enter: a token that calls back while its balance is read cannot [NX-CON-06]", async () => {
      const f = await loadFixture(conditionFixture);
      const meddler = await ethers.deployContract("MeddlingToken");
      const subject = await meddler.getAddress();
      const another = await paymentOn(f, [], { proposal: { nonce: 2n } });
      const { proposal, callProofs, votes } = another;
      const data = f.consensus.interface.encodeFunctionData("enact", [votes, proposal, callProofs]);
      await meddler.meddleWith(f.addresses.consensus, data);
      const snapshot = await takeSnapshot();
      await meddler.balanceOf(ZERO, { gasLimit: 2_000_000n });
      expect(await f.usdc.balanceOf(f.payee), "outside of a condition it can").to.equal(HELD_AFTER);
      await snapshot.restore();
      const nothing = { subject, holder: f.payee.address, amount: 0n };
      const conditions = [
        { ...nothing, kind: balanceAtMost },
        { ...nothing, kind: balanceDecreasesAtMost },
      ];
      await enact(f, await paymentOn(f, conditions));
      expect(await f.usdc.balanceOf(f.payee)).to.equal(HELD_AFTER);
    });
  });
});
