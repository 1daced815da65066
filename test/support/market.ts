import { type LeafFields, buildMandateTree } from "../../deployments/mandateTree.ts";
import { deployDexes } from "../../scripts/sandbox/dex.ts";
import { type LiquidityToken, createPool } from "../../scripts/sandbox/liquidity.ts";
import type { PoolSpec } from "../../scripts/sandbox/pools.ts";
import type { VotedProposal } from "./votedProposals.ts";
import {
  SELECTOR,
  type SwapOrder,
  erc20Leaf,
  callProofOf,
  v2Leaf,
  v2SwapCall,
  v3PathLeaf,
  v3Path,
  v3SingleCall,
  v3SingleLeaf,
} from "./calls.ts";
import { type Signer, USDC, WAD, ethers } from "./chain.ts";
import { PRICE, votedProposalOf, fundedFixture, proposalOf } from "./nexus.ts";
import type { Call, Proposal } from "./votes.ts";

/** Deep enough that a day's notional moves the price by little: what remains is the attacker's doing. */
const DEPTH_USD = 50_000_000;
export const FEE_TIER = 500n;
const V2_POOL: PoolSpec = {
  name: "v2 WSEI/USDC",
  base: "WSEI",
  quote: "USDC",
  feePips: 3000,
  liquidity: { kind: "v2", depthUsd: DEPTH_USD },
};
const V3_POOL: PoolSpec = {
  name: "v3-500 WSEI/USDC",
  base: "WSEI",
  quote: "USDC",
  feePips: Number(FEE_TIER),
  liquidity: { kind: "v3", tickSpacing: 10, positions: [{ reachPercent: 60, depthUsd: DEPTH_USD }] },
};
const LP_USDC = 3n * BigInt(DEPTH_USD) * USDC;
const LP_WSEI = 10n * BigInt(DEPTH_USD) * WAD;
/** What the attacker may throw at a pool. */
const FUNDS_USDC = 60_000_000n * USDC;
const FUNDS_WSEI = 200_000_000n * WAD;

type Funded = Omit<Awaited<ReturnType<typeof fundedFixture>>, "reputation">;

const fund = async (
  f: Funded,
  account: Signer,
  available: { readonly usdc: bigint; readonly wsei: bigint; readonly spenders: readonly string[] },
) => {
  await f.usdc.connect(f.deployer).mint(account.address, available.usdc);
  await f.wsei.connect(f.deployer).mint(account.address, available.wsei);
  for (const spender of available.spenders) {
    await f.usdc.connect(account).approve(spender, ethers.MaxUint256);
    await f.wsei.connect(account).approve(spender, ethers.MaxUint256);
  }
};

const deployPools = async (f: Funded) => {
  const dexes = await deployDexes(f.deployer, f.addresses.wsei);
  const [v2Router, v3Router] = [await dexes.v2Router.getAddress(), await dexes.swapRouter.getAddress()];
  const manager = await dexes.positionManager.getAddress();
  await fund(f, f.deployer, { usdc: LP_USDC, wsei: LP_WSEI, spenders: [v2Router, manager] });
  await fund(f, f.attacker, { usdc: FUNDS_USDC, wsei: FUNDS_WSEI, spenders: [v2Router, v3Router] });
  const token = (name: LiquidityToken["name"], address: string, decimals: number): LiquidityToken => ({
    name,
    address,
    decimals,
  });
  const tokens = {
    WSEI: token("WSEI", f.addresses.wsei, 18),
    USDC: token("USDC", f.addresses.usdc, 6),
    WETH: token("WETH", f.addresses.weth, 18),
  };
  const filling = { signer: f.deployer, dexes, tokens, prices: { SEI: PRICE.wsei, ETH: PRICE.weth } };
  const v2Pool = await createPool(filling, V2_POOL);
  const v3Pool = await createPool(filling, V3_POOL);
  return { dexes, v2Router, v3Router, v2Pool, v3Pool };
};

const marketLeaves = (f: Funded, routers: { readonly v2Router: string; readonly v3Router: string }) => {
  const { usdc, wsei, decoders } = f.addresses;
  const { v2Router, v3Router } = routers;
  return {
    payUsdc: erc20Leaf(decoders, { token: usdc, counterparty: f.payee.address, selector: SELECTOR.transfer }),
    payWsei: erc20Leaf(decoders, { token: wsei, counterparty: f.payee.address, selector: SELECTOR.transfer }),
    approveV2: erc20Leaf(decoders, { token: usdc, counterparty: v2Router, selector: SELECTOR.approve }),
    v2Buy: v2Leaf(decoders, v2Router, [usdc, wsei]),
    v2Sell: v2Leaf(decoders, v2Router, [wsei, usdc]),
    v3Buy: v3SingleLeaf(decoders, v3Router, { tokenIn: usdc, tokenOut: wsei, fee: FEE_TIER }),
    v3Sell: v3SingleLeaf(decoders, v3Router, { tokenIn: wsei, tokenOut: usdc, fee: FEE_TIER }),
    v3PathBuy: v3PathLeaf(decoders, v3Router, v3Path([usdc, wsei], [FEE_TIER])),
  };
};

