import { setTimeout as delay } from "node:timers/promises";
import type { KeeperEvent } from "../../keepers/core/events.ts";
import type { KeeperConfigInput } from "../../keepers/wiring/config.ts";
import { testKeys } from "../sandbox/account.ts";
import { ROLE_INDICES } from "../sandbox/fleet.ts";
import { type Fleet, type FleetOptions, fleetConfig, startFleet } from "../sandbox/keepers.ts";
import { startGuardian } from "./guardian.ts";
import { type Measured, type RunSpan, measureRun } from "./measure.ts";
import type { WorldOptions } from "./messages.ts";
import { type DisplayState, EMPTY_STATE, applyEvent } from "../../keepers/views/stories.ts";
import type { TradeGas } from "./values.ts";
import { type StartWorld, openWorld } from "./worldProcess.ts";

/** Who watches a run. */
export type Observer = {
  readonly progress: (line: string) => void;
  /** The world stands, the agents are about to start. */
  readonly opened: (world: StartWorld) => void;
  readonly event: (event: KeeperEvent, state: DisplayState) => void;
  /** The agents have stopped; what follows is measuring. */
  readonly closed: () => void;
};

export type RunOptions = {
  readonly world: WorldOptions;
  readonly blocks: number | undefined;
  readonly signal: AbortSignal;
  readonly adapt?: Partial<KeeperConfigInput>;
  /** Whether to value every block afterwards. */
  readonly isMeasured: boolean;
  /** Starts the agents; in this process unless given. */
  readonly start?: (options: FleetOptions) => Promise<Fleet>;
};

/** How a run ended. Without `measured` it was stopped, or nobody asked. */
export type RunResult = {
  readonly state: DisplayState;
  readonly span: RunSpan | undefined;
  readonly measured: Measured | undefined;
};

/** After the last block the agents still hear of what was mined in it. */
const SETTLING_MS = 1_000;

/** The same terms that the searcher reckons with. */
const gasTermsOf = (world: StartWorld, adapt: RunOptions["adapt"]): TradeGas => {
  const { arbitrage, execution } = fleetConfig(world.wsUrl, "unused", adapt);
  return {
    overhead: arbitrage.gasOverhead,
    perHop: { v2: arbitrage.gasPerV2Hop, v3: arbitrage.gasPerV3Hop },
    tip: execution.tipWei,
  };
};

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });

/** Lets the agents trade until the last block or the signal. */
const trade = async (world: StartWorld, options: RunOptions, observer: Observer) => {
  const {
    world: { seed },
    blocks,
    signal,
    adapt,
    start = startFleet,
  } = options;
  let state = EMPTY_STATE;
  const note = (event: KeeperEvent): void => {
    state = applyEvent(state, event);
    observer.event(event, state);
  };
  const { wsUrl, rpcUrl, book } = world;
  const guardian = startGuardian({ rpcUrl, book, seed, emit: note });
  const emit = (event: KeeperEvent): void => {
    note(event);
    guardian.hear(event);
  };
  const agents = await start({ wsUrl, book, emit, ...(adapt === undefined ? {} : { adapt }) }).catch(
    async (error: unknown) => {
      await guardian.stop();
      throw error;
    },
  );
  const fleet = { done: agents.done, stop: () => agents.stop().then(guardian.stop) };
  try {
    const first = await world.begin(blocks);
    const last = await Promise.race([world.halted, fleet.done.then(() => undefined), aborted(signal)]);
    const span = last === undefined ? undefined : { first, last };
    if (span !== undefined) await delay(SETTLING_MS, undefined, { signal }).catch(() => undefined);
    return { span, stop: async () => (await fleet.stop(), state) };
  } catch (error) {
    await fleet.stop();
    throw error;
  }
};

const measure = (world: StartWorld, span: RunSpan, options: RunOptions, observer: Observer): Promise<Measured> => {
  let told = 0;
  const onProgress = (done: number, all: number): void => {
    const percent = Math.floor((done / all) * 10) * 10;
    if (percent === told) return;
    told = percent;
    observer.progress(`valuing what there was to gain: ${percent} %`);
  };
  const { rpcUrl, book } = world;
  const payer = testKeys()(ROLE_INDICES.executor).address;
  return measureRun({ rpcUrl, book, span, payer, onProgress, gas: gasTermsOf(world, options.adapt) });
};

/**
 * One run from an empty chain to the end: sandbox, deployment, agents, market, and, if asked for, the measurement.
 * Everything that it started is gone when it returns or throws.
 * @throws Error when something cannot start, FatalError when an agent had to give up
 */
export const runStart = async (options: RunOptions, observer: Observer): Promise<RunResult> => {
  const { signal } = options;
  const world = await openWorld(options.world, observer.progress);
  try {
    if (signal.aborted) return { state: EMPTY_STATE, span: undefined, measured: undefined };
    observer.opened(world);
    const { span, stop } = await trade(world, options, observer);
    const state = await stop();
    observer.closed();
    const isMeasured = span !== undefined && options.isMeasured && !signal.aborted;
    return { state, span, measured: isMeasured ? await measure(world, span, options, observer) : undefined };
  } finally {
    await world.stop();
  }
};
