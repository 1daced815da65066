import { type Comparison, comparisonOf } from "../activity.ts";
import type { AgentFacts, FleetFacts } from "../facts.ts";
import { type AlertRule, type RuleFinding, MINUTE_MS, SECOND_MS, hysteresis } from "./rule.ts";

const CAUSE = "agents";
/** An agent that decided so often has a rhythm. */
const RHYTHM = 20;
const SILENT_MS = 30_000;
const TROUBLES_MS = 5 * MINUTE_MS;
const [TROUBLES_ON, TROUBLES_OFF] = [5, 2];
const WEEK_SECONDS = 604_800n;
const DAY_SECONDS = 86_400n;

/** Findings about agents for which a text is given. */
const ofAgents = (facts: FleetFacts, tell: (agent: AgentFacts) => string | undefined): readonly RuleFinding[] =>
  [...facts.agents.values()].flatMap((agent) => {
    const what = tell(agent);
    return what === undefined ? [] : [{ subject: agent.name, what }];
  });

/** Those that have a seat in the registry. */
const ofMembers = (
  facts: FleetFacts,
  tell: (agent: Required<AgentFacts>) => string | undefined,
): readonly RuleFinding[] => ofAgents(facts, (agent) => (agent.state === undefined ? undefined : tell(agent)));

const compared = (facts: FleetFacts, tell: (comparison: Comparison, agent: AgentFacts) => string | undefined) =>
  ofAgents(facts, (agent) => {
    const comparison = comparisonOf(agent.activity, facts.nowMs);
    return comparison === undefined ? undefined : tell(comparison, agent);
  });

const recent = (times: readonly number[], nowMs: number, withinMs: number): number =>
  times.filter((time) => nowMs - time <= withinMs).length;

const percent = (share: number): string => `${Math.round(share * 100)} %`;

const keyWords = (left: bigint): string =>
  left <= 0n ? "its key counts no longer" : `its key counts for ${left / DAY_SECONDS} more days`;

/** What is said of a vote key whose set age is near or past; undefined before. */
const ageWords = (voteKey: AgentFacts["voteKey"], now: bigint): string | undefined =>
  voteKey?.askFrom === undefined || now < voteKey.askFrom
    ? undefined
    : `its vote key is ${(now - voteKey.since) / DAY_SECONDS} days old: its operator is to replace it`;

