import { expect } from "chai";
import { DAY, WAD, ZERO, ethers, loadFixture } from "../../../support/chain.ts";
import {
  DELAY,
  PARAMETERS,
  SETTING,
  SUPPLY,
  callsOf,
  daoFixture,
  enactByVote,
  ready,
} from "../../../support/governor.ts";

const MAX_DELAY = 60n * DAY;
const MAX_THRESHOLD = SUPPLY / 20n;

/** Each setting with its limits as the contract documents them. */
const LIMITS = {
  votingDelay: [1n, 30n * DAY],
  votingPeriod: [PARAMETERS.minVotingPeriod, 30n * DAY],
  proposalThreshold: [0n, MAX_THRESHOLD],
  quorum: [1n, 30n],
  voteExtension: [0n, PARAMETERS.votingPeriod],
  timelockDelay: [PARAMETERS.minTimelockDelay, MAX_DELAY],
} as const;

describe("NexusGovernor settings", () => {
  const deployWith = async (change: Partial<Record<keyof typeof PARAMETERS, bigint>>) => {
    const { token, timelock, guardian } = await loadFixture(daoFixture);
    return ethers.deployContract("NexusGovernor", [
      token,
      timelock,
      { ...PARAMETERS, guardian: guardian.address, ...change },
    ]);
  };

  describe("constructor", () => {
    it("reverts with SettingOutOfBounds for each setting that would lock the system from the start", async () => {
      const { governor } = await loadFixture(daoFixture);
      for (const [change, setting, value, limits] of [
        [{ votingDelay: 0n }, SETTING.votingDelay, 0n, LIMITS.votingDelay],
        [{ votingPeriod: DAY - 1n, voteExtension: 0n }, SETTING.votingPeriod, DAY - 1n, LIMITS.votingPeriod],
        [
          { proposalThreshold: MAX_THRESHOLD + 1n },
          SETTING.proposalThreshold,
          MAX_THRESHOLD + 1n,
          LIMITS.proposalThreshold,
        ],
        [{ quorumPercent: 0n }, SETTING.quorum, 0n, LIMITS.quorum],
        [{ quorumPercent: 31n }, SETTING.quorum, 31n, LIMITS.quorum],
      ] as const) {
        await expect(deployWith(change))
          .to.be.revertedWithCustomError(governor, "SettingOutOfBounds")
          .withArgs(setting, value, ...limits);
      }
    });

    it("reverts with PeriodOutOfBounds for a grace period, a guardian's term or a least delay of no use", async () => {
      const { governor } = await loadFixture(daoFixture);
      for (const [change, value, least, maximum] of [
        [{ gracePeriod: 59n }, 59n, 60n, 60n * DAY],
        [{ gracePeriod: 60n * DAY + 1n }, 60n * DAY + 1n, 60n, 60n * DAY],
        [{ guardianTerm: 366n * DAY + 1n }, 366n * DAY + 1n, 0n, 366n * DAY],
        [{ minTimelockDelay: 0n }, 0n, 1n, MAX_DELAY],
        [{ minTimelockDelay: MAX_DELAY + 1n }, MAX_DELAY + 1n, 1n, MAX_DELAY],
      ] as const) {
        await expect(deployWith(change))
          .to.be.revertedWithCustomError(governor, "PeriodOutOfBounds")
          .withArgs(value, least, maximum);
      }
    });

    it("reverts with TokenClockNotTimestamp for a token that does not count seconds", async () => {
      const { governor, timelock, guardian } = await loadFixture(daoFixture);
      const blocks = await ethers.deployContract("BenchVotesToken", [[guardian.address], WAD]);
      const parameters = { ...PARAMETERS, guardian: guardian.address };
      await expect(ethers.deployContract("NexusGovernor", [blocks, timelock, parameters]))
        .to.be.revertedWithCustomError(governor, "TokenClockNotTimestamp")
        .withArgs(await blocks.getAddress());
    });

    it("says what it was told", async () => {
      const { governor, token, timelock, guardian } = await loadFixture(daoFixture);
      expect(await governor.token()).to.equal(await token.getAddress());
      expect(await governor.timelock()).to.equal(await timelock.getAddress());
      expect(await governor.proposalGuardian()).to.equal(guardian.address);
      expect(await governor.GRACE_PERIOD()).to.equal(PARAMETERS.gracePeriod);
      expect(await governor.CLOCK_MODE()).to.equal("mode=timestamp");
      expect(await governor.clock()).to.equal(await token.clock());
      const values = {
        votingDelay: PARAMETERS.votingDelay,
        votingPeriod: PARAMETERS.votingPeriod,
        proposalThreshold: PARAMETERS.proposalThreshold,
        quorum: PARAMETERS.quorumPercent,
        voteExtension: PARAMETERS.voteExtension,
        timelockDelay: DELAY,
      };
      for (const name of [
        "votingDelay",
        "votingPeriod",
        "proposalThreshold",
        "quorum",
        "voteExtension",
        "timelockDelay",
      ] as const) {
        expect(await governor.settingOf(SETTING[name]), name).to.deep.equal([values[name], ...LIMITS[name]]);
      }
    });
  });

  describe("setters", () => {
    it("reverts with GovernorOnlyExecutor for anyone but the DAO", async () => {
      const { governor, attacker, guardian, alice } = await loadFixture(daoFixture);
      for (const caller of [attacker, guardian, alice]) {
        const by = governor.connect(caller);
        for (const attempt of [
          by.setVotingDelay(DAY),
          by.setVotingPeriod(DAY),
          by.setProposalThreshold(0n),
          by.updateQuorumNumerator(1n),
          by.setLateQuorumVoteExtension(0n),
          by.setProposalGuardian(caller.address),
          by.relay(caller.address, 0n, "0x"),
        ]) {
          await expect(attempt)
            .to.be.revertedWithCustomError(governor, "GovernorOnlyExecutor")
            .withArgs(caller.address);
        }
      }
    });

    it("reverts with SettingOutOfBounds one beyond each limit, naming value and limits [NX-DAO-02]", async () => {
      const world = await loadFixture(daoFixture);
      const calls = await callsOf(world);
      const short = calls.setExtension(0n);
      for (const [index, [batch, setting, value, limits]] of (
        [
          [[calls.setVotingDelay(0n)], SETTING.votingDelay, 0n, LIMITS.votingDelay],
          [[calls.setVotingDelay(30n * DAY + 1n)], SETTING.votingDelay, 30n * DAY + 1n, LIMITS.votingDelay],
          [[short, calls.setVotingPeriod(DAY - 1n)], SETTING.votingPeriod, DAY - 1n, LIMITS.votingPeriod],
          [[calls.setVotingPeriod(30n * DAY + 1n)], SETTING.votingPeriod, 30n * DAY + 1n, LIMITS.votingPeriod],
          [
            [calls.setThreshold(MAX_THRESHOLD + 1n)],
            SETTING.proposalThreshold,
            MAX_THRESHOLD + 1n,
            LIMITS.proposalThreshold,
          ],
          [[calls.setQuorum(0n)], SETTING.quorum, 0n, LIMITS.quorum],
          [[calls.setQuorum(31n)], SETTING.quorum, 31n, LIMITS.quorum],
          [[calls.setDelay(DAY)], SETTING.timelockDelay, DAY, LIMITS.timelockDelay],
          [[calls.setDelay(MAX_DELAY + 1n)], SETTING.timelockDelay, MAX_DELAY + 1n, LIMITS.timelockDelay],
        ] as const
      ).entries()) {
        const { action } = await ready(world, batch, `refused ${index}`);
        await expect(world.governor.execute(...action))
          .to.be.revertedWithCustomError(world.governor, "SettingOutOfBounds")
          .withArgs(setting, value, ...limits);
      }
    });

    it("sets each setting to its very limits [NX-DAO-02]", async () => {
      const world = await loadFixture(daoFixture);
      const calls = await callsOf(world);
      const low = [
        calls.setVotingDelay(1n),
        calls.setExtension(0n),
        calls.setVotingPeriod(DAY),
        calls.setThreshold(0n),
        calls.setQuorum(1n),
        calls.setDelay(PARAMETERS.minTimelockDelay),
      ];
      const high = [
        calls.setVotingDelay(30n * DAY),
        calls.setVotingPeriod(30n * DAY),
        calls.setExtension(30n * DAY),
        calls.setThreshold(MAX_THRESHOLD),
        calls.setQuorum(30n),
        calls.setDelay(MAX_DELAY),
      ];
      await enactByVote(world, low, "low");
      await enactByVote(world, high, "high");
      for (const setting of Object.values(SETTING)) {
        const { value, maximum } = await world.governor.settingOf(setting);
        expect(value).to.equal(maximum);
      }
    });

    it("changes two settings together that fit only together", async () => {
      const world = await loadFixture(daoFixture);
      const calls = await callsOf(world);
      // A vote of a day is shorter than the extension until the next call.
      await enactByVote(world, [calls.setExtension(2n * DAY), calls.setVotingPeriod(DAY), calls.setExtension(DAY)]);
      expect(await world.governor.votingPeriod()).to.equal(DAY);
      expect(await world.governor.lateQuorumVoteExtension()).to.equal(DAY);
    });

    it("cannot leave a vote extension longer than the vote [NX-DAO-02]", async () => {
      const world = await loadFixture(daoFixture);
      const { governor } = world;
      const calls = await callsOf(world);
      const longer = await ready(world, [calls.setExtension(PARAMETERS.votingPeriod + 1n)], "longer");
      await expect(governor.execute(...longer.action))
        .to.be.revertedWithCustomError(governor, "GovernorPreventLateQuorumVoteExtensionTooLarge")
        .withArgs(PARAMETERS.votingPeriod + 1n, PARAMETERS.votingPeriod);
      const shorter = await ready(world, [calls.setExtension(2n * DAY), calls.setVotingPeriod(DAY)], "shorter");
      await expect(governor.execute(...shorter.action))
        .to.be.revertedWithCustomError(governor, "SettingOutOfBounds")
        .withArgs(SETTING.voteExtension, 2n * DAY, 0n, DAY);
    });
  });

  describe("lock-out", () => {
    it("refuses a delay that would make all future proposals unqueueable [NX-DAO-02]", async () => {
      const world = await loadFixture(daoFixture);
      const { governor } = world;
      const calls = await callsOf(world);
      for (const delay of [MAX_DELAY + 1n, 2n ** 48n, 2n ** 256n - 1n]) {
        const { action } = await ready(world, [calls.setDelay(delay)], `delay ${delay}`);
        await expect(governor.execute(...action))
          .to.be.revertedWithCustomError(governor, "SettingOutOfBounds")
          .withArgs(SETTING.timelockDelay, delay, ...LIMITS.timelockDelay);
      }
      // And the next proposal is queued as ever.
      await enactByVote(world, [calls.nameGuardian(world.anyone.address)], "as ever");
      expect(await world.breaker.isGuardian(world.anyone.address)).to.equal(true);
    });

    it("refuses a delay within the time to exit [NX-DAO-05]", async () => {
      const world = await loadFixture(daoFixture);
      const calls = await callsOf(world);
      const exit = PARAMETERS.minTimelockDelay - 1n;
      const { action } = await ready(world, [calls.setDelay(exit)]);
      await expect(world.governor.execute(...action))
        .to.be.revertedWithCustomError(world.governor, "SettingOutOfBounds")
        .withArgs(SETTING.timelockDelay, exit, ...LIMITS.timelockDelay);
    });

    it("refuses to give away one of its roles, directly or by detours [NX-DAO-02]", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, timelock } = world;
      const calls = await callsOf(world);
      const own = await governor.getAddress();
      for (const role of [
        await timelock.PROPOSER_ROLE(),
        await timelock.CANCELLER_ROLE(),
        await timelock.EXECUTOR_ROLE(),
      ]) {
        const direct = await ready(world, [calls.revoke(role, own)], `revoke ${role}`);
        await expect(governor.execute(...direct.action))
          .to.be.revertedWithCustomError(governor, "TimelockRoleLost")
          .withArgs(role);
        const renounce = timelock.interface.encodeFunctionData("renounceRole", [role, own]);
        const detour = await ready(world, [calls.relay(await timelock.getAddress(), renounce)], `renounce ${role}`);
        await expect(governor.execute(...detour.action))
          .to.be.revertedWithCustomError(governor, "TimelockRoleLost")
          .withArgs(role);
      }
    });

    it("reverts with TimelockIsFixed for another timelock [NX-DAO-02]", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, timelock, attacker } = world;
      const calls = await callsOf(world);
      for (const other of [ZERO, attacker.address]) {
        const { action } = await ready(world, [calls.setTimelock(other)], `to ${other}`);
        await expect(governor.execute(...action))
          .to.be.revertedWithCustomError(governor, "TimelockIsFixed")
          .withArgs(await timelock.getAddress());
      }
    });

    it("cannot be gone around by the timelock, which nobody else executes [NX-DAO-02] [NX-DAO-06]", async () => {
      const world = await loadFixture(daoFixture);
      const { governor, timelock, attacker } = world;
      const calls = await callsOf(world);
      const { action } = await ready(world, [calls.setDelay(0n)]);
      const salt = ethers.toBeHex((BigInt(await governor.getAddress()) << 96n) ^ BigInt(action[3]), 32);
      const [targets, values, data] = action;
      const operation = await timelock.hashOperationBatch(targets, values, data, ethers.ZeroHash, salt);
      expect(await timelock.isOperationReady(operation)).to.equal(true);
      await expect(timelock.connect(attacker).executeBatch(targets, values, data, ethers.ZeroHash, salt))
        .to.be.revertedWithCustomError(timelock, "AccessControlUnauthorizedAccount")
        .withArgs(attacker.address, await timelock.EXECUTOR_ROLE());
    });

    it("hands over to a successor that shows it works: the new governor takes the old one's roles", async () => {
      const world = await loadFixture(daoFixture);
      const { token, timelock, guardian, governor } = world;
      const roles = [await timelock.PROPOSER_ROLE(), await timelock.CANCELLER_ROLE(), await timelock.EXECUTOR_ROLE()];
      const successor = await ethers.deployContract("NexusGovernor", [
        token,
        timelock,
        { ...PARAMETERS, guardian: guardian.address },
      ]);
      const calls = await callsOf(world);
      const to = await successor.getAddress();
      await enactByVote(
        world,
        roles.map((role) => calls.callProof(role, to)),
        "grant",
      );
      const old = await governor.getAddress();
      await enactByVote(
        { ...world, governor: successor },
        roles.map((role) => calls.revoke(role, old)),
        "revoke",
      );
      for (const role of roles) {
        expect(await timelock.hasRole(role, to)).to.equal(true);
        expect(await timelock.hasRole(role, old)).to.equal(false);
      }
    });
  });
});
