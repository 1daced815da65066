import { type LeafFields, buildMandateTree } from "../../deployments/mandateTree.ts";
import { type ShareMarketSpec, deployCompound, fillMarket } from "../../scripts/sandbox/compound.ts";
import { ICToken__factory } from "../../types/index.ts";
import { USDC, WAD, at, ethers } from "./chain.ts";
import { send } from "./dexes.ts";
import type { Step } from "./lending.ts";
import { USDC_LIMIT, WSEI_LIMIT, fundedFixture, sourceOf } from "./nexus.ts";
import type { Call } from "./votes.ts";

const abi = ICToken__factory.createInterface();

export const SHARES = {
  mint: abi.getFunction("mint").selector,
  redeemUnderlying: abi.getFunction("redeemUnderlying").selector,
} as const;

/** A supply or a withdrawal as the tests write it, by the market's own interface. */
export type SharesOrder = {
  readonly market: string;
  readonly asset: string;
  readonly position: string;
  readonly amount: bigint;
  readonly recipient: string;
};

const named = (data: string, { asset, position, recipient }: SharesOrder): string =>
  ethers.concat([data, ...[asset, position, recipient].map((word) => ethers.zeroPadValue(word, 32))]);

export const mintCall = (order: SharesOrder): Call => ({
  target: order.market,
  data: named(abi.encodeFunctionData("mint", [order.amount]), order),
});

export const redeemCall = (order: SharesOrder): Call => ({
  target: order.market,
  data: named(abi.encodeFunctionData("redeemUnderlying", [order.amount]), order),
});

/** The leaf that permits a supply or a withdrawal. */
export const sharesLeaf = (
  decoder: string,
  { market, asset, position }: Pick<SharesOrder, "market" | "asset" | "position">,
  selector: string,
): LeafFields => ({
  target: market,
  selector,
  decoder,
  key: ethers.solidityPackedKeccak256(["address", "address"], [asset, position]),
  minClass: 0,
});

/** Rates a block as high as a busy market's a day, so that a few blocks earn something. */
const RATES = { base: WAD / 50n, multiplier: WAD / 5n, jump: 3n * WAD, kink: (8n * WAD) / 10n } as const;
const FACTORS = { rates: RATES, reserveFactor: WAD / 10n, collateralFactor: (7n * WAD) / 10n } as const;

export const USDC_SPEC = { name: "USDC", decimals: 6, price: WAD, ...FACTORS } as const;
export const WSEI_SPEC = { name: "WSEI", decimals: 18, price: (3n * WAD) / 10n, ...FACTORS } as const;

/** What others lend, and have borrowed of it. */
export const OTHERS_LENT = { usdc: 2_000_000n * USDC, borrowed: 1_000_000n * USDC, wsei: 20_000_000n * WAD } as const;
/** How far agents may supply. */
export const SHARES_CAP = { usdc: 200_000n * USDC, wsei: 300_000n * WAD } as const;

type Funded = Awaited<ReturnType<typeof fundedFixture>>;

const deployMarkets = async (f: Funded) => {
  const specs: readonly ShareMarketSpec[] = [
    { ...USDC_SPEC, asset: f.addresses.usdc },
    { ...WSEI_SPEC, asset: f.addresses.wsei },
  ];
  const compound = await deployCompound(f.deployer, specs);
  const [usdc, wsei] = [at(compound.markets, 0), at(compound.markets, 1)];
  await f.usdc.connect(f.deployer).mint(f.deployer.address, OTHERS_LENT.usdc);
  await f.wsei.connect(f.deployer).mint(f.deployer.address, OTHERS_LENT.wsei);
  const token = (address: string) =>
    new ethers.Contract(address, ["function approve(address,uint256) returns (bool)"], f.deployer);
  const dollars = { lent: OTHERS_LENT.usdc, borrowed: OTHERS_LENT.borrowed };
  await fillMarket(compound, { market: usdc, token: token(f.addresses.usdc), ...dollars });
  const coins = { lent: OTHERS_LENT.wsei, borrowed: OTHERS_LENT.wsei / 2n };
  await fillMarket(compound, { market: wsei, token: token(f.addresses.wsei), ...coins });
  return { compound, usdc, wsei };
};

