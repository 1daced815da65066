import { type HoldAnswer, type Leadership, NEVER_HELD, heldAfter } from "../../orchestrator/lease.ts";
import { telling } from "../../core/envelope/trouble.ts";
import { type Link, openLink } from "../bus/link.ts";

/*
 * Takes or renews the lead.
 * KEYS: the lease, the newest token. ARGV: holder, milliseconds, the token must be above this, and a new one above this too.
 * Returns the token, or 0 while another one holds the lease; and 1 where this server knows of no token before. A new token
 * is above all that this server gave, above what the holder knows of, and no less than the server's microseconds: a server
 * that was emptied goes on above what it has forgotten.
 */
const HOLD = `
local held = redis.call("GET", KEYS[1])
local holder, token
if held then
  holder, token = string.match(held, "^(%S+) (%d+)$")
  if holder ~= ARGV[1] then return {0, 0} end
end
local newest = tonumber(redis.call("GET", KEYS[2]) or "0")
if held and tonumber(token) > tonumber(ARGV[3]) and tonumber(token) >= newest then
  redis.call("SET", KEYS[2], token)
  redis.call("PEXPIRE", KEYS[1], ARGV[2])
  return {tonumber(token), 0}
end
local time = redis.call("TIME")
local clock = tonumber(time[1]) * 1000000 + tonumber(time[2])
local next = redis.call("INCR", KEYS[2])
local least = math.max(tonumber(ARGV[3]) + 1, tonumber(ARGV[4]) + 1, clock)
if next < least then
  next = least
  redis.call("SET", KEYS[2], string.format("%d", next))
end
if held then redis.call("DEL", KEYS[1]) end
redis.call("SET", KEYS[1], ARGV[1] .. " " .. string.format("%d", next), "NX", "PX", ARGV[2])
return {next, newest == 0 and 1 or 0}
`;

/* Gives the lead up if it is still the holder's. KEYS: the lease. ARGV: holder. Returns whether it was. */
const RELEASE = `
local held = redis.call("GET", KEYS[1])
if held and string.match(held, "^(%S+) ") == ARGV[1] then return redis.call("DEL", KEYS[1]) end
return 0
`;

export type RedisLeaseOptions = {
  /** Of the operator's own server, its Sentinels or a cluster, as `busServerIn` reads it. */
  readonly url: string;
  /** What tells this fleet's keys from others on the server. */
  readonly prefix: string;
  readonly chainId: bigint;
  /** Names this life of this orchestrator, without spaces, as no other one is named. */
  readonly holder: string;
  readonly leaseMs: number;
  readonly nowMs: () => number;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** One line for a person, once until the server is well again. */
  readonly onTrouble: (what: string) => void;
};

/** A lease in Redis. @see Leadership */
export type RedisLease = Leadership & { readonly isUp: () => boolean; readonly close: () => void };

/** Both keys in one slot of a cluster. */
const keysOf = ({ prefix, chainId }: RedisLeaseOptions) => {
  const base = `{${prefix}:${chainId}}:orchestrator`;
  return { lease: `${base}:lease`, newest: `${base}:token` };
};

const openOur = (options: RedisLeaseOptions): Link => {
  const { url, random, onTrouble } = options;
  const told = telling(onTrouble);
  return openLink({
    url,
    key: keysOf(options).lease,
    name: "nexus-orchestrator",
    isBatching: false,
    random,
    onUp: told.well,
    onTrouble: ({ what, isAbsence }) =>
      told.trouble({ what: what.replace(/; agents go on.*$/, "; without it nothing is started"), isAbsence }),
  });
};

/** Opens the lease of a fleet. Whatever the server does, the answers are those of the port: nothing throws. [NX-ORC-02] */
export const openRedisLease = (options: RedisLeaseOptions): RedisLease => {
  const { holder, leaseMs, nowMs } = options;
  const { lease, newest } = keysOf(options);
  const link = openOur(options);
  const { client } = link;
  let last = NEVER_HELD;
  const ask = async <T>(question: () => Promise<T>): Promise<T | undefined> => {
    if (!link.isUp()) return undefined;
    try {
      return await question();
    } catch (error) {
      link.trouble(error);
      return undefined;
    }
  };
  const hold = async (least: number): Promise<HoldAnswer> => {
    const askedMs = nowMs();
    const answer = await ask(() => client.eval(HOLD, 2, lease, newest, holder, leaseMs, least, last.token));
    if (!Array.isArray(answer)) return { kind: "unknown" };
    const [token, isFirst] = answer.map(Number);
    last = heldAfter(last, { token: token ?? 0, isFirst: isFirst === 1 }, { askedMs, answeredMs: nowMs(), leaseMs });
    return last.untilMs === 0 ? { kind: "other" } : { kind: "held", held: last };
  };
  const isNewest = async (token: number): Promise<"yes" | "no" | "unknown"> => {
    const known = await ask(() => client.get(newest));
    if (known === undefined || known === null) return "unknown";
    return Number(known) > token ? "no" : "yes";
  };
  const release = async (): Promise<void> => void (await ask(() => client.eval(RELEASE, 1, lease, holder)));
  return { hold, isNewest, release, isUp: link.isUp, close: link.close };
};
