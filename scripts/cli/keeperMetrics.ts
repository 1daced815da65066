import type { AddressBook } from "../../deployments/schema.ts";
import { systemClock } from "../../keepers/adapters/clock/system.ts";
import { createMetrics } from "../../keepers/adapters/metrics/metrics.ts";
import { createReadiness } from "../../keepers/adapters/metrics/readiness.ts";
import { serveMetrics } from "../../keepers/adapters/metrics/server.ts";
import type { EmitEvent } from "../../keepers/core/events.ts";
import { namesOf } from "../../keepers/views/names.ts";
import type { KeeperConfig } from "../../keepers/wiring/config.ts";
import { version } from "../lib/program.ts";

/** The figures of a keepers' process, as long as it runs. */
export type KeeperMetrics = { readonly hear: EmitEvent; readonly url: string; readonly close: () => Promise<void> };

/** Serves the figures of a fleet. @throws FatalError when the port is in use */
export const openKeeperMetrics = async (
  config: KeeperConfig,
  book: AddressBook,
  { port, host }: { readonly port: number; readonly host?: string | undefined },
): Promise<KeeperMetrics> => {
  const names = namesOf(book);
  const base = Object.values(book.environment.tokens).find(({ symbol }) => symbol === config.baseToken);
  const metrics = createMetrics({
    version: version(),
    symbolOf: (token) => names.token(token)?.symbol ?? token,
    baseDecimals: base?.decimals ?? 0,
  });
  const readiness = createReadiness(
    config.agents.map(({ name }) => name),
    systemClock().nowMs,
  );
  const { url, close } = await serveMetrics({ metrics, readiness, port, host });
  const hear: EmitEvent = (event) => {
    metrics.hear(event);
    readiness.hear(event);
  };
  return { hear, url, close };
};
