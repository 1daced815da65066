import { DAY, WAD, ethers, voteKey } from "./chain.ts";
import { bareFixture, registerAgent } from "./nexus.ts";

export const HALF_LIFE = 30n * DAY;
export const WEIGHTING = { halfWeight: 1_000n * WAD, lossWeightBps: 2_000n } as const;
/** `RecorderRole` and `JobResult` of the contracts. */
export const ROLE = { none: 0n, proposals: 1n, jobs: 2n } as const;
export const JOB = { delivered: 0n, late: 1n, lost: 2n } as const;
/** The agent that the tests speak of, and one that is not registered. */
export const AGENT = 1n;
export const STRANGER = 9n;

/** A proposal that gained what it forecast, 1,000 dollars, and paid 100 of them. */
export const GAIN = {
  count: 1n,
  result: 1_000n * WAD,
  forecast: 1_000n * WAD,
  maxLoss: 50n * WAD,
  fee: 100n * WAD,
} as const;
/** A proposal that lost ten dollars of the hundred that it might. */
export const LOSS = { ...GAIN, result: -10n * WAD, maxLoss: 100n * WAD, fee: 0n } as const;

/** A score for each agent of a registry with two; `recorder` records proposals, `escrow` jobs. */
export const reputationFixture = async () => {
  const f = await bareFixture();
  await registerAgent(f, { operator: f.operatorA, key: voteKey(0) });
  await registerAgent(f, { operator: f.operatorB, key: voteKey(1) });
  const reputation = await ethers.deployContract("Reputation", [
    f.admin.address,
    f.addresses.registry,
    HALF_LIFE,
    WEIGHTING,
  ]);
  await reputation.connect(f.admin).setRecorder(f.deployer.address, ROLE.proposals);
  await reputation.connect(f.admin).setRecorder(f.payee.address, ROLE.jobs);
  return { ...f, reputation, recorder: f.deployer, escrow: f.payee };
};

export type ReputationFixture = Awaited<ReturnType<typeof reputationFixture>>;
