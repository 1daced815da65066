import type { HDNodeWallet } from "ethers";
import { actionOf } from "../../keepers/adapters/readers/daoProposals.ts";
import { NexusGovernor__factory, NexusToken__factory } from "../../types/index.ts";
import type { Deployed } from "./deployment.ts";
import { addressOf } from "../../deployments/lookup.ts";

/** A call as the DAO decides on it. */
export type DaoCall = { readonly target: string; readonly data: string };

const FOR = 1;

/** Lets the sandbox's clock run on by `seconds` and mines a block. */
export const wait = async ({ sandbox }: Pick<Deployed, "sandbox">, seconds: number): Promise<void> => {
  await sandbox.control("evm_increaseTime", [seconds]);
  await sandbox.control("hardhat_mine", ["0x1"]);
};

/** Makes `voter`'s own tokens vote. */
export const delegate = async (deployed: Deployed, voter: HDNodeWallet): Promise<void> => {
  const token = NexusToken__factory.connect(addressOf(deployed.book, "NexusToken"), voter);
  await (await token.delegate(voter.address)).wait();
  await wait(deployed, 1);
};

/**
 * Proposes `calls` and has them voted for by the holder of the undistributed tokens, up to the queue. Answers what ends
 * it: `execute`, which waits for nothing.
 */
export const passByVote = async (deployed: Deployed, calls: readonly DaoCall[], description: string) => {
  const { book, holder, parameters } = deployed;
  const { votingDelay, votingPeriod } = parameters.governance;
  await delegate(deployed, holder);
  const governor = NexusGovernor__factory.connect(addressOf(book, "NexusGovernor"), holder);
  const action = actionOf({ calls: calls.map((call) => ({ ...call, value: 0n })), description });
  await (await governor.propose(action[0], action[1], action[2], description)).wait();
  const proposalId = await governor.getProposalId(...action);
  await wait(deployed, votingDelay + 1);
  await (await governor.castVote(proposalId, FOR)).wait();
  await wait(deployed, votingPeriod + 1);
  await (await governor.queue(...action)).wait();
  return { governor, proposalId, action };
};
