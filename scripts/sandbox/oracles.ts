import { AccessControlRegistry__factory } from "@api3/contracts/dist/typechain-types/factories/access/AccessControlRegistry__factory.js";
import { Api3ServerV1OevExtension__factory } from "@api3/contracts/dist/typechain-types/factories/api3-server-v1/Api3ServerV1OevExtension__factory.js";
import { Api3ServerV1__factory } from "@api3/contracts/dist/typechain-types/factories/api3-server-v1/Api3ServerV1__factory.js";
import { Api3ReaderProxyV1Factory__factory } from "@api3/contracts/dist/typechain-types/factories/api3-server-v1/proxies/Api3ReaderProxyV1Factory__factory.js";
import {
  type Contract,
  type HDNodeWallet,
  type InterfaceAbi,
  type Signer,
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
import { transact } from "./liquidity.ts";
import { distancePips } from "./sizing.ts";

/** The dAPIs of the sandbox. */
export const FEEDS = ["SEI/USD", "ETH/USD", "USDC/USD"] as const;
export type FeedName = (typeof FEEDS)[number];
/** A dollar price for each feed, 18 decimals. */
export type FeedValues = Readonly<Record<FeedName, bigint>>;

/** What the feeds say, and when it was so in whole seconds since the epoch. */
export type Reading = { readonly values: FeedValues; readonly timestamp: number };

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
/** Gas limits of an update, with room for Sei's costlier slots. */
const UPDATE_GAS = { call: 100_000n, feed: 350_000n } as const;

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
  { values, timestamp }: Reading,
  airnodes: readonly HDNodeWallet[],
): readonly string[] => {
  const beacons = airnodes.map((airnode, index) => {
    const template = templateId(feed, index);
    const reported = values[feed] + (values[feed] * (SPREAD_PIPS[index % SPREAD_PIPS.length] ?? 0n)) / PIPS;
    const data = coder.encode(["int256"], [reported]);
    const digest = solidityPackedKeccak256(["bytes32", "uint256", "bytes"], [template, timestamp, data]);
    const signature = airnode.signMessageSync(getBytes(digest));
    const args = [airnode.address, template, timestamp, data, signature];
    return serverAbi.encodeFunctionData("updateBeaconWithSignedData", args);
  });
  return [...beacons, serverAbi.encodeFunctionData("updateBeaconSetWithBeacons", [[...beaconIds(feed, airnodes)]])];
};

/** One transaction's calldata that writes all of `feeds`: API3's server batches calls to itself, all or nothing. */
const updateData = (feeds: readonly FeedName[], reading: Reading, airnodes: readonly HDNodeWallet[]): string =>
  serverAbi.encodeFunctionData("multicall", [feeds.flatMap((feed) => updateCalls(feed, reading, airnodes))]);

/** Gives one feed its name and the proxy that consumers read. */
const addProxy = async (
  { server, factory }: { readonly server: Contract; readonly factory: Contract },
  feed: FeedName,
  airnodes: readonly HDNodeWallet[],
): Promise<string> => {
  const name = encodeBytes32String(feed);
  const dataFeedId = keccak256(coder.encode(["bytes32[]"], [beaconIds(feed, airnodes)]));
  await transact(server, "setDapiName", [name, dataFeedId]);
  const args = [name, DAPP_ID, "0x"];
  const proxy: unknown = await factory.getFunction("deployApi3ReaderProxyV1").staticCall(...args);
  await transact(factory, "deployApi3ReaderProxyV1", args);
  return getAddress(String(proxy));
};

/**
 * Deploys API3's registry, server, OEV extension and reader proxies, and writes the first values.
 * @param airnodes keys that sign the beacons, at least two; three or more give a median
 * @param first the first values; their time must not be after the chain's
 */
export const deployOracles = async (
  admin: Signer,
  airnodes: readonly HDNodeWallet[],
  first: Reading,
): Promise<Oracles> => {
  const owner = await admin.getAddress();
  const deploy = (published: Published, args: readonly unknown[]) =>
    deployArtifact(admin, { abi: Interface.from(published.abi), bytecode: published.bytecode }, args);
  const registry = await deploy(AccessControlRegistry__factory, []);
  const server = await deploy(Api3ServerV1__factory, [registry.target, "Api3ServerV1 admin", owner]);
  const extensionArgs = [registry.target, "Api3ServerV1OevExtension admin", owner, server.target];
  const extension = await deploy(Api3ServerV1OevExtension__factory, extensionArgs);
  const factory = await deploy(Api3ReaderProxyV1Factory__factory, [owner, extension.target]);
  const calls = FEEDS.flatMap((feed) => updateCalls(feed, first, airnodes));
  await transact(server, "multicall", [calls]);
  const proxies = {
    "SEI/USD": await addProxy({ server, factory }, "SEI/USD", airnodes),
    "ETH/USD": await addProxy({ server, factory }, "ETH/USD", airnodes),
    "USDC/USD": await addProxy({ server, factory }, "USDC/USD", airnodes),
  };
  return { server: await server.getAddress(), proxies };
};

/** What the keeper last wrote of a feed. */
type Written = { readonly value: bigint; readonly timestamp: number };

/** Sends what is due; true when a transaction went out. */
export type OracleKeeper = (reading: Reading) => Promise<boolean>;

/**
 * Keeps the feeds within `rule` of the values that it is given. API3 refuses a beacon that is not newer than the last
 * one, in whole seconds: a second update within a second waits for the next block of a later one.
 */
export const createOracleKeeper = (feeder: {
  readonly account: Account;
  readonly server: string;
  readonly airnodes: readonly HDNodeWallet[];
  /** What the deployment wrote. */
  readonly first: Reading;
  readonly rule: UpdateRule;
}): OracleKeeper => {
  const { account, server, airnodes, first, rule } = feeder;
  const written = new Map<FeedName, Written>(
    FEEDS.map((feed) => [feed, { value: first.values[feed], timestamp: first.timestamp }]),
  );
  return async (reading) => {
    const { values, timestamp } = reading;
    const due = FEEDS.filter((feed) => {
      const last = written.get(feed);
      if (last === undefined) return true;
      if (timestamp <= last.timestamp) return false;
      const old = timestamp - last.timestamp >= rule.heartbeatSeconds;
      return old || distancePips(last.value, values[feed]) >= rule.deviationPips;
    });
    if (due.length === 0) return false;
    const gas = UPDATE_GAS.call + UPDATE_GAS.feed * BigInt(due.length);
    await account.send({ to: server, data: updateData(due, reading, airnodes), gas });
    for (const feed of due) written.set(feed, { value: values[feed], timestamp });
    return true;
  };
};
