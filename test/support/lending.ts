import { type LeafFields, buildMandateTree } from "../../deployments/mandateTree.ts";
import { readArtifact } from "../../scripts/lib/artifact.ts";
import { deployAave } from "../../scripts/sandbox/aave.ts";
import type { RateCurve } from "../../keepers/market/lending/reserve.ts";
import { deployArtifact } from "../../scripts/sandbox/dex.ts";
import { callProofOf } from "./calls.ts";
import { type Signer, USDC, WAD, at, ethers, networkHelpers } from "./chain.ts";
import { send } from "./dexes.ts";
import { RISK } from "./enums.ts";
import { LENDING, type LendingOrder, lendingLeaf, supplyCall, withdrawCall } from "./lendingCalls.ts";
import { LOSS_LIMIT, USDC_LIMIT, WSEI_LIMIT, fundedFixture, sourceOf } from "./nexus.ts";
import type { Call } from "./votes.ts";

const PERCENT = 10n ** 25n;
const RATES: RateCurve = { optimal: 80n * PERCENT, base: 0n, slope1: 4n * PERCENT, slope2: 75n * PERCENT };
/** A dollar as the market's oracle says it. */
const UNIT = 10n ** 8n;
const AGGREGATOR =
  "@aave/core-v3/artifacts/contracts/mocks/oracle/CLAggregators/MockAggregator.sol/MockAggregator.json";

/** What others lend in the market, and have borrowed of it. */
export const OTHERS = { usdc: 2_000_000n * USDC, wsei: 20_000_000n * WAD, borrowed: 1_000_000n * USDC } as const;
/** How far agents may supply. */
export const CAP = { aUsdc: 200_000n * USDC, aWsei: 300_000n * WAD } as const;

const RATIOS = { rates: RATES, loanToValueBps: 7_500, liquidationThresholdBps: 8_000, liquidationBonusBps: 10_500 };

type Funded = Awaited<ReturnType<typeof fundedFixture>>;

const deployMarket = async (f: Funded) => {
  const source = async (price: bigint): Promise<string> =>
    (await deployArtifact(f.deployer, readArtifact(AGGREGATOR), [price])).getAddress();
  const { usdc, wsei } = f.addresses;
  const specs = [
    { name: "USDC", asset: usdc, decimals: 6, source: await source(UNIT), ...RATIOS },
    { name: "WSEI", asset: wsei, decimals: 18, source: await source((3n * UNIT) / 10n), ...RATIOS },
  ];
  const market = await deployAave(f.deployer, specs, UNIT);
  for (const [token, amount] of [
    [f.usdc, OTHERS.usdc],
    [f.wsei, OTHERS.wsei],
  ] as const) {
    await token.connect(f.deployer).mint(f.deployer.address, amount);
    await token.connect(f.deployer).approve(market.pool.target, ethers.MaxUint256);
    await send(market.pool, "supply", [token.target, amount, f.deployer.address, 0n]);
  }
  await send(market.pool, "borrow", [usdc, OTHERS.borrowed, 2n, 0n, f.deployer.address]);
  return market;
};

const listPositions = async (f: Funded, positions: { readonly aUsdc: string; readonly aWsei: string }) => {
  const hub = f.hub.connect(f.admin);
  const feed = (decimals: bigint) => ({ decimals, quorum: 1n, maxBandBps: 500n });
  await hub.setFeed(positions.aUsdc, feed(6n), [sourceOf(await f.sources.usdc.getAddress(), 0n)]);
  await hub.setFeed(positions.aWsei, feed(18n), [sourceOf(await f.sources.wsei.getAddress())]);
  await f.treasury.connect(f.admin).addAsset(positions.aUsdc, CAP.aUsdc);
  await f.treasury.connect(f.admin).setUnitOfBase(positions.aUsdc, true);
  await f.treasury.connect(f.admin).addAsset(positions.aWsei, CAP.aWsei);
  await f.mandate.connect(f.admin).setTokenLimit(positions.aUsdc, USDC_LIMIT);
  await f.mandate.connect(f.admin).setTokenLimit(positions.aWsei, WSEI_LIMIT);
};

const TOKEN = [
  "function balanceOf(address) view returns (uint256)",
  "function transfer(address,uint256) returns (bool)",
  "function approve(address,uint256) returns (bool)",
  "event Transfer(address indexed from, address indexed to, uint256 value)",
];

/** One of the two reserves as the treasury's calls name it. */
export type Reserve = { readonly asset: string; readonly position: string };

/**
 * The funded treasury, and a genuine Aave market of USDC and WSEI in which others lend and borrow. Both positions are listed,
 * and the mandate permits to supply and to withdraw both, beside the payments of the fixture.
 */
