/** Who signed in, and until when. Times in Unix milliseconds. */
export type ReaderSession = { readonly account: string; readonly untilMs: number };

/** How long somebody stays signed in, and how many are at the most: the oldest give way. */
export const SESSION_MS = 8 * 3_600_000;
const MAX_SESSIONS = 10_000;

export type Sessions = {
  /** Begins a session. @returns its secret, which is kept nowhere here */
  readonly begin: (account: string) => { readonly secret: string; readonly untilMs: number };
  readonly find: (secret: string) => ReaderSession | undefined;
  readonly end: (secret: string) => void;
};

export type SessionsOptions = {
  readonly nowMs: () => number;
  readonly newSecret: () => string;
  /** A hash without collisions: who reads this process's memory finds no secret that is valid. */
  readonly digest: (secret: string) => string;
};

/** Sessions live in memory alone: they end with the process. */
export const createSessions = ({ nowMs, newSecret, digest }: SessionsOptions): Sessions => {
  const open = new Map<string, ReaderSession>();
  const forget = (): void => {
    for (const [key, { untilMs }] of open) if (untilMs <= nowMs()) open.delete(key);
    const [oldest] = open.keys();
    if (open.size >= MAX_SESSIONS && oldest !== undefined) open.delete(oldest);
  };
  return {
    begin: (account) => {
      forget();
      const [secret, untilMs] = [newSecret(), nowMs() + SESSION_MS];
      open.set(digest(secret), { account, untilMs });
      return { secret, untilMs };
    },
    find: (secret) => {
      const found = open.get(digest(secret));
      return found !== undefined && found.untilMs > nowMs() ? found : undefined;
    },
    end: (secret) => void open.delete(digest(secret)),
  };
};

/** Counts how often something is tried by a name within a minute. */
export type Attempts = { readonly isAllowed: (name: string) => boolean };

const MINUTE_MS = 60_000;
const MAX_NAMES = 10_000;

/** Allows `most` attempts in any minute for each name, and remembers a bounded number of names. */
export const createAttempts = (nowMs: () => number, most: number): Attempts => {
  const seen = new Map<string, readonly number[]>();
  return {
    isAllowed: (name) => {
      const now = nowMs();
      const recent = (seen.get(name) ?? []).filter((at) => now - at < MINUTE_MS);
      const isAllowed = recent.length < most;
      seen.delete(name);
      seen.set(name, isAllowed ? [...recent, now] : recent);
      const [oldest] = seen.keys();
      if (seen.size > MAX_NAMES && oldest !== undefined) seen.delete(oldest);
      return isAllowed;
    },
  };
};
