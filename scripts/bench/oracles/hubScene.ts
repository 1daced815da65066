import { type Signer, ContractFactory, encodeBytes32String, id } from "ethers";
import {
  type OracleHub,
  ChainlinkShapedSource__factory,
  MockForeignFeed__factory,
  MockIntervalSource__factory,
  OracleHub__factory,
  PythSource__factory,
  RedstoneSource__factory,
} from "../../../types/index.ts";
import { readArtifact } from "../../lib/artifact.ts";
import type { BenchWorld } from "../world.ts";

/** Assets by what prices them; addresses that nothing else has. */
export type SceneAsset = "one" | "three" | "threeBehindProxies" | "threeOneBurning";

/** A hub with feeds of one and of three sources, all new, whose administrator is the bench's own account. */
export type HubScene = {
  readonly hub: OracleHub;
  readonly assets: Readonly<Record<SceneAsset, string>>;
  /** Takes two of the three sources' prices away from `three`. */
  readonly refuse: () => Promise<void>;
  /** Gives them back. */
  readonly allow: () => Promise<void>;
};

const DAY = 86_400;
const PYTH_ID = id("SEI/USD");
const DECIMALS = 8;
const CENTS = 31;
const BURNING = 2;
const PROXY = readArtifact("@openzeppelin/contracts/build/contracts/ERC1967Proxy.json");

/** A contract that is Pyth, a Chainlink feed and RedStone at once, behind a proxy if wanted, with a price of 31 cents. */
const deployFeed = async (
  signer: Signer,
  feedId: string,
  { isProxied, time }: { isProxied: boolean; time: number },
) => {
  const bare = await new MockForeignFeed__factory(signer).deploy(feedId, DECIMALS);
  const factory = new ContractFactory(PROXY.abi, PROXY.bytecode, signer);
  // The proxy wants to be told something at its birth.
  const first = bare.interface.encodeFunctionData("setRound", [{ id: 0, answer: 0, updatedAt: 0 }]);
  const at = isProxied
    ? await (await factory.deploy(await bare.getAddress(), first)).getAddress()
    : await bare.getAddress();
  const feed = MockForeignFeed__factory.connect(at, signer);
  await (await feed.setPythPrice({ price: CENTS, conf: 0, expo: -2, publishTime: time })).wait();
  await (await feed.setRound({ id: 1, answer: CENTS * 10 ** 6, updatedAt: time })).wait();
  const details = { dataTimestamp: BigInt(time) * 1_000n, blockTimestamp: time, value: CENTS * 10 ** 6 };
  await (await feed.setDetails(details)).wait();
  return { feed, at };
};

const addressesOf = async (contracts: readonly { getAddress: () => Promise<string> }[]): Promise<readonly string[]> =>
  Promise.all(contracts.map((contract) => contract.getAddress()));

/** Readers of three makes over the same price; `first` stands in for the first of them where it is given. */
const deployReaders = async (signer: Signer, isProxied: boolean, time: number) => {
  const pyth = await deployFeed(signer, PYTH_ID, { isProxied, time });
  const redstone = await deployFeed(signer, encodeBytes32String("SEI"), { isProxied, time });
  const chainlink = await deployFeed(signer, PYTH_ID, { isProxied, time });
  const readers = await addressesOf([
    await new PythSource__factory(signer).deploy(pyth.at, PYTH_ID, 3),
    await new RedstoneSource__factory(signer).deploy(redstone.at),
    await new ChainlinkShapedSource__factory(signer).deploy(chainlink.at),
  ]);
  return { readers, pyth: pyth.feed, redstone: redstone.feed };
};

/**
 * Deploys hub and feeds in a world. `api3` is a genuine reader proxy of API3 over the sandbox's server, which stands behind its
 * own proxy as on Sei.
 */
export const deployHubScene = async (world: BenchWorld, api3: string): Promise<HubScene> => {
  const signer = world.anyone;
  const block = await world.provider.getBlock("latest");
  const time = block?.timestamp ?? 0;
  const hub = await new OracleHub__factory(signer).deploy(await signer.getAddress());
  const plain = await deployReaders(signer, false, time);
  const proxied = await deployReaders(signer, true, time);
  const burning = await new MockIntervalSource__factory(signer).deploy();
  await (await burning.setFault(BURNING)).wait();

  const setFeed = async (name: string, quorum: number, readers: readonly string[]): Promise<string> => {
    const asset = `0x${id(name).slice(-40)}`;
    const sources = readers.map((reader) => ({ reader, maxAge: DAY, deviationBps: 300 }));
    await (await hub.setFeed(asset, { decimals: 18, quorum, maxBandBps: 3_000 }, sources)).wait();
    return asset;
  };
  const assets = {
    one: await setFeed("one", 1, [api3]),
    three: await setFeed("three", 2, plain.readers),
    threeBehindProxies: await setFeed("three behind proxies", 2, [api3, ...proxied.readers.slice(0, 2)]),
    threeOneBurning: await setFeed("three, one burning", 2, [...plain.readers.slice(0, 2), await burning.getAddress()]),
  };
  const say = async (price: number): Promise<void> => {
    await (await plain.pyth.setPythPrice({ price, conf: 0, expo: -2, publishTime: time })).wait();
    const details = { dataTimestamp: BigInt(time) * 1_000n, blockTimestamp: time, value: price * 10 ** 6 };
    await (await plain.redstone.setDetails(details)).wait();
  };
  return { hub, assets, refuse: () => say(0), allow: () => say(CENTS) };
};
