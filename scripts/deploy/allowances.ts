import { Contract, MaxUint256 } from "ethers";
import { Treasury__factory } from "../../types/index.ts";
import { addressOf, knownReserves } from "../../deployments/lookup.ts";
import type { AddressBook } from "../../deployments/schema.ts";
import { type AssetParameters, tokenNamed } from "./parameters.ts";
import type { Setting, World } from "./setting.ts";

/** Who takes a token when it is swapped or supplied. A position in a lending market is neither. */
const spendersOf = (
  book: AddressBook,
  token: string,
): readonly { readonly name: string; readonly spender: string }[] => {
  const reserves = knownReserves(book);
  if (reserves.some(({ reserve }) => reserve.position === token)) return [];
  const markets = reserves.filter(({ reserve }) => reserve.asset === token);
  return [
    ...[...book.environment.dexes, ...(book.environment.aggregators ?? [])].map(({ name, router }) => ({
      name,
      spender: router,
    })),
    ...markets.map(({ market: { name, pool } }) => ({ name, spender: pool })),
  ];
};

/** One allowance of one unit for each asset and who takes it, so that the first swap of each creates no slot. */
export const allowanceSettings = (
  { book, parameters, provider }: World,
  asset: AssetParameters,
): readonly Setting[] => {
  const token = tokenNamed(parameters.environment, asset.token).address;
  const treasury = addressOf(book, "Treasury");
  const erc20 = new Contract(token, ["function allowance(address,address) view returns (uint256)"], provider);
  return spendersOf(book, token).map(({ name, spender }) => ({
    name: `one unit of ${asset.token} allowed to ${name}`,
    target: treasury,
    data: Treasury__factory.createInterface().encodeFunctionData("primeAllowance", [token, spender]),
    isDone: async () => {
      const allowance: unknown = await erc20.getFunction("allowance").staticCall(treasury, spender);
      return allowance === 1n;
    },
  }));
};

/** The token that shows shares in a market moves them when somebody leaves in kind: the treasury's own, and only for the treasury. */
export const sharesSettings = ({ book, parameters, provider }: World, asset: AssetParameters): readonly Setting[] => {
  const token = tokenNamed(parameters.environment, asset.token).address;
  const treasury = addressOf(book, "Treasury");
  return knownReserves(book)
    .filter(({ market, reserve }) => market.kind === "compoundV2" && reserve.position === token)
    .map(({ market: { name, pool } }) => {
      const abi = ["function allowance(address,address) view returns (uint256)", "function approve(address,uint256)"];
      const shares = new Contract(pool, abi, provider);
      const data = shares.interface.encodeFunctionData("approve", [token, MaxUint256]);
      return {
        name: `shares in ${name} allowed to ${asset.token}`,
        target: treasury,
        data: Treasury__factory.createInterface().encodeFunctionData("executeAsAdmin", [[{ target: pool, data }]]),
        isDone: async () => {
          const allowance: unknown = await shares.getFunction("allowance").staticCall(treasury, token);
          return allowance === MaxUint256;
        },
      };
    });
};
