import type { KeeperEvent } from "../../core/events.ts";
import type { AddressBook } from "../../../deployments/schema.ts";

/** What the process of some agents is started with. The configuration is JSON text and holds keys: it goes by this way alone. */
export type RunOrder = {
  readonly kind: "run";
  readonly process: string;
  readonly config: string;
  readonly book: AddressBook;
  /** Told to stop, or without its orchestrator, it has ended after so many milliseconds, whatever it is at. */
  readonly graceMs: number;
};

/** What an orchestrator tells a process of its own. */
export type ProcessOrder = RunOrder | { readonly kind: "stop" };

/** What such a process tells. `rounds`: how many each of its agents has begun. */
export type ProcessReport =
  | { readonly kind: "ready" }
  | { readonly kind: "sign"; readonly rounds: Readonly<Record<string, number>>; readonly residentBytes: number }
  | { readonly kind: "event"; readonly event: KeeperEvent }
  | { readonly kind: "failed"; readonly isFatal: boolean; readonly reason: string };

/** A sign of life comes so often. */
export const SIGN_MS = 1_000;
