import { userInfo } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import process from "node:process";
import type { AlertOrder, AlertsReport } from "../../../keepers/core/alerts.ts";
import { giveOrder, readAlerts } from "../../../keepers/adapters/alerts/folder.ts";
import { type Options, type Values, UsageError } from "../../lib/command.ts";
import { DEFAULT_ALERTS } from "../../lib/sandboxFiles.ts";

const VARIABLE = "NEXUS_ALERTS_DIR";
/** An agent writes at least every five seconds. */
export const SILENT_MS = 15_000;
const LOOK_MS = 200;

/** Where every command about alerts finds the agent. */
export const FOLDER_OPTION: Options = {
  dir: { value: "FOLDER", about: `the alerts agent's folder (${VARIABLE}; else that of npm start, ${DEFAULT_ALERTS})` },
};

export const dirIn = (values: Values): string => values.get("dir") ?? process.env[VARIABLE] ?? DEFAULT_ALERTS;

/** The name under which an order is given: that of the operator on this machine. */
export const operator = (): string => userInfo().username;

/** What the agent said last. @throws UsageError where none ever wrote */
export const reportIn = async (dir: string): Promise<AlertsReport> => {
  const report = await readAlerts(dir);
  if (report !== undefined) return report;
  throw new UsageError(
    `no alerts agent has written into ${dir}: name its folder by --dir (for nexus keeper, alerts in its data folder), ` +
      "or add an agent of the kind alerts to its configuration",
  );
};

/** How long the agent has said nothing, in milliseconds. */
export const ageOf = ({ atMs }: AlertsReport): number => Math.max(0, Date.now() - atMs);

/**
 * Gives an order and waits until the agent's state fits, for `patienceMs` milliseconds at most.
 * @returns the report that fits; undefined where the agent did not answer in time
 * @throws UsageError where no agent ever wrote
 */
export const orderAndSee = async (
  dir: string,
  order: AlertOrder,
  { patienceMs, fits }: { readonly patienceMs: number; readonly fits: (report: AlertsReport) => boolean },
): Promise<AlertsReport | undefined> => {
  await reportIn(dir);
  const givenMs = Date.now();
  await giveOrder(dir, order);
  while (Date.now() - givenMs < patienceMs) {
    const report = await reportIn(dir);
    if (report.atMs >= givenMs && fits(report)) return report;
    await delay(LOOK_MS);
  }
  return undefined;
};
