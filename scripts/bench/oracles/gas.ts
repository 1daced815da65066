import { ZeroAddress, getBytes } from "ethers";
import {
  Accounts__factory,
  BreakerEvidence__factory,
  CircuitBreaker__factory,
  SandboxUSDC__factory,
} from "../../../types/index.ts";
import type { Cost } from "../trace.ts";
import { type BenchWorld, GAS_LIMIT } from "../world.ts";
import { sharesCosts } from "./shares.ts";
import { type HubScene, type SceneAsset, deployHubScene } from "./hubScene.ts";

/** One row: gas in all for a transaction, and for a reading what a contract pays that has not touched anything before. */
export type OracleGasRow = { readonly flow: string; readonly gas: bigint; readonly newSlots: number };

const UNIT = 10n ** 18n;
const TRANSACTION = 21_000n;
const ZERO_BYTE = 4n;
const BYTE = 16n;
/** The first touch of the hub's account, which a caller pays on top of the hub's own frame. */
const COLD_ACCOUNT = 2_600n;
const USDC = 10n ** 6n;
const SECONDS = 20;
const COOL_DOWN = 600;
const REFUSED = 0;

/** Gas that a transaction pays for its existence and its data. */
const intrinsicOf = (data: string): bigint => {
  const bytes = [...getBytes(data)];
  const zeros = bytes.filter((byte) => byte === 0).length;
  return TRANSACTION + ZERO_BYTE * BigInt(zeros) + BYTE * BigInt(bytes.length - zeros);
};

/** A reading of `valueRange` that has touched nothing before, as a contract pays for it: its account's first touch included. */
const readCost = async (world: BenchWorld, { hub, assets }: HubScene, asset: SceneAsset): Promise<Cost> => {
  const data = hub.interface.encodeFunctionData("valueRange", [assets[asset], UNIT]);
  const to = await hub.getAddress();
  const { gas, newSlots } = await world.measure(world.anyone.sendTransaction({ to, data, ...GAS_LIMIT }));
  return { gas: gas - intrinsicOf(data) + COLD_ACCOUNT, newSlots };
};

const rowOf = (flow: string, { gas, newSlots }: Cost): OracleGasRow => ({ flow, gas, newSlots });

/** Ledger, breaker and evidence over the scene's hub, primed: nothing that is measured touches a slot for the first time. */
const deployBreaker = async (world: BenchWorld, { hub, assets }: HubScene) => {
  const signer = world.anyone;
  const me = await signer.getAddress();
  const usdc = await new SandboxUSDC__factory(signer).deploy();
  const token = await usdc.getAddress();
  const accounts = await new Accounts__factory(signer).deploy(ZeroAddress, ZeroAddress, ZeroAddress, ZeroAddress);
  const ledger = await accounts.getAddress();
  const breaker = await new CircuitBreaker__factory(signer).deploy(me, me);
  const evidence = await new BreakerEvidence__factory(signer).deploy(
    me,
    await breaker.getAddress(),
    await hub.getAddress(),
    ledger,
    token,
    ZeroAddress,
  );
  const steps = [
    () => breaker.setEvidence(evidence),
    () => breaker.prime(assets.three),
    () => evidence.setMoveLimit(assets.three, 1_000, 300),
    () => evidence.setBounty(USDC),
    () => usdc.mint(me, 100n * USDC),
    () => usdc.approve(ledger, 100n * USDC),
    () => accounts.deposit(token, evidence, 10n * USDC),
    () => accounts.deposit(token, me, USDC),
    () => evidence.observe(assets.three),
  ];
  for (const step of steps) await (await step()).wait();
  return { evidence, breaker };
};

const breakerRows = async (world: BenchWorld, scene: HubScene): Promise<readonly OracleGasRow[]> => {
  const { evidence } = await deployBreaker(world, scene);
  const asset = scene.assets.three;
  const wait = async (seconds: number): Promise<void> => {
    await world.sandbox.control("evm_increaseTime", [seconds]);
    for (let block = 0; block < 3; block += 1) await world.sandbox.control("evm_mine");
  };
  await wait(SECONDS);
  const calm = await world.measure(evidence.observe(asset, GAS_LIMIT));
  await scene.refuse();
  const observe = await world.measure(evidence.observe(asset, GAS_LIMIT));
  await wait(SECONDS);
  const trip = await world.measure(evidence.trip(asset, REFUSED, GAS_LIMIT));
  await scene.allow();
  await (await evidence.observe(asset, GAS_LIMIT)).wait();
  await wait(COOL_DOWN);
  const restore = await world.measure(evidence.restore(asset, REFUSED, GAS_LIMIT));
  return [rowOf("observe-calm", calm), rowOf("observe", observe), rowOf("trip", trip), rowOf("restore", restore)];
};

/** What evidence about shares costs, and a fall beside what the treasury reads for it: its balances, and the hub once for each asset. */
const sharesRows = async (world: BenchWorld, { hub, assets }: HubScene): Promise<readonly OracleGasRow[]> => {
  const costs = await sharesCosts(world, hub, assets.three);
  const beside = { ...costs.tripFall, gas: costs.tripFall.gas - costs.assetsRange };
  return [
    rowOf("observe-fall", costs.observeFall),
    rowOf("trip-fall", costs.tripFall),
    rowOf("trip-fall-beside-assets", beside),
    rowOf("observe-outflow", costs.observeOutflow),
    rowOf("trip-outflow", costs.tripOutflow),
  ];
};

/** What reading three sources, observing, tripping and ending a trip costs, with a first touch of everything that is read. */
export const oracleGas = async (world: BenchWorld): Promise<readonly OracleGasRow[]> => {
  const oracle = world.sandbox.environment.oracles["SEI/USD"];
  if (oracle === undefined || !("proxy" in oracle)) throw new Error("the sandbox has no reader proxy for SEI/USD");
  const scene = await deployHubScene(world, oracle.proxy);
  return [
    rowOf("hub-read-1", await readCost(world, scene, "one")),
    rowOf("hub-read-3", await readCost(world, scene, "three")),
    rowOf("hub-read-3-proxies", await readCost(world, scene, "threeBehindProxies")),
    rowOf("hub-read-3-dead", await readCost(world, scene, "threeOneBurning")),
    ...(await sharesRows(world, scene)),
    ...(await breakerRows(world, scene)),
  ];
};
