import process from "node:process";
import { gatewayClock } from "../../keepers/adapters/clock/gateway.ts";
import { openAlertsIntake } from "../../keepers/adapters/alerts/intake.ts";
import { type Gateway, startGateway } from "../../keepers/gateway/gateway.ts";
import { PUSH_SERVICES } from "../../keepers/gateway/server/push.ts";
import { reasonOf } from "../../keepers/adapters/readers/reason.ts";
import { openHttpProvider } from "../lib/provider.ts";
import { version } from "../lib/program.ts";
import { DEFAULT_ALERTS } from "../lib/sandboxFiles.ts";
import { fleetConfig } from "../sandbox/keepers.ts";
import type { Observer } from "../run/run.ts";
import type { StartWorld } from "../run/worldProcess.ts";

/** Where the dashboard is served while nothing else listens there. */
export const DEFAULT_PORT = 8600;

/** An observer that also tells a gateway everything, and the end of that gateway. */
export type ServedObserver = { readonly observer: Observer; readonly close: () => Promise<void> };

export type ServeOptions = {
  readonly port: number;
  /** Told the address once somebody can open it. */
  readonly onReady: (url: string) => void;
  readonly onTrouble: (what: string) => void;
};

const open = async (world: StartWorld, { port, onTrouble }: ServeOptions) => {
  const { rpcUrl, book } = world;
  const provider = openHttpProvider(rpcUrl, { chainId: book.chainId });
  const fleet = fleetConfig(world.wsUrl, "unused").agents.map(({ name, kind }) => ({ name, kind }));
  const clock = gatewayClock();
  const residentBytes = (): number => process.memoryUsage.rss();
  const push = { ...openAlertsIntake(DEFAULT_ALERTS, clock.nowMs), services: PUSH_SERVICES };
  const options = { push, book, provider, rpcUrl, fleet, clock, residentBytes, onTrouble, version: version() };
  try {
    // Another run may listen where this one would: then any free port does.
    const gateway = await startGateway({ ...options, port }).catch(() => startGateway({ ...options, port: 0 }));
    const close = async (): Promise<void> => {
      await gateway.close();
      provider.destroy();
    };
    return { ...gateway, close };
  } catch (error) {
    provider.destroy();
    throw error;
  }
};

/**
 * Serves what a run shows. The agents do not wait for it: what they tell before it listens is told to it then, and a gateway
 * that cannot start is told as a trouble while they trade on.
 */
export const withGateway = (observer: Observer, options: ServeOptions): ServedObserver => {
  let early: Parameters<Observer["event"]>[] | undefined = [];
  let gateway: Gateway | undefined;
  let starting: Promise<void> | undefined;
  const start = async (world: StartWorld): Promise<void> => {
    try {
      gateway = await open(world, options);
      for (const [event, state] of early ?? []) gateway.hear(event, state);
      options.onReady(gateway.url);
    } catch (error) {
      options.onTrouble(`the dashboard cannot be served: ${reasonOf(error)}`);
    } finally {
      early = undefined;
    }
  };
  return {
    observer: {
      ...observer,
      opened: (world) => {
        observer.opened(world);
        starting = start(world);
      },
      event: (event, state) => {
        observer.event(event, state);
        early?.push([event, state]);
        if (early === undefined) gateway?.hear(event, state);
      },
    },
    close: async () => {
      await starting;
      await gateway?.close();
    },
  };
};
