import { FOR } from "../core/ballot.ts";
import type { BallotMessage } from "../core/bus.ts";
import type { AgentState, KeeperEvent } from "../core/events.ts";

/** What one agent of a fleet has done, folded from its own events. */
export type AgentActivity = {
  readonly name: string;
  readonly isUp: boolean;
  /** When its last event arrived, in milliseconds of this machine. */
  readonly lastEventMs: number;
  readonly proposals: number;
  readonly votesFor: number;
  readonly votesAgainst: number;
  readonly sent: number;
  readonly enacted: number;
  readonly refusals: Readonly<Record<string, number>>;
  /** The code of why it last did nothing; undefined when it did something. */
  readonly idle: string | undefined;
  readonly troubles: number;
  readonly lastTrouble: string | undefined;
  readonly status: AgentState | undefined;
};

/** Agents by their configured names. */
export type FleetAgents = ReadonlyMap<string, AgentActivity>;

export const NO_AGENTS: FleetAgents = new Map();

const UNSEEN: Omit<AgentActivity, "name" | "lastEventMs"> = {
  isUp: false,
  proposals: 0,
  votesFor: 0,
  votesAgainst: 0,
  sent: 0,
  enacted: 0,
  refusals: {},
  idle: undefined,
  troubles: 0,
  lastTrouble: undefined,
  status: undefined,
};

const refuse = (agent: AgentActivity, reason: string): Partial<AgentActivity> => ({
  votesAgainst: agent.votesAgainst + 1,
  refusals: { ...agent.refusals, [reason]: (agent.refusals[reason] ?? 0) + 1 },
});

const ballotOf = (agent: AgentActivity, { support, reason }: BallotMessage): Partial<AgentActivity> =>
  support === FOR ? { votesFor: agent.votesFor + 1 } : refuse(agent, reason);

/** What votes and proposals change. */
const voiceOf = (agent: AgentActivity, event: KeeperEvent): Partial<AgentActivity> => {
  if (event.kind === "proposal" || event.kind === "slowProposal") return { proposals: agent.proposals + 1 };
  if (event.kind === "vote") return { votesFor: agent.votesFor + 1 };
  if (event.kind === "refusal") return refuse(agent, event.message.reason);
  return event.kind === "ballot" ? ballotOf(agent, event.ballot) : {};
};

/** What its connection and its signer record change, and what goes wrong. */
const conditionOf = (agent: AgentActivity, event: KeeperEvent): Partial<AgentActivity> => {
  if (event.kind === "agentState") return { status: event.now };
  if (event.kind === "connection") return { isUp: event.up };
  if (event.kind === "trouble") return { troubles: agent.troubles + 1, lastTrouble: event.what };
  return {};
};

/** What its work changes. */
const workOf = (agent: AgentActivity, event: KeeperEvent): Partial<AgentActivity> => {
  if (event.kind === "sent") return { sent: agent.sent + 1 };
  if (event.kind === "decision") return { idle: event.why };
  const isEnacted = event.kind === "result" && event.message.result.kind === "enacted";
  return isEnacted ? { enacted: agent.enacted + 1 } : {};
};

/**
 * The agents after one more event. Pure.
 * @param nowMs time of arrival, in milliseconds
 */
export const applyToAgents = (agents: FleetAgents, event: KeeperEvent, nowMs: number): FleetAgents => {
  const before = agents.get(event.agent) ?? { ...UNSEEN, name: event.agent, lastEventMs: nowMs };
  const after = {
    ...before,
    ...voiceOf(before, event),
    ...conditionOf(before, event),
    ...workOf(before, event),
    lastEventMs: nowMs,
  };
  return new Map([...agents, [event.agent, after]]);
};
