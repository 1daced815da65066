import { assertNever } from "../core/assertNever.ts";
import { CRITICAL, FOR } from "../core/ballot.ts";
import type { BallotMessage, SlowProposalMessage } from "../core/bus.ts";
import type { KeeperEvent, SlowEnd, SlowStatus } from "../core/events.ts";
import { signedText } from "./amounts.ts";
import type { Names } from "./names.ts";
import { reasonWords } from "./reasons.ts";
import { callWords } from "./calls.ts";

/** A proposal on the slow path and all that became of it. */
export type SlowStory = {
  readonly proposer: string;
  readonly proposed: SlowProposalMessage;
  readonly ballots: readonly { readonly agent: string; readonly isFor: boolean; readonly reason: string }[];
  readonly status: SlowStatus | undefined;
  /** Why the next step cannot be taken now. */
  readonly blocked: string | undefined;
  /** What the guardian said to it. */
  readonly veto: string | undefined;
  readonly end: SlowEnd | undefined;
};

/** What the display knows of the slow path. */
export type SlowState = {
  /** The newest, oldest first. */
  readonly stories: readonly SlowStory[];
  readonly proposed: number;
  /** How those ended that did. */
  readonly ends: Readonly<Partial<Record<SlowEnd["how"], number>>>;
  readonly votesFor: number;
  readonly votesAgainst: number;
  /** What its transactions paid, in wei. */
  readonly gasWei: bigint;
};

/** What the voters sign for. */
const classOf = ({ riskClass }: SlowProposalMessage): string => (riskClass === CRITICAL ? "Critical" : "Elevated");

export const EMPTY_SLOW: SlowState = { stories: [], proposed: 0, ends: {}, votesFor: 0, votesAgainst: 0, gasWei: 0n };

const STORIES_KEPT = 16;

export type SlowEvent = Extract<
  KeeperEvent,
  {
    readonly kind: "slowProposal" | "ballot" | "slowStatus" | "slowBlocked" | "slowPaid" | "slowVeto" | "slowEnd";
  }
>;

const KINDS: ReadonlySet<KeeperEvent["kind"]> = new Set<SlowEvent["kind"]>([
  "slowProposal",
  "ballot",
  "slowStatus",
  "slowBlocked",
  "slowPaid",
  "slowVeto",
  "slowEnd",
]);

/** Whether an event is about the slow path. */
export const isSlow = (event: KeeperEvent): event is SlowEvent => KINDS.has(event.kind);

const edit = (state: SlowState, hash: string, change: (story: SlowStory) => SlowStory): SlowState => ({
  ...state,
  stories: state.stories.map((story) => (story.proposed.hash === hash ? change(story) : story)),
});

const begin = (state: SlowState, proposer: string, proposed: SlowProposalMessage): SlowState => {
  const nothing = { status: undefined, blocked: undefined, veto: undefined, end: undefined };
  const story: SlowStory = { proposer, proposed, ballots: [], ...nothing };
  return { ...state, stories: [...state.stories, story].slice(-STORIES_KEPT), proposed: state.proposed + 1 };
};

const vote = (state: SlowState, agent: string, { hash, support, reason }: BallotMessage): SlowState => {
  const isFor = support === FOR;
  const counted = isFor ? { votesFor: state.votesFor + 1 } : { votesAgainst: state.votesAgainst + 1 };
  return edit({ ...state, ...counted }, hash, (story) => ({
    ...story,
    ballots: [...story.ballots, { agent, isFor, reason }],
  }));
};

/** The state after one more event of the slow path. Pure. */
export const applySlow = (state: SlowState, event: SlowEvent): SlowState => {
  switch (event.kind) {
    case "slowProposal":
      return begin(state, event.agent, event.proposed);
    case "ballot":
      return vote(state, event.agent, event.ballot);
    case "slowStatus":
      return edit(state, event.status.hash, (story) => ({
        ...story,
        status: event.status,
        blocked: undefined,
      }));
    case "slowBlocked":
      return edit(state, event.hash, (story) => ({ ...story, blocked: event.reason }));
    case "slowVeto":
      return edit(state, event.hash, (story) => ({ ...story, veto: `${event.agent}: ${event.reason}` }));
    case "slowPaid":
      return { ...state, gasWei: state.gasWei + event.gasPaid };
    case "slowEnd": {
      const { hash, how } = event.end;
      const ends = { ...state.ends, [how]: (state.ends[how] ?? 0) + 1 };
      return edit({ ...state, ends }, hash, (story) => ({ ...story, end: event.end }));
    }
    default:
      return assertNever(event);
  }
};

