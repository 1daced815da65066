import { expect } from "chai";
import { DAY, WAD, at, ethers, loadFixture, networkHelpers, time } from "../../../support/chain.ts";
import {
  AGENT,
  GAIN,
  HALF_LIFE,
  JOB,
  LOSS,
  ROLE,
  STRANGER,
  WEIGHTING,
  reputationFixture,
} from "../../../support/reputation.ts";

const USD = WAD;
const YEAR = 365n * DAY;
const HALF_UP = { ...GAIN, fee: WEIGHTING.halfWeight };
const HALF_DOWN = { ...LOSS, result: -2_500n * USD, maxLoss: 2_500n * USD };

/** Agent 1 stands at one half, agent 2 at minus one half. */
const scoredFixture = async () => {
  const f = await reputationFixture();
  await f.reputation.connect(f.recorder).record(AGENT, HALF_UP);
  await f.reputation.connect(f.recorder).record(2n, HALF_DOWN);
  return f;
};

/** The registry's own voice, as it will speak when an id changes hands. */
const registryVoice = async (f: Awaited<ReturnType<typeof scoredFixture>>) => {
  await networkHelpers.setBalance(f.addresses.registry, WAD);
  await networkHelpers.impersonateAccount(f.addresses.registry);
  return f.reputation.connect(await ethers.getSigner(f.addresses.registry));
};

