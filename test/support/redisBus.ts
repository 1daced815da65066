import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCursors } from "../../keepers/adapters/bus/cursors.ts";
import { type RedisBus, type RedisBusOptions, createRedisBus } from "../../keepers/adapters/bus/redis.ts";
import type { BusPlace } from "../../keepers/core/envelope/places.ts";
import type { Directory, Member } from "../../keepers/core/envelope/members.ts";
import type { Identity } from "../../keepers/core/envelope/write.ts";
import { CHAIN_TIME, REALM, identityOf, memberOf } from "./envelopes.ts";
import { createRedis } from "./redis.ts";
import { removeFolder } from "../../scripts/lib/removeFolder.ts";

/** A directory of these agents, which a test may change. */
export const directoryOf = (identities: readonly Identity[]) => {
  const known = new Map<bigint, Member>(identities.map((one) => [one.agentId, memberOf(one)]));
  const directory: Directory = {
    member: (agentId) => known.get(agentId),
    members: () => [...known.values()].filter(({ status }) => status === "Active"),
    chainTime: () => CHAIN_TIME,
  };
  return { ...directory, set: (member: Member) => void known.set(member.agentId, member) };
};

let prefixes = 0;
/** A place on the server that no other test uses. */
export const recentPlace = (): BusPlace => {
  prefixes += 1;
  return { prefix: `test${prefixes}`, chainId: REALM.chainId };
};

export type MemberOptions = Partial<RedisBusOptions> & Pick<RedisBusOptions, "url" | "place" | "directory">;

/** The bus of a process that runs the agents with these numbers. What it is told of trouble is collected. */
export type TestMember = RedisBus & { readonly troubles: readonly string[]; readonly first: Identity };

/** Buses of processes over one server, each with its own folder; all of it is gone after `end`. */
export const createWorkshop = async () => {
  const folder = await mkdtemp(join(tmpdir(), "nexus-bus-"));
  const redis = await createRedis();
  const opened: RedisBus[] = [];
  let files = 0;
  const open = async (numbers: readonly number[], options: MemberOptions, file?: string): Promise<TestMember> => {
    const identities = numbers.map((n) => identityOf(n));
    const [first] = identities;
    if (first === undefined) throw new Error("a member needs an agent");
    files += 1;
    const troubles: string[] = [];
    const bus = createRedisBus({
      realm: REALM,
      identities,
      cursors: await openCursors(join(folder, file ?? `cursors${files}`)),
      capacity: 100_000,
      nowMs: () => Date.now(),
      random: () => 0.5,
      onTrouble: (what) => troubles.push(what),
      ...options,
    });
    opened.push(bus);
    return { ...bus, troubles, first };
  };
  return {
    redis,
    folder,
    open,
    end: async () => {
      await Promise.all(opened.map((bus) => bus.close()));
      await redis.end();
      await removeFolder(folder);
    },
  };
};
