import { assertNever } from "../../core/assertNever.ts";
import type { ChainSnapshot } from "../../core/chainSnapshot.ts";
import type { KeeperEvent } from "../../core/events.ts";
import { type ActivityCount, withActivity } from "./activity.ts";
import type { AgentFacts, FleetFacts, OpenProposal } from "./facts.ts";

const NEW_AGENT: Omit<AgentFacts, "name"> = {
  isUp: undefined,
  detail: "",
  turnsMs: [],
  decisions: 0,
  lastDecisionMs: undefined,
  troublesMs: [],
  lastTrouble: "",
  state: undefined,
  bestWeight: 0n,
  voteKey: undefined,
  activity: [],
};

/** So many times of one kind are kept. */
const MAX_TIMES = 50;
const MAX_HAPPENINGS = 50;
/** An hour of values, one a minute. */
const MAX_VALUES = 60;
const MINUTE_MS = 60_000;
/** What nobody ends is forgotten at last, so that memory stays bounded. */
const MAX_OPEN = 500;

const withTime = (times: readonly number[], nowMs: number): readonly number[] => [...times, nowMs].slice(-MAX_TIMES);

/** A map with one more entry, without its oldest where it has too many. */
const bounded = <T>(map: ReadonlyMap<string, T>, key: string, value: T): ReadonlyMap<string, T> =>
  new Map([...map, [key, value] as const].slice(-MAX_OPEN));

const without = <T>(map: ReadonlyMap<string, T>, key: string): ReadonlyMap<string, T> =>
  new Map([...map].filter(([name]) => name !== key));

/** What an event says of an agent's work. */
const countOf = (event: KeeperEvent): ActivityCount | undefined => {
  if (event.kind === "proposal" || event.kind === "slowProposal") return { proposals: 1 };
  if (event.kind === "vote") return { answers: 1, tookMs: event.tookMs };
  if (event.kind === "refusal") return { answers: 1, refusals: 1, tookMs: event.tookMs };
  return event.kind === "decision" ? { tookMs: event.tookMs } : undefined;
};

const turned = (agent: AgentFacts, up: boolean, nowMs: number): AgentFacts["turnsMs"] =>
  agent.isUp === up ? agent.turnsMs : withTime(agent.turnsMs, nowMs);

/** How an agent stands after an event. */
const conditionOf = (agent: AgentFacts, event: KeeperEvent, nowMs: number): Partial<AgentFacts> => {
  if (event.kind === "connection") {
    const { up, detail = "" } = event;
    return { isUp: up, detail: up ? "" : detail, turnsMs: turned(agent, up, nowMs) };
  }
  if (event.kind === "trouble") return { troublesMs: withTime(agent.troublesMs, nowMs), lastTrouble: event.what };
  if (event.kind === "decision") return { decisions: agent.decisions + 1, lastDecisionMs: nowMs };
  if (event.kind === "keys") return { voteKey: { since: event.signerSince, askFrom: event.askFrom } };
  if (event.kind !== "agentState") return {};
  const { weight } = event.now;
  return { state: event.now, bestWeight: weight > agent.bestWeight ? weight : agent.bestWeight };
};

const agentsAfter = ({ agents }: FleetFacts, event: KeeperEvent, nowMs: number): FleetFacts["agents"] => {
  const before = agents.get(event.agent) ?? { ...NEW_AGENT, name: event.agent };
  const count = countOf(event);
  const activity = count === undefined ? before.activity : withActivity(before.activity, count, nowMs);
  return new Map([...agents, [event.agent, { ...before, ...conditionOf(before, event, nowMs), activity }]]);
};

const valuesAfter = ({ values }: FleetFacts, view: ChainSnapshot, nowMs: number): FleetFacts["values"] => {
  if (view.treasuryValue === undefined) return values;
  const minute = Math.floor(nowMs / MINUTE_MS);
  const value = (view.treasuryValue.lower + view.treasuryValue.upper) / 2n;
  const others = values.filter((one) => one.minute !== minute);
  return [...others, { minute, value }].slice(-MAX_VALUES);
};

const viewAfter = (facts: FleetFacts, view: ChainSnapshot, nowMs: number): Partial<FleetFacts> => {
  // Several agents tell of the same blocks, and some of them late.
  if (facts.view !== undefined && view.block <= facts.view.block) return {};
  const valueLostMs = view.treasuryValue === undefined ? (facts.valueLostMs ?? nowMs) : undefined;
  return { view, viewMs: nowMs, valueLostMs, values: valuesAfter(facts, view, nowMs) };
};

/** What an event changes of a proposal on the slow path. */
const proposalAfter = (facts: FleetFacts, hash: string, change: Partial<OpenProposal>): Partial<FleetFacts> => {
  const known = facts.proposals.get(hash);
  return known === undefined ? {} : { proposals: new Map([...facts.proposals, [hash, { ...known, ...change }]]) };
};

type SlowFact = Extract<
  KeeperEvent,
  { readonly kind: "slowProposal" | "ballot" | "slowStatus" | "slowBlocked" | "slowPaid" | "slowVeto" | "slowEnd" }
