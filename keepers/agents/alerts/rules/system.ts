import { type AlertRule, MINUTE_MS, SECOND_MS, hysteresis } from "./rule.ts";

const SILENT_MS = 10_000;
const TURNS_MS = 10 * MINUTE_MS;
const [TURNS_ON, TURNS_OFF] = [6, 2];
const [LATE_ON_MS, LATE_OFF_MS] = [2_000, 500];
const MEBIBYTE = 1_048_576;
const FAILURES = 3;

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
      const seenMs = Math.max(facts.process.headMs ?? facts.startedMs, facts.viewMs ?? 0);
      const sinceMs = facts.nowMs - seenMs;
      return sinceMs < SILENT_MS ? [] : [{ subject: "chain", what: `none for ${Math.round(sinceMs / SECOND_MS)} s` }];
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
    next: "Restart it while nothing is on its way; journals are taken up again. If it grows anew, report it.",
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
