import { getAddress, isAddress, isHexString, parseUnits, formatUnits } from "ethers";
import { type Address, address } from "../../../keepers/core/units.ts";
import { SandboxToken__factory } from "../../../types/index.ts";
import { resolveTarget } from "../../dao/calls.ts";
import { type Money, moneyOf } from "../../../keepers/adapters/readers/moneyContracts.ts";
import { testKeys } from "../../sandbox/account.ts";
import { MEMBERS, PEOPLE } from "../../sandbox/fleet.ts";
import { type Option, type Values, UsageError, required } from "../../lib/command.ts";
import { type Session, actOptions, withDao } from "../session.ts";

/** Holds the key of who pays or works; a key on the command line would stay in the shell's history. */
export const PAYMENT_KEY = "NEXUS_PAYMENT_KEY";
/** What every command of payments that sends is told. */
export const PAY_OPTIONS = actOptions([...MEMBERS, "depositor"], PAYMENT_KEY);
export const TOKEN_OPTION: Option = {
  value: "NAME",
  about: "what is paid in, by its name in the book or address (USDC)",
};

/** One run of a command about money. */
export type MoneySession = Session & { readonly money: Money };

/** Opens the chain for one command about money. @throws UsageError as {@link withDao}; Error when money is not deployed */
export const withMoney = (values: Values, use: (session: MoneySession) => Promise<number>): Promise<number> =>
  withDao(values, (session) => use({ ...session, money: moneyOf(session.book, session.provider) }));

/** An account as a person writes it: in the sandbox by name. @throws UsageError when nobody has that name */
export const accountNamed = ({ book, isSandbox }: Session, text: string): Address => {
  const index = isSandbox ? PEOPLE.get(text) : undefined;
  if (index !== undefined) return address(testKeys()(index).address);
  const isHex: boolean = isAddress(text);
  if (isHex || !isSandbox) return address(resolveTarget(book, text));
  throw new UsageError(`“${text}” is neither an address nor one of ${[...PEOPLE.keys()].join(", ")}`);
};

/** What is paid in. Amounts of it are written in whole tokens. */
export type PayToken = { readonly address: Address; readonly symbol: string; readonly decimals: number };

/** The token that stands at an address; one that the book lacks is asked itself. */
export const tokenAt = async ({ book, provider }: Session, at: Address): Promise<PayToken> => {
  const known = Object.values(book.environment.tokens).find((token) => address(token.address) === at);
  if (known !== undefined) return { address: at, symbol: known.symbol, decimals: known.decimals };
  const token = SandboxToken__factory.connect(at, provider);
  return { address: at, symbol: getAddress(at), decimals: Number(await token.decimals()) };
};

/** The token that --token names. */
export const tokenIn = (session: Session): Promise<PayToken> =>
  tokenAt(session, address(resolveTarget(session.book, session.values.get("token") ?? "USDC")));

/** An amount in a token's units, written in whole ones. @throws UsageError when it is none */
export const unitsOf = ({ decimals, symbol }: PayToken, text: string, name: string): bigint => {
  const [, fraction = ""] = /^\d+(?:\.(\d+))?$/.exec(text) ?? [];
  const isAmount = /^\d+(\.\d+)?$/.test(text) && fraction.length <= decimals;
  if (isAmount) return parseUnits(text, decimals);
  throw new UsageError(`--${name} must be an amount of ${symbol} like 10 or 0.5, got “${text}”`);
};

/** The amount behind an option. @throws UsageError when it is missing or none */
export const amountIn = (session: Session, token: PayToken, name: string): bigint =>
  unitsOf(token, required(session.values, name), name);

/** An amount in words. */
export const amountWords = ({ decimals, symbol }: PayToken, units: bigint): string =>
  `${formatUnits(units, decimals).replace(/\.0$/, "")} ${symbol}`;

/** 32 bytes. @throws UsageError when it is something else */
export const wordOf = (text: string, what: string): string => {
  const isWord: boolean = isHexString(text, 32);
  if (isWord) return text.toLowerCase();
  throw new UsageError(`${what} must be 32 bytes in hex, got “${text.slice(0, 80)}”`);
};
