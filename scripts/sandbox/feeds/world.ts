import type { HDNodeWallet, Signer } from "ethers";
import type { BookEnvironment } from "../../../deployments/schema.ts";
import type { Account } from "../account.ts";
import {
  type OracleKeeper,
  type Reading,
  type UpdateRule,
  DEFAULT_UPDATE_RULE,
  createOracleKeeper,
  deployOracles,
} from "../oracles.ts";
import { createPythKeeper, deployPyth } from "./pyth.ts";
import { createRedstoneKeeper, deployRedstone } from "./redstone.ts";

/** The makers of feeds, as people call them. */
export const MAKERS = ["API3", "Pyth", "RedStone"] as const;
export type Maker = (typeof MAKERS)[number];

/** Feeds of all makers: their entries of the address book, and what keeps each maker's feeds new. */
export type FeedWorld = {
  readonly oracles: BookEnvironment["oracles"];
  readonly keepers: Readonly<Record<Maker, OracleKeeper>>;
  /** The contract without which none of a maker's feeds can be read. */
  readonly contracts: Readonly<Record<Maker, string>>;
};

/** Keys of the makers: those that sign values, and the accounts that send them. */
export type FeedKeys = {
  readonly signers: Readonly<Record<Maker, readonly HDNodeWallet[]>>;
  readonly accounts: Readonly<Record<Maker, Account>>;
};

/** Each maker by a rule of its own, so that their writes do not fall together. */
const RULES: Readonly<Record<Maker, UpdateRule>> = {
  API3: DEFAULT_UPDATE_RULE,
  Pyth: { deviationPips: 2_000n, heartbeatSeconds: 45 },
  RedStone: { deviationPips: 2_000n, heartbeatSeconds: 60 },
};

/** Deploys the feeds of every maker with `first` written. */
export const createFeeds = async (deployer: Signer, keys: FeedKeys, first: Reading): Promise<FeedWorld> => {
  const { signers, accounts } = keys;
  const api3 = await deployOracles(deployer, signers.API3, first);
  const pyth = await deployPyth(deployer, signers.Pyth, first);
  const redstone = await deployRedstone(deployer, signers.RedStone, first);
  const proxies = Object.fromEntries(Object.entries(api3.proxies).map(([feed, proxy]) => [feed, { proxy }]));
  return {
    oracles: { ...proxies, ...pyth.oracles, ...redstone.oracles },
    contracts: { API3: api3.server, Pyth: pyth.pyth, RedStone: redstone.adapter },
    keepers: {
      API3: createOracleKeeper({
        account: accounts.API3,
        server: api3.server,
        airnodes: signers.API3,
        first,
        rule: RULES.API3,
      }),
      Pyth: createPythKeeper({
        account: accounts.Pyth,
        pyth: pyth.pyth,
        signers: signers.Pyth,
        first,
        rule: RULES.Pyth,
      }),
      RedStone: createRedstoneKeeper({
        account: accounts.RedStone,
        adapter: redstone.adapter,
        signers: signers.RedStone,
        first,
        rule: RULES.RedStone,
      }),
    },
  };
};
