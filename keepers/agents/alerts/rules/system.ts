import type { FleetFacts } from "../facts.ts";
import { type AlertRule, MINUTE_MS, SECOND_MS, hysteresis } from "./rule.ts";

const SILENT_MS = 10_000;
const BLIND_MS = 5_000;
const TURNS_MS = 10 * MINUTE_MS;
const [TURNS_ON, TURNS_OFF] = [6, 2];
const [LATE_ON_MS, LATE_OFF_MS] = [2_000, 500];
const MEBIBYTE = 1_048_576;
const FAILURES = 3;

/** Says so when every agent has been cut off for a while; one cause, and not as many as there are agents. */
const blindness = ({ agents, nowMs }: FleetFacts): string | undefined => {
  const known = [...agents.values()].filter(({ isUp }) => isUp !== undefined);
  const isCutOff = known.every(({ isUp, turnsMs }) => isUp === false && nowMs - (turnsMs.at(-1) ?? 0) >= BLIND_MS);
  return known.length > 0 && isCutOff ? `all ${known.length} agents are cut off: ${known[0]?.detail ?? ""}` : undefined;
};

const silence = ({ nowMs, startedMs, viewMs, process }: FleetFacts): string | undefined => {
  const silentMs = nowMs - Math.max(process.headMs ?? startedMs, viewMs ?? 0);
  return silentMs < SILENT_MS ? undefined : `none for ${Math.round(silentMs / SECOND_MS)} s`;
};

/** Nodes, this process, and the channels of messages. */
export const SYSTEM_RULES: readonly AlertRule[] = [
  {
    id: "chain-silent",
    isWide: true,
    severity: "page",
    cause: "chain",
    holdMs: 0,
    clearMs: 5 * SECOND_MS,
    title: "No new block arrives",
    next: "nexus doctor says whether the node or the chain stands. Name another endpoint in NEXUS_RPC_URL beside it.",
    find: ({ facts }) => {
      const what = blindness(facts) ?? silence(facts);
      return what === undefined ? [] : [{ subject: "chain", what }];
    },
  },
  {
    id: "endpoint-unstable",
    severity: "warn",
    cause: "chain",
    holdMs: 0,
    clearMs: 5 * MINUTE_MS,
    title: "A connection comes and goes",
    next: "The endpoint drops connections: name another one first in NEXUS_RPC_URL.",
    explainedBy: ["chain-silent"],
    find: ({ facts, isStanding }) =>
      [...facts.agents.values()].flatMap(({ name, turnsMs, detail }) => {
        const turns = turnsMs.filter((time) => facts.nowMs - time <= TURNS_MS).length;
        if (turns < hysteresis(isStanding(name), TURNS_ON, TURNS_OFF)) return [];
        return [
          { subject: name, what: `it turned ${turns} times in ten minutes${detail === "" ? "" : `: ${detail}`}` },
        ];
      }),
  },
  {
    id: "process-late",
    isWide: true,
    severity: "warn",
    cause: "process",
    holdMs: 10 * SECOND_MS,
    clearMs: 30 * SECOND_MS,
    title: "This process does not keep up",
    next: "Look at the load of the machine. Give agents fewer pools, or run them in several processes.",
    find: ({ facts: { process }, isStanding }) =>
      process.lagMs < hysteresis(isStanding("process"), LATE_ON_MS, LATE_OFF_MS)
        ? []
        : [{ subject: "process", what: `rounds begin ${Math.round(process.lagMs)} ms late` }],
  },
  {
    id: "memory-high",
    severity: "warn",
    cause: "process",
    holdMs: MINUTE_MS,
    clearMs: MINUTE_MS,
    title: "This process takes much memory",
    next: "Restart it while nothing is on its way; journals are taken up again. If it grows again, report it.",
    find: ({ facts: { process }, limits, isStanding }) => {
      const most = limits.maxResidentBytes * hysteresis(isStanding("process"), 1, 0.9);
      const used = `${Math.round(process.residentBytes / MEBIBYTE)} MiB`;
      return process.residentBytes < most ? [] : [{ subject: "process", what: used }];
    },
  },
  {
    id: "channel-failing",
    severity: "warn",
    cause: "channels",
    holdMs: 0,
    clearMs: 0,
    title: "Messages do not go out",
    next: "Send one with nexus alerts test, and correct the channel's settings by what it answers.",
    find: ({ facts }) =>
      facts.channels.flatMap(({ channel, failures, lastFailure }) =>
        failures < FAILURES ? [] : [{ subject: channel, what: `${failures} failures, last: ${lastFailure ?? ""}` }],
      ),
  },
];
