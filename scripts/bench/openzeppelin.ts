import { type HDNodeWallet, ZeroAddress, id } from "ethers";
import {
  type BenchGovernor,
  BenchGovernor__factory,
  BenchVotesToken__factory,
  TimelockController__factory,
} from "../../types/index.ts";
import { testKeys } from "../sandbox/account.ts";
import type { Call } from "./nexusFlows.ts";
import { type Cost, sumOf } from "./trace.ts";
import type { World } from "./world.ts";

const FIRST_VOTER = 300;
const FOR = 1;
const VOTING_PERIOD = 50;
const TIMELOCK_DELAY = 1;
const DESCRIPTION = "one transfer";

const createGovernor = async (world: World, voters: readonly HDNodeWallet[]) => {
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

/** Brings one call from proposal to execution; `round` makes the proposal another one than those before. */
const cycle = async (
  world: World,
  { governor, voters }: { readonly governor: BenchGovernor; readonly voters: readonly HDNodeWallet[] },
  call: Call,
  round: number,
): Promise<Cost> => {
  const mine = (blocks: number) => world.sandbox.control("hardhat_mine", [`0x${blocks.toString(16)}`]);
  const description = `${DESCRIPTION} ${round}`;
  const action: [string[], bigint[], string[]] = [[call.target], [0n], [call.data]];
  const hash = id(description);
  const proposalId = await governor.hashProposal(...action, hash);
  const costs = [await world.measure(governor.propose(...action, description))];
  await mine(1);
  for (const voter of voters) {
    costs.push(await world.measure(governor.connect(voter.connect(world.provider)).castVote(proposalId, FOR)));
  }
  await mine(VOTING_PERIOD);
  costs.push(await world.measure(governor.queue(...action, hash)));
  await world.sandbox.control("evm_increaseTime", [TIMELOCK_DELAY + 1]);
  await mine(1);
  costs.push(await world.measure(governor.execute(...action, hash)));
  return sumOf(costs);
};

/**
 * What OpenZeppelin's Governor and Timelock take for one call from `propose` to `execute`, with `voters` votes of
 * `voters + 2` holders, after one warm-up.
 * @param fund gives the timelock what the call spends
 */
export const measureGovernor = async (
  world: World,
  voters: number,
  call: Call,
  fund: (timelock: string) => Promise<void>,
): Promise<Cost> => {
  const keyAt = testKeys();
  const holders = Array.from({ length: voters + 2 }, (_, index) => keyAt(FIRST_VOTER + index));
  const { governor, timelock } = await createGovernor(world, holders);
  await fund(timelock);
  const assembly = { governor, voters: holders.slice(0, voters) };
  await cycle(world, assembly, call, 1);
  return cycle(world, assembly, call, 2);
};
