import { addressOf, knownReserves } from "../../deployments/lookup.ts";
import type { AddressBook } from "../../deployments/schema.ts";
import type { Call } from "../../keepers/core/proposal.ts";
import { lendingCallsOf } from "../../keepers/core/protocols/all.ts";
import { address } from "../../keepers/core/units.ts";
import { UsageError } from "../lib/command.ts";

/** A supply or a withdrawal as a person writes it: the market's name, the token's, the amount in the token's units. */
export type WrittenLending = {
  readonly market: string;
  readonly action: "supply" | "withdraw";
  readonly token: string;
  readonly amount: bigint;
};

/**
 * The call that a person wrote, for the treasury.
 * @throws UsageError when the address book has no such market, or no position of that token in it
 */
export const lendingCallOf = (book: AddressBook, { market: name, action, token, amount }: WrittenLending): Call => {
  const { tokens, lending = [] } = book.environment;
  const asset = tokens[token]?.address;
  const found = knownReserves(book).find(({ market, reserve }) => market.name === name && reserve.asset === asset);
  if (found === undefined) {
    const names = lending.map((market) => market.name).join(", ");
    throw new UsageError(
      `the address book has no position of ${token} in ${name}; its lending markets: ${names || "none"}`,
    );
  }
  const { market, reserve } = found;
  return lendingCallsOf(market.kind)[action].encode({
    pool: address(market.pool),
    asset: address(reserve.asset),
    position: address(reserve.position),
    amount,
    recipient: address(addressOf(book, "Treasury")),
  });
};
