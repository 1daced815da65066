/** Host and port of one Redis process. */
export type ServerAddress = { readonly host: string; readonly port: number };

/** Where the data of a bus is: on one server, behind Sentinels that know the primary, or on a cluster. */
export type BusServer = {
  readonly kind: "single" | "sentinel" | "cluster";
  /** Whether connections use TLS. */
  readonly isTls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The server itself, the Sentinels, or some nodes of the cluster; at least one. */
  readonly addresses: readonly ServerAddress[];
  /** Name of the group of servers that the Sentinels watch; empty for the other kinds. */
  readonly group: string;
  /** Number of the database; always 0 for a cluster and behind Sentinels. */
  readonly database: number;
};

const FORM = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^@/?#\s]+)(?:\/([^/?#]*))?$/;
const ADDRESS = /^(\[[0-9a-fA-F:]+\]|[^:,[\]]+)(?::(\d{1,5}))?$/;
const GROUP = /^[a-zA-Z0-9._-]{1,64}$/;
const DATABASE = /^(?:|\d{1,4})$/;
const PORTS = { single: 6_379, sentinel: 26_379, cluster: 6_379 } as const;
const MAX_PORT = 65_535;

const addressIn = (text: string, usual: number): ServerAddress | undefined => {
  const [, host = "", port] = ADDRESS.exec(text) ?? [];
  const number = port === undefined ? usual : Number(port);
  return host === "" || number < 1 || number > MAX_PORT
    ? undefined
    : { host: host.replace(/^\[|\]$/g, ""), port: number };
};

const decoded = (text: string | undefined): string | undefined => {
  try {
    return text === undefined || text === "" ? undefined : decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** What stands behind the hosts: a group for Sentinels, a database for a single server. Undefined where it is none. */
const pathOf = (kind: BusServer["kind"], path: string): Pick<BusServer, "group" | "database"> | undefined => {
  if (kind === "sentinel") return GROUP.test(path) ? { group: path, database: 0 } : undefined;
  const isFit = kind === "single" ? DATABASE.test(path) : path === "";
  return isFit ? { group: "", database: Number(path) } : undefined;
};

/** Hosts with their ports; undefined where one of them is none. */
const addressesIn = (hosts: string, kind: BusServer["kind"]): readonly ServerAddress[] | undefined => {
  const found = hosts.split(",").map((text) => addressIn(text, PORTS[kind]));
  const known = found.filter((address) => address !== undefined);
  const isComplete = known.length === found.length && (kind !== "single" || known.length === 1);
  return isComplete ? known : undefined;
};

/**
 * Reads the address of a bus. Undefined when it has none of these forms, each also with `rediss` for TLS:
 *
 * - `redis://user:password@host:port/database`
 * - `redis+sentinel://user:password@sentinel1:port,sentinel2:port/group`
 * - `redis+cluster://user:password@node1:port,node2:port`
 */
export const busServerIn = (url: string): BusServer | undefined => {
  const [, tls, named, username, password, hosts = "", path = ""] = FORM.exec(url) ?? [];
  const kind = named === "sentinel" || named === "cluster" ? named : "single";
  const [addresses, behind] = [addressesIn(hosts, kind), pathOf(kind, path)];
  if (addresses === undefined || behind === undefined) return undefined;
  return {
    kind,
    isTls: tls === "s",
    username: decoded(username),
    password: decoded(password),
    addresses,
    ...behind,
  };
};

/** The address as it may be printed: kind and hosts, without user, password and path. */
export const shownServer = (url: string): string => {
  const server = busServerIn(url);
  if (server === undefined) return "an address that names no Redis";
  const { kind, isTls, addresses } = server;
  const scheme = `redis${isTls ? "s" : ""}${kind === "single" ? "" : `+${kind}`}`;
  const hosts = addresses.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`);
  return `${scheme}://${hosts.join(",")}`;
};

/** Whether all keys with this prefix lie on one node of a cluster: the prefix holds a hash tag, as in `{nexus}`. */
export const hasHashTag = (prefix: string): boolean => /\{[^{}]+\}/.test(prefix);
