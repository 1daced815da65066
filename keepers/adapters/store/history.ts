import { type RawBuilder, type Selectable, sql } from "kysely";
import { FatalError } from "../../core/errors.ts";
import { hex } from "../../core/hex.ts";
import { printable } from "../../core/printable.ts";
import type { Alert, HistoryStore, Period, PerformanceReport } from "../../core/store.ts";
import { address, blockNumber } from "../../core/units.ts";
import type { Database } from "./connect.ts";
import { guarded } from "./failures.ts";
import { SCHEMA, type Tables, wholeMs } from "./tables.ts";

const oneOf = <T extends string>(known: readonly T[], text: string, what: string): T => {
  const found = known.find((one) => one === text);
  if (found === undefined) throw new FatalError(`the store has the unknown ${what} ${text}`);
  return found;
};

const toReport = (row: Selectable<Tables["performance_reports"]>): PerformanceReport => ({
  hash: hex(row.hash),
  agentId: row.agent_id,
  result: oneOf(["enacted", "reverted", "expired"], row.result, "result"),
  block: blockNumber(row.block),
  gain: row.gain,
  loss: row.loss,
  gasPaid: row.gas_paid,
  atMs: Number(row.at_ms),
});

const toAlert = (row: Selectable<Tables["alerts"]>): Alert => ({
  code: row.code,
  subject: row.subject,
  severity: oneOf(["page", "warn", "info"], row.severity, "severity"),
  what: row.what,
  next: row.next,
  raisedAtMs: Number(row.raised_at_ms),
  clearedAtMs: row.cleared_at_ms === null ? undefined : Number(row.cleared_at_ms),
});

type Writes = Pick<HistoryStore, "addDecision" | "addReport" | "addPrices" | "raise" | "clear">;

const writes = ({ db }: Database): Writes => ({
  addDecision: ({ atMs, ...entry }) =>
    guarded("store a decision", async () => {
      const insert = db.insertInto("decisions").values({ ...entry, at_ms: wholeMs(atMs) });
      await insert.onConflict((conflict) => conflict.columns(["agent", "evidence"]).doNothing()).execute();
    }),
  addReport: ({ atMs, agentId, gasPaid, ...report }) =>
    guarded("store a performance report", async () => {
      const row = { ...report, agent_id: agentId, gas_paid: gasPaid, at_ms: wholeMs(atMs) };
      const insert = db.insertInto("performance_reports").values(row);
      await insert.onConflict((conflict) => conflict.column("hash").doNothing()).execute();
    }),
  addPrices: (entries) =>
    guarded("store prices", async () => {
      if (entries.length === 0) return;
      const rows = entries.map(({ atMs, ...entry }) => ({ ...entry, at_ms: wholeMs(atMs) }));
      const insert = db.insertInto("prices").values(rows);
      await insert.onConflict((conflict) => conflict.columns(["token", "source", "at_ms"]).doNothing()).execute();
    }),
  raise: ({ raisedAtMs, what, ...alert }) =>
    guarded("store an alert", async () => {
      // Text from outside may hold a zero byte, which Postgres refuses.
      const row = { ...alert, what: printable(what), raised_at_ms: wholeMs(raisedAtMs), cleared_at_ms: null };
      const insert = db.insertInto("alerts").values(row);
      await insert.onConflict((conflict) => conflict.doNothing()).execute();
    }),
  clear: (code, subject, atMs) =>
    guarded("clear an alert", async () => {
      const update = db.updateTable("alerts").set({ cleared_at_ms: wholeMs(atMs) });
      await update.where("code", "=", code).where("subject", "=", subject).where("cleared_at_ms", "is", null).execute();
    }),
});

type Reads = Pick<HistoryStore, "decisions" | "reports" | "prices" | "alerts">;

/** Whom to ask, in this order. */
type Sources = readonly [Reads, ...(readonly Reads[])];

type HistoryTable = "decisions" | "performance_reports" | "prices" | "alerts";
type Question = {
  readonly when: "at_ms" | "raised_at_ms";
  readonly period: Period;
  readonly and?: RawBuilder<unknown>;
};

/** Rows of a period, newest first; of those of one time, the one stored last. */
const newest = async <T extends HistoryTable>(
  { db }: Database,
  table: T,
  { when, period: { fromMs, toMs, limit }, and = sql`true` }: Question,
): Promise<readonly Selectable<Tables[T]>[]> => {
  const query = sql<Selectable<Tables[T]>>`select * from ${sql.id(SCHEMA, table)}
    where ${sql.ref(when)} between ${wholeMs(fromMs)} and ${wholeMs(toMs)} and ${and}
    order by ${sql.ref(when)} desc, id desc limit ${limit}`;
  return (await query.execute(db)).rows;
};

const reads = (database: Database): Reads => ({
  decisions: async (period) => {
    const rows = await newest(database, "decisions", { when: "at_ms", period });
    return rows.map(({ agent, evidence, record, at_ms: at }) => {
      return { agent, evidence: hex(evidence), record, atMs: Number(at) };
    });
  },
  reports: async (period) => {
    const rows = await newest(database, "performance_reports", { when: "at_ms", period });
    return rows.map(toReport);
  },
  prices: async (token, period) => {
    const rows = await newest(database, "prices", { when: "at_ms", period, and: sql`token = ${token}` });
    return rows.map(({ source, token: of, price, at_ms: at }) => {
      return { source, token: address(of), price, atMs: Number(at) };
    });
  },
  alerts: async (period) => {
    const rows = await newest(database, "alerts", { when: "raised_at_ms", period });
    return rows.map(toAlert);
  },
});

/** Asks the replica, and the primary where the replica is gone or has not the newest tables yet. */
const fromEither = async <T>([source, ...others]: Sources, ask: (reads: Reads) => Promise<T>): Promise<T> => {
  try {
    return await guarded("read history", () => ask(source));
  } catch (error) {
    const [next, ...rest] = others;
    if (next === undefined) throw error;
    return fromEither([next, ...rest], ask);
  }
};

/** History in a database: written to the primary, read from the replica if there is one. */
export const historyStore = (primary: Database, replica: Database | undefined): HistoryStore => {
  const sources: Sources = replica === undefined ? [reads(primary)] : [reads(replica), reads(primary)];
  return {
    ...writes(primary),
    decisions: (period) => fromEither(sources, (source) => source.decisions(period)),
    reports: (period) => fromEither(sources, (source) => source.reports(period)),
    prices: (token, period) => fromEither(sources, (source) => source.prices(token, period)),
    alerts: (period) => fromEither(sources, (source) => source.alerts(period)),
  };
};
