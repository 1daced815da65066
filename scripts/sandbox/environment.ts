import { type Contract, type Signer, BrowserProvider, Interface, MaxUint256 } from "ethers";
import type { BookEnvironment } from "../../deployments/schema.ts";
import { type SandboxToken, type SandboxUSDC, SandboxToken__factory, SandboxUSDC__factory } from "../../types/index.ts";
import { type Account, SANDBOX_INDICES, createAccount, testKeys } from "./account.ts";
import type { Chain } from "./chain.ts";
import { type Dexes, deployDexes, deployWrappedNative } from "./dex.ts";
import type { FairPrices } from "./requests.ts";
import { type Filling, type LivePool, type LiquidityToken, type Tokens, createPool, transact } from "./liquidity.ts";
import { type FeedKeys, type FeedWorld, createFeeds } from "./feeds/world.ts";
import { type SandboxMarket, createLendingMarkets } from "./lendingMarkets.ts";
import type { FeedValues } from "./oracles.ts";
import { POOLS } from "./pools.ts";

/** All tokens of the sandbox: what the pools trade, and the stand-in for the stake token. */
export type FundedToken = "WSEI" | "USDC" | "WETH" | "STAKE";

/** The world before NEXUS: tokens, exchanges, filled pools, oracles, and the sandbox's own accounts. */
export type Environment = {
  /** As the address book has it. */
  readonly book: BookEnvironment;
  readonly pools: readonly LivePool[];
  readonly routers: { readonly v2: string; readonly v3: string };
  readonly traders: readonly Account[];
  /** What keeps the feeds of each maker new, and the contract that each maker's feeds stand on. */
  readonly feedKeepers: FeedWorld["keepers"];
  readonly feedContracts: FeedWorld["contracts"];
  /** Gives `amount` raw units to `account`, from nothing; waits until it is mined. */
  readonly mint: (token: FundedToken, account: string, amount: bigint) => Promise<void>;
};

type Minting = {
  readonly wsei: Contract;
  readonly usdc: SandboxUSDC;
  readonly weth: SandboxToken;
  readonly stake: SandboxToken;
};

const SEI = 10n ** 18n;
const TRADERS = 3;
const AIRNODES = 3;
/** Pyth and RedStone have five signers each, three of whom are enough. */
const SIGNERS = 5;
/** Priority fees, wei per gas. A block is ordered by them: oracles first, then agents who pay 1 gwei, then traders. */
const TRADER_TIP = 100_000_000n;
const ORACLE_TIP = 2_000_000_000n;
/** What a trader starts with: enough to be on the losing side of every gap for weeks. */
const FUNDS = { WSEI: 50_000_000n * SEI, USDC: 20_000_000n * 10n ** 6n, WETH: 8_000n * SEI } as const;

export const feedValues = (prices: FairPrices): FeedValues => ({
  "SEI/USD": prices.SEI,
  "ETH/USD": prices.ETH,
  "USDC/USD": SEI,
});

const setBalance = async (chain: Chain, account: string, wei: bigint): Promise<void> => {
  await chain.control("hardhat_setBalance", [account, `0x${wei.toString(16)}`]);
};

const createMint =
  (signer: Signer, { wsei, usdc, weth, stake }: Minting, chain: Chain): Environment["mint"] =>
  async (token, account, amount) => {
    if (token !== "WSEI") {
      const contract = { USDC: usdc, WETH: weth, STAKE: stake }[token];
      await (await contract.mint(account, amount)).wait();
      return;
    }
    await setBalance(chain, await signer.getAddress(), amount + 1_000_000n * SEI);
    await (await wsei.getFunction("deposit").send({ value: amount })).wait();
    await transact(wsei, "transfer", [account, amount]);
  };

const deployTokens = async (signer: Signer) => {
  const wsei = await deployWrappedNative(signer);
  const usdc = await new SandboxUSDC__factory(signer).deploy();
  const weth = await new SandboxToken__factory(signer).deploy("Wrapped Ether stand-in", "WETH");
  const stake = await new SandboxToken__factory(signer).deploy("NEXUS stake stand-in", "STAKE");
  await Promise.all([usdc, weth, stake].map((token) => token.waitForDeployment()));
  return { wsei, usdc, weth, stake };
};

