import { parseAddressBook } from "../../deployments/schema.ts";

/** An address book with nothing in it, for processes that read none. */
export const TOY_BOOK = parseAddressBook({
  chainId: 1329,
  name: "toy",
  deployedAt: 0,
  environment: { tokens: {}, dexes: [], pools: [], oracles: {} },
  contracts: {},
});
