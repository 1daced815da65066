import type { Generated } from "kysely";

/**
 * The tables as the query builder knows them. Integers of the chain are `numeric(78, 0)`, which holds every uint256
 * exactly; the connection reads them, and `bigint` columns, as JavaScript's `bigint`.
 */
type TransactionColumns = {
  readonly transaction: string;
  readonly raw: string;
  readonly account: string;
  readonly account_nonce: bigint;
  readonly gas_price: bigint;
  readonly block: bigint;
  readonly deadline: bigint;
  readonly operation: string;
  readonly details: string;
};

export type Tables = {
  /** One row: the deployment that the store belongs to. */
  readonly deployment: { readonly one_row: Generated<boolean>; readonly chain_id: bigint; readonly registry: string };
  readonly pending_transactions: TransactionColumns & {
    readonly id: Generated<bigint>;
    readonly to_cancel: Generated<boolean>;
  };
  readonly transactions: TransactionColumns & {
    readonly id: bigint;
    readonly result: string;
    readonly result_block: bigint;
    readonly gas_paid: bigint;
    readonly detail: string;
    readonly at_ms: bigint;
  };
  /** The one transaction that each operation has: pending, or mined. */
  readonly operations: { readonly operation: string; readonly transaction: string };
  readonly decisions: {
    readonly id: Generated<bigint>;
    readonly agent: string;
    readonly evidence: string;
    readonly record: string;
    readonly at_ms: bigint;
  };
  readonly performance_reports: {
    readonly id: Generated<bigint>;
    readonly hash: string;
    readonly agent_id: bigint;
    readonly result: string;
    readonly block: bigint;
    readonly gain: bigint;
    readonly loss: bigint;
    readonly gas_paid: bigint;
    readonly at_ms: bigint;
  };
  readonly prices: {
    readonly id: Generated<bigint>;
    readonly source: string;
    readonly token: string;
    readonly price: bigint;
    readonly at_ms: bigint;
  };
  readonly cursors: { readonly name: string; readonly position: bigint };
  readonly alerts: {
    readonly id: Generated<bigint>;
    readonly code: string;
    readonly subject: string;
    readonly severity: string;
    readonly what: string;
    readonly next: string;
    readonly raised_at_ms: bigint;
    readonly cleared_at_ms: bigint | null;
  };
};

/** The schema of the database in which all tables of NEXUS lie. */
export const SCHEMA = "nexus";

/** A clock's milliseconds, which may have a fraction, as a column has them. */
export const wholeMs = (ms: number): bigint => BigInt(Math.floor(ms));