>;
const SLOW: ReadonlySet<string> = new Set<SlowFact["kind"]>([
  "slowProposal",
  "ballot",
  "slowStatus",
  "slowBlocked",
  "slowPaid",
  "slowVeto",
  "slowEnd",
]);
const isSlowFact = (event: KeeperEvent): event is SlowFact => SLOW.has(event.kind);

const openedProposal = (hash: string, agent: string, nowMs: number): OpenProposal => ({
  hash,
  openedMs: nowMs,
  answeredBy: new Set([agent]),
  isQueued: false,
  blocked: undefined,
});

type SlowOf<Kind extends SlowFact["kind"]> = Extract<SlowFact, { readonly kind: Kind }>;

/** Who has answered a proposal: by name, and by the key that signed, which two agents of one seat share. */
const answered = (facts: FleetFacts, { agent, ballot }: SlowOf<"ballot">): Partial<FleetFacts> => {
  const before = facts.proposals.get(ballot.hash)?.answeredBy ?? [];
  return proposalAfter(facts, ballot.hash, { answeredBy: new Set([...before, agent, ballot.signer]) });
};

const blockedAt = (facts: FleetFacts, { hash, reason }: SlowOf<"slowBlocked">, nowMs: number): Partial<FleetFacts> => {
  const sinceMs = facts.proposals.get(hash)?.blocked?.sinceMs ?? nowMs;
  const blocked = { reason, sinceMs };
  return { transactions: without(facts.transactions, hash), ...proposalAfter(facts, hash, { blocked }) };
};

const vetoed = ({ vetoes }: FleetFacts, { hash, reason }: SlowOf<"slowVeto">, nowMs: number): Partial<FleetFacts> => ({
  vetoes: [...vetoes, { subject: hash.slice(0, 10), what: reason, atMs: nowMs }].slice(-MAX_HAPPENINGS),
});

const slowAfter = (facts: FleetFacts, event: SlowFact, nowMs: number): Partial<FleetFacts> => {
  switch (event.kind) {
    case "slowProposal": {
      const { hash } = event.proposed;
      return { proposals: bounded(facts.proposals, hash, openedProposal(hash, event.agent, nowMs)) };
    }
    case "ballot":
      return answered(facts, event);
    case "slowStatus":
      return proposalAfter(facts, event.status.hash, { isQueued: event.status.state === "Queued", blocked: undefined });
    case "slowBlocked":
      return blockedAt(facts, event, nowMs);
    case "slowPaid":
      return { transactions: without(facts.transactions, event.hash) };
    case "slowVeto":
      return vetoed(facts, event, nowMs);
    case "slowEnd": {
      const { hash } = event.end;
      return { proposals: without(facts.proposals, hash), transactions: without(facts.transactions, hash) };
    }
    default:
      return assertNever(event);
  }
};

const FAILED: ReadonlySet<string> = new Set(["reverted", "expired", "refused"]);

type PaymentFact = Extract<KeeperEvent, { readonly kind: "payment" }>;

const paymentAfter = ({ failedPayments }: FleetFacts, event: PaymentFact, nowMs: number): Partial<FleetFacts> => {
  const { agent, operation, step, detail } = event;
  if (!FAILED.has(step)) return {};
  const failed = { subject: agent, what: `${operation}, ${step}: ${detail}`, atMs: nowMs };
  return { failedPayments: [...failedPayments, failed].slice(-MAX_HAPPENINGS) };
};

type RefusedAnswer = Extract<KeeperEvent, { readonly kind: "answerRefused" }>;

/** What is asked for more often than it changes is no fault of whoever answers. */
const answerAfter = (
  { refusedAnswers }: FleetFacts,
  { about, fault, detail }: RefusedAnswer,
  nowMs: number,
): Partial<FleetFacts> =>
  fault === "duplicate"
    ? {}
    : { refusedAnswers: bounded(refusedAnswers, about, { subject: about, what: `${fault}, ${detail}`, atMs: nowMs }) };

const workAfter = (facts: FleetFacts, event: KeeperEvent, nowMs: number): Partial<FleetFacts> => {
  if (event.kind === "snapshot") return viewAfter(facts, event.view, nowMs);
  if (event.kind === "feeds") return { feeds: event.feeds };
  if (event.kind === "payment") return paymentAfter(facts, event, nowMs);
  if (event.kind === "position") {
    return { positions: bounded(facts.positions, `${event.agent} ${event.alert.token}`, event.alert) };
  }
  if (event.kind === "answerRefused") return answerAfter(facts, event, nowMs);
  if (event.kind === "sent") {
    const { agent, hash, transaction } = event;
    return { transactions: bounded(facts.transactions, hash, { agent, transaction, sentMs: nowMs }) };
  }
  if (event.kind !== "result") return {};
  const { hash, result } = event.message;
  const results = [...facts.results, { isEnacted: result.kind === "enacted", atMs: nowMs }].slice(-MAX_TIMES);
  return { results, transactions: without(facts.transactions, hash) };
};

/** The facts after one more event of the fleet. Pure. @param nowMs time of arrival */
export const applyFact = (facts: FleetFacts, event: KeeperEvent, nowMs: number): FleetFacts => ({
  ...facts,
  nowMs,
  agents: agentsAfter(facts, event, nowMs),
  ...(isSlowFact(event) ? slowAfter(facts, event, nowMs) : workAfter(facts, event, nowMs)),
});
