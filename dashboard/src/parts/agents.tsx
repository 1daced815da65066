import type { AgentDocument } from "../data/documents.ts";
import { now } from "../data/store.ts";
import { ageText } from "../data/times.ts";

/** What each kind of agent is for, in a word or two; a kind that nobody has named here stands for itself. */
const JOBS: Readonly<Record<string, string>> = {
  arbitrage: "arbitrage",
  risk: "reviewer",
  execution: "sends",
  rebalance: "portfolio",
  steward: "slow path",
  payments: "payments",
  alerts: "watches",
  monitor: "prices",
};

export const jobOf = ({ kind }: AgentDocument): string => (kind === null ? "elsewhere" : (JOBS[kind] ?? kind));

/** How long ago it last told something. */
export const silenceOf = ({ fleet }: AgentDocument): string =>
  fleet === null || fleet.lastEventMs === null ? "silent" : ageText(now.value - fleet.lastEventMs);

/** Whether it runs, in a word. */
export const conditionOf = ({ fleet, registry }: AgentDocument): string => {
  if (registry !== null && registry.status !== "Active") return registry.status.toLowerCase();
  if (fleet === null) return "not seen";
  return fleet.isUp ? "up" : "cut off";
};

/** What it has to show for itself, in a few words. */
export const deedsOf = ({ kind, fleet, registry }: AgentDocument): string => {
  if (fleet === null) return registry === null ? "not seen yet" : `weight ${registry.weight}`;
  if (kind === "risk") return `${fleet.votesFor} for, ${fleet.votesAgainst} against`;
  if (kind === "execution") return `${fleet.sent} sent`;
  if (fleet.proposals > 0) return `${fleet.proposals} proposed`;
  return fleet.idle?.what ?? "nothing to do";
};
