import type { Silence } from "../../core/alerts.ts";
import { type ChannelQueue } from "./deliveries.ts";
import { type FleetFacts, emptyFacts } from "./facts.ts";
import { type MessageMemory, NOTHING_TOLD } from "./messages.ts";
import type { AlertEntries } from "./standing.ts";

/** What the alerts agent keeps between two rounds. */
export type AlertsMemory = {
  facts: FleetFacts;
  entries: AlertEntries;
  acknowledged: ReadonlyMap<string, string>;
  silences: readonly Silence[];
  messages: MessageMemory;
  readonly queues: Map<string, ChannelQueue>;
  /** When balances were asked for, and the state was written, lately. */
  balancesMs: number | undefined;
  writtenMs: number | undefined;
  /** What was last told of all alerts, so that only changes are told. */
  lastReport: string;
};

export const emptyAlertsMemory = (nowMs: number): AlertsMemory => ({
  facts: emptyFacts(nowMs),
  entries: new Map(),
  acknowledged: new Map(),
  silences: [],
  messages: NOTHING_TOLD,
  queues: new Map(),
  balancesMs: undefined,
  writtenMs: undefined,
  lastReport: "",
});
