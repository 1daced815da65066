import { type Hex, hex, toAddress, wordAt } from "./hex.ts";
import type { TokenChange } from "./proposal.ts";
import type { Address } from "./units.ts";

/** A log as a receipt has it. */
export type EventLog = { readonly address: Address; readonly topics: readonly string[]; readonly data: string };

/** Keccak-256 of `Transfer(address,address,uint256)`. */
export const TRANSFER_TOPIC: Hex = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

/** One `Transfer` of an ERC-20 token, in its units. */
type Transfer = { readonly token: Address; readonly from: Address; readonly to: Address; readonly amount: bigint };

/** Undefined for another event, an ERC-721's `Transfer` included, whose third value is a topic. */
const transferOf = ({ address: token, topics, data }: EventLog): Transfer | undefined => {
  const [topic, ...parties] = topics;
  if (topic !== TRANSFER_TOPIC || parties.length !== 2) return undefined;
  const [from, to] = parties.map((party) => toAddress(BigInt(party)));
  const amount = wordAt(hex(data), 0);
  return from === undefined || to === undefined || amount === undefined ? undefined : { token, from, to, amount };
};

/**
 * By how much `holder`'s balances changed, as the tokens' own `Transfer` events say it: one entry for each of `tokens` that
 * moved to or from `holder`, net, in the order in which they first moved. What tokens say is believed, so `tokens` must
 * be those that the treasury lists.
 */
export const netChanges = (
  logs: readonly EventLog[],
  holder: Address,
  tokens: ReadonlySet<Address>,
): readonly TokenChange[] => {
  const net = new Map<Address, bigint>();
  for (const log of logs) {
    const transfer = tokens.has(log.address) ? transferOf(log) : undefined;
    if (transfer === undefined || (transfer.from !== holder && transfer.to !== holder)) continue;
    const { token, from, to, amount } = transfer;
    const change = (to === holder ? amount : 0n) - (from === holder ? amount : 0n);
    net.set(token, (net.get(token) ?? 0n) + change);
  }
  return [...net].map(([token, change]) => ({ token, change }));
};
