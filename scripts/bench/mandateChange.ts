import { ZeroAddress, id } from "ethers";
import {
  Mandate__factory,
  type NexusGovernor,
  NexusGovernor__factory,
  NexusToken__factory,
  TimelockController__factory,
} from "../../types/index.ts";
import { minDelay } from "../deploy/parameters.ts";
import { sandboxParameters } from "../sandbox/parameters.ts";
import type { BenchCall } from "./nexusFlows.ts";
import { type Assembly, cycle, holdersFor, letPass, measureGovernor } from "./openzeppelin.ts";
import type { Cost } from "./trace.ts";
import type { BenchWorld } from "./world.ts";

const GAS_MONEY = 10n ** 22n;

/** A mandate that obeys `timelock`, and the change of its root in each round. */
const prepareMandate =
  (world: BenchWorld) =>
  async (timelock: string): Promise<(round: number) => BenchCall> => {
    const mandate = await new Mandate__factory(world.anyone).deploy(timelock, ZeroAddress, ZeroAddress, []);
    const target = await mandate.getAddress();
    return (round) => ({
      target,
      data: mandate.interface.encodeFunctionData("setRoot", [id(`root ${round}`), "deployments/1329.json"]),
    });
  };

/** The DAO as the sandbox has it, its supply in equal parts with `voters + 2` holders. */
const createDao = async (
  world: BenchWorld,
  voters: number,
): Promise<Assembly & { readonly governor: NexusGovernor }> => {
  const { anyone, provider, sandbox } = world;
  const me = await anyone.getAddress();
  const { governance, minHoldingTime, timelockDelay } = sandboxParameters(sandbox.environment, me, me);
  const { holder, supply, ...settings } = governance;
  const token = await new NexusToken__factory(anyone).deploy(holder, supply);
  const holders = holdersFor(voters);
  for (const owner of holders) {
    await sandbox.setBalance(owner.address, GAS_MONEY);
    await (await token.transfer(owner.address, supply / BigInt(holders.length))).wait();
    await (await token.connect(owner.connect(provider)).delegate(owner.address)).wait();
  }
  const timelock = await new TimelockController__factory(anyone).deploy(timelockDelay, [], [], me);
  const parameters = { ...settings, minTimelockDelay: minDelay(minHoldingTime) };
  const proposer = holders.slice(0, 1).map((owner) => owner.connect(provider))[0] ?? anyone;
  const governor = await new NexusGovernor__factory(anyone).deploy(token, timelock, parameters);
  for (const role of [
    await timelock.PROPOSER_ROLE(),
    await timelock.CANCELLER_ROLE(),
    await timelock.EXECUTOR_ROLE(),
  ]) {
    await (await timelock.grantRole(role, governor)).wait();
  }
  // Votes count from the second after the one in which they were delegated.
  await letPass(world, 1);
  return {
    governor: governor.connect(proposer),
    voters: holders.slice(0, voters),
    toVote: () => letPass(world, governance.votingDelay + 1),
    afterVote: () => letPass(world, governance.votingPeriod + 1),
    timelockDelay,
  };
};

/**
 * What the DAO takes to change a mandate's root, from `propose` to `execute` with `voters` votes, and what OpenZeppelin's
 * own governor takes for the same. Each after one warm-up.
 */
export const measureMandateChange = async (
  world: BenchWorld,
  voters: number,
): Promise<{ readonly nexus: Cost; readonly openzeppelin: Cost }> => {
  const dao = await createDao(world, voters);
  const callOf = await prepareMandate(world)(await dao.governor.timelock());
  await cycle(world, dao, callOf(1), 1);
  const nexus = await cycle(world, dao, callOf(2), 2);
  return { nexus, openzeppelin: await measureGovernor(world, voters, prepareMandate(world)) };
};
