import { type AlertLimits, type AlertRule, type RuleFinding, MINUTE_MS, SECOND_MS, hysteresis } from "./rule.ts";
import type { FleetFacts, Happening } from "../facts.ts";

const STUCK_MS = 30_000;
const FAILING_MS = 10 * MINUTE_MS;
const LINGER_MS = 10 * MINUTE_MS;
const BLOCKED_MS = MINUTE_MS;
const UNANSWERED_MS = MINUTE_MS;
const WEI_PER_SEI = 10n ** 18n;
const HUNDREDTH = WEI_PER_SEI / 100n;

const sei = (wei: bigint): string => `${wei / WEI_PER_SEI}.${(wei % WEI_PER_SEI) / HUNDREDTH} SEI`;

/** What happened lately: one finding for each subject, the newest words. */
const lately = ({ nowMs }: FleetFacts, happenings: readonly Happening[]): readonly RuleFinding[] => {
  const fresh = happenings.filter(({ atMs }) => nowMs - atMs <= LINGER_MS);
  return [...new Map(fresh.map(({ subject, what }) => [subject, { subject, what }])).values()];
};

const unanswered = (facts: FleetFacts, voters: AlertLimits["voters"]): readonly RuleFinding[] =>
  [...facts.proposals.values()].flatMap(({ hash, openedMs, isQueued, answeredBy }) => {
    if (isQueued || facts.nowMs - openedMs < UNANSWERED_MS) return [];
    const missing = voters.filter(({ name, account }) => !answeredBy.has(name) && !answeredBy.has(account));
    const names = missing.map(({ name }) => name).join(", ");
    return missing.length === 0 ? [] : [{ subject: hash.slice(0, 10), what: `${names} did not vote` }];
  });

/** Transactions, the money for them, payments, and the slow path. */
export const SENDING_RULES: readonly AlertRule[] = [
  {
    id: "sender-stuck",
    severity: "page",
    cause: "sending",
    holdMs: 0,
    clearMs: 0,
    title: "A transaction is on its way for too long",
    next: "nexus tx list shows it. It is sent again by itself; if the nonce is used by others, move the key elsewhere.",
    explainedBy: ["chain-silent"],
    find: ({ facts }) =>
      [...facts.transactions.values()].flatMap(({ agent, transaction, sentMs }) => {
        const waitedMs = facts.nowMs - sentMs;
        if (waitedMs < STUCK_MS) return [];
        return [{ subject: agent, what: `${transaction} for ${Math.round(waitedMs / SECOND_MS)} s` }];
      }),
  },
  {
    id: "executions-failing",
    severity: "page",
    cause: "sending",
    holdMs: 0,
    clearMs: MINUTE_MS,
    title: "Most executions fail",
    next: "Read why on the page of proposals: a price that runs away, a limit, or a competitor that is faster.",
    find: ({ facts, isStanding }) => {
      const fresh = facts.results.filter(({ atMs }) => facts.nowMs - atMs <= FAILING_MS);
      const failed = fresh.filter(({ isEnacted }) => !isEnacted).length;
      const [least, share] = hysteresis(isStanding("executions"), [3, 0.5], [2, 0.3]);
      const isBad = failed >= least && failed > fresh.length * share;
      return isBad ? [{ subject: "executions", what: `${failed} of ${fresh.length} in ten minutes` }] : [];
    },
  },
  {
    id: "balance-low",
    severity: "page",
    cause: "money",
    holdMs: 0,
    clearMs: 10 * SECOND_MS,
    title: "Whoever pays gas is short of money",
    next: "Send SEI to its account; nexus doctor names the account and how much a day costs.",
    find: ({ facts: { process }, limits, isStanding }) =>
      [...process.balances].flatMap(([name, wei]) => {
        const floor = (limits.balanceFloor * hysteresis(isStanding(name), 10n, 12n)) / 10n;
        return wei >= floor ? [] : [{ subject: name, what: `${sei(wei)} left, at least ${sei(limits.balanceFloor)}` }];
      }),
  },
  {
    id: "payment-failing",
    severity: "warn",
    cause: "money",
    holdMs: 0,
    clearMs: 0,
    title: "A payment, a claim or a job could not be settled",
    next: "Read the reason. A claim on a closing channel must be mined before the channel closes: nexus pay claim.",
    find: ({ facts }) => lately(facts, facts.failedPayments),
  },
  {
    id: "slow-blocked",
    severity: "warn",
    cause: "proposals",
    holdMs: 0,
    clearMs: 0,
    title: "A proposal on the slow path cannot go on",
    next: "nexus proposal show says what it waits for: a price, a breaker, a co-signature, or gas.",
    find: ({ facts }) =>
      [...facts.proposals.values()].flatMap(({ hash, blocked }) =>
        blocked === undefined || facts.nowMs - blocked.sinceMs < BLOCKED_MS
          ? []
          : [{ subject: hash.slice(0, 10), what: blocked.reason }],
      ),
  },
  {
    id: "vote-missing",
    severity: "warn",
    cause: "proposals",
    holdMs: 0,
    clearMs: 0,
    title: "A proposal waits for votes of this fleet",
    next: "Read why on the proposal's page. A person may vote instead: nexus proposal vote.",
    find: ({ facts, limits }) => unanswered(facts, limits.voters),
  },
  {
    id: "proposal-vetoed",
    severity: "warn",
    cause: "proposals",
    holdMs: 0,
    clearMs: 0,
    title: "A guardian has stopped a proposal",
    next: "Ask the guardian; the reason stands in the event. The same calls may be proposed again.",
    find: ({ facts }) => lately(facts, facts.vetoes),
  },
];
