import { AccessControlRegistry__factory } from "@api3/contracts/dist/typechain-types/factories/access/AccessControlRegistry__factory.js";
import { Api3ServerV1OevExtension__factory } from "@api3/contracts/dist/typechain-types/factories/api3-server-v1/Api3ServerV1OevExtension__factory.js";
import { Api3ServerV1__factory } from "@api3/contracts/dist/typechain-types/factories/api3-server-v1/Api3ServerV1__factory.js";
import { Api3ReaderProxyV1Factory__factory } from "@api3/contracts/dist/typechain-types/factories/api3-server-v1/proxies/Api3ReaderProxyV1Factory__factory.js";
import {
  type HDNodeWallet,
  type InterfaceAbi,
  type Signer,
  type TransactionResponse,
  AbiCoder,
  Interface,
  encodeBytes32String,
  getAddress,
  getBytes,
  id,
  keccak256,
  solidityPackedKeccak256,
} from "ethers";
import { PIPS } from "../../keepers/market/pips.ts";
import type { Account } from "./account.ts";
import { deployArtifact } from "./dex.ts";
import { distancePips } from "./sizing.ts";

/** The dAPIs of the sandbox. */
export const FEEDS = ["SEI/USD", "ETH/USD", "USDC/USD"] as const;
export type FeedName = (typeof FEEDS)[number];
/** A dollar price for each feed, 18 decimals. */
export type FeedValues = Readonly<Record<FeedName, bigint>>;

/** API3's own contracts with beacons that our Airnodes sign; `proxies` is what consumers read. */
export type Oracles = {
  readonly server: string;
  readonly proxies: Readonly<Record<FeedName, string>>;
};

/** When the keeper sends: at this distance from what the chain says (10⁶ = 100 %), or at this age. */
export type UpdateRule = { readonly deviationPips: bigint; readonly heartbeatSeconds: number };

export const DEFAULT_UPDATE_RULE: UpdateRule = { deviationPips: 1_500n, heartbeatSeconds: 60 };

/** How far the Airnodes differ from each other, in pips: the middle one is right, so the median is. */
const SPREAD_PIPS = [-100n, 0n, 100n] as const;
const DAPP_ID = 1n;

const coder = AbiCoder.defaultAbiCoder();
const serverAbi = Interface.from(Api3ServerV1__factory.abi);

/** Code as the package publishes it. */
type Published = { readonly abi: InterfaceAbi; readonly bytecode: string };

const templateId = (feed: FeedName, index: number): string => id(`sandbox ${feed} template ${index}`);

const beaconIds = (feed: FeedName, airnodes: readonly HDNodeWallet[]): readonly string[] =>
  airnodes.map((airnode, index) =>
    solidityPackedKeccak256(["address", "bytes32"], [airnode.address, templateId(feed, index)]),
  );

/** Calls that write one feed: a signed beacon for each Airnode, then the set of them. */
const updateCalls = (
  feed: FeedName,
  value: bigint,
  timestamp: number,
  airnodes: readonly HDNodeWallet[],
): readonly string[] => {
  const beacons = airnodes.map((airnode, index) => {
    const template = templateId(feed, index);
    const reported = value + (value * (SPREAD_PIPS[index % SPREAD_PIPS.length] ?? 0n)) / PIPS;
    const data = coder.encode(["int256"], [reported]);
    const digest = solidityPackedKeccak256(["bytes32", "uint256", "bytes"], [template, timestamp, data]);
    const signature = airnode.signMessageSync(getBytes(digest));
    return serverAbi.encodeFunctionData("updateBeaconWithSignedData", [
      airnode.address,
      template,
      timestamp,
      data,
      signature,
    ]);
  });
  return [...beacons, serverAbi.encodeFunctionData("updateBeaconSetWithBeacons", [[...beaconIds(feed, airnodes)]])];
};

