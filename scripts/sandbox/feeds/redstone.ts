import { type HDNodeWallet, type Signer, concat, encodeBytes32String } from "ethers";
import type { BookOracle } from "../../../deployments/schema.ts";
import { SandboxRedstoneFeed__factory, SandboxRedstone__factory } from "../../../types/index.ts";
import type { Account } from "../account.ts";
import { type FeedName, type OracleKeeper, type Reading, type UpdateRule, FEEDS } from "../oracles.ts";
import { dueBy } from "./due.ts";
import { deployProxy } from "./proxy.ts";
import { redstonePayload } from "./redstoneWire.ts";

const THRESHOLD = 3;
/** From 18 decimals to RedStone's eight. */
const SCALE = 10n ** 10n;
const GAS = { call: 100_000n, feed: 200_000n } as const;

const abi = SandboxRedstone__factory.createInterface();
/** RedStone names a value by what is priced. */
const valueName = (feed: FeedName): string => feed.slice(0, feed.indexOf("/"));

const updateOf = (feeds: readonly FeedName[], reading: Reading, signers: readonly HDNodeWallet[]): string => {
  const ids = feeds.map((feed) => encodeBytes32String(valueName(feed)));
  const values = feeds.map((feed) => ({
    name: valueName(feed),
    value: reading.values[feed] / SCALE,
    milliseconds: reading.timestamp * 1_000,
  }));
  const call = abi.encodeFunctionData("updateDataFeedsValuesPartial", [ids]);
  return concat([call, redstonePayload(values, signers.slice(0, THRESHOLD))]);
};

/** Deploys RedStone's adapter behind its proxy and a feed for each value, with `first` written. */
export const deployRedstone = async (
  signer: Signer,
  signers: readonly HDNodeWallet[],
  first: Reading,
): Promise<{ readonly adapter: string; readonly oracles: Readonly<Record<string, BookOracle>> }> => {
  const bare = await new SandboxRedstone__factory(signer).deploy();
  const addresses = signers.map(({ address }) => address);
  const initialize = abi.encodeFunctionData("initialize", [addresses]);
  const adapter = await deployProxy(signer, await bare.getAddress(), initialize);
  await (await signer.sendTransaction({ to: adapter, data: updateOf(FEEDS, first, signers) })).wait();
  const oracles: Record<string, BookOracle> = {};
  for (const feed of FEEDS) {
    const front = await new SandboxRedstoneFeed__factory(signer).deploy(adapter, encodeBytes32String(valueName(feed)));
    oracles[`${feed} by RedStone`] = { kind: "redstone", feed: await front.getAddress() };
  }
  return { adapter, oracles };
};

/** Writes what is due by the rule. */
export const createRedstoneKeeper = (feeder: {
  readonly account: Account;
  readonly adapter: string;
  readonly signers: readonly HDNodeWallet[];
  readonly first: Reading;
  readonly rule: UpdateRule;
}): OracleKeeper => {
  const { account, adapter, signers, first, rule } = feeder;
  const due = dueBy(rule, first);
  return async (reading) => {
    const feeds = due.of(reading);
    if (feeds.length === 0) return false;
    const gas = GAS.call + GAS.feed * BigInt(feeds.length);
    await account.send({ to: adapter, data: updateOf(feeds, reading, signers), gas });
    due.wrote(feeds, reading);
    return true;
  };
};
