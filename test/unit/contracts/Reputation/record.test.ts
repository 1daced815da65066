import { expect } from "chai";
import fc from "fast-check";
import { globalOptions } from "hardhat";
import { countNewSlots } from "../../../../scripts/bench/trace.ts";
import { DAY, WAD, ethers, loadFixture, now, time } from "../../../support/chain.ts";
import {
  AGENT,
  GAIN,
  HALF_LIFE,
  LOSS,
  ROLE,
  STRANGER,
  WEIGHTING,
  reputationFixture,
} from "../../../support/reputation.ts";
import { fadedOf, movedBy, scoreOfRating, weightOf } from "../../../support/scoreModel.ts";

const USD = WAD;
const RUNS = 1_000;
/** What a call by a contract may cost it. */
const WRITE_GAS = 30_000n;

const send = (method: string, parameters: readonly unknown[] = []): Promise<unknown> =>
  ethers.provider.send(method, [...parameters]);

const anyOutcome = fc.record({
  count: fc.constant(1n),
  result: fc.oneof(fc.bigInt(-2_000n * USD, 2_000n * USD), fc.bigInt(-(2n ** 127n), 2n ** 127n - 1n)),
  forecast: fc.oneof(fc.constant(0n), fc.bigInt(0n, 2_000n * USD), fc.bigInt(0n, 2n ** 128n - 1n)),
  maxLoss: fc.oneof(fc.constant(0n), fc.bigInt(0n, 2_000n * USD), fc.bigInt(0n, 2n ** 128n - 1n)),
  fee: fc.oneof(fc.constant(0n), fc.bigInt(0n, 1_000n * USD), fc.bigInt(0n, 2n ** 128n - 1n)),
});

