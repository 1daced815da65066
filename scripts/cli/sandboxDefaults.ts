import { addressBookPath } from "../../deployments/file.ts";

export const SANDBOX_CHAIN_ID = 1329;
/** Out of the way of the address books that are committed. */
export const DEFAULT_BOOK = addressBookPath(".nexus/sandbox", SANDBOX_CHAIN_ID);
export const DEFAULT_PORT = 8545;

/** Where a sandbox writes its address book unless told: one at another port does not take the place of the first one's. */
export const bookAt = (port: number): string =>
  port === DEFAULT_PORT ? DEFAULT_BOOK : addressBookPath(`.nexus/sandbox-${port}`, SANDBOX_CHAIN_ID);
