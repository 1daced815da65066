import { signal } from "@preact/signals";
import { ask } from "../data/ask.ts";
import { type FoundWallet, type WalletProvider, shortText } from "./provider.ts";

/** The wallet that a person connected. */
export type Session = {
  readonly name: string;
  readonly provider: WalletProvider;
  readonly account: string;
  readonly chainId: number;
};

export const session = signal<Session | undefined>(undefined);

/** A call that the wallet shall make or send. */
export type Call = { readonly to: string; readonly data: string };

/** What a wallet or the chain says against something, in words. */
export class Refused extends Error {
  override readonly name = "Refused";
}

const REJECTED = 4001;
const REVERT = /^0x[0-9a-fA-F]{8,}$/;
const DEEPEST = 4;

/** The data of a revert, wherever a wallet hides it in its error. */
const revertIn = (error: unknown, depth = 0): string | undefined => {
  if (typeof error === "string") return REVERT.test(error) ? error : undefined;
  if (typeof error !== "object" || error === null || depth > DEEPEST) return undefined;
  for (const name of ["data", "error", "info", "cause"]) {
    const found = revertIn(Reflect.get(error, name), depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
};

const codeIn = (error: unknown): unknown =>
  typeof error === "object" && error !== null ? Reflect.get(error, "code") : undefined;

const MOST_WORDS = 200;

const messageIn = (error: unknown): string => {
  const message: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "message") : undefined;
  const words = typeof message === "string" ? shortText(message, MOST_WORDS) : "";
  return words === "" ? "The wallet does not say why." : words;
};

const isWords = (body: unknown): body is { readonly words: string } =>
  typeof body === "object" && body !== null && "words" in body && typeof body.words === "string";

/** Why, in words: the contract's own reason where there is one. */
const explain = async (error: unknown): Promise<Refused> => {
  if (codeIn(error) === REJECTED)
    return new Refused("You rejected it in the wallet. Nothing was sent.", { cause: error });
  const revert = revertIn(error);
  const answer = revert === undefined ? undefined : await ask(`/v1/explain?revert=${revert}`);
  const words = answer !== undefined && "body" in answer && isWords(answer.body) ? answer.body.words : messageIn(error);
  return new Refused(words, { cause: error });
};

const request = async (provider: WalletProvider, method: string, params: readonly unknown[] = []): Promise<unknown> => {
  try {
    return await provider.request({ method, params });
  } catch (error) {
    throw await explain(error);
  }
};

const accountIn = (accounts: unknown): string | undefined => {
  const first: unknown = Array.isArray(accounts) ? accounts[0] : undefined;
  return typeof first === "string" && /^0x[0-9a-fA-F]{40}$/.test(first) ? first : undefined;
};

/** Changes the session of this wallet; one that was left for another wallet changes nothing any more. */
const follow = (provider: WalletProvider, next: (old: Session) => Session | undefined): void => {
  if (session.value?.provider === provider) session.value = next(session.value);
};

const hexOf = (chainId: number): string => `0x${chainId.toString(16)}`;

const chainOf = async (provider: WalletProvider): Promise<number> => Number(await request(provider, "eth_chainId"));

/** Connects a wallet, and follows it when it changes its account or its chain. @throws Refused */
export const connect = async ({ name, provider }: FoundWallet): Promise<void> => {
  const account = accountIn(await request(provider, "eth_requestAccounts"));
  if (account === undefined) throw new Refused("The wallet shows no account.");
  const chainId = await chainOf(provider);
  session.value = { name, provider, account, chainId };
  provider.on?.("accountsChanged", (accounts) => {
    const next = accountIn(accounts);
    follow(provider, (old) => (next === undefined ? undefined : { ...old, account: next }));
  });
  provider.on?.("chainChanged", (chain) => follow(provider, (old) => ({ ...old, chainId: Number(chain) })));
};

/** Asks the wallet to change its chain, and reads back which it is on: some answer before they change, or never do. @throws Refused */
export const switchChain = async ({ provider }: Session, chainId: number): Promise<void> => {
  await request(provider, "wallet_switchEthereumChain", [{ chainId: hexOf(chainId) }]);
  const now = await chainOf(provider);
  follow(provider, (old) => ({ ...old, chainId: now }));
  if (now !== chainId) throw new Refused(`The wallet is on chain ${now} still: change it to ${chainId} there.`);
};

/** What a call answers at the newest block, read through the wallet and not through the gateway. @throws Refused */
export const callThrough = async ({ provider, account }: Session, { to, data }: Call): Promise<string> =>
  String(await request(provider, "eth_call", [{ from: account, to, data }, "latest"]));

const hexText = (text: string): string =>
  `0x${Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;

/** The account's signature of a text that the wallet shows first (EIP-191). @throws Refused */
export const signText = async ({ provider, account }: Session, text: string): Promise<string> =>
  String(await request(provider, "personal_sign", [hexText(text), account]));

/** The account's signature of typed data that the wallet shows field by field (EIP-712). @throws Refused */
export const signTypedText = async ({ provider, account }: Session, json: string): Promise<string> =>
  String(await request(provider, "eth_signTypedData_v4", [account, json]));

const LOOK_MS = 400;
const PATIENCE_MS = 120_000;

const isMined = (receipt: unknown): receipt is { readonly status: string } =>
  typeof receipt === "object" && receipt !== null && "status" in receipt;

/** Waits until a transaction is in a block. @throws Refused where it reverted, or no block took it in time */
const mined = async ({ provider }: Session, hash: string): Promise<void> => {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const receipt = await request(provider, "eth_getTransactionReceipt", [hash]);
    if (isMined(receipt)) {
      if (Number(receipt.status) === 1) return;
      throw new Refused(`The chain undid it: ${hash}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Refused(`No block has it yet: look for ${hash} in an explorer before you send it again.`);
};

/** What a page shows is of one chain and one account: a wallet that left them meanwhile sends nothing. @throws Refused */
const mustBeSame = async ({ provider, account, chainId }: Session): Promise<void> => {
  const chain = await chainOf(provider);
  if (chain !== chainId) {
    follow(provider, (old) => ({ ...old, chainId: chain }));
    throw new Refused(`The wallet is on chain ${chain} now, and this page on ${chainId}. Nothing was sent.`);
  }
  const chosen = accountIn(await request(provider, "eth_accounts"));
  if (chosen?.toLowerCase() === account.toLowerCase()) return;
  follow(provider, (old) => (chosen === undefined ? undefined : { ...old, account: chosen }));
  const words = chosen === undefined ? "shows no account any more" : `has chosen the account ${chosen}`;
  throw new Refused(`The wallet ${words}, and this page shows ${account}. Nothing was sent.`);
};

/** Tries a call without an effect, then has the wallet send it, and waits for its block. @throws Refused */
export const sendThrough = async (wallet: Session, call: Call, onSent: () => void): Promise<string> => {
  await callThrough(wallet, call);
  await mustBeSame(wallet);
  const asked = { from: wallet.account, chainId: hexOf(wallet.chainId), ...call };
  const hash = shortText(String(await request(wallet.provider, "eth_sendTransaction", [asked])), MOST_WORDS);
  onSent();
  await mined(wallet, hash);
  return hash;
};
