import type { AddressBook } from "../../../deployments/schema.ts";
import type { AlertsReport } from "../../core/alerts.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import type { KeeperEvent } from "../../core/events.ts";
import type { FleetAgents } from "../../views/fleetAgents.ts";
import type { Names } from "../../views/names.ts";
import type { DisplayState } from "../../views/stories.ts";
import type { ValuePoint } from "../schema/whole.ts";

type FeedsEvent = Extract<KeeperEvent, { readonly kind: "feeds" }>;

/** The agents that run in the gateway's own process. */
export type RunningFleet = {
  readonly agents: readonly { readonly name: string; readonly kind: string }[];
  /** Unix milliseconds. */
  readonly startedMs: number;
};

/** Everything that documents are made of, beside what is read of the chain. */
export type GatewayState = {
  readonly book: AddressBook;
  readonly names: Names;
  /** The token in which the treasury counts. */
  readonly asset: { readonly symbol: string; readonly decimals: number };
  readonly view: ChainSnapshot;
  /** The time of the newest block, in Unix seconds. */
  readonly now: bigint;
  /** Undefined where no fleet runs in this process. */
  readonly fleet: RunningFleet | undefined;
  readonly display: DisplayState;
  readonly agents: FleetAgents;
  /** What the alerts agent of this process said last; undefined where none runs. */
  readonly alerts: AlertsReport | undefined;
  /** What the price-feed monitor of this process said last; undefined where none did. */
  readonly markets: FeedsEvent | undefined;
  readonly history: readonly ValuePoint[];
};

export const NO_FLEET =
  "No fleet runs beside this gateway, so what agents see, say to one another and propose on the fast path is not known here. " +
  "npm start runs both.";
