import { addressBookPath } from "../../deployments/file.ts";

export const SANDBOX_CHAIN_ID = 1329;
/** Out of the way of the address books that are committed. */
export const DEFAULT_BOOK = addressBookPath(".nexus/sandbox", SANDBOX_CHAIN_ID);
export const DEFAULT_PORT = 8545;
