import { type BusPlace, deadKey, ownPlaces, patternsOf, readerKey } from "./places.ts";

/** What keeps a connection going. */
const ALWAYS = ["+ping", "+info", "+time", "+client|setname", "+cluster|slots", "+cluster|keyslot"];
const WRITING = ["+wait", "+xadd", "+xtrim", "+pexpire", "+hset", "+expire"];

/**
 * The permissions of a user that runs these agents, as Redis's ACL has them: all streams can be read, only its agents' own
 * written; channels can be listened to, only its own spoken on. What is not named is forbidden.
 */
export const permissionsOf = (place: BusPlace, agentIds: readonly bigint[]): readonly string[] => {
  const { streams, channels } = patternsOf(place);
  const own = agentIds.map((agentId) => ownPlaces(place, agentId));
  const written = [
    ...own.flatMap((places) => places.streams),
    ...agentIds.flatMap((agentId) => [deadKey(place, agentId), readerKey(place, agentId)]),
  ];
  const spoken = own.flatMap((places) => places.channels).map((name) => `&${name}`);
  return [
    "resetkeys",
    "resetchannels",
    "-@all",
    ...ALWAYS,
    ...WRITING,
    "+xread",
    `%R~${streams}`,
    ...written.map((key) => `%RW~${key}`),
    `(-@all +spublish ${spoken.join(" ")})`,
    `(-@all +ssubscribe +sunsubscribe &${channels})`,
  ];
};

/** A line of an ACL file. @param passwordHash sha256 of the password, 64 hex digits */
export const aclLine = (user: string, passwordHash: string, permissions: readonly string[]): string =>
  ["user", user, "on", `#${passwordHash}`, ...permissions].join(" ");

/** What the server's owner should set beside: docs/threats.md says against what. */
export const SERVER_SETTINGS: readonly string[] = [
  "maxmemory 256mb",
  "maxmemory-policy noeviction",
  "proto-max-bulk-len 1mb",
  "client-query-buffer-limit 8mb",
  "maxclients 1000",
];