/** Whether each agent of this process runs, and is in order with the registry. */
export const AGENT_RULES: readonly AlertRule[] = [
  {
    id: "agent-down",
    severity: "page",
    cause: CAUSE,
    holdMs: 5 * SECOND_MS,
    clearMs: 5 * SECOND_MS,
    title: "An agent is cut off from the chain",
    next: "Look at its endpoint with nexus doctor; it connects again by itself once a node answers.",
    explainedBy: ["chain-silent"],
    find: ({ facts }) => ofAgents(facts, ({ isUp, detail }) => (isUp === false ? detail : undefined)),
  },
  {
    id: "agent-silent",
    severity: "page",
    cause: CAUSE,
    holdMs: 0,
    clearMs: 10 * SECOND_MS,
    title: "An agent no longer decides",
    next: "Read its last lines in the log of the keepers; if it hangs, restart the process.",
    explainedBy: ["chain-silent", "agent-down"],
    find: ({ facts }) =>
      ofAgents(facts, ({ decisions, lastDecisionMs }) => {
        if (decisions < RHYTHM || lastDecisionMs === undefined) return undefined;
        const silentMs = facts.nowMs - lastDecisionMs;
        return silentMs < SILENT_MS ? undefined : `no decision for ${Math.round(silentMs / SECOND_MS)} s`;
      }),
  },
  {
    id: "agent-trouble",
    severity: "warn",
    cause: CAUSE,
    holdMs: 0,
    clearMs: MINUTE_MS,
    title: "An agent fails again and again",
    next: "Read what it says: a node that refuses, or a round that fails. keepers/README.md lists the usual reasons.",
    explainedBy: ["chain-silent", "agent-down"],
    find: ({ facts, isStanding }) =>
      ofAgents(facts, ({ name, troublesMs, lastTrouble }) => {
        const count = recent(troublesMs, facts.nowMs, TROUBLES_MS);
        const isOften = count >= hysteresis(isStanding(name), TROUBLES_ON, TROUBLES_OFF);
        return isOften ? `${count} times in five minutes, last: ${lastTrouble}` : undefined;
      }),
  },
  {
    id: "agent-not-active",
    severity: "page",
    cause: "registry",
    holdMs: 0,
    clearMs: 0,
    title: "An agent may not vote",
    next: "Its operator brings it back: nexus agent pause --resume. A terminated agent must be registered again.",
    find: ({ facts }) =>
      ofMembers(facts, ({ state }) => (state?.status === "Active" ? undefined : `it is ${state?.status}`)),
  },
  {
    id: "agent-weight-lost",
    severity: "warn",
    cause: "registry",
    holdMs: 0,
    clearMs: MINUTE_MS,
    title: "An agent has lost half of its weight or more",
    next: "nexus agent status says whether its bond, its score or its operator's cap is the reason.",
    find: ({ facts }) =>
      ofMembers(facts, ({ state, bestWeight }) => {
        const weight = state?.weight ?? 0n;
        return weight * 2n > bestWeight || bestWeight === 0n ? undefined : `${weight} of ${bestWeight} are left`;
      }),
  },
  {
    id: "key-expiring",
    severity: "warn",
    cause: "registry",
    holdMs: 0,
    clearMs: 0,
    title: "An agent's key ends soon",
    next: "Rotate it while it still counts: nexus agent rotate-keys; then give the keepers the new key.",
    find: ({ facts }) =>
      ofMembers(facts, ({ state, voteKey }) => {
        const [until, now] = [state?.validUntil ?? 0n, facts.view?.time];
        if (now === undefined) return undefined;
        if (until === 0n) return ageWords(voteKey, now);
        return until - now > WEEK_SECONDS ? undefined : keyWords(until - now);
      }),
  },
  {
    id: "agent-rate",
    severity: "warn",
    cause: "unusual",
    holdMs: 0,
    clearMs: 5 * MINUTE_MS,
    title: "An agent proposes far more than it used to",
    next: "Read its proposals. If they are not its own, pause it: nexus agent pause; the reviewers refuse meanwhile.",
    find: ({ facts }) =>
      compared(facts, ({ proposals, usualProposals, spread }) =>
        proposals >= 10 && proposals > usualProposals + 4 * spread
          ? `${proposals} in this period of five minutes, ${usualProposals.toFixed(1)} before`
          : undefined,
      ),
  },
  {
    id: "agent-refusals",
    severity: "warn",
    cause: "unusual",
    holdMs: 0,
    clearMs: 5 * MINUTE_MS,
    title: "An agent refuses far more than it used to",
    next: "Read its reasons on the page of agents: a price, a limit or its own settings may have changed.",
    find: ({ facts }) =>
      compared(facts, ({ answers, refused, usuallyRefused }) =>
        answers >= 10 && refused >= 0.5 && refused > 3 * usuallyRefused
          ? `${percent(refused)} of ${answers} answers, ${percent(usuallyRefused)} before`
          : undefined,
      ),
  },
  {
    id: "agent-slow",
    severity: "warn",
    cause: "unusual",
    holdMs: 0,
    clearMs: 5 * MINUTE_MS,
    title: "An agent takes far longer than it used to",
    next: "Look at the load of the machine and at the endpoint's answers; nexus doctor measures both.",
    explainedBy: ["process-late"],
    find: ({ facts }) =>
      compared(facts, ({ timed, tookMs, usualMs }) =>
        timed >= 10 && tookMs > 4 * usualMs && tookMs > 250
          ? `${Math.round(tookMs)} ms, ${Math.round(usualMs)} ms before`
          : undefined,
      ),
  },
];