export const lendingFixture = async () => {
  const f = await fundedFixture();
  const market = await deployMarket(f);
  const pool = await market.pool.getAddress();
  const [usdcReserve, wseiReserve] = [at(market.reserves, 0), at(market.reserves, 1)];
  const reserves = {
    usdc: { asset: f.addresses.usdc, position: usdcReserve.aToken },
    wsei: { asset: f.addresses.wsei, position: wseiReserve.aToken },
  };
  await listPositions(f, { aUsdc: reserves.usdc.position, aWsei: reserves.wsei.position });
  const decoder = await (await ethers.deployContract("AaveV3Decoder")).getAddress();
  const leafOf = (reserve: Reserve, selector: string): LeafFields =>
    lendingLeaf(decoder, { pool, ...reserve, selector });
  const leaves = {
    ...f.leaves,
    supplyUsdc: leafOf(reserves.usdc, LENDING.supply),
    withdrawUsdc: leafOf(reserves.usdc, LENDING.withdraw),
    supplyWsei: leafOf(reserves.wsei, LENDING.supply),
    withdrawWsei: leafOf(reserves.wsei, LENDING.withdraw),
  };
  const tree = buildMandateTree(Object.values(leaves));
  await f.mandate.connect(f.admin).setRoot(tree.root, "");
  const order = (reserve: Reserve, amount: bigint): LendingOrder => ({
    pool,
    ...reserve,
    amount,
    recipient: f.addresses.treasury,
  });
  return {
    ...f,
    market,
    pool,
    reserves,
    decoder,
    leaves,
    tree,
    aUsdc: new ethers.Contract(reserves.usdc.position, TOKEN, f.deployer),
    aWsei: new ethers.Contract(reserves.wsei.position, TOKEN, f.deployer),
    supplyUsdc: (amount: bigint): Step => [supplyCall(order(reserves.usdc, amount)), leaves.supplyUsdc],
    withdrawUsdc: (amount: bigint): Step => [withdrawCall(order(reserves.usdc, amount)), leaves.withdrawUsdc],
    supplyWsei: (amount: bigint): Step => [supplyCall(order(reserves.wsei, amount)), leaves.supplyWsei],
    withdrawWsei: (amount: bigint): Step => [withdrawCall(order(reserves.wsei, amount)), leaves.withdrawWsei],
  };
};

export type Lending = Awaited<ReturnType<typeof lendingFixture>>;
/** A call, and the leaf that permits it. */
export type Step = readonly [Call, LeafFields];

/** A balance of a token without generated types. */
export const balanceIn = async (token: InstanceType<typeof ethers.Contract>, account: string): Promise<bigint> => {
  const balance: unknown = await token.getFunction("balanceOf").staticCall(account);
  if (typeof balance !== "bigint") throw new TypeError("a balance is a number");
  return balance;
};

const asConsensus = async (f: Pick<Lending, "addresses" | "treasury">) => {
  await networkHelpers.setBalance(f.addresses.consensus, 10n ** 18n);
  return f.treasury.connect(await ethers.getImpersonatedSigner(f.addresses.consensus));
};

const argsOf = (tree: Lending["tree"], steps: readonly Step[], maxLoss: bigint) => {
  const proofs = steps.map(([, leaf]) => callProofOf(tree, leaf));
  return [RISK.routine, steps.map(([call]) => call), maxLoss, proofs, 1n] as const;
};

type Host = Pick<Lending, "addresses" | "treasury" | "tree">;

/** The treasury makes the calls, told so by Consensus itself: what is tested with it needs no votes. */
export const runSteps = async (f: Host, steps: readonly Step[], maxLoss = LOSS_LIMIT.perAction) =>
  (await asConsensus(f)).execute(...argsOf(f.tree, steps, maxLoss));

/** What the calls would lose; nothing is done. */
export const lossOfSteps = async (f: Host, steps: readonly Step[], maxLoss = LOSS_LIMIT.perAction): Promise<bigint> =>
  (await asConsensus(f)).execute.staticCall(...argsOf(f.tree, steps, maxLoss));

/** A stranger supplies for the treasury, out of nothing. */
export const donateUsdc = async (f: Lending, stranger: Signer, amount: bigint): Promise<void> => {
  await f.usdc.connect(f.deployer).mint(stranger.address, amount);
  await f.usdc.connect(stranger).approve(f.pool, amount);
  const pool = new ethers.Contract(f.pool, f.market.pool.interface, stranger);
  await send(pool, "supply", [f.addresses.usdc, amount, f.addresses.treasury, 0n]);
};

/** What a decoder answers of a call. */
export type DecodedAnswer = {
  readonly key: string;
  readonly tokenIn: string;
  readonly amountIn: bigint;
  readonly tokenOut: string;
  readonly recipient: string;
  readonly spender: string;
  readonly form: bigint;
};

/** The mandate permits these calls beside all others, by a decoder that says of any call what it is told. */
export const withMockDecoder = async (
  f: Lending,
  answer: DecodedAnswer,
  call: Call,
): Promise<Host & { readonly step: Step }> => {
  const decoder = await (await ethers.deployContract("MockDecoder", [answer])).getAddress();
  const leaf = {
    target: call.target,
    selector: call.data.slice(0, 10),
    decoder,
    key: ethers.ZeroHash,
    minClass: 0,
  };
  const tree = buildMandateTree([...Object.values(f.leaves), leaf]);
  await f.mandate.connect(f.admin).setRoot(tree.root, "");
  return { addresses: f.addresses, treasury: f.treasury, tree, step: [call, leaf] };
};
