import type { Hex } from "./hex.ts";
import type { Address, BlockNumber, UnixSeconds } from "./units.ts";

/** A signed transaction whose result is not known yet. */
export type StoredTransaction = {
  /** The transaction's hash. */
  readonly transaction: Hex;
  /** The signed bytes, exactly as they are broadcast. */
  readonly raw: Hex;
  readonly account: Address;
  readonly accountNonce: bigint;
  /** In wei per gas. */
  readonly gasPrice: bigint;
  /** The block at which it was signed. */
  readonly block: BlockNumber;
  readonly deadline: UnixSeconds;
  /** The identity of the operation that it carries out; one operation has at most one pending transaction. */
  readonly operation: Hex;
  /** What else its sender needs to go on with it after a restart, as JSON text. */
  readonly details: string;
};

/** How a transaction ended. `superseded`: another transaction used its nonce. */
export type StoredResult = {
  readonly kind: "mined" | "reverted" | "expired" | "superseded";
  /** The block in which it was mined, or in which it became certain that it never will be. */
  readonly block: BlockNumber;
  /** In wei; zero for a transaction that was not mined. */
  readonly gasPaid: bigint;
  /** Why, in words; empty for a transaction that succeeded. */
  readonly detail: string;
};

export type ResolvedTransaction = StoredTransaction & { readonly result: StoredResult; readonly atMs: number };

/**
 * The answer to storing a pending transaction. `busy`: the operation already has another one, whose hash is given. `done`:
 * a transaction of the operation was mined. In both cases nothing was stored.
 */
export type AddAnswer =
  { readonly kind: "stored" } | { readonly kind: "busy"; readonly transaction: Hex } | { readonly kind: "done" };

/** `free`: no transaction of it is pending, and none was mined without reverting. */
export type OperationState = "free" | "pending" | "mined";

/** Pending and resolved transactions. Every method throws RetryableError while the store does not answer. */
export type TransactionStore = {
  /**
   * Durable when it resolves with `stored`. To store the same transaction again changes nothing, so a caller whose
   * answer was lost asks again with the same bytes.
   */
  readonly add: (transaction: StoredTransaction) => Promise<AddAnswer>;
  /** Moves a pending transaction to the resolved ones. To resolve it again changes nothing. */
  readonly resolve: (transaction: Hex, result: StoredResult, atMs: number) => Promise<void>;
  /**
   * Asks whoever sends a pending transaction to cancel it: it is mined or cancelled, whichever the chain takes first.
   * @returns whether it is pending
   */
  readonly requestCancel: (transaction: Hex) => Promise<boolean>;
  /** Pending transactions of an account that somebody asked to cancel. */
  readonly cancelRequests: (account: Address) => Promise<readonly Hex[]>;
  /** Pending transactions in the order in which they were stored; of one account if it is given. */
  readonly pending: (account?: Address) => Promise<readonly StoredTransaction[]>;
  /** What an operation's transaction is, as far back as resolved ones are kept. */
  readonly stateOf: (operation: Hex) => Promise<OperationState>;
  /** The newest resolved transactions, newest first; of one account if it is given. */
  readonly resolved: (limit: number, account?: Address) => Promise<readonly ResolvedTransaction[]>;
};

/** What an agent decided, byte for byte as it was hashed. */
export type DecisionEntry = {
  readonly agent: string;
  readonly evidence: Hex;
  /** Canonical JSON. */
  readonly record: string;
  readonly atMs: number;
};

/** What a proposal brought, as its relayer measured it. Amounts in USD with 18 decimals, gas in wei. */
export type PerformanceReport = {
  readonly hash: Hex;
  readonly agentId: bigint;
  readonly result: "enacted" | "reverted" | "expired";
  readonly block: BlockNumber;
  readonly gain: bigint;
  readonly loss: bigint;
  readonly gasPaid: bigint;
  readonly atMs: number;
};

/** A price that a source reported, in USD with 18 decimals. */
export type PriceEntry = {
  readonly source: string;
  readonly token: Address;
  readonly price: bigint;
  readonly atMs: number;
};

/** Something that a person should know. It is raised once until it is cleared. */
export type Alert = {
  /** A constant that names the kind of trouble. */
  readonly code: string;
  /** The agent, lane or server that it is about. */
  readonly subject: string;
  readonly severity: "page" | "warn" | "info";
  readonly what: string;
  /** What to do about it. */
  readonly next: string;
  readonly raisedAtMs: number;
  readonly clearedAtMs: number | undefined;
};

/** A period of history, newest entries first. Times in milliseconds since the epoch. */
export type Period = { readonly fromMs: number; readonly toMs: number; readonly limit: number };

/**
 * What displays and reports read, and nothing that a payment rests on: reads may come from a replica, which shows the
 * past of some milliseconds ago. Every method throws RetryableError while the store does not answer.
 */
export type HistoryStore = {
  readonly addDecision: (entry: DecisionEntry) => Promise<void>;
  readonly decisions: (period: Period) => Promise<readonly DecisionEntry[]>;
  /** One report for each proposal; the first one counts. */
  readonly addReport: (report: PerformanceReport) => Promise<void>;
  readonly reports: (period: Period) => Promise<readonly PerformanceReport[]>;
  readonly addPrices: (entries: readonly PriceEntry[]) => Promise<void>;
  readonly prices: (token: Address, period: Period) => Promise<readonly PriceEntry[]>;
  /** Raises an alert. One of the same code and subject that is not cleared yet is left as it is. */
  readonly raise: (alert: Omit<Alert, "clearedAtMs">) => Promise<void>;
  readonly clear: (code: string, subject: string, atMs: number) => Promise<void>;
  readonly alerts: (period: Period) => Promise<readonly Alert[]>;
};

/** Positions in streams and logs. Every method throws RetryableError while the store does not answer. */
export type CursorStore = {
  /** Moves a cursor forward; a position below the stored one changes nothing. */
  readonly advance: (name: string, position: bigint) => Promise<void>;
  readonly position: (name: string) => Promise<bigint | undefined>;
};

/** How long history is kept, and how many rows of each kind at most. Pending transactions and cursors are always kept. */
export type Retention = {
  readonly transactionsMs: number;
  readonly decisionsMs: number;
  readonly reportsMs: number;
  readonly pricesMs: number;
  readonly alertsMs: number;
  readonly maxRows: number;
};

/** All that a fleet keeps of itself. */
export type Store = {
  readonly transactions: TransactionStore;
  readonly history: HistoryStore;
  readonly cursors: CursorStore;
  /** Deletes what is older than the retention or beyond its number of rows. @returns how many rows were deleted */
  readonly prune: (retention: Retention, nowMs: number) => Promise<number>;
  readonly close: () => Promise<void>;
};