const tokenTable = async ({ wsei, usdc, weth }: Minting): Promise<Tokens> => ({
  WSEI: { name: "WSEI", address: await wsei.getAddress(), decimals: 18 },
  USDC: { name: "USDC", address: await usdc.getAddress(), decimals: 6 },
  WETH: { name: "WETH", address: await weth.getAddress(), decimals: 18 },
});

/** Approves what moves a holder's tokens: without end, as traders do. */
const approveAll = async (account: Account, tokens: Tokens, spenders: readonly string[]): Promise<void> => {
  const erc20 = new Interface(["function approve(address,uint256)"]);
  for (const token of Object.values(tokens)) {
    for (const spender of spenders) {
      const data = erc20.encodeFunctionData("approve", [spender, MaxUint256]);
      await account.send({ to: token.address, data, gas: 80_000n });
    }
  }
};

const entry = ({ name, address, decimals }: LiquidityToken) => ({ address, symbol: name, decimals });

const dexEntries = async (dexes: Dexes): Promise<BookEnvironment["dexes"]> => {
  const [v2Factory, v2Router] = [await dexes.v2Factory.getAddress(), await dexes.v2Router.getAddress()];
  const [v3Factory, v3Router] = [await dexes.v3Factory.getAddress(), await dexes.swapRouter.getAddress()];
  return [
    { name: "DragonSwap V1", kind: "v2", factory: v2Factory, router: v2Router },
    {
      name: "DragonSwap V2",
      kind: "v3",
      factory: v3Factory,
      router: v3Router,
      quoter: await dexes.quoter.getAddress(),
    },
  ];
};

const bookOf = async (
  deployed: {
    readonly tokens: Tokens;
    readonly stake: string;
    readonly dexes: Dexes;
    readonly pools: readonly LivePool[];
    readonly lending: readonly SandboxMarket[];
  },
  oracles: BookEnvironment["oracles"],
): Promise<BookEnvironment> => {
  const { tokens, stake, dexes, pools, lending } = deployed;
  return {
    tokens: {
      WSEI: entry(tokens.WSEI),
      USDC: entry(tokens.USDC),
      WETH: entry(tokens.WETH),
      STAKE: { address: stake, symbol: "STAKE", decimals: 18 },
      ...Object.fromEntries(lending.flatMap(({ tokens: positions }) => Object.entries(positions))),
    },
    dexes: await dexEntries(dexes),
    pools: pools.map(({ spec, address, base, quote, side }) => ({
      address,
      dex: spec.liquidity.kind === "v2" ? "DragonSwap V1" : "DragonSwap V2",
      kind: spec.liquidity.kind,
      token0: side.baseIsToken0 ? base.address : quote.address,
      token1: side.baseIsToken0 ? quote.address : base.address,
      feePips: spec.feePips,
    })),
    oracles,
    lending: lending.map(({ market }) => market),
  };
};

/** An ethers provider that speaks through the sandbox's own connection, without a socket. */
export const controlProvider = (chain: Chain): BrowserProvider => {
  const request = ({ method, params }: { readonly method: string; readonly params?: unknown[] | object }) =>
    chain.control(method, Array.isArray(params) ? params : []);
  const provider = new BrowserProvider({ request }, 1329, { cacheTimeout: -1, staticNetwork: true });
  provider.pollingInterval = 100;
  return provider;
};

/** Fills all pools at the fair prices from the signer's own balance. */
const createPools = async (
  fill: Filling,
  { wsei, usdc, weth }: Minting,
  mint: Environment["mint"],
): Promise<readonly LivePool[]> => {
  const me = await fill.signer.getAddress();
  for (const token of ["WSEI", "USDC", "WETH"] as const) await mint(token, me, FUNDS[token]);
  for (const { target } of [fill.dexes.v2Router, fill.dexes.positionManager]) {
    await transact(wsei, "approve", [target, MaxUint256]);
    await (await usdc.approve(target, MaxUint256)).wait();
    await (await weth.approve(target, MaxUint256)).wait();
  }
  const pools: LivePool[] = [];
  for (const spec of POOLS) pools.push(await createPool(fill, spec));
  return pools;
};

