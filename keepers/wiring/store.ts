import { connectPostgres } from "../adapters/store/connect.ts";
import { openStore } from "../adapters/store/open.ts";
import type { Retention, Store } from "../core/store.ts";
import type { KeeperConfig } from "./config.ts";
import type { Common } from "./agentKind.ts";

const ANSWER_MS = 5_000;
const DAY_MS = 86_400_000;

/** How long a fleet remembers. */
export const RETENTION: Retention = {
  transactionsMs: 90 * DAY_MS,
  decisionsMs: 30 * DAY_MS,
  reportsMs: 365 * DAY_MS,
  pricesMs: 7 * DAY_MS,
  alertsMs: 90 * DAY_MS,
  maxRows: 1_000_000,
};

/** A fleet's store, and where its transactions are stored if that is there. */
export type FleetStore = Pick<Common, "store" | "history" | "transactions"> & { readonly close: Store["close"] };

/**
 * Opens the store that the configuration names. Transactions are stored in it only where its synchronous replica has them.
 * @throws RetryableError when the server does not answer, FatalError when an operator must act
 */
export const openFleetStore = async (
  { url, transactions }: NonNullable<KeeperConfig["store"]>,
  { addresses: { chainId, registry }, nowMs }: Pick<Common, "addresses" | "nowMs">,
): Promise<FleetStore> => {
  const store = await openStore({
    primary: connectPostgres(url.reveal(), ANSWER_MS),
    deployment: { chainId, registry },
    durability: transactions === "replica" ? "replica" : "server",
  });
  await store.prune(RETENTION, nowMs());
  const { history } = store;
  return {
    store,
    history,
    transactions: transactions === "replica" ? store.transactions : undefined,
    close: store.close,
  };
};