describe("Reputation.record", () => {
  describe("when the caller may not record proposals", () => {
    it("reverts with NotRecorder, for the administrator and a recorder of jobs too [NX-REP-04]", async () => {
      const f = await loadFixture(reputationFixture);
      for (const caller of [f.admin, f.attacker, f.escrow, f.operatorA]) {
        await expect(f.reputation.connect(caller).record(AGENT, GAIN))
          .to.be.revertedWithCustomError(f.reputation, "NotRecorder")
          .withArgs(caller.address, ROLE.proposals);
      }
    });
  });

  describe("when the report sums up no proposal", () => {
    it("reverts with EmptyReport", async () => {
      const f = await loadFixture(reputationFixture);
      await expect(f.reputation.connect(f.recorder).record(AGENT, { ...GAIN, count: 0n }))
        .to.be.revertedWithCustomError(f.reputation, "EmptyReport")
        .withArgs(AGENT);
    });
  });

  describe("when the agent is not registered", () => {
    it("reverts with the registry's ERC721NonexistentToken", async () => {
      const f = await loadFixture(reputationFixture);
      await expect(f.reputation.connect(f.recorder).record(STRANGER, GAIN))
        .to.be.revertedWithCustomError(f.registry, "ERC721NonexistentToken")
        .withArgs(STRANGER);
    });
  });

  describe("when the treasury gained", () => {
    it("weighs the fee where the forecast was reached, and less as it fell short", async () => {
      const { reputation } = await loadFixture(reputationFixture);
      const weightWith = (changes: object): Promise<bigint> => reputation.weightOf({ ...GAIN, ...changes });
      expect(await weightWith({})).to.equal(100n * USD);
      expect(await weightWith({ result: 5_000n * USD })).to.equal(100n * USD);
      expect(await weightWith({ result: 250n * USD })).to.equal(25n * USD);
      expect(await weightWith({ forecast: 0n, result: 1n })).to.equal(100n * USD);
      expect(await weightWith({ forecast: 0n, result: 0n })).to.equal(0n);
      expect(await weightWith({ result: 0n })).to.equal(0n);
      const largest = { result: 2n ** 127n - 1n, forecast: 2n ** 127n - 1n, fee: 2n ** 128n - 1n };
      expect(await weightWith(largest)).to.equal(2n ** 128n - 1n);
    });

    it("moves the score half of the way to the cap for each half-weight [NX-REP-02]", async () => {
      const f = await loadFixture(reputationFixture);
      expect(await f.reputation.scoreOf(AGENT)).to.equal(10_000n);
      await f.reputation.connect(f.recorder).record(AGENT, { ...GAIN, fee: WEIGHTING.halfWeight });
      expect(await f.reputation.ratingOf(AGENT)).to.equal(WAD / 2n);
      expect(await f.reputation.scoreOf(AGENT)).to.equal(12_500n);
      expect(await f.reputation.scoreOf(2n)).to.equal(10_000n);
      await f.reputation.connect(f.recorder).record(AGENT, { ...GAIN, fee: 100_000n * USD });
      expect(await f.reputation.scoreOf(AGENT)).to.equal(15_000n);
    });

    it("changes no score when no fee was paid [NX-REP-05]", async () => {
      const f = await loadFixture(reputationFixture);
      await f.reputation.connect(f.recorder).record(AGENT, { ...GAIN, fee: 0n });
      expect(await f.reputation.ratingOf(AGENT)).to.equal(0n);
      expect((await f.reputation.ratingStateOf(AGENT)).gains).to.equal(1n);
    });
  });

  describe("when the treasury lost", () => {
    it("weighs the loss, up to twice as it nears its limit, and never less than the fee", async () => {
      const { reputation } = await loadFixture(reputationFixture);
      const weightWith = (changes: object): Promise<bigint> => reputation.weightOf({ ...LOSS, ...changes });
      // A fifth of ten dollars, and a tenth more, since a tenth of the limit was used.
      expect(await weightWith({})).to.equal((22n * USD) / 10n);
      expect(await weightWith({ maxLoss: 10n * USD })).to.equal(4n * USD);
      expect(await weightWith({ maxLoss: 1n * USD })).to.equal(4n * USD);
      expect(await weightWith({ maxLoss: 0n })).to.equal(4n * USD);
      expect(await weightWith({ fee: 50n * USD })).to.equal(55n * USD);
      const largest = { result: -(2n ** 127n), maxLoss: 1n, fee: 2n ** 128n - 1n };
      expect(await weightWith(largest)).to.equal(2n * (2n ** 128n - 1n));
    });

    it("moves the score half of the way to the floor for each half-weight [NX-REP-02]", async () => {
      const f = await loadFixture(reputationFixture);
      // A fifth of 2,500 dollars, twice, since all of the limit was used.
      const loss = { ...LOSS, result: -2_500n * USD, maxLoss: 2_500n * USD };
      await f.reputation.connect(f.recorder).record(AGENT, loss);
      expect(await f.reputation.ratingOf(AGENT)).to.equal(-WAD / 2n);
      expect(await f.reputation.scoreOf(AGENT)).to.equal(5_500n);
      await f.reputation.connect(f.recorder).record(AGENT, { ...loss, result: -(2n ** 127n) });
      expect(await f.reputation.scoreOf(AGENT)).to.equal(1_000n);
    });
  });

  describe("when somebody buys a score by trading against the treasury at a loss", () => {
    it("costs the fees of each half, fades, and ends at the cap [NX-REP-01]", async () => {
      const f = await loadFixture(reputationFixture);
      const reputation = f.reputation.connect(f.recorder);
      const scores: bigint[] = [];
      // Each time the treasury gains 10,000 of the buyer's dollars, of which 1,000 are fees: one half-weight.
      for (let bought = 1; bought <= 60; bought += 1) {
        await reputation.record(AGENT, { ...GAIN, result: 10_000n * USD, fee: 1_000n * USD });
        if (bought <= 4) scores.push(await reputation.scoreOf(AGENT));
      }
      // 10,000 + 5,000 (1 - 2^-n), less what fades in the seconds between, which is less than a basis point.
      for (const [index, stated] of [12_500n, 13_750n, 14_375n, 14_687n].entries()) {
        expect(scores[index]).to.be.within(stated - 1n, stated);
      }
      expect(await reputation.scoreOf(AGENT)).to.be.within(14_999n, 15_000n);
      await time.increase(HALF_LIFE);
      expect(await reputation.scoreOf(AGENT)).to.be.within(12_499n, 12_500n);
    });
  });

  describe("when an agent loses a hundred times", () => {
    it("lets its score and its share of fees fall by the stated formula [NX-REP-02]", async () => {
      const f = await loadFixture(reputationFixture);
      const reputation = f.reputation.connect(f.recorder);
      const scores: bigint[] = [];
      for (let loss = 1; loss <= 100; loss += 1) {
        await reputation.record(AGENT, LOSS);
        if (loss % 25 === 0) scores.push(await reputation.scoreOf(AGENT));
      }
      // Each weighs 2.2 of 1,000: s = 2^(-0.0022 n) - 1, the score 10,000 + 9,000 s; what fades in a hundred seconds is
      // less than a basis point.
      const stated = [25, 50, 75, 100].map((n) => BigInt(Math.ceil(10_000 + 9_000 * (2 ** (-0.0022 * n) - 1))));
      expect(scores).to.deep.equal(stated);
      expect(scores).to.deep.equal([9_664n, 9_340n, 9_028n, 8_728n]);
      expect(await reputation.sharesOf([AGENT, 2n])).to.deep.equal([4_660n, 5_339n]);
      expect((await reputation.ratingStateOf(AGENT)).losses).to.equal(100n);
    });
  });

  describe("when any reports follow one another at any time", () => {
    it("does what the plain model does, to the last digit [NX-REP-01] [NX-REP-03]", async () => {
      const f = await loadFixture(reputationFixture);
      const reputation = f.reputation.connect(f.recorder);
      let model = { value: 0n, updatedAt: await now() };
      await fc.assert(
        fc.asyncProperty(anyOutcome, fc.bigInt(1n, 20n * DAY), async (outcome, wait) => {
          const at = (await now()) + wait;
          await time.setNextBlockTimestamp(Number(at));
          await reputation.record(AGENT, outcome);
          const before = fadedOf(model, at, HALF_LIFE);
          const weight = weightOf(outcome, WEIGHTING);
          model = { value: movedBy(before, weight, outcome.result >= 0n, WEIGHTING.halfWeight), updatedAt: at };
          expect(await reputation.ratingOf(AGENT)).to.equal(model.value);
          expect(await reputation.scoreOf(AGENT)).to.equal(scoreOfRating(model.value));
        }),
        // One walk, each step on the last: there is nothing to shrink.
        { numRuns: RUNS, endOnFailure: true },
      );
    });
  });

  it("emits PerformanceRecorded with everything that the rating follows from", async () => {
    const f = await loadFixture(reputationFixture);
    await expect(f.reputation.connect(f.recorder).record(AGENT, { ...LOSS, count: 3n }))
      .to.emit(f.reputation, "PerformanceRecorded")
      .withArgs(
        AGENT,
        f.recorder.address,
        [3n, LOSS.result, LOSS.forecast, LOSS.maxLoss, LOSS.fee],
        (22n * USD) / 10n,
        movedBy(0n, (22n * USD) / 10n, false, WEIGHTING.halfWeight),
      );
    const kept = await f.reputation.ratingStateOf(AGENT);
    expect([kept.updatedAt, kept.gains, kept.losses]).to.deep.equal([await now(), 0n, 3n]);
  });

  it("creates one slot for an agent, ever, and takes at most 30,000 gas of a contract after that", async () => {
    const f = await loadFixture(reputationFixture);
    const reader = await ethers.deployContract("ScoreReader", [await f.reputation.getAddress()]);
    await f.reputation.connect(f.admin).setRecorder(await reader.getAddress(), ROLE.proposals);
    const slotsOf = async (tx: { readonly hash: string }): Promise<number> => countNewSlots(send, tx.hash);
    const gasOf = async (tx: Awaited<ReturnType<typeof reader.write>>): Promise<bigint> =>
      (await tx.wait())?.gasUsed ?? 0n;
    expect(await slotsOf(await reader.write(AGENT, GAIN))).to.equal(1);
    // To zero and on: the slot stays.
    await time.increase(61n * HALF_LIFE);
    expect(await f.reputation.ratingOf(AGENT)).to.equal(0n);
    expect(await slotsOf(await reader.write(AGENT, { ...LOSS, result: 0n }))).to.equal(0);
    const written = await reader.write(AGENT, LOSS);
    expect(await slotsOf(written)).to.equal(0);
    const gas = (await gasOf(written)) - (await gasOf(await reader.writeNothing(AGENT, LOSS)));
    // Code that counts its own lines for a coverage report costs more, and is never deployed.
    expect(gas > 0n && (gas <= WRITE_GAS || globalOptions.coverage), `${gas} gas`).to.equal(true);
  });
});
