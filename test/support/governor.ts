import { type Action, actionOf as actionOfProposal } from "../../keepers/adapters/readers/daoProposals.ts";
import { DAY, type Signer, WAD, actors, at, ethers, time } from "./chain.ts";

/** `IGovernor.ProposalState`. */
export const STATE = {
  pending: 0n,
  active: 1n,
  canceled: 2n,
  defeated: 3n,
  succeeded: 4n,
  queued: 5n,
  expired: 6n,
  executed: 7n,
} as const;

/** `GovernorSetting`. */
export const SETTING = {
  votingDelay: 0n,
  votingPeriod: 1n,
  proposalThreshold: 2n,
  quorum: 3n,
  voteExtension: 4n,
  timelockDelay: 5n,
} as const;

export const SUPPORT = { against: 0, for: 1, abstain: 2 } as const;
export const SUPPLY = 1_000_000n * WAD;
/** What each of the voters holds and has delegated to itself. */
export const SHARE = SUPPLY / 10n;
export const DELAY = 2n * DAY;
export const PARAMETERS = {
  votingDelay: DAY,
  votingPeriod: 3n * DAY,
  proposalThreshold: 1_000n * WAD,
  quorumPercent: 20n,
  voteExtension: DAY,
  guardianTerm: 90n * DAY,
  minVotingPeriod: DAY,
  minTimelockDelay: DAY + 1n,
  gracePeriod: 7n * DAY,
} as const;

/** A call that pays nothing. */
export type DaoCall = { readonly target: string; readonly data: string };

const deploy = async (guardian: string) => {
  const { deployer, admin } = await actors();
  const token = await ethers.deployContract("NexusToken", [deployer.address, SUPPLY]);
  const timelock = await ethers.deployContract("TimelockController", [DELAY, [], [], deployer.address]);
  const parameters = { ...PARAMETERS, guardian };
  const governor = await ethers.deployContract("NexusGovernor", [token, timelock, parameters]);
  for (const role of [
    await timelock.PROPOSER_ROLE(),
    await timelock.CANCELLER_ROLE(),
    await timelock.EXECUTOR_ROLE(),
  ]) {
    await timelock.grantRole(role, governor);
  }
  await timelock.renounceRole(await timelock.DEFAULT_ADMIN_ROLE(), deployer);
  // What the DAO governs in these tests: any contract that obeys the timelock.
  const breaker = await ethers.deployContract("CircuitBreaker", [timelock, admin.address]);
  return { token, timelock, governor, breaker };
};

/** The DAO with three voters of a tenth each, who have delegated to themselves; the rest has not. */
export const daoFixture = async () => {
  const roles = await actors();
  const dao = await deploy(roles.guardian.address);
  const voters = [roles.operatorA, roles.operatorB, roles.operatorC];
  for (const voter of voters) {
    await dao.token.connect(roles.deployer).transfer(voter.address, SHARE);
    await dao.token.connect(voter).delegate(voter.address);
  }
  await time.increase(1n);
  return { ...roles, ...dao, voters, alice: at(voters, 0), bob: at(voters, 1), carol: at(voters, 2) };
};
export type DaoWorld = Awaited<ReturnType<typeof daoFixture>>;

/** What the governor is told a proposal of such calls by. */
export const actionOf = (calls: readonly DaoCall[], description: string): Action =>
  actionOfProposal({ calls: calls.map((call) => ({ ...call, value: 0n })), description });

/** Proposes as alice. */
export const propose = async ({ governor, alice }: DaoWorld, calls: readonly DaoCall[], description = "a proposal") => {
  const action = actionOf(calls, description);
  await governor.connect(alice).propose(action[0], action[1], action[2], description);
  return { action, id: await governor.getProposalId(...action) };
};
export type Proposed = Awaited<ReturnType<typeof propose>>;

/** Goes on to the first second of the vote. */
export const toVote = async ({ governor }: DaoWorld, { id }: Proposed): Promise<void> =>
  time.increaseTo((await governor.proposalSnapshot(id)) + 1n);

/** Goes on to the first second after the vote. */
export const afterVote = async ({ governor }: DaoWorld, { id }: Proposed): Promise<void> =>
  time.increaseTo((await governor.proposalDeadline(id)) + 1n);

/** Lets `voters` vote for it, and goes on to the vote's end. */
export const passed = async (
  world: DaoWorld,
  calls: readonly DaoCall[],
  description?: string,
  voters: readonly Signer[] = [world.alice, world.bob],
): Promise<Proposed> => {
  const proposal = await propose(world, calls, description);
  await toVote(world, proposal);
  for (const voter of voters) await world.governor.connect(voter).castVote(proposal.id, SUPPORT.for);
  await afterVote(world, proposal);
  return proposal;
};

/** Has it pass, queues it, and goes on to the delay's end. */
export const ready = async (world: DaoWorld, calls: readonly DaoCall[], description?: string): Promise<Proposed> => {
  const proposal = await passed(world, calls, description);
  await world.governor.queue(...proposal.action);
  await time.increaseTo(await world.governor.proposalEta(proposal.id));
  return proposal;
};

/** Brings calls about, from proposal to execution. */
export const enactByVote = async (world: DaoWorld, calls: readonly DaoCall[], description?: string): Promise<void> => {
  const { action } = await ready(world, calls, description);
  await world.governor.execute(...action);
};

/** Calls on the governor, the timelock and what they govern. */
export const callsOf = async ({ governor, timelock, breaker }: DaoWorld) => {
  const [own, lock] = [await governor.getAddress(), await timelock.getAddress()];
  const target = await breaker.getAddress();
  const { interface: g } = governor;
  const { interface: t } = timelock;
  return {
    setGuardian: (who: string): DaoCall => ({ target: own, data: g.encodeFunctionData("setProposalGuardian", [who]) }),
    setVotingDelay: (to: bigint): DaoCall => ({ target: own, data: g.encodeFunctionData("setVotingDelay", [to]) }),
    setVotingPeriod: (to: bigint): DaoCall => ({ target: own, data: g.encodeFunctionData("setVotingPeriod", [to]) }),
    setThreshold: (to: bigint): DaoCall => ({
      target: own,
      data: g.encodeFunctionData("setProposalThreshold", [to]),
    }),
    setQuorum: (to: bigint): DaoCall => ({ target: own, data: g.encodeFunctionData("updateQuorumNumerator", [to]) }),
    setExtension: (to: bigint): DaoCall => ({
      target: own,
      data: g.encodeFunctionData("setLateQuorumVoteExtension", [to]),
    }),
    setTimelock: (to: string): DaoCall => ({ target: own, data: g.encodeFunctionData("updateTimelock", [to]) }),
    relay: (to: string, data: string): DaoCall => ({
      target: own,
      data: g.encodeFunctionData("relay", [to, 0n, data]),
    }),
    setDelay: (to: bigint): DaoCall => ({ target: lock, data: t.encodeFunctionData("updateDelay", [to]) }),
    callProof: (role: string, to: string): DaoCall => ({
      target: lock,
      data: t.encodeFunctionData("grantRole", [role, to]),
    }),
    revoke: (role: string, of: string): DaoCall => ({
      target: lock,
      data: t.encodeFunctionData("revokeRole", [role, of]),
    }),
    /** Something harmless that the DAO decides. */
    nameGuardian: (who: string): DaoCall => ({
      target,
      data: breaker.interface.encodeFunctionData("setGuardian", [who, true]),
    }),
  };
};
