import type { Signer } from "ethers";
import { addressOf, readerOf, sourceNameOf } from "../../deployments/lookup.ts";
import type { BookContract, BookOracle } from "../../deployments/schema.ts";
import { assertNever } from "../../keepers/core/assertNever.ts";
import {
  BreakerEvidence__factory,
  ChainlinkShapedSource__factory,
  CircuitBreaker__factory,
  OracleHub__factory,
  PythSource__factory,
  RedstoneSource__factory,
} from "../../types/index.ts";
import { type DeployContext, deployContract } from "./context.ts";
import { type AssetParameters, baseAssetOf, oracleNamed, tokenNamed } from "./parameters.ts";
import type { Setting, World } from "./setting.ts";

/** Mirrors `BreakerCause` of the contract. */
const SHARE_PRICE_FELL = 2;
const SHARES_LEFT = 3;

/** A contract that is deployed by itself, by its name in the address book. */
export type DeploymentPart = readonly [name: string, deploy: () => Promise<BookContract>];

/** What judges evidence for the breaker, and pays for it in the base asset. */
export const deployEvidence = (
  { signer, parameters }: DeployContext,
  at: Readonly<Record<"admin" | "oracleHub" | "breaker" | "ledger" | "treasury", string>>,
): Promise<BookContract> => {
  const base = tokenNamed(parameters.environment, baseAssetOf(parameters).token).address;
  const args = [at.admin, at.breaker, at.oracleHub, at.ledger, base, at.treasury] as const;
  return deployContract(signer, new BreakerEvidence__factory(signer), args);
};

/** The contract that reads an oracle, where the oracle is no source as it is. */
const deploySource = (
  signer: Signer,
  oracle: Exclude<BookOracle, { readonly proxy: string }>,
): Promise<BookContract> => {
  switch (oracle.kind) {
    case "pyth": {
      const { pyth, feedId, deviations } = oracle;
      return deployContract(signer, new PythSource__factory(signer), [pyth, feedId, deviations]);
    }
    case "redstone":
      return deployContract(signer, new RedstoneSource__factory(signer), [oracle.feed]);
    case "chainlink":
      return deployContract(signer, new ChainlinkShapedSource__factory(signer), [oracle.feed]);
    default:
      return assertNever(oracle);
  }
};

/** A source for each oracle that the parameters use and that is none as it is. */
export const sourceParts = ({ signer, parameters }: DeployContext): readonly DeploymentPart[] => {
  const names = new Set(parameters.assets.flatMap(({ sources }) => sources.map(({ oracle }) => oracle)));
  return [...names].flatMap((name): readonly DeploymentPart[] => {
    const oracle = oracleNamed(parameters.environment, name);
    return "proxy" in oracle ? [] : [[sourceNameOf(name), () => deploySource(signer, oracle)]];
  });
};

/** How an asset is priced. */
export const feedSetting = ({ book, parameters, provider }: World, asset: AssetParameters): Setting => {
  const token = tokenNamed(parameters.environment, asset.token);
  const hub = OracleHub__factory.connect(addressOf(book, "OracleHub"), provider);
  const { quorum, maxBandBps } = asset;
  const sources = asset.sources.map(({ oracle, maxAge, deviationBps }) => ({
    reader: readerOf(book, oracle, oracleNamed(parameters.environment, oracle)),
    maxAge,
    deviationBps,
  }));
  const feed = { decimals: token.decimals, quorum, maxBandBps };
  const wanted = [token.decimals, quorum, maxBandBps, ...sources.flatMap((source) => Object.values(source))];
  return {
    name: `price feed of ${asset.token}`,
    target: addressOf(book, "OracleHub"),
    data: hub.interface.encodeFunctionData("setFeed", [token.address, feed, sources]),
    isDone: async () => {
      const [current, list] = await hub.feedOf(token.address);
      return [...current, ...list.flatMap((source) => [...source])].join() === wanted.join();
    },
  };
};

/** What evidence about an asset's price may trip the breaker. */
export const moveLimitSetting = ({ book, parameters, provider }: World, asset: AssetParameters): Setting => {
  const token = tokenNamed(parameters.environment, asset.token).address;
  const target = addressOf(book, "BreakerEvidence");
  const evidence = BreakerEvidence__factory.connect(target, provider);
  const { maxMoveBps, window } = asset.moveLimit;
  return {
    name: `how far ${asset.token} may move`,
    target,
    data: evidence.interface.encodeFunctionData("setMoveLimit", [token, maxMoveBps, window]),
    isDone: async () => {
      const { watch } = await evidence.watchOf(token);
      return Number(watch.maxMoveBps) === maxMoveBps && Number(watch.window) === window;
    },
  };
};

/** How far what a share is worth, and how many there are, may fall. */
const shareLimitSettings = ({ book, parameters, provider }: World): readonly Setting[] => {
  const target = addressOf(book, "BreakerEvidence");
  const evidence = BreakerEvidence__factory.connect(target, provider);
  const { price, outflow } = parameters.shareLimits;
  const limits = [
    { name: "how far a share's worth may fall", cause: SHARE_PRICE_FELL, ...price },
    { name: "how many shares may leave", cause: SHARES_LEFT, ...outflow },
  ];
  return limits.map(({ name, cause, maxFallBps, window }) => ({
    name,
    target,
    data: evidence.interface.encodeFunctionData("setShareLimit", [cause, maxFallBps, window]),
    isDone: async () => {
      const watch = await evidence.shareWatchOf(cause);
      return Number(watch.maxFallBps) === maxFallBps && Number(watch.window) === window;
    },
  }));
};

/** Who may trip by evidence, and what it pays. */
export const evidenceSettings = (world: World): readonly Setting[] => {
  const { book, parameters, provider } = world;
  const breaker = CircuitBreaker__factory.connect(addressOf(book, "CircuitBreaker"), provider);
  const at = addressOf(book, "BreakerEvidence");
  const evidence = BreakerEvidence__factory.connect(at, provider);
  return [
    {
      name: "what judges evidence for the breaker",
      target: addressOf(book, "CircuitBreaker"),
      data: breaker.interface.encodeFunctionData("setEvidence", [at]),
      isDone: async () => (await breaker.evidence()) === at,
    },
    {
      name: "what a trip by evidence pays",
      target: at,
      data: evidence.interface.encodeFunctionData("setBounty", [parameters.tripBounty]),
      isDone: async () => (await evidence.bounty()) === parameters.tripBounty,
    },
    ...shareLimitSettings(world),
  ];
};