const changesText = ({ changes = [] }: SlowEnd, names: Names): string =>
  changes
    .filter(({ change }) => change !== 0n)
    .map(({ token, change }) => {
      const { symbol, decimals } = names.token(token) ?? { symbol: token, decimals: 0 };
      return `${signedText(change, decimals, 4)} ${symbol}`;
    })
    .join(", ");

const endText = (end: SlowEnd, veto: string | undefined, names: Names): string => {
  if (end.how === "executed") return `executed by #${end.block}: ${changesText(end, names)}`;
  return end.how === "vetoed" && veto !== undefined ? `vetoed by ${veto}` : end.how;
};

/** How it stands, in a few words. `now` in Unix seconds: the newest block's. */
export const slowText = ({ status, blocked, veto, end }: SlowStory, now: bigint, names: Names): string => {
  if (end !== undefined) return endText(end, veto, names);
  if (status === undefined) return blocked === undefined ? "collecting votes" : `waits: ${reasonWords(blocked)}`;
  const weights = `weight ${status.weightFor} for, ${status.weightAgainst} against`;
  const from = status.executableFrom;
  if (from === undefined) return `${status.state}, ${weights}`;
  const left = from > now ? `${from - now} s of delay left, open to votes and to veto` : "due";
  return `${status.state}, ${weights}, ${left}${blocked === undefined ? "" : `; waits: ${reasonWords(blocked)}`}`;
};

const ballotsText = ({ ballots }: SlowStory): string =>
  ballots.map(({ agent, isFor, reason }) => (isFor ? `${agent} ✓` : `${agent} ✗ ${reasonWords(reason)}`)).join("  ");

/** A proposal's lines in the view: why, how it stands, its calls, its votes. */
export const slowLines = (story: SlowStory, now: bigint, names: Names): readonly string[] => [
  `#${story.proposed.block} ${classOf(story.proposed)}: ${story.proposed.why} → ${slowText(story, now, names)}`,
  ...story.proposed.proposal.calls.map((call) => `    ${callWords(call, names)}`),
  `    ${ballotsText(story)}`,
];

const short = (hash: string): string => hash.slice(0, 10);

const proposalLine = (agent: string, proposed: SlowProposalMessage, names: Names): string => {
  const { hash, block, why, proposal } = proposed;
  const calls = proposal.calls.map((call) => callWords(call, names)).join("; ");
  return `#${block} ${agent} proposes ${short(hash)} as ${classOf(proposed)}: ${why}: ${calls}`;
};

const ballotLine = (agent: string, { hash, support, reason, detail }: BallotMessage): string => {
  if (support === FOR) return `${agent} votes for ${short(hash)}`;
  return `${agent} votes against ${short(hash)}: ${reasonWords(reason)}${detail === "" ? "" : `, ${detail}`}`;
};

/** What is told of the story that an event belongs to; nothing when it is forgotten. */
const storyLine = ({ stories }: SlowState, hash: string, text: (story: SlowStory) => string): readonly string[] =>
  stories.filter(({ proposed }) => proposed.hash === hash).map((story) => `${short(hash)} ${text(story)}`);

/** What one event of the slow path says, for a log; nothing for what is told otherwise. */
export const slowPlainLines = (event: SlowEvent, state: SlowState, names: Names): readonly string[] => {
  switch (event.kind) {
    case "slowProposal":
      return [proposalLine(event.agent, event.proposed, names)];
    case "ballot":
      return [ballotLine(event.agent, event.ballot)];
    case "slowStatus": {
      const { hash, time } = event.status;
      return storyLine(state, hash, (story) => slowText({ ...story, end: undefined }, time, names));
    }
    case "slowBlocked":
      return [`${event.agent} cannot go on with ${short(event.hash)}: ${reasonWords(event.reason)}, ${event.detail}`];
    case "slowVeto":
      return [`${event.agent} vetoes ${short(event.hash)}: ${event.reason} (${event.transaction})`];
    case "slowEnd":
      return storyLine(state, event.end.hash, ({ veto }) => endText(event.end, veto, names));
    case "slowPaid":
      return [];
    default:
      return assertNever(event);
  }
};
