import { type Provider, Contract } from "ethers";
import type { BookShareLending, BookToken } from "../../../deployments/schema.ts";
import { FatalError } from "../../core/errors.ts";
import { address } from "../../core/units.ts";
import type { ShareMarketState } from "../../market/shares/market.ts";
import type { JumpCurve } from "../../market/shares/rates.ts";
import type { LendingQuestion } from "./aaveV3.ts";

const MARKET = [
  "function getCash() view returns (uint256)",
  "function totalBorrows() view returns (uint256)",
  "function totalReserves() view returns (uint256)",
  "function totalSupply() view returns (uint256)",
  "function reserveFactorMantissa() view returns (uint256)",
  "function accrualBlockNumber() view returns (uint256)",
  "function exchangeRateStored() view returns (uint256)",
  "function balanceOf(address) view returns (uint256)",
  "function borrowBalanceStored(address) view returns (uint256)",
  "function interestRateModel() view returns (address)",
  "function comptroller() view returns (address)",
  "function underlying() view returns (address)",
];
const MODEL = [
  "function baseRatePerBlock() view returns (uint256)",
  "function multiplierPerBlock() view returns (uint256)",
  "function jumpMultiplierPerBlock() view returns (uint256)",
  "function kink() view returns (uint256)",
];
const COMPTROLLER = [
  "function mintGuardianPaused(address) view returns (bool)",
  "function transferGuardianPaused() view returns (bool)",
  "function markets(address) view returns (bool isListed)",
];
const TOKEN = ["function decimals() view returns (uint8)"];

/** Asks views of one contract, at one block. */
const asker = (
  at: string,
  abi: readonly string[],
  { provider, block }: { readonly provider: Provider; readonly block: number },
) => {
  const contract = new Contract(at, [...abi], provider);
  const ask = (method: string, args: readonly string[]): Promise<unknown> =>
    contract.getFunction(method).staticCall(...args, { blockTag: block });
  return {
    amount: async (method: string, ...args: readonly string[]): Promise<bigint> => {
      const answer = await ask(method, args);
      if (typeof answer !== "bigint") throw new FatalError(`a market of shares answered no number for ${method}`);
      return answer;
    },
    isTrue: async (method: string, ...args: readonly string[]): Promise<boolean> => (await ask(method, args)) === true,
    place: async (method: string): Promise<string> => String(await ask(method, [])),
  };
};

type Asker = ReturnType<typeof asker>;

const curveOf = async (model: Asker): Promise<JumpCurve> => {
  const [base, multiplier, jump, kink] = await Promise.all([
    model.amount("baseRatePerBlock"),
    model.amount("multiplierPerBlock"),
    model.amount("jumpMultiplierPerBlock"),
    model.amount("kink"),
  ]);
  return { base, multiplier, jump, kink };
};

/** @throws FatalError when the market lends another asset, or another comptroller decides for it */
const checkPlaces = async (market: Asker, { comptroller, reserves: [{ asset }] }: BookShareLending): Promise<void> => {
  for (const [method, wanted] of [
    ["underlying", asset],
    ["comptroller", comptroller],
  ] as const) {
    const found = await market.place(method);
    if (found !== wanted)
      throw new FatalError(`the market's ${method} is ${found}, the address book says ${wanted}; correct the book`);
  }
};

const holdingsOf = async (market: Asker) => {
  const [cash, borrows, reserves, shares, reserveFactor, accruedAt, initialRate] = await Promise.all([
    market.amount("getCash"),
    market.amount("totalBorrows"),
    market.amount("totalReserves"),
    market.amount("totalSupply"),
    market.amount("reserveFactorMantissa"),
    market.amount("accrualBlockNumber"),
    // While there is a share, what it is worth follows from the others.
    market.amount("exchangeRateStored"),
  ]);
  return { cash, borrows, reserves, shares, reserveFactor, accruedAt, initialRate };
};

/**
 * A market of Compound's v2 or a fork of it, at one block, as an account sees it.
 * @throws Error when the chain does not answer; FatalError when the market is not what the address book says
 */
export const readCompoundV2 = async (
  book: BookShareLending,
  provider: Provider,
  { account, block, tokens }: LendingQuestion & { readonly tokens: readonly BookToken[] },
): Promise<ShareMarketState> => {
  const at = { provider, block };
  const [{ asset, position }] = book.reserves;
  const [market, comptroller] = [asker(book.pool, MARKET, at), asker(book.comptroller, COMPTROLLER, at)];
  await checkPlaces(market, book);
  const [holdings, curve, ownShares, ownDebt, isMintPaused, isTransferPaused, isListed, decimals] = await Promise.all([
    holdingsOf(market),
    market.place("interestRateModel").then((model) => curveOf(asker(model, MODEL, at))),
    market.amount("balanceOf", account),
    market.amount("borrowBalanceStored", account),
    comptroller.isTrue("mintGuardianPaused", book.pool),
    comptroller.isTrue("transferGuardianPaused"),
    comptroller.isTrue("markets", book.pool),
    asker(asset, TOKEN, at).amount("decimals"),
  ]);
  return {
    name: book.name,
    pool: address(book.pool),
    block,
    asset: address(asset),
    position: address(position),
    symbol: tokens.find((token) => token.address === asset)?.symbol ?? asset,
    decimals: Number(decimals),
    market: { ...holdings, curve },
    isMintPaused,
    isListed,
    isTransferPaused,
    ownShares,
    ownDebt,
  };
};
