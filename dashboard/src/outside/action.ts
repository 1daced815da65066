import { type FunctionName, encode, wordOf } from "../data/selectors.ts";

/** One call that a person may have made outside this browser. Arguments are numbers, addresses, bytes as hex, and texts. */
export type Action = {
  /** What it does, as a sentence. */
  readonly words: string;
  readonly to: string;
  readonly name: FunctionName;
  readonly args: readonly (bigint | string)[];
};

const typesIn = (name: string): readonly string[] => name.slice(name.indexOf("(") + 1, -1).split(",");

const WORD_BYTES = 32;
const WORD_DIGITS = 64;

const isOfAnyLength = (type: string): boolean => type === "bytes" || type === "string";

const digitsOf = (text: string): string =>
  Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Bytes stand behind the words of the other arguments, found by their distance from the first. */
const withBytes = ({ name, args }: Action): string => {
  const types = typesIn(name);
  const tails: string[] = [];
  const heads = types.map((type, index) => {
    const arg = args[index] ?? 0n;
    if (!isOfAnyLength(type)) return wordOf(arg);
    const digits = type === "string" ? digitsOf(String(arg)) : String(arg).slice(2);
    const before = types.length * WORD_BYTES + tails.join("").length / 2;
    const padded = digits.padEnd(Math.ceil(digits.length / WORD_DIGITS) * WORD_DIGITS, "0");
    tails.push(`${wordOf(BigInt(digits.length / 2))}${padded}`);
    return wordOf(BigInt(before));
  });
  return `${heads.join("")}${tails.join("")}`;
};

/** The data of the call. */
export const dataOf = (action: Action): string =>
  typesIn(action.name).some(isOfAnyLength)
    ? `${encode(action.name)}${withBytes(action)}`
    : encode(action.name, ...action.args);

/** The call as a link that wallets open (EIP-681): the function with its arguments in words, so that a wallet can show them. */
export const callLink = ({ to, name, args }: Action, chainId: number): string => {
  const query = typesIn(name).map((type, index) => `${type}=${String(args[index])}`);
  return `ethereum:${to}@${chainId}/${name.slice(0, name.indexOf("("))}?${query.join("&")}`;
};

/** The call as a transaction that is not signed yet, for a signer that takes a file. */
export const unsignedTransaction = (action: Action, account: string, chainId: number): string =>
  JSON.stringify({ chainId, from: account, to: action.to, value: "0x0", data: dataOf(action) }, undefined, 2);

/** A wallet whose own browser opens a page by a link. */
export type WalletBrowser = { readonly name: string; readonly href: string };

/** Links that open a page in the browsers of wallets; none where no other device reaches the page. */
export const walletBrowsers = (page: string): readonly WalletBrowser[] => {
  const { protocol, host, pathname, search } = new URL(page);
  if (protocol !== "https:") return [];
  const whole = encodeURIComponent(page);
  return [
    { name: "MetaMask", href: `https://metamask.app.link/dapp/${host}${pathname}${search}` },
    { name: "Coinbase Wallet", href: `https://go.cb-w.com/dapp?cb_url=${whole}` },
    { name: "Trust Wallet", href: `https://link.trustwallet.com/open_url?coin_id=60&url=${whole}` },
  ];
};
