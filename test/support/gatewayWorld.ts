import { type DisplayState, EMPTY_STATE, applyEvent } from "../../keepers/views/stories.ts";
import type { KeeperEvent } from "../../keepers/core/events.ts";
import { gatewayClock } from "../../keepers/adapters/clock/gateway.ts";
import { type Gateway, startGateway } from "../../keepers/gateway/gateway.ts";
import { AGENTS, fleetConfig, startFleet } from "../../scripts/sandbox/keepers.ts";
import type { StartWorld } from "../../scripts/run/worldProcess.ts";
import { openWorld } from "../../scripts/run/worldProcess.ts";
import { openHttpProvider } from "../../scripts/lib/provider.ts";

/** A sandbox with a fleet at work and a gateway beside it, as `npm start` puts them together. */
export type GatewayWorld = {
  readonly world: StartWorld;
  readonly gateway: Gateway;
  readonly troubles: readonly string[];
  readonly display: () => DisplayState;
  /** Waits until the display's state fits, up to a minute. @throws Error saying what was waited for */
  readonly until: (what: string, fits: (state: DisplayState) => boolean) => Promise<void>;
  readonly close: () => Promise<void>;
};

const PATIENCE_MS = 60_000;
const LOOK_MS = 50;
/** Nobody is held back by the limit of requests but who tests it. */
const PER_MINUTE = 1_000_000;

const waiter =
  (display: () => DisplayState): GatewayWorld["until"] =>
  async (what, fits) => {
    const deadline = performance.now() + PATIENCE_MS;
    while (!fits(display())) {
      if (performance.now() > deadline) throw new Error(`in vain waited for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  };

/** Starts everything; whoever does closes it. */
export const startGatewayWorld = async (seed: number, dashboardDir?: string): Promise<GatewayWorld> => {
  const options = { seed, marketFile: undefined, blocksPerRow: undefined, unanimous: false };
  const world = await openWorld(options, () => undefined);
  const provider = openHttpProvider(world.rpcUrl, { chainId: world.book.chainId });
  const troubles: string[] = [];
  const gateway = await startGateway({
    book: world.book,
    provider,
    rpcUrl: world.rpcUrl,
    fleet: fleetConfig(world.wsUrl, "unused").agents.map(({ name, kind }) => ({ name, kind })),
    clock: gatewayClock(),
    residentBytes: () => process.memoryUsage.rss(),
    version: "0.0.0",
    onTrouble: (what) => void troubles.push(what),
    port: 0,
    perMinute: PER_MINUTE,
    ...(dashboardDir === undefined ? {} : { dashboardDir }),
  });
  let state = EMPTY_STATE;
  const emit = (event: KeeperEvent): void => {
    state = applyEvent(state, event);
    gateway.hear(event, state);
  };
  const fleet = await startFleet({ wsUrl: world.wsUrl, book: world.book, emit });
  const until = waiter(() => state);
  await until("all agents", ({ up }) => up.size >= AGENTS);
  await world.begin(undefined);
  const close = async (): Promise<void> => {
    await fleet.stop();
    await gateway.close();
    provider.destroy();
    await world.stop();
  };
  return { world, gateway, troubles, display: () => state, until, close };
};
