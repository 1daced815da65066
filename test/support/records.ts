import { USDC, ZERO, ethers } from "./chain.ts";
import { type Terms, RESULT, termsOf } from "./jobs.ts";
import { JOB_FEE_BPS, FUNDS } from "./money.ts";
import { fundedWith } from "./nexus.ts";
import { HALF_LIFE, ROLE, WEIGHTING } from "./reputation.ts";

/** The agent that works: operator B is its owner, and so its wallet. */
export const WORKING_AGENT = 3n;
/** How the contracts number what `record` refuses. */
export const RECORD = {
  none: 0n,
  noAgent: 1n,
  notOver: 2n,
  countsNothing: 3n,
  recorded: 4n,
  walletChanged: 5n,
} as const;

/** Jobs whose results move the scores of the registry's agents, and so their weights, in dollars that have a price. */
export const recordFixture = async () => {
  const f = await fundedWith((admin, registryAt) =>
    ethers.deployContract("Reputation", [admin, registryAt, HALF_LIFE, WEIGHTING]),
  );
  const { reputation } = f;
  const { registry, hub, usdc } = f.addresses;
  const nonce = await f.deployer.getNonce();
  const escrowAt = ethers.getCreateAddress({ from: f.deployer.address, nonce: nonce + 1 });
  const accounts = await ethers.deployContract("Accounts", [ZERO, ZERO, escrowAt, ZERO]);
  const escrow = await ethers.deployContract("Escrow", [
    f.admin.address,
    await accounts.getAddress(),
    registry,
    await reputation.getAddress(),
    hub,
    JOB_FEE_BPS,
  ]);
  await reputation.connect(f.admin).setRecorder(escrowAt, ROLE.jobs);
  const own = accounts.connect(f.depositor);
  await f.usdc.mint(f.depositor.address, FUNDS);
  await f.usdc.connect(f.depositor).approve(await accounts.getAddress(), FUNDS);
  await own.deposit(usdc, f.depositor.address, FUNDS);
  await own.allowModule(usdc, escrowAt, true);
  const addresses = { ...f.addresses, accounts: await accounts.getAddress(), escrow: escrowAt };
  return { ...f, accounts, escrow, addresses, worker: f.operatorB };
};
export type Records = Awaited<ReturnType<typeof recordFixture>>;

/** A funded job of agent 3 at a fixed price; `change` says what is special about it. */
export const fundWork = async (f: Records, change: Partial<Terms> = {}): Promise<Terms> => {
  const terms = await termsOf(f, { worker: f.worker.address, agentId: WORKING_AGENT, ...change });
  await f.escrow.connect(f.depositor).fund(terms);
  return terms;
};

/** The same, delivered. */
export const deliverWork = async (f: Records, change: Partial<Terms> = {}): Promise<Terms> => {
  const terms = await fundWork(f, change);
  await f.escrow.connect(f.worker).deliver(terms, RESULT);
  return terms;
};

/** The same, delivered and disputed; the arbiter gives the worker `earned`. */
export const arbitrateWork = async (f: Records, change: Partial<Terms>, earned: bigint): Promise<Terms> => {
  const terms = await deliverWork(f, change);
  await f.escrow.connect(f.depositor).dispute(terms);
  await f.escrow.connect(f.operatorA).arbitrate(terms, earned);
  return terms;
};

/** Dollars with 18 decimals of what a fee in USDC is worth. */
export const inUsd = (fee: bigint): bigint => fee * (10n ** 18n / USDC);
