import type {
  AlertOrder,
  AlertsReport,
  MessageChannel,
  PushSubscription,
  Severity,
  Silence,
} from "../../core/alerts.ts";
import type { EmitEvent, KeeperEvent } from "../../core/events.ts";
import type { ProcessReadings } from "./facts.ts";
import type { MessageMemory } from "./messages.ts";
import type { AlertLimits } from "./rules/rule.ts";

/** What outlives a restart: what people said, and what they were told. */
export type KeptAlerts = {
  readonly acknowledged: ReadonlyMap<string, string>;
  readonly silences: readonly Silence[];
  readonly told: MessageMemory["told"];
};

/** All that the alerts agent may know of the world. */
export type AlertsPorts = {
  readonly nowMs: () => number;
  /** Events of the fleet of this process since the last call, each with the time of its arrival. */
  readonly takeEvents: () => readonly { readonly event: KeeperEvent; readonly atMs: number }[];
  /** What this process knows of itself without asking anybody. */
  readonly readProcess: () => Omit<ProcessReadings, "balances">;
  /** Native balances of those who pay gas, by name. @throws RetryableError when the chain does not answer */
  readonly readBalances: () => Promise<ReadonlyMap<string, bigint>>;
  /** What operators said since the last call. A file that is none of ours is told as a trouble, and gone. */
  readonly takeOrders: () => Promise<readonly AlertOrder[]>;
  readonly subscribe: (subscription: PushSubscription, by: string) => Promise<void>;
  readonly unsubscribe: (endpoint: string, by: string) => Promise<void>;
  readonly load: () => Promise<KeptAlerts | undefined>;
  /** Replaces what commands read and what a restart takes up. */
  readonly save: (report: AlertsReport, kept: KeptAlerts) => Promise<void>;
  readonly channels: readonly MessageChannel[];
  readonly emit: EmitEvent;
  /** Asks for a round once a delivery has ended. */
  readonly wake: () => void;
};

export type AlertsConfig = {
  readonly name: string;
  /** What is less grave is shown, and told by no message. */
  readonly leastSeverity: Severity;
  /** The public key by which browsers ask for messages; undefined where no browser gets any. */
  readonly pushKey: string | undefined;
  readonly limits: AlertLimits;
};