/** Lists a position with the sources of its asset, and lets it move the treasury's shares when somebody leaves in kind. */
const listPosition = async (
  f: Funded,
  {
    position,
    market,
    cap,
    source,
  }: {
    readonly position: string;
    readonly market: string;
    readonly cap: bigint;
    readonly source: Awaited<ReturnType<typeof sourceOf>>;
  },
  decimals: bigint,
): Promise<void> => {
  await f.hub.connect(f.admin).setFeed(position, { decimals, quorum: 1n, maxBandBps: 500n }, [source]);
  await f.treasury.connect(f.admin).addAsset(position, cap);
  const isDollar = decimals === 6n;
  if (isDollar) await f.treasury.connect(f.admin).setUnitOfBase(position, true);
  await f.mandate.connect(f.admin).setTokenLimit(position, isDollar ? USDC_LIMIT : WSEI_LIMIT);
  const approve = new ethers.Interface(["function approve(address,uint256)"]);
  const data = approve.encodeFunctionData("approve", [position, ethers.MaxUint256]);
  await f.treasury.connect(f.admin).executeAsAdmin([{ target: market, data }]);
};

/**
 * The funded treasury, and genuine Compound markets of USDC and WSEI in which others lend and borrow. Both positions are listed,
 * and the mandate permits to supply and to withdraw both, beside the payments of the fixture.
 */
export const sharesFixture = async () => {
  const f = await fundedFixture();
  const { compound, usdc: cUsdc, wsei: cWsei } = await deployMarkets(f);
  const place = async (asset: string, market: typeof cUsdc) => {
    const position = await ethers.deployContract("CompoundV2Position", [market.target]);
    return { asset, market: await market.getAddress(), position: await position.getAddress(), token: position };
  };
  const usdcPlace = await place(f.addresses.usdc, cUsdc);
  const wseiPlace = await place(f.addresses.wsei, cWsei);
  const dollar = sourceOf(await f.sources.usdc.getAddress(), 0n);
  await listPosition(f, { ...usdcPlace, cap: SHARES_CAP.usdc, source: dollar }, 6n);
  const coin = sourceOf(await f.sources.wsei.getAddress());
  await listPosition(f, { ...wseiPlace, cap: SHARES_CAP.wsei, source: coin }, 18n);
  const decoder = await (await ethers.deployContract("CompoundV2Decoder")).getAddress();
  const leaves = {
    ...f.leaves,
    supplyUsdc: sharesLeaf(decoder, usdcPlace, SHARES.mint),
    withdrawUsdc: sharesLeaf(decoder, usdcPlace, SHARES.redeemUnderlying),
    supplyWsei: sharesLeaf(decoder, wseiPlace, SHARES.mint),
    withdrawWsei: sharesLeaf(decoder, wseiPlace, SHARES.redeemUnderlying),
  };
  const tree = buildMandateTree(Object.values(leaves));
  await f.mandate.connect(f.admin).setRoot(tree.root, "");
  const of = (where: typeof usdcPlace, amount: bigint): SharesOrder => ({
    market: where.market,
    asset: where.asset,
    position: where.position,
    amount,
    recipient: f.addresses.treasury,
  });
  return {
    ...f,
    compound,
    cUsdc,
    cWsei,
    places: { usdc: usdcPlace, wsei: wseiPlace },
    decoder,
    leaves,
    tree,
    supplyUsdc: (amount: bigint): Step => [mintCall(of(usdcPlace, amount)), leaves.supplyUsdc],
    withdrawUsdc: (amount: bigint): Step => [redeemCall(of(usdcPlace, amount)), leaves.withdrawUsdc],
    supplyWsei: (amount: bigint): Step => [mintCall(of(wseiPlace, amount)), leaves.supplyWsei],
    withdrawWsei: (amount: bigint): Step => [redeemCall(of(wseiPlace, amount)), leaves.withdrawWsei],
  };
};

export type SharesWorld = Awaited<ReturnType<typeof sharesFixture>>;

/** A stranger lends, and gives the treasury the shares. */
export const donateShares = async (f: SharesWorld, amount: bigint): Promise<void> => {
  await f.usdc.connect(f.deployer).mint(f.attacker.address, amount);
  await f.usdc.connect(f.attacker).approve(f.cUsdc.target, amount);
  const market = new ethers.Contract(f.places.usdc.market, f.cUsdc.interface, f.attacker);
  await send(market, "mint", [amount]);
  const shares: unknown = await market.getFunction("balanceOf").staticCall(f.attacker.address);
  await send(market, "transfer", [f.addresses.treasury, shares]);
};
