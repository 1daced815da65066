import { type HDNodeWallet, ZeroAddress, id } from "ethers";
import {
  type BenchGovernor,
  BenchGovernor__factory,
  BenchVotesToken__factory,
  type NexusGovernor,
  TimelockController__factory,
} from "../../types/index.ts";
import { testKeys } from "../sandbox/account.ts";
import type { BenchCall } from "./nexusFlows.ts";
import { type Cost, sumOf } from "./trace.ts";
import type { BenchWorld } from "./world.ts";

const FIRST_VOTER = 300;
const FOR = 1;
const VOTING_PERIOD = 50;
const TIMELOCK_DELAY = 1;
const DESCRIPTION = "one transfer";

const createGovernor = async (world: BenchWorld, voters: readonly HDNodeWallet[]) => {
  const { anyone, provider, sandbox } = world;
  const token = await new BenchVotesToken__factory(anyone).deploy(
    voters.map(({ address }) => address),
    10n ** 21n,
  );
  for (const voter of voters) {
    await sandbox.setBalance(voter.address, 10n ** 22n);
    await (await token.connect(voter.connect(provider)).delegate(voter.address)).wait();
  }
  const me = await anyone.getAddress();
  const timelock = await new TimelockController__factory(anyone).deploy(TIMELOCK_DELAY, [], [ZeroAddress], me);
  const governor = await new BenchGovernor__factory(anyone).deploy(token, timelock);
  await (await timelock.grantRole(await timelock.PROPOSER_ROLE(), governor)).wait();
  return { governor, timelock: await timelock.getAddress() };
};

/** A governor as the cycle needs it, with how its clock is moved: past the delay before a vote, and past the vote. */
export type Assembly = {
  readonly governor: BenchGovernor | NexusGovernor;
  readonly voters: readonly HDNodeWallet[];
  readonly toVote: () => Promise<unknown>;
  readonly afterVote: () => Promise<unknown>;
  readonly timelockDelay: number;
};

/** Brings one call from proposal to execution; `round` makes the proposal another one than those before. */
export const cycle = async (world: BenchWorld, assembly: Assembly, call: BenchCall, round: number): Promise<Cost> => {
  const { governor, voters, toVote, afterVote, timelockDelay } = assembly;
  const description = `${DESCRIPTION} ${round}`;
  const action: [string[], bigint[], string[]] = [[call.target], [0n], [call.data]];
  const hash = id(description);
  const proposalId = await governor.hashProposal(...action, hash);
  const costs = [await world.measure(governor.propose(...action, description))];
  await toVote();
  for (const voter of voters) {
    costs.push(await world.measure(governor.connect(voter.connect(world.provider)).castVote(proposalId, FOR)));
  }
  await afterVote();
  costs.push(await world.measure(governor.queue(...action, hash)));
  await letPass(world, timelockDelay + 1);
  costs.push(await world.measure(governor.execute(...action, hash)));
  return sumOf(costs);
};

/** Lets the chain's clock run on and mines a block. */
export const letPass = async ({ sandbox }: BenchWorld, seconds: number): Promise<void> => {
  await sandbox.control("evm_increaseTime", [seconds]);
  await sandbox.control("hardhat_mine", ["0x1"]);
};

/** Those who hold votes: two more than vote. */
export const holdersFor = (voters: number): readonly HDNodeWallet[] => {
  const keyAt = testKeys();
  return Array.from({ length: voters + 2 }, (_, index) => keyAt(FIRST_VOTER + index));
};

/**
 * What OpenZeppelin's Governor and Timelock take for one call from `propose` to `execute`, with `voters` votes of
 * `voters + 2` holders, after one warm-up.
 * @param prepare readies what the timelock will call, and answers the call of each round
 */
export const measureGovernor = async (
  world: BenchWorld,
  voters: number,
  prepare: (timelock: string) => Promise<(round: number) => BenchCall>,
): Promise<Cost> => {
  const holders = holdersFor(voters);
  const { governor, timelock } = await createGovernor(world, holders);
  const callOf = await prepare(timelock);
  const mine = (blocks: number) => () => world.sandbox.control("hardhat_mine", [`0x${blocks.toString(16)}`]);
  const assembly: Assembly = {
    governor,
    voters: holders.slice(0, voters),
    toVote: mine(1),
    afterVote: mine(VOTING_PERIOD),
    timelockDelay: TIMELOCK_DELAY,
  };
  await cycle(world, assembly, callOf(1), 1);
  return cycle(world, assembly, callOf(2), 2);
};
