import {
  type LeaseAnswer,
  type HoldAnswer,
  type Leadership,
  NEVER_HELD,
  heldAfter,
} from "../../keepers/orchestrator/lease.ts";

/** A server with a lease and a token, as the Redis of an operator keeps them; its clock is the caller's. */
export const createLeaseServer = (nowMs: () => number) => {
  let lease: { readonly holder: string; readonly token: number; readonly endMs: number } | undefined;
  let newest = 0;
  let isUp = true;
  const current = () => (lease !== undefined && nowMs() < lease.endMs ? lease : undefined);
  return {
    set: (up: boolean): void => {
      isUp = up;
    },
    empty: (): void => {
      [lease, newest] = [undefined, 0];
    },
    isUp: (): boolean => isUp,
    leader: (): string | undefined => current()?.holder,
    newest: (): number => newest,
    release: (holder: string): void => {
      if (current()?.holder === holder) lease = undefined;
    },
    /** Takes or renews. The rules are those of the script in `redisLease.ts`; one contract test holds both to them. */
    hold: (holder: string, ms: number, least: { readonly mine: number; readonly fresh: number }): LeaseAnswer => {
      const held = current();
      if (held !== undefined && held.holder !== holder) return { token: 0, isFirst: false };
      if (held !== undefined && held.token > least.mine && held.token >= newest) {
        [lease, newest] = [{ ...held, endMs: nowMs() + ms }, held.token];
        return { token: held.token, isFirst: false };
      }
      const isFirst = newest === 0;
      newest = Math.max(newest + 1, least.mine + 1, least.fresh + 1, Math.floor(nowMs() * 1_000));
      lease = { holder, token: newest, endMs: nowMs() + ms };
      return { token: newest, isFirst };
    },
  };
};

export type LeaseServer = ReturnType<typeof createLeaseServer>;

/** The lead as one orchestrator asks for it; `pass` is the way to the server and back. */
export const leadershipAt = (
  server: LeaseServer,
  { holder, leaseMs, nowMs, pass }: { holder: string; leaseMs: number; nowMs: () => number; pass: () => Promise<void> },
): Leadership => {
  let last = NEVER_HELD;
  const hold = async (least: number): Promise<HoldAnswer> => {
    const askedMs = nowMs();
    await pass();
    if (!server.isUp()) return { kind: "unknown" };
    const answer = server.hold(holder, leaseMs, { mine: least, fresh: last.token });
    await pass();
    last = heldAfter(last, answer, { askedMs, answeredMs: nowMs(), leaseMs });
    return last.untilMs === 0 ? { kind: "other" } : { kind: "held", held: last };
  };
  const isNewest = async (token: number): Promise<"yes" | "no" | "unknown"> => {
    await pass();
    if (!server.isUp() || server.newest() === 0) return "unknown";
    const answer = server.newest() > token ? "no" : "yes";
    await pass();
    return answer;
  };
  const release = async (): Promise<void> => {
    await pass();
    if (server.isUp()) server.release(holder);
  };
  return { hold, isNewest, release };
};
