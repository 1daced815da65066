import type { AddressBook } from "../../deployments/schema.ts";
import type { LogSource } from "../adapters/readers/logs.ts";
import type { ChainSnapshot } from "../core/chainSnapshot.ts";
import { RetryableError } from "../core/errors.ts";
import type { KeeperEvent } from "../core/events.ts";
import { type FleetAgents, NO_AGENTS, applyToAgents } from "../views/fleetAgents.ts";
import { namesOf } from "../views/names.ts";
import { type DisplayState, EMPTY_STATE } from "../views/stories.ts";
import type { RunningFleet, GatewayState } from "./documents/state.ts";
import { addPoint } from "./documents/whole.ts";
import type { GatewayClock } from "./reading/clock.ts";
import { type Readings, createReadings } from "./reading/readings.ts";
import type { ValuePoint } from "./schema/whole.ts";

/** What the gateway is given: a deployment to read, a clock, and the fleet that runs beside it, if one does. */
export type StationOptions = Pick<LogSource, "book" | "provider"> & {
  readonly clock: GatewayClock;
  readonly fleet: RunningFleet | undefined;
  /** The token in which the treasury counts its value. */
  readonly asset: { readonly symbol: string; readonly decimals: number };
  /** Called once a newer block is known. */
  readonly onHead: () => void;
};

/**
 * What the gateway knows at any moment. With a fleet beside it, heads and prices come with the fleet's own events and cost
 * nothing; without one, the lens is asked when somebody wants to know.
 */
export type Station = {
  readonly book: AddressBook;
  readonly readings: Readings;
  readonly clock: GatewayClock;
  /** Takes one event of the fleet, with the display's state after it. Quick, and never throws. */
  readonly hear: (event: KeeperEvent, display: DisplayState) => void;
  /** @throws RetryableError when the chain does not answer and never has */
  readonly state: () => Promise<GatewayState>;
  /** Milliseconds since a new block was seen; undefined before the first. */
  readonly headAgeMs: () => number | undefined;
};

/** The fleet's own view counts while it is not older than this; after that the lens is asked. */
const FLEET_SILENCE_MS = 2_000;

/**
 * Asks the lens. Where the fleet's last view is all that there is, nobody waits for a chain that may have died: its age is told.
 * @throws RetryableError when there is no view and the chain does not answer
 */
const readView = async (readings: Readings, isKnown: boolean): Promise<void> => {
  const reading = readings.view.get();
  if (!isKnown || readings.view.peek() !== undefined) await reading;
  else reading.catch(() => undefined);
};

/** The history with the value at one more block, if it is known there. */
const withValue = (history: readonly ValuePoint[], { block, time, treasuryValue }: ChainSnapshot) => {
  if (treasuryValue === undefined) return history;
  const [lower, upper] = [treasuryValue.lower.toString(), treasuryValue.upper.toString()];
  return addPoint(history, { block: Number(block), time: Number(time), lower, upper });
};

/** What agents of the fleet said last: who watches alerts, and who watches prices. */
const withWords = (
  before: Pick<GatewayState, "alerts" | "markets">,
  event: KeeperEvent,
): Pick<GatewayState, "alerts" | "markets"> => {
  if (event.kind === "alerts") return { ...before, alerts: event.report };
  return event.kind === "feeds" ? { ...before, markets: event } : before;
};

export const createStation = ({ book, provider, clock, fleet, asset, onHead }: StationOptions): Station => {
  const names = namesOf(book);
  let [display, agents]: readonly [DisplayState, FleetAgents] = [EMPTY_STATE, NO_AGENTS];
  let heard: Pick<GatewayState, "alerts" | "markets"> = { alerts: undefined, markets: undefined };
  let history: readonly ValuePoint[] = [];
  let head: { readonly view: ChainSnapshot; readonly seenMs: number } | undefined;
  let heardMs: number | undefined;
  const see = (view: ChainSnapshot): void => {
    if (head !== undefined && view.block <= head.view.block) return;
    head = { view, seenMs: clock.nowMs() };
    history = withValue(history, view);
    onHead();
  };
  const readings = createReadings({ book, provider, warn: () => undefined }, clock, see);
  const hear = (event: KeeperEvent, after: DisplayState): void => {
    [display, agents] = [after, applyToAgents(agents, event, clock.nowMs())];
    heard = withWords(heard, event);
    if (event.kind !== "snapshot") return;
    heardMs = clock.nowMs();
    see(event.view);
  };
  const viewNow = async (): Promise<ChainSnapshot> => {
    const isHeard = heardMs !== undefined && clock.nowMs() - heardMs < FLEET_SILENCE_MS;
    if (!isHeard || head === undefined) await readView(readings, head !== undefined);
    if (head === undefined) throw new RetryableError("no block was seen yet");
    return head.view;
  };
  const state = async (): Promise<GatewayState> => {
    const view = await viewNow();
    return { book, names, asset, view, now: view.time, fleet, display, agents, ...heard, history };
  };
  return {
    book,
    readings,
    clock,
    hear,
    state,
    headAgeMs: () => (head === undefined ? undefined : clock.nowMs() - head.seenMs),
  };
};
