import { type Signer, type VoteKey, USDC, ZERO, actors, ethers } from "./chain.ts";

export const CHAIN_ID = 1329n;
/** What client and payer begin with in the ledger. */
export const FUNDS = 10_000n * USDC;
/** Basis points of what a worker earns. */
export const JOB_FEE_BPS = 100n;

/** The ledger with both of its modules; the depositor has money in it and lets both move it. */
export const moneyFixture = async () => {
  const people = await actors();
  const { deployer, admin, depositor, payee, attacker, operatorC } = people;
  const usdc = await ethers.deployContract("SandboxUSDC");
  const hostile = await ethers.deployContract("HostileToken");
  const permit2 = await ethers.deployContract("MockPermit2");
  // The ledger knows its own modules from birth, and they know it.
  const nonce = await deployer.getNonce();
  const at = (offset: number) => ethers.getCreateAddress({ from: deployer.address, nonce: nonce + offset });
  const [ledger, channelsAt, escrowAt] = [at(0), at(1), at(2)];
  const accounts = await ethers.deployContract("Accounts", [
    await permit2.getAddress(),
    operatorC.address,
    escrowAt,
    channelsAt,
  ]);
  const channels = await ethers.deployContract("PaymentChannels", [ledger]);
  // No agents here: `records.ts` has jobs that name one.
  const escrow = await ethers.deployContract("Escrow", [admin.address, ledger, ZERO, ZERO, ZERO, JOB_FEE_BPS]);
  const addresses = {
    usdc: await usdc.getAddress(),
    hostile: await hostile.getAddress(),
    permit2: await permit2.getAddress(),
    accounts: ledger,
    channels: await channels.getAddress(),
    escrow: await escrow.getAddress(),
  };
  for (const person of [depositor, payee, attacker]) {
    await usdc.mint(person.address, 10n * FUNDS);
    await hostile.mint(person.address, 10n * FUNDS);
    await usdc.connect(person).approve(ledger, ethers.MaxUint256);
    await hostile.connect(person).approve(ledger, ethers.MaxUint256);
  }
  await accounts.connect(depositor).deposit(addresses.usdc, depositor.address, FUNDS);
  await accounts.connect(depositor).allowModule(addresses.usdc, addresses.channels, true);
  await accounts.connect(depositor).allowModule(addresses.usdc, addresses.escrow, true);
  return { ...people, usdc, hostile, permit2, accounts, channels, escrow, addresses, collector: operatorC };
};
export type Money = Awaited<ReturnType<typeof moneyFixture>>;

/** What an account can spend of the test's dollars. */
export const balanceOf = (f: Money, account: Signer | VoteKey | string): Promise<bigint> =>
  f.accounts.balanceOf(f.addresses.usdc, typeof account === "string" ? account : account.address);

/** What a signature is bound to. */
export type Domain = {
  readonly name: string;
  readonly version: string;
  readonly chainId: bigint;
  readonly verifyingContract: string;
};

/* AN OWN MODULE: `guardian` plays one. */

export const LOCK_ID = ethers.id("a lock");
export const LOCKED = 1_000n * USDC;
export const TAG = 7n;

/** The guardian is a module that the depositor allowed. */
export const moduleFixture = async () => {
  const f = await moneyFixture();
  for (const token of [f.addresses.usdc, f.addresses.hostile]) {
    await f.accounts.connect(f.depositor).allowModule(token, f.guardian.address, true);
  }
  const module = f.accounts.connect(f.guardian);
  /** Pays out of the lock, and leaves the rest in it. */
  const payLock = (to: Signer, amount: bigint, fee = 0n) =>
    module.pay(f.addresses.usdc, LOCK_ID, to.address, ethers.ZeroAddress, amount, fee, TAG);
  return { ...f, module, payLock };
};

/** It has a lock. */
export const lockedFixture = async () => {
  const f = await moduleFixture();
  await f.module.lock(f.addresses.usdc, LOCK_ID, f.depositor.address, LOCKED, TAG);
  return f;
};
