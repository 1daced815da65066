import type { Provider } from "ethers";
import { addressOf } from "../../deployments/lookup.ts";
import type { AddressBook } from "../../deployments/schema.ts";
import { viewReader } from "../../keepers/adapters/readers/treasuryView.ts";
import { askSymphony } from "../../keepers/adapters/venues/symphony.ts";
import { type Call, type Condition, CONDITION_KIND } from "../../keepers/core/proposal.ts";
import { type Address, address } from "../../keepers/core/units.ts";
import type { RouteToken } from "../../keepers/market/routes/route.ts";
import { UsageError } from "../lib/command.ts";

/** A swap by an aggregator as a person writes it. The amount is in units of what is spent, the tolerance in basis points. */
export type WrittenRoute = {
  readonly aggregator: string;
  readonly spend: string;
  readonly amount: bigint;
  readonly buy: string;
  readonly toleranceBps: bigint;
};

/** A swap, and the condition that it brings the treasury its least output after every fee. */
export type RoutedSwap = { readonly call: Call; readonly condition: Condition };

/** Who looks prices and routes up. */
type Asking = { readonly book: AddressBook; readonly provider: Provider };

const priced = async ({ book, provider }: Asking, names: readonly string[]): Promise<readonly RouteToken[]> => {
  const { tokens } = await viewReader({ book, provider })();
  return names.map((name) => {
    const known = book.environment.tokens[name];
    const state = tokens.find(({ token }) => known !== undefined && token === address(known.address));
    if (known === undefined || state === undefined)
      throw new UsageError(
        `the treasury deals in no ${name}; its tokens: ${Object.keys(book.environment.tokens).join(", ")}`,
      );
    if (state.status !== "Ready")
      throw new UsageError(`${name} has no price now (${state.status}), so no least output: see nexus oracles`);
    return { address: state.token, decimals: state.decimals, price: state.price };
  });
};

const increaseOf = (token: Address, holder: Address, amount: bigint): Condition => ({
  kind: CONDITION_KIND.balanceIncreasesAtLeast,
  subject: token,
  holder,
  amount,
});

/**
 * The swap that a person wrote, along the route that its aggregator answers now. The least output is that of the oracles' band,
 * and stands in the call and in a condition: the router compares it with what it bought before its own fee. [NX-SYM-04]
 * @throws UsageError when the address book has no such aggregator or token, a price is missing, or the route is refused
 */
export const routedSwapOf = async (asking: Asking, written: WrittenRoute): Promise<RoutedSwap> => {
  const { aggregators = [] } = asking.book.environment;
  const aggregator = aggregators.find(({ name }) => name === written.aggregator);
  if (aggregator === undefined) {
    const names = aggregators.map(({ name }) => name).join(", ");
    throw new UsageError(`the address book has no aggregator ${written.aggregator}; it has ${names || "none"}`);
  }
  const [spend, buy] = await priced(asking, [written.spend, written.buy]);
  if (spend === undefined || buy === undefined) throw new UsageError("a swap needs two tokens");
  const order = { spend, buy, amountIn: written.amount, toleranceBps: written.toleranceBps };
  const quote = await askSymphony(asking.book, aggregator, { order });
  if (quote.kind === "refused")
    throw new UsageError(`no route by ${aggregator.name} (${quote.fault}): ${quote.detail}`);
  const treasury = address(addressOf(asking.book, "Treasury"));
  return { call: quote.call, condition: increaseOf(buy.address, treasury, quote.minOut) };
};
