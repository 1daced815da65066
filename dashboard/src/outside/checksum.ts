import { hexOf, keccak } from "../data/keccak.ts";

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const EIGHT = 8;

/** An address with its checksum in its capitals (EIP-55). */
export const withChecksum = (address: string): string => {
  const digits = address.slice(2).toLowerCase();
  const hash = keccak(hexOf(new TextEncoder().encode(digits))).slice(2);
  const marked = Array.from(digits, (digit, i) =>
    Number.parseInt(hash[i] ?? "0", 16) >= EIGHT ? digit.toUpperCase() : digit,
  );
  return `0x${marked.join("")}`;
};

/** A typed address, if it is one: in one case throughout, or with a checksum that holds. A slip of a digit would lose what is sent. */
export const addressIn = (text: string): string | undefined => {
  const typed = text.trim();
  if (!ADDRESS.test(typed)) return undefined;
  const right = withChecksum(typed);
  const isOneCase = typed.slice(2) === typed.slice(2).toLowerCase() || typed.slice(2) === typed.slice(2).toUpperCase();
  return isOneCase || typed === right ? right : undefined;
};