/** Trader accounts with full balances and standing approvals of both routers. */
const createTraders = async (
  chain: Chain,
  keyAt: ReturnType<typeof testKeys>,
  world: { readonly tokens: Tokens } & Pick<Environment, "routers" | "mint">,
): Promise<readonly Account[]> => {
  const traders = Array.from({ length: TRADERS }, (_, index) =>
    createAccount(chain.control, keyAt(SANDBOX_INDICES.firstTrader + index), TRADER_TIP),
  );
  for (const trader of traders) {
    await setBalance(chain, trader.address, 1_000_000n * SEI);
    for (const token of ["WSEI", "USDC", "WETH"] as const) await world.mint(token, trader.address, FUNDS[token]);
    await approveAll(trader, world.tokens, Object.values(world.routers));
  }
  return traders;
};

/** Keys and funded accounts of the makers of feeds. */
const createFeedKeys = async (chain: Chain, keyAt: ReturnType<typeof testKeys>): Promise<FeedKeys> => {
  const keys = (first: number, count: number) => Array.from({ length: count }, (_, index) => keyAt(first + index));
  const { firstAirnode, firstPythSigner, firstRedstoneSigner } = SANDBOX_INDICES;
  const account = async (index: number): Promise<Account> => {
    const made = createAccount(chain.control, keyAt(index), ORACLE_TIP);
    await setBalance(chain, made.address, 1_000_000n * SEI);
    return made;
  };
  return {
    signers: {
      API3: keys(firstAirnode, AIRNODES),
      Pyth: keys(firstPythSigner, SIGNERS),
      RedStone: keys(firstRedstoneSigner, SIGNERS),
    },
    accounts: {
      API3: await account(SANDBOX_INDICES.oracleKeeper),
      Pyth: await account(SANDBOX_INDICES.pythKeeper),
      RedStone: await account(SANDBOX_INDICES.redstoneKeeper),
    },
  };
};

const latestTimestamp = async (chain: Chain): Promise<number> => {
  const block: unknown = await chain.control("eth_getBlockByNumber", ["latest", false]);
  const timestamp = typeof block === "object" && block !== null && "timestamp" in block ? block.timestamp : undefined;
  if (typeof timestamp !== "string") throw new Error("the node's latest block has no timestamp");
  return Number(timestamp);
};

/**
 * Deploys everything that NEXUS finds on Sei, at the fair prices, under automine.
 * @throws Error when a transaction fails
 */
export const createEnvironment = async (chain: Chain, prices: FairPrices): Promise<Environment> => {
  const keyAt = testKeys();
  const signer = keyAt(SANDBOX_INDICES.environment).connect(controlProvider(chain));
  await setBalance(chain, signer.address, 1_000_000n * SEI);
  const minting = await deployTokens(signer);
  const mint = createMint(signer, minting, chain);
  const tokens = await tokenTable(minting);
  const dexes = await deployDexes(signer, tokens.WSEI.address);
  const pools = await createPools({ signer, dexes, tokens, prices }, minting, mint);
  const routers = { v2: await dexes.v2Router.getAddress(), v3: await dexes.swapRouter.getAddress() };
  const first = { values: feedValues(prices), timestamp: await latestTimestamp(chain) };
  const feeds = await createFeeds(signer, await createFeedKeys(chain, keyAt), first);
  const lending = await createLendingMarkets(signer, { tokens, oracles: feeds.oracles, mint });
  const stake = await minting.stake.getAddress();
  return {
    book: await bookOf({ tokens, stake, dexes, pools, lending }, feeds.oracles),
    pools,
    routers,
    traders: await createTraders(chain, keyAt, { tokens, routers, mint }),
    feedKeepers: feeds.keepers,
    feedContracts: feeds.contracts,
    mint,
  };
};
