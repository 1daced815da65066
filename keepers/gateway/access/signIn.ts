import { printable } from "../../core/printable.ts";

/** What a message of Sign-In with Ethereum (EIP-4361) says. Times in ISO 8601. */
export type SignIn = {
  /** The host and port that the page or program called. */
  readonly domain: string;
  /** The account, with its checksum. */
  readonly account: string;
  readonly uri: string;
  readonly chainId: number;
  readonly nonce: string;
  readonly issuedAt: string;
  readonly expiresAt: string;
};

const STATEMENT = "Sign in to read this gateway of NEXUS. It signs, sends and allows nothing.";

/** The message as a wallet shows and signs it. */
export const signInText = ({ domain, account, uri, chainId, nonce, issuedAt, expiresAt }: SignIn): string =>
  [
    `${domain} wants you to sign in with your Ethereum account:`,
    account,
    "",
    STATEMENT,
    "",
    `URI: ${uri}`,
    "Version: 1",
    `Chain ID: ${chainId}`,
    `Nonce: ${nonce}`,
    `Issued At: ${issuedAt}`,
    `Expiration Time: ${expiresAt}`,
  ].join("\n");

/** The message's own nonce, by which it is looked up; undefined for a text that has none. */
export const nonceIn = (text: string): string | undefined => /^Nonce: ([0-9A-Za-z]{8,64})$/m.exec(text)?.[1];

/** A message that waits for its signature. */
type Waiting = { readonly text: string; readonly account: string; readonly untilMs: number };

/** How long a message may wait, and how many of them do at the most: the oldest give way. */
const WAIT_MS = 300_000;
const MAX_WAITING = 1_000;

export type SignInMessages = {
  /** A new message for an account to sign. */
  readonly invite: (asked: Pick<SignIn, "domain" | "account" | "uri">) => {
    readonly text: string;
    readonly untilMs: number;
  };
  /**
   * The account that a message was made for, once: whether it goes well or not, the message is used up. Undefined for a text
   * that was not made here, byte for byte, or that is used up or too old.
   */
  readonly take: (text: string) => string | undefined;
};

export type SignInOptions = {
  readonly chainId: number;
  readonly nowMs: () => number;
  /** At least eight letters and digits that nobody can guess. */
  readonly newNonce: () => string;
};

const isoTime = (ms: number): string =>
  // oxlint-disable-next-line eslint/no-restricted-globals -- it is asked for the date of a given instant, and not for now
  new Date(ms).toISOString();

/** Makes messages to sign and takes each back once: what was not made here, for this host and this chain, is none. [NX-GTW-11] */
export const createSignInMessages = ({ chainId, nowMs, newNonce }: SignInOptions): SignInMessages => {
  const waiting = new Map<string, Waiting>();
  const forget = (): void => {
    const now = nowMs();
    for (const [nonce, { untilMs }] of waiting) if (untilMs <= now) waiting.delete(nonce);
    const [oldest] = waiting.keys();
    if (waiting.size >= MAX_WAITING && oldest !== undefined) waiting.delete(oldest);
  };
  return {
    invite: ({ domain, account, uri }) => {
      forget();
      const [now, nonce] = [nowMs(), newNonce()];
      const untilMs = now + WAIT_MS;
      const asked = { domain: printable(domain), account, uri: printable(uri), chainId, nonce };
      const text = signInText({ ...asked, issuedAt: isoTime(now), expiresAt: isoTime(untilMs) });
      waiting.set(nonce, { text, account, untilMs });
      return { text, untilMs };
    },
    take: (text) => {
      const nonce = nonceIn(text);
      const found = nonce === undefined ? undefined : waiting.get(nonce);
      if (nonce === undefined || found === undefined) return undefined;
      waiting.delete(nonce);
      return found.text === text && found.untilMs > nowMs() ? found.account : undefined;
    },
  };
};
