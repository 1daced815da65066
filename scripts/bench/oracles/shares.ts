import { type Signer, ZeroAddress } from "ethers";
import {
  type OracleHub,
  Accounts__factory,
  BreakerEvidence__factory,
  CircuitBreaker__factory,
  SandboxToken__factory,
  SandboxUSDC__factory,
  Treasury__factory,
} from "../../../types/index.ts";
import type { Cost } from "../trace.ts";
import { type BenchWorld, GAS_LIMIT } from "../world.ts";

/** What evidence about shares costs, and what of it is the treasury's own reading of its balances and of the hub. */
export type SharesCosts = {
  readonly assets: number;
  readonly observeFall: Cost;
  readonly tripFall: Cost;
  /** A reading of `assetsRange` as a transaction of its own, without what a transaction costs. */
  readonly assetsRange: bigint;
  readonly observeOutflow: Cost;
  readonly tripOutflow: Cost;
};

const USDC = 10n ** 6n;
const UNIT = 10n ** 18n;
const HOUR = 3_600;
const [SHARE_PRICE_FELL, SHARES_LEFT] = [2, 3];
const TRANSACTION = 21_000n + 4n * 16n;
const COLD_ACCOUNT = 2_600n;

const wait = async ({ sandbox }: BenchWorld, seconds: number): Promise<void> => {
  await sandbox.control("evm_increaseTime", [seconds]);
  for (let block = 0; block < 3; block += 1) await sandbox.control("evm_mine");
};

/** Tokens with the prices that `like` has, of which the first is the base asset. */
const deployTokens = async (signer: Signer, hub: OracleHub, like: string) => {
  const base = await new SandboxUSDC__factory(signer).deploy();
  const other = await new SandboxToken__factory(signer).deploy("Other", "OTH");
  const [feed, sources] = await hub.feedOf(like);
  const list = sources.map(({ reader, maxAge, deviationBps }) => ({ reader, maxAge, deviationBps }));
  for (const [token, decimals] of [[base, 6n] as const, [other, 18n] as const]) {
    const { quorum, maxBandBps } = feed;
    await (await hub.setFeed(token, { decimals, quorum, maxBandBps }, list)).wait();
  }
  return { base, other };
};

/** A treasury of two assets, breaker, ledger and evidence, all of the bench's own account, with every slot in use. */
const deployScene = async (world: BenchWorld, hub: OracleHub, like: string) => {
  const signer = world.anyone;
  const me = await signer.getAddress();
  const { base, other } = await deployTokens(signer, hub, like);
  const token = await base.getAddress();
  const accounts = await new Accounts__factory(signer).deploy(ZeroAddress, ZeroAddress, ZeroAddress, ZeroAddress);
  const ledger = await accounts.getAddress();
  const breaker = await new CircuitBreaker__factory(signer).deploy(me, me);
  const at = await breaker.getAddress();
  const hubAt = await hub.getAddress();
  const treasury = await new Treasury__factory(signer).deploy(me, me, me, hubAt, at, token, HOUR);
  const vault = await treasury.getAddress();
  const evidence = await new BreakerEvidence__factory(signer).deploy(me, at, hubAt, ledger, token, vault);
  const steps = [
    () => base.mint(me, 3_000n * USDC),
    () => base.approve(ledger, 100n * USDC),
    () => accounts.deposit(token, evidence, 10n * USDC),
    () => accounts.deposit(token, me, USDC),
    () => treasury.addAsset(other, 1_000_000n * UNIT),
    () => base.approve(vault, 1_000n * USDC),
    () => treasury.deposit(1_000n * USDC, me),
    () => other.mint(vault, 1_000n * UNIT),
    () => breaker.setEvidence(evidence),
    () => evidence.setShareLimit(SHARE_PRICE_FELL, 1_000, 10 * HOUR),
    () => evidence.setShareLimit(SHARES_LEFT, 2_000, 10 * HOUR),
    () => evidence.setBounty(USDC),
  ];
  for (const step of steps) await (await step()).wait();
  return { me, treasury, evidence, other };
};

/** What evidence about the shares of a treasury of two assets with three sources each costs. */
export const sharesCosts = async (world: BenchWorld, hub: OracleHub, like: string): Promise<SharesCosts> => {
  const { me, treasury, evidence, other } = await deployScene(world, hub, like);
  await wait(world, HOUR);
  // Both marks are there, and lower than what is measured next: that one stores them again.
  await (await evidence.observeShares(SHARE_PRICE_FELL, [], GAS_LIMIT)).wait();
  await (await evidence.observeShares(SHARES_LEFT, [], GAS_LIMIT)).wait();
  await (await other.mint(treasury, UNIT)).wait();
  await wait(world, 20);
  const observeFall = await world.measure(evidence.observeShares(SHARE_PRICE_FELL, [], GAS_LIMIT));
  const observeOutflow = await world.measure(evidence.observeShares(SHARES_LEFT, [me], GAS_LIMIT));
  await wait(world, 20);

  const data = treasury.interface.encodeFunctionData("assetsRange");
  const read = await world.measure(
    world.anyone.sendTransaction({ to: await treasury.getAddress(), data, ...GAS_LIMIT }),
  );
  const lost = other.interface.encodeFunctionData("transfer", [me, 900n * UNIT]);
  await (await treasury.executeAsAdmin([{ target: await other.getAddress(), data: lost }], GAS_LIMIT)).wait();
  const tripFall = await world.measure(evidence.tripShares(SHARE_PRICE_FELL, [], GAS_LIMIT));
  await (await treasury.redeemInKind((await treasury.balanceOf(me)) / 2n, me, me, GAS_LIMIT)).wait();
  const tripOutflow = await world.measure(evidence.tripShares(SHARES_LEFT, [], GAS_LIMIT));
  const assetsRange = read.gas - TRANSACTION + COLD_ACCOUNT;
  return { assets: 2, observeFall, tripFall, assetsRange, observeOutflow, tripOutflow };
};