/** Puts genuine Uniswap v2 and v3 pools beside a funded treasury, and a rich attacker. */
export const withMarket = async <F extends Funded>(f: F) => {
  const pools = await deployPools(f);
  const marketLeafs = marketLeaves(f, pools);
  const marketTree = buildMandateTree(Object.values(marketLeafs));
  await f.mandate.connect(f.admin).setRoot(marketTree.root, "");
  for (const router of [pools.v2Router, pools.v3Router]) {
    for (const token of [f.addresses.usdc, f.addresses.wsei]) {
      await f.treasury.connect(f.admin).primeAllowance(token, router);
    }
  }
  return { ...f, ...pools, marketLeafs, marketTree };
};

/** A funded treasury beside pools that its mandate lets it trade in, and a rich attacker. */
export const marketFixture = async () => withMarket(await fundedFixture());

export type Market = Omit<Awaited<ReturnType<typeof marketFixture>>, "reputation">;
export type LeafName = keyof Market["marketLeafs"];
export type Step = readonly [Call, LeafFields];

/* THE TREASURY'S CALLS */

const orderOf = (f: Market, amountIn: bigint, change: Partial<SwapOrder>): SwapOrder => ({
  router: f.v2Router,
  amountIn,
  recipient: f.addresses.treasury,
  ...change,
});

export const buyOnV2 = (f: Market, amountIn: bigint, change: Partial<SwapOrder> = {}): Step => [
  v2SwapCall(orderOf(f, amountIn, change), [f.addresses.usdc, f.addresses.wsei]),
  f.marketLeafs.v2Buy,
];

export const sellOnV2 = (f: Market, amountIn: bigint, change: Partial<SwapOrder> = {}): Step => [
  v2SwapCall(orderOf(f, amountIn, change), [f.addresses.wsei, f.addresses.usdc]),
  f.marketLeafs.v2Sell,
];

export const buyOnV3 = (f: Market, amountIn: bigint, change: Partial<SwapOrder> = {}, fee = FEE_TIER): Step => [
  v3SingleCall(orderOf(f, amountIn, { router: f.v3Router, ...change }), {
    tokenIn: f.addresses.usdc,
    tokenOut: f.addresses.wsei,
    fee,
  }),
  f.marketLeafs.v3Buy,
];

export const sellOnV3 = (f: Market, amountIn: bigint, change: Partial<SwapOrder> = {}): Step => [
  v3SingleCall(orderOf(f, amountIn, { router: f.v3Router, ...change }), {
    tokenIn: f.addresses.wsei,
    tokenOut: f.addresses.usdc,
    fee: FEE_TIER,
  }),
  f.marketLeafs.v3Sell,
];

/** All five agents vote for these calls. */
export const votedTrades = async (
  f: Market,
  steps: readonly Step[],
  change: Partial<Proposal> = {},
): Promise<VotedProposal> => {
  const proposal = await proposalOf(
    steps.map(([call]) => call),
    change,
  );
  return {
    proposal,
    callProofs: steps.map(([, leaf]) => callProofOf(f.marketTree, leaf)),
    votes: votedProposalOf(f, proposal).votes,
    sender: f.anyone,
  };
};

/* THE ATTACKER'S TRADES */

/** The attacker swaps in the v2 pool for itself; what it gets is in the balances. */
export const attackerTrades = async (f: Market, side: "buy" | "sell", amountIn: bigint): Promise<void> => {
  const { usdc, wsei } = f.addresses;
  const order = orderOf(f, amountIn, { recipient: f.attacker.address });
  const call = v2SwapCall(order, side === "buy" ? [usdc, wsei] : [wsei, usdc]);
  await (await f.attacker.sendTransaction({ to: call.target, data: call.data, gasLimit: 1_000_000n })).wait();
};

/* VALUE */

/** Dollars (18 decimals) that an account's USDC and WSEI are worth at the true prices. */
export const trueValue = async (f: Market, account: string, wseiPrice = PRICE.wsei): Promise<bigint> => {
  const [usdc, wsei] = [await f.usdc.balanceOf(account), await f.wsei.balanceOf(account)];
  return usdc * 10n ** 12n + (wsei * wseiPrice) / WAD;
};

/** Whole dollars with cents, for the printed figures. */
export const dollars = (value: bigint): string => {
  const cents = value / 10n ** 16n;
  const sign = cents < 0n ? "-" : "";
  const digits = (cents < 0n ? -cents : cents).toString().padStart(3, "0");
  return `${sign}${digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",")}.${digits.slice(-2)} USD`;
};

/* A GAP */

/** Somebody pushes one pool up. */
export const openGap = (f: Market): Promise<void> => attackerTrades(f, "buy", 1_000_000n * USDC);

/** What closes that gap: the treasury buys for 20,000 USDC in the other pool and sells there. */
export const closeGap = (f: Market): readonly Step[] => {
  const amountIn = 20_000n * USDC;
  const wsei = (amountIn * 10n ** 12n * 10n) / 3n;
  return [buyOnV3(f, amountIn), sellOnV2(f, (wsei * 995n) / 1_000n)];
};
