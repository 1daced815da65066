import { isIPv6 } from "node:net";

const GROUPS = 8;
/** What a provider gives one customer is rarely less than a /64: all of it counts as one caller. */
const NETWORK_GROUPS = 4;
const HEX = 16;
const BYTE = 256;

const groupsOf = (text: string): readonly string[] => (text === "" ? [] : text.split(":"));

/** The eight groups of an IPv6 address, without leading zeros. */
const expanded = (address: string): readonly string[] => {
  const [head = "", tail = ""] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const [first, last] = [groupsOf(head), groupsOf(tail)];
  return [...first, ...Array.from({ length: GROUPS - first.length - last.length }, () => "0"), ...last];
};

/** IPv4 as IPv6 writes it (`::ffff:192.0.2.1`) in its own form; undefined for an address that is none. */
const mapped = (groups: readonly string[]): string | undefined => {
  if (groups.slice(0, -2).join(":") !== "0:0:0:0:0:ffff") return undefined;
  return groups
    .slice(-2)
    .map((group) => Number.parseInt(group, HEX))
    .flatMap((value) => [Math.floor(value / BYTE), value % BYTE])
    .join(".");
};

/** By what a caller is counted: an IPv4 address, or the /64 that an IPv6 address belongs to. */
export const callerOf = (ip: string): string => {
  const [address = ""] = ip.toLowerCase().split("%");
  if (!isIPv6(address)) return address;
  const groups = expanded(address);
  return mapped(groups) ?? `${groups.slice(0, NETWORK_GROUPS).join(":")}::/64`;
};
