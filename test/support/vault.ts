import { HOLDING_TIME, type Nexus, fundDepositor, fundedFixture, nexusFixture, sourceOf } from "./nexus.ts";
import { type Signer, USDC, WAD, ethers, time } from "./chain.ts";

/** Shares have six decimals more than the base asset. */
export const SHARE = USDC * 10n ** 6n;

/** Lets `account` deposit `amount` now; its shares are fresh. */
export const depositAs = async (f: Nexus, account: Signer, amount: bigint): Promise<void> => {
  await fundDepositor(f, account, amount);
  await f.treasury.connect(account).deposit(amount, account.address);
};

/** Beside the old holder of the funded treasury, the attacker just deposited 1,000 USDC. */
export const RECENT_DEPOSIT = 1_000n * USDC;
export const recentFixture = async () => {
  const f = await fundedFixture();
  await depositAs(f, f.attacker, RECENT_DEPOSIT);
  return f;
};

/** Lists a token that can misbehave, with a price of one dollar, of which the treasury holds 1,000. */
export const HOSTILE_HELD = 1_000n * WAD;
/** How much of it counts. */
export const HOSTILE_CAP = 100_000n * WAD;
export const withHostileAsset = async <F extends Nexus>(f: F) => {
  const evil = await ethers.deployContract("HostileToken");
  const evilAt = await evil.getAddress();
  const source = sourceOf(await f.sources.usdc.getAddress(), 0n);
  await f.hub.connect(f.admin).setFeed(evilAt, { decimals: 18n, quorum: 1n, maxBandBps: 500n }, [source]);
  await f.treasury.connect(f.admin).addAsset(evilAt, HOSTILE_CAP);
  await evil.mint(f.addresses.treasury, HOSTILE_HELD);
  return { ...f, evil, evilAt };
};

export const hostileFixture = async () => withHostileAsset(await fundedFixture());

/** A treasury that holds nothing but base asset, with one seasoned holder. */
export const baseOnlyFixture = async () => {
  const f = await nexusFixture();
  await depositAs(f, f.depositor, 1_000n * USDC);
  await time.increase(HOLDING_TIME);
  return f;
};

/** One unit of base asset was deposited, and so much given that each unit of shares is worth two units of it. */
export const dearFixture = async () => {
  const f = await nexusFixture();
  await depositAs(f, f.depositor, 1n);
  await time.increase(HOLDING_TIME);
  await f.usdc.connect(f.deployer).mint(f.addresses.treasury, 4_000_000n);
  return f;
};
