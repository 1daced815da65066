import { type HDNodeWallet, type Signer, id } from "ethers";
import type { BookOracle } from "../../../deployments/schema.ts";
import { SandboxPyth__factory } from "../../../types/index.ts";
import type { Account } from "../account.ts";
import { type FeedName, type OracleKeeper, type Reading, type UpdateRule, FEEDS } from "../oracles.ts";
import { dueBy } from "./due.ts";
import { deployProxy } from "./proxy.ts";
import { pythUpdate } from "./pythWire.ts";

/** As on Sei: a quarter of a SEI for each price, which nobody pays but who wants it. */
const FEE = 250_000_000_000_000_000n;
const QUORUM = 3;
const EXPONENT = -8;
/** From 18 decimals to the exponent's. */
const SCALE = 10n ** 10n;
/** One standard deviation of Pyth's publishers is three hundredths of a per cent of the price. */
const CONFIDENCE_PART = 3_333n;
const DEVIATIONS = 3;
const GAS = { call: 150_000n, feed: 200_000n } as const;

const abi = SandboxPyth__factory.createInterface();
const feedId = (feed: FeedName): string => id(`sandbox Pyth ${feed}`);

const updateOf = (feeds: readonly FeedName[], reading: Reading, signers: readonly HDNodeWallet[]): string => {
  const messages = feeds.map((feed) => {
    const price = reading.values[feed] / SCALE;
    const conf = price / CONFIDENCE_PART;
    return { id: feedId(feed), price, conf, expo: EXPONENT, publishTime: reading.timestamp };
  });
  const approving = signers.slice(0, QUORUM).map((wallet, index) => ({ index, wallet }));
  return abi.encodeFunctionData("updatePriceFeeds", [[pythUpdate(messages, approving)]]);
};

/** Deploys Pyth behind its proxy, with `first` written; the signers are five keys of its own. */
export const deployPyth = async (
  signer: Signer,
  signers: readonly HDNodeWallet[],
  first: Reading,
): Promise<{ readonly pyth: string; readonly oracles: Readonly<Record<string, BookOracle>> }> => {
  const bare = await new SandboxPyth__factory(signer).deploy();
  const addresses = signers.map(({ address }) => address);
  const pyth = await deployProxy(
    signer,
    await bare.getAddress(),
    abi.encodeFunctionData("initialize", [addresses, FEE]),
  );
  const value = FEE * BigInt(FEEDS.length);
  await (await signer.sendTransaction({ to: pyth, data: updateOf(FEEDS, first, signers), value })).wait();
  const oracles = FEEDS.map((feed): readonly [string, BookOracle] => [
    `${feed} by Pyth`,
    { kind: "pyth", pyth, feedId: feedId(feed), deviations: DEVIATIONS },
  ]);
  return { pyth, oracles: Object.fromEntries(oracles) };
};

/** Pays for what is due by the rule. */
export const createPythKeeper = (feeder: {
  readonly account: Account;
  readonly pyth: string;
  readonly signers: readonly HDNodeWallet[];
  readonly first: Reading;
  readonly rule: UpdateRule;
}): OracleKeeper => {
  const { account, pyth, signers, first, rule } = feeder;
  const due = dueBy(rule, first);
  return async (reading) => {
    const feeds = due.of(reading);
    if (feeds.length === 0) return false;
    const count = BigInt(feeds.length);
    const data = updateOf(feeds, reading, signers);
    await account.send({ to: pyth, data, value: FEE * count, gas: GAS.call + GAS.feed * count });
    due.wrote(feeds, reading);
    return true;
  };
};