/** One transaction's calldata that writes all of `feeds`: API3's server batches calls to itself, all or nothing. */
const updateData = (
  feeds: readonly FeedName[],
  values: FeedValues,
  timestamp: number,
  airnodes: readonly HDNodeWallet[],
): string =>
  serverAbi.encodeFunctionData("multicall", [
    feeds.flatMap((feed) => updateCalls(feed, values[feed], timestamp, airnodes)),
  ]);

/**
 * Deploys API3's registry, server, OEV extension and reader proxies, and writes the first values.
 * @param airnodes keys that sign the beacons, at least two; three or more give a median
 * @param timestamp of the first values, in seconds; not after the chain's
 */
export const deployOracles = async (
  admin: Signer,
  airnodes: readonly HDNodeWallet[],
  first: { readonly values: FeedValues; readonly timestamp: number },
): Promise<Oracles> => {
  const owner = await admin.getAddress();
  const deploy = (published: Published, args: readonly unknown[]) =>
    deployArtifact(admin, { abi: Interface.from(published.abi), bytecode: published.bytecode }, args);
  const registry = await deploy(AccessControlRegistry__factory, []);
  const server = await deploy(Api3ServerV1__factory, [registry.target, "Api3ServerV1 admin", owner]);
  const extension = await deploy(Api3ServerV1OevExtension__factory, [
    registry.target,
    "Api3ServerV1OevExtension admin",
    owner,
    server.target,
  ]);
  const factory = await deploy(Api3ReaderProxyV1Factory__factory, [owner, extension.target]);
  const address = await server.getAddress();
  const mined = async (sent: Promise<TransactionResponse>): Promise<void> => void (await (await sent).wait());
  const data = updateData(FEEDS, first.values, first.timestamp, airnodes);
  await mined(admin.sendTransaction({ to: address, data }));
  const addProxy = async (feed: FeedName): Promise<string> => {
    const name = encodeBytes32String(feed);
    const dataFeedId = keccak256(coder.encode(["bytes32[]"], [beaconIds(feed, airnodes)]));
    await mined(server.getFunction("setDapiName").send(name, dataFeedId));
    const deployProxy = factory.getFunction("deployApi3ReaderProxyV1");
    const proxy: unknown = await deployProxy.staticCall(name, DAPP_ID, "0x");
    await mined(deployProxy.send(name, DAPP_ID, "0x"));
    return getAddress(String(proxy));
  };
  const proxies = {
    "SEI/USD": await addProxy("SEI/USD"),
    "ETH/USD": await addProxy("ETH/USD"),
    "USDC/USD": await addProxy("USDC/USD"),
  };
  return { server: address, proxies };
};

/** What the keeper last wrote of a feed. */
type Written = { readonly value: bigint; readonly timestamp: number };

/** Sends what is due; true when a transaction went out. */
export type OracleKeeper = (values: FeedValues, timestamp: number) => Promise<boolean>;

/**
 * Keeps the feeds within `rule` of the values that it is given. API3 refuses a beacon that is not newer than the last
 * one, in whole seconds: a second update within a second waits for the next block of a later one.
 */
export const createOracleKeeper = (
  account: Account,
  oracles: Oracles,
  airnodes: readonly HDNodeWallet[],
  first: { readonly values: FeedValues; readonly timestamp: number },
  rule: UpdateRule,
): OracleKeeper => {
  const written = new Map<FeedName, Written>(
    FEEDS.map((feed) => [feed, { value: first.values[feed], timestamp: first.timestamp }]),
  );
  return async (values, timestamp) => {
    const due = FEEDS.filter((feed) => {
      const last = written.get(feed);
      if (last === undefined) return true;
      if (timestamp <= last.timestamp) return false;
      const old = timestamp - last.timestamp >= rule.heartbeatSeconds;
      return old || distancePips(last.value, values[feed]) >= rule.deviationPips;
    });
    if (due.length === 0) return false;
    const gas = 100_000n + 350_000n * BigInt(due.length);
    await account.send({ to: oracles.server, data: updateData(due, values, timestamp, airnodes), gas });
    for (const feed of due) written.set(feed, { value: values[feed], timestamp });
    return true;
  };
};
