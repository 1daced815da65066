import type { BreakerLevel, ChainSnapshot, TokenState } from "../../../core/chainSnapshot.ts";
import type { SignerRecord } from "../../../core/signerRecord.ts";
import { type AlertRule, type RuleFinding, type RuleQuestion, SECOND_MS, hysteresis } from "./rule.ts";

const BPS = 10_000n;
/** What stands must come back to two thirds of its limit. */
const [OFF_PART, OFF_WHOLE] = [2n, 3n];
const DOLLAR = 10n ** 18n;
const PEG_BPS = 200n;
const WAD = 10n ** 18n;

/** Nothing is found before the first block. */
const withView =
  (find: (question: RuleQuestion, view: ChainSnapshot) => readonly RuleFinding[]): AlertRule["find"] =>
  (question) => {
    const { view } = question.facts;
    return view === undefined ? [] : find(question, view);
  };

const levelFinding = (subject: string, level: BreakerLevel): readonly RuleFinding[] =>
  level === "Normal" ? [] : [{ subject, what: level, severity: level === "Halted" ? "page" : "warn" }];

const lower = (limit: bigint, isStanding: boolean): bigint => (isStanding ? (limit * OFF_PART) / OFF_WHOLE : limit);

const isVoter = ({ status, validUntil }: SignerRecord, now: bigint): boolean =>
  status === "Active" && (validUntil === 0n || validUntil > now);

const percent = (bps: bigint): string => `${Number(bps) / 100} %`;

const dropFinding = ({ facts, limits, isStanding }: RuleQuestion): readonly RuleFinding[] => {
  const now = facts.values.at(-1)?.value;
  const high = facts.values.reduce((best, { value }) => (value > best ? value : best), 0n);
  if (now === undefined || high === 0n) return [];
  const dropBps = ((high - now) * BPS) / high;
  const isDeep = dropBps >= lower(limits.valueDropBps, isStanding("treasury"));
  return isDeep ? [{ subject: "treasury", what: `${percent(dropBps)} below the highest value of the hour` }] : [];
};

const pegFinding = (
  { limits, isStanding }: RuleQuestion,
  { token, price, status }: TokenState,
): readonly RuleFinding[] => {
  const symbol = limits.symbolOf(token);
  if (!limits.pegged.includes(token) || status !== "Ready") return [];
  const off = price.middle > DOLLAR ? price.middle - DOLLAR : DOLLAR - price.middle;
  const offBps = (off * BPS) / DOLLAR;
  return offBps < lower(PEG_BPS, isStanding(symbol)) ? [] : [{ subject: symbol, what: `${percent(offBps)} off` }];
};

/** A limit that a whole action no longer fits into, with some room before that is said to be over. */
const isShort = (remaining: bigint, perAction: bigint, isStanding: boolean): boolean =>
  remaining * 10n < perAction * hysteresis(isStanding, 10n, 12n);

/** A daily limit may be below one action's by choice: it is used up when nothing is left, and over when a hundredth is. */
const limitFinding = ({ limits, isStanding }: RuleQuestion, state: TokenState): readonly RuleFinding[] => {
  const { token, decimals, perAction, remainingForAll } = state;
  const [subject, unit] = [limits.symbolOf(token), 10n ** BigInt(decimals)];
  const isUsedUp = remainingForAll <= hysteresis(isStanding(subject), 0n, perAction / 100n);
  if (perAction === 0n || !isUsedUp) return [];
  return [{ subject, what: `nothing of it is left; one action may take ${perAction / unit}` }];
};

const lossFinding = ({ isStanding }: RuleQuestion, view: ChainSnapshot): readonly RuleFinding[] => {
  const { lossPerAction, remainingLoss } = view;
  if (lossPerAction === 0n || !isShort(remainingLoss, lossPerAction, isStanding("loss"))) return [];
  const what = `$${remainingLoss / WAD} of losses are left for today, one action may lose $${lossPerAction / WAD}`;
  return [{ subject: "loss", what, severity: remainingLoss === 0n ? "page" : "warn" }];
};

/** The treasury, its limits, the breaker, and whether votes can carry anything. */
export const TREASURY_RULES: readonly AlertRule[] = [
  {
    id: "breaker-raised",
    severity: "warn",
    cause: "breaker",
    holdMs: 0,
    clearMs: 0,
    title: "A breaker is raised",
    next: "Find out who raised it and why: nexus status. Evidence ends by BreakerEvidence.restore, a guardian's by the DAO.",
    find: withView(({ limits }, view) => [
      ...levelFinding("everything", view.everything),
      ...view.tokens.flatMap(({ token, level }) => levelFinding(limits.symbolOf(token), level)),
      ...[...view.levels].flatMap(([scope, level]) => levelFinding(scope, level)),
    ]),
  },
  {
    id: "value-drop",
    severity: "page",
    cause: "treasury",
    holdMs: 0,
    clearMs: 30 * SECOND_MS,
    title: "The treasury has lost value within an hour",
    next: "See on the page of the portfolio what fell. If it was an execution, a guardian halts: nexus safe propose.",
    find: dropFinding,
  },
  {
    id: "value-unknown",
    severity: "page",
    cause: "prices",
    holdMs: 10 * SECOND_MS,
    clearMs: 5 * SECOND_MS,
    title: "The treasury's value is unknown",
    next: "A token that is held has no price: nexus oracles says which sources are lost. Redeeming in kind still works.",
    explainedBy: ["chain-silent"],
    find: ({ facts: { valueLostMs } }) =>
      valueLostMs === undefined ? [] : [{ subject: "treasury", what: "a token that is held has no price" }],
  },
  {
    id: "limit-used-up",
    severity: "warn",
    cause: "limits",
    holdMs: 0,
    clearMs: 10 * SECOND_MS,
    title: "A daily limit is used up",
    next: "Nothing is wrong if trade was brisk: it refills within a day. Else see who used it on the page of the portfolio.",
    find: withView((question, view) => view.tokens.flatMap((token) => limitFinding(question, token))),
  },
  {
    id: "loss-limit-near",
    severity: "warn",
    cause: "limits",
    holdMs: 0,
    clearMs: 10 * SECOND_MS,
    title: "The daily limit of losses is nearly used up",
    next: "Find the executions that lost: nexus agent score. A guardian may halt the agent that made them.",
    find: withView(lossFinding),
  },
  {
    id: "quorum-lost",
    severity: "page",
    cause: "registry",
    holdMs: 5 * SECOND_MS,
    clearMs: 5 * SECOND_MS,
    title: "Agents have too little weight to carry anything",
    next: "nexus agent status says who is paused. Bring agents back, or the DAO lowers the threshold.",
    find: withView((_, view) => {
      const voting = view.signerRecords.filter((record) => isVoter(record, view.time));
      const weight = voting.reduce((total, record) => total + record.weight, 0n);
      const { threshold, minVoters } = view.policy;
      if (weight >= threshold && BigInt(voting.length) >= minVoters) return [];
      return [{ subject: "Routine", what: `${weight} of ${threshold}, ${voting.length} of ${minVoters} voters` }];
    }),
  },
  {
    id: "peg-lost",
    severity: "page",
    cause: "prices",
    holdMs: 10 * SECOND_MS,
    clearMs: 60 * SECOND_MS,
    title: "A stablecoin is not worth a dollar",
    next: "Compare with other markets. Deposits count it at its price; the DAO decides about holding it.",
    find: withView((question, view) => view.tokens.flatMap((token) => pegFinding(question, token))),
  },
];
