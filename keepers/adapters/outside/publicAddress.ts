import { BlockList, isIPv4 } from "node:net";

/** Networks of IPv4 that are nobody's on the internet: private, shared, local, documentation, multicast and reserved (RFC 6890). */
const NOT_PUBLIC_V4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];

/** Of IPv6 only global unicast is public, without what leads elsewhere: Teredo, ORCHID, documentation, 6to4. */
const PUBLIC_V6 = ["2000::", 3] as const;
const NOT_PUBLIC_V6: readonly (readonly [string, number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

const listOf = (subnets: readonly (readonly [string, number])[], type: "ipv4" | "ipv6"): BlockList => {
  const list = new BlockList();
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, type);
  return list;
};

const refusedV4 = listOf(NOT_PUBLIC_V4, "ipv4");
const globalV6 = listOf([PUBLIC_V6], "ipv6");
const refusedV6 = listOf(NOT_PUBLIC_V6, "ipv6");

/** Whether an address is one of the open internet. An IPv4 address that is written as an IPv6 one is none. */
export const isPublicAddress = (address: string): boolean =>
  isIPv4(address)
    ? !refusedV4.check(address, "ipv4")
    : globalV6.check(address, "ipv6") && !refusedV6.check(address, "ipv6");
