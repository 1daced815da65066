import { type Hex, hex } from "../../keepers/core/hex.ts";
import type { StoredTransaction, StoredResult } from "../../keepers/core/store.ts";
import { type Address, address, blockNumber, unixSeconds } from "../../keepers/core/units.ts";

/** A hash that stands for a number. */
export const hashOf = (n: number): Hex => hex(`0x${n.toString(16).padStart(64, "0")}`);
export const accountOf = (n: number): Address => address(`0x${n.toString(16).padStart(40, "0")}`);

export const MAX_UINT = 2n ** 256n - 1n;

/** The deployment that stores of tests belong to. */
export const DEPLOYMENT = { chainId: 1_329n, registry: accountOf(0xa11) };

/** A pending transaction of one operation, by number. */
export const storedTransaction = (n: number, changes: Partial<StoredTransaction> = {}): StoredTransaction => ({
  transaction: hashOf(1_000 + n),
  raw: "0xf86c",
  account: accountOf(1),
  accountNonce: BigInt(n),
  gasPrice: 10n ** 12n,
  block: blockNumber(100n),
  deadline: unixSeconds(2_000n),
  operation: hashOf(n),
  details: "{}",
  ...changes,
});

export const MINED: StoredResult = { kind: "mined", block: blockNumber(101n), gasPaid: 42n, detail: "" };