describe("Reputation score", () => {
  describe("recordJob", () => {
    it("reverts with NotRecorder, for the administrator and a recorder of proposals too [NX-REP-04]", async () => {
      const f = await loadFixture(reputationFixture);
      for (const caller of [f.admin, f.attacker, f.recorder, f.operatorA]) {
        await expect(f.reputation.connect(caller).recordJob(AGENT, JOB.delivered, USD))
          .to.be.revertedWithCustomError(f.reputation, "NotRecorder")
          .withArgs(caller.address, ROLE.jobs);
      }
    });

    it("reverts with the registry's ERC721NonexistentToken for an unknown agent", async () => {
      const f = await loadFixture(reputationFixture);
      await expect(f.reputation.connect(f.escrow).recordJob(STRANGER, JOB.late, USD))
        .to.be.revertedWithCustomError(f.registry, "ERC721NonexistentToken")
        .withArgs(STRANGER);
    });

    it("weighs the fee for a job that was delivered, half of it against a late one, twice against a lost one", async () => {
      const { halfWeight } = WEIGHTING;
      for (const [result, fee, rating] of [
        [JOB.delivered, halfWeight, WAD / 2n],
        [JOB.late, 2n * halfWeight, -WAD / 2n],
        [JOB.lost, halfWeight / 2n, -WAD / 2n],
      ] as const) {
        const f = await loadFixture(reputationFixture);
        await f.reputation.connect(f.escrow).recordJob(AGENT, result, fee);
        expect(await f.reputation.ratingOf(AGENT)).to.equal(rating);
      }
    });

    it("emits JobRecorded and counts", async () => {
      const f = await loadFixture(reputationFixture);
      const escrow = f.reputation.connect(f.escrow);
      await expect(escrow.recordJob(AGENT, JOB.lost, 500n * USD))
        .to.emit(f.reputation, "JobRecorded")
        .withArgs(AGENT, f.escrow.address, JOB.lost, 500n * USD, 1_000n * USD, -WAD / 2n);
      await escrow.recordJob(AGENT, JOB.late, 1n);
      await escrow.recordJob(AGENT, JOB.delivered, 1n);
      const { gains, losses } = await f.reputation.ratingStateOf(AGENT);
      expect([gains, losses]).to.deep.equal([1n, 2n]);
    });
  });

  describe("restart", () => {
    it("reverts with NotRegistry for anyone else, the administrator and the owner included [NX-REP-04]", async () => {
      const f = await loadFixture(scoredFixture);
      for (const caller of [f.admin, f.operatorA, f.recorder]) {
        await expect(f.reputation.connect(caller).restart(AGENT))
          .to.be.revertedWithCustomError(f.reputation, "NotRegistry")
          .withArgs(caller.address);
      }
    });

    it("takes what was earned [NX-REP-06]", async () => {
      const f = await loadFixture(scoredFixture);
      const voice = await registryVoice(f);
      await expect(voice.restart(AGENT)).to.emit(f.reputation, "ScoreRestarted").withArgs(AGENT, 0n);
      expect(await f.reputation.scoreOf(AGENT)).to.equal(10_000n);
      expect((await f.reputation.ratingStateOf(AGENT)).gains).to.equal(1n);
    });

    it("leaves what was lost, as far as it has not faded [NX-REP-06]", async () => {
      const f = await loadFixture(scoredFixture);
      const voice = await registryVoice(f);
      const { updatedAt } = await f.reputation.ratingStateOf(2n);
      await time.setNextBlockTimestamp(Number(updatedAt + HALF_LIFE));
      await expect(voice.restart(2n))
        .to.emit(f.reputation, "ScoreRestarted")
        .withArgs(2n, -WAD / 4n);
      expect(await f.reputation.scoreOf(2n)).to.equal(7_750n);
      expect((await f.reputation.ratingStateOf(2n)).losses).to.equal(1n);
    });

    it("writes nothing for an agent without history", async () => {
      const f = await loadFixture(reputationFixture);
      const voice = await registryVoice(f);
      await expect(voice.restart(AGENT)).not.to.emit(f.reputation, "ScoreRestarted");
      expect((await f.reputation.ratingStateOf(AGENT)).updatedAt).to.equal(0n);
    });
  });

  describe("setRecorder", () => {
    it("reverts with NotAdmin for anyone else [NX-REP-04]", async () => {
      const f = await loadFixture(reputationFixture);
      for (const caller of [f.attacker, f.recorder]) {
        await expect(f.reputation.connect(caller).setRecorder(f.attacker.address, ROLE.proposals))
          .to.be.revertedWithCustomError(f.reputation, "NotAdmin")
          .withArgs(caller.address);
      }
    });

    it("gives a role and takes it, and emits RecorderChanged [NX-REP-04]", async () => {
      const f = await loadFixture(reputationFixture);
      const admin = f.reputation.connect(f.admin);
      await expect(admin.setRecorder(f.anyone.address, ROLE.jobs))
        .to.emit(f.reputation, "RecorderChanged")
        .withArgs(f.anyone.address, ROLE.jobs);
      expect(await f.reputation.roleOf(f.anyone.address)).to.equal(ROLE.jobs);
      await f.reputation.connect(f.anyone).recordJob(AGENT, JOB.delivered, USD);
      await admin.setRecorder(f.anyone.address, ROLE.none);
      await expect(f.reputation.connect(f.anyone).recordJob(AGENT, JOB.delivered, USD))
        .to.be.revertedWithCustomError(f.reputation, "NotRecorder")
        .withArgs(f.anyone.address, ROLE.jobs);
    });
  });

  describe("setWeighting", () => {
    it("reverts with NotAdmin for anyone else", async () => {
      const f = await loadFixture(reputationFixture);
      await expect(f.reputation.connect(f.attacker).setWeighting(WEIGHTING))
        .to.be.revertedWithCustomError(f.reputation, "NotAdmin")
        .withArgs(f.attacker.address);
    });

    it("reverts with HalfWeightOutOfBounds and LossWeightOutOfBounds outside the bounds", async () => {
      const f = await loadFixture(reputationFixture);
      const admin = f.reputation.connect(f.admin);
      const most = 10n ** 9n * USD;
      for (const halfWeight of [0n, USD - 1n, most + 1n]) {
        await expect(admin.setWeighting({ ...WEIGHTING, halfWeight }))
          .to.be.revertedWithCustomError(f.reputation, "HalfWeightOutOfBounds")
          .withArgs(halfWeight, USD, most);
      }
      for (const lossWeightBps of [0n, 99n, 10_001n]) {
        await expect(admin.setWeighting({ ...WEIGHTING, lossWeightBps }))
          .to.be.revertedWithCustomError(f.reputation, "LossWeightOutOfBounds")
          .withArgs(lossWeightBps, 100n, 10_000n);
      }
      await admin.setWeighting({ halfWeight: USD, lossWeightBps: 100n });
      await admin.setWeighting({ halfWeight: most, lossWeightBps: 10_000n });
    });

    it("weighs what comes by the new weighting, leaves what was, and emits WeightingChanged", async () => {
      const f = await loadFixture(scoredFixture);
      const next = { halfWeight: 2n * WEIGHTING.halfWeight, lossWeightBps: 10_000n };
      await expect(f.reputation.connect(f.admin).setWeighting(next))
        .to.emit(f.reputation, "WeightingChanged")
        .withArgs([next.halfWeight, next.lossWeightBps]);
      expect(await f.reputation.weighting()).to.deep.equal([next.halfWeight, next.lossWeightBps]);
      expect((await f.reputation.ratingStateOf(AGENT)).value).to.equal(WAD / 2n);
      expect(await f.reputation.weightOf(LOSS)).to.equal(11n * USD);
    });
  });

  describe("the constructor", () => {
    it("reverts with HalfLifeOutOfBounds outside a day and a year, and as setWeighting does", async () => {
      const f = await loadFixture(reputationFixture);
      const deploy = (halfLife: bigint, weighting: { halfWeight: bigint; lossWeightBps: bigint } = { ...WEIGHTING }) =>
        ethers.deployContract("Reputation", [f.admin.address, f.addresses.registry, halfLife, weighting]);
      for (const halfLife of [0n, DAY - 1n, YEAR + 1n]) {
        await expect(deploy(halfLife))
          .to.be.revertedWithCustomError(f.reputation, "HalfLifeOutOfBounds")
          .withArgs(halfLife, DAY, YEAR);
      }
      await expect(deploy(DAY, { ...WEIGHTING, halfWeight: 0n }))
        .to.be.revertedWithCustomError(f.reputation, "HalfWeightOutOfBounds")
        .withArgs(0n, USD, 10n ** 9n * USD);
      expect(await (await deploy(DAY)).HALF_LIFE()).to.equal(DAY);
      expect(await (await deploy(YEAR)).HALF_LIFE()).to.equal(YEAR);
    });
  });

  describe("views", () => {
    it("say what the constructor was told", async () => {
      const f = await loadFixture(reputationFixture);
      expect(await f.reputation.ADMIN()).to.equal(f.admin.address);
      expect(await f.reputation.HALF_LIFE()).to.equal(HALF_LIFE);
      expect(await f.reputation.weighting()).to.deep.equal([WEIGHTING.halfWeight, WEIGHTING.lossWeightBps]);
      expect(await f.reputation.roleOf(f.attacker.address)).to.equal(ROLE.none);
      const bounds = [f.reputation.FLOOR(), f.reputation.NEUTRAL(), f.reputation.CAP(), f.reputation.MAX_SHARES()];
      expect(await Promise.all(bounds)).to.deep.equal([1_000n, 10_000n, 15_000n, 128n]);
    });

    it("answer neutral for an agent without history [NX-REP-01]", async () => {
      const { reputation } = await loadFixture(reputationFixture);
      for (const id of [0n, AGENT, STRANGER]) {
        expect(await reputation.scoreOf(id)).to.equal(10_000n);
        expect(await reputation.ratingOf(id)).to.equal(0n);
        expect(await reputation.ratingStateOf(id)).to.deep.equal([0n, 0n, 0n, 0n]);
      }
    });

    it("halve a rating with each half-life [NX-REP-03]", async () => {
      for (const [id, span] of [
        [AGENT, 5_000n],
        [2n, -9_000n],
      ] as const) {
        const { reputation } = await loadFixture(scoredFixture);
        const { value, updatedAt } = await reputation.ratingStateOf(id);
        for (const lives of [1n, 2n, 5n]) {
          await time.increaseTo(updatedAt + lives * HALF_LIFE);
          expect(await reputation.ratingOf(id)).to.equal(value / 2n ** lives);
          expect(await reputation.scoreOf(id)).to.equal(10_000n + span / 2n ** (lives + 1n));
        }
      }
    });

    it("divide by score, rounded down, and an agent named twice twice", async () => {
      const { reputation } = await loadFixture(scoredFixture);
      const scores = [await reputation.scoreOf(AGENT), await reputation.scoreOf(2n), 10_000n];
      const sum = scores.reduce((total, score) => total + score, 0n);
      const shares = scores.map((score) => (score * 10_000n) / sum);
      expect(await reputation.sharesOf([AGENT, 2n, STRANGER])).to.deep.equal(shares);
      expect(await reputation.sharesOf([STRANGER, STRANGER])).to.deep.equal([5_000n, 5_000n]);
      expect(await reputation.sharesOf([])).to.deep.equal([]);
    });

    it("revert with TooManyAgents beyond the most", async () => {
      const { reputation } = await loadFixture(reputationFixture);
      const many = Array.from({ length: 129 }, () => AGENT);
      await expect(reputation.sharesOf(many))
        .to.be.revertedWithCustomError(reputation, "TooManyAgents")
        .withArgs(129n, 128n);
      expect(at(await reputation.sharesOf(many.slice(1)), 127)).to.equal(78n);
    });
  });
});
