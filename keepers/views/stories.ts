import { assertNever } from "../core/assertNever.ts";
import type { ResultMessage, ProposalMessage } from "../core/bus.ts";
import type { ChainSnapshot } from "../core/chainSnapshot.ts";
import type { KeeperEvent, PoolPrice } from "../core/events.ts";
import type { TokenChange } from "../core/proposal.ts";
import { type SlowEvent, type SlowState, EMPTY_SLOW, applySlow, isSlow } from "./slowStories.ts";

/** What one agent said to a proposal. */
export type AgentReview = {
  readonly agent: string;
  readonly isFor: boolean;
  readonly reason: string;
  readonly tookMs: number;
};

/** A proposal and all that became of it. */
export type Story = {
  /** Who proposed it, and by that voted for it. */
  readonly proposer: string;
  readonly message: ProposalMessage;
  readonly reviews: readonly AgentReview[];
  readonly sentIn: bigint | undefined;
  readonly result: ResultMessage | undefined;
};

/** All that the display knows, from the agents' events alone. */
export type DisplayState = {
  readonly view: ChainSnapshot | undefined;
  readonly pools: readonly PoolPrice[];
  /** Blocks that the searcher looked at, and those with an opportunity worth a trade. */
  readonly blocksSeen: number;
  readonly opportunities: number;
  /** What the searcher last said: why it proposed nothing, or undefined when it did. */
  readonly lastWhy: string | undefined;
  /** The newest proposals, oldest first. */
  readonly stories: readonly Story[];
  readonly proposals: number;
  readonly enacted: number;
  /** What enacted trades changed in the token that they were made for, and what all transactions paid, in wei. */
  readonly gained: bigint;
  readonly gasWei: bigint;
  /** How those ended that were not enacted and are no longer among the stories. */
  readonly refused: Readonly<Record<string, number>>;
  /** Blocks and milliseconds from an opportunity's block to the enacted trade. */
  readonly latencyMs: readonly number[];
  readonly latencyBlocks: readonly number[];
  readonly slow: SlowState;
  readonly up: ReadonlySet<string>;
  readonly lastTrouble: string | undefined;
  readonly troubles: number;
};

export const EMPTY_STATE: DisplayState = {
  view: undefined,
  pools: [],
  blocksSeen: 0,
  opportunities: 0,
  lastWhy: undefined,
  stories: [],
  proposals: 0,
  enacted: 0,
  gained: 0n,
  gasWei: 0n,
  refused: {},
  latencyMs: [],
  latencyBlocks: [],
  slow: EMPTY_SLOW,
  up: new Set(),
  lastTrouble: undefined,
  troubles: 0,
};

const STORIES_KEPT = 64;
const LATENCIES_KEPT = 10_000;

/** How a proposal ended, as a reason to count; undefined for an enacted one. */
export const fateOf = ({ result, reviews, sentIn }: Story): string | undefined => {
  if (result?.result.kind === "enacted") return undefined;
  if (result?.result.kind === "reverted") return `reverted: ${result.result.error}`;
  if (result?.result.kind === "expired") return `expired: ${result.result.why}`;
  if (sentIn !== undefined) return "still in flight";
  return reviews.find(({ isFor }) => !isFor)?.reason ?? "overtaken by a newer proposal";
};

/** A reason can hold a contract's or a voter's own words: so many different ones are counted, each cut to so many characters. */
const REASONS_KEPT = 64;
const REASON_LENGTH = 200;
const ANOTHER = "another reason";

const count = (counts: DisplayState["refused"], reason: string | undefined): DisplayState["refused"] => {
  if (reason === undefined) return counts;
  const short = reason.slice(0, REASON_LENGTH);
  const isKept = Object.hasOwn(counts, short) || Object.keys(counts).length < REASONS_KEPT;
  const key = isKept ? short : ANOTHER;
  const before = Object.hasOwn(counts, key) ? (counts[key] ?? 0) : 0;
  return { ...counts, [key]: before + 1 };
};

/** How all proposals ended that were not enacted, by reason. */
export const refusedOf = ({ refused, stories }: DisplayState): DisplayState["refused"] =>
  stories.reduce((counts, story) => count(counts, fateOf(story)), refused);

const begin = (state: DisplayState, proposer: string, message: ProposalMessage): DisplayState => {
  const stories = [...state.stories, { proposer, message, reviews: [], sentIn: undefined, result: undefined }];
  const [oldest] = stories;
  const proposals = state.proposals + 1;
  if (stories.length <= STORIES_KEPT || oldest === undefined) return { ...state, stories, proposals };
  return { ...state, stories: stories.slice(1), proposals, refused: count(state.refused, fateOf(oldest)) };
};

const change = (state: DisplayState, hash: string, edit: (story: Story) => Story): DisplayState => ({
  ...state,
  stories: state.stories.map((story) => (story.message.hash === hash ? edit(story) : story)),
});

const addReview = (state: DisplayState, hash: string, review: AgentReview): DisplayState =>
  change(state, hash, (story) => ({ ...story, reviews: [...story.reviews, review] }));

/** What an enacted proposal changed in the token that it claimed a profit in. */
const gainOf = ({ stories }: DisplayState, hash: string, changes: readonly TokenChange[]): bigint => {
  const claimed = stories.find(({ message }) => message.hash === hash)?.message.expectedProfit.token;
  return changes.reduce((sum, { token, change: by }) => sum + (token === claimed ? by : 0n), 0n);
};

const end = (state: DisplayState, message: ResultMessage): DisplayState => {
  const { hash, result } = message;
  if (result.kind === "expired") return change(state, hash, (story) => ({ ...story, result: message }));
  const gasWei = state.gasWei + result.gasPaid;
  const next = { ...change(state, hash, (story) => ({ ...story, result: message })), gasWei };
  if (result.kind !== "enacted") return next;
  return {
    ...next,
    enacted: next.enacted + 1,
    gained: next.gained + gainOf(state, hash, result.changes),
    latencyMs: [...next.latencyMs, message.latencyMs].slice(-LATENCIES_KEPT),
    latencyBlocks: [...next.latencyBlocks, message.latencyBlocks].slice(-LATENCIES_KEPT),
  };
};

const connect = (state: DisplayState, agent: string, up: boolean): DisplayState => {
  const others = [...state.up].filter((name) => name !== agent);
  return { ...state, up: new Set(up ? [...others, agent] : others) };
};

type ProposalEvent = Extract<KeeperEvent, { readonly kind: "proposal" | "vote" | "refusal" | "sent" | "result" }>;

const isAboutProposal = (event: Exclude<KeeperEvent, SlowEvent>): event is ProposalEvent =>
  event.kind === "sent" || "message" in event;

/** What becomes of one proposal. */
const follow = (state: DisplayState, event: ProposalEvent): DisplayState => {
  switch (event.kind) {
    case "proposal":
      return begin(state, event.agent, event.message);
    case "vote":
      return addReview(state, event.message.hash, {
        agent: event.agent,
        isFor: true,
        reason: "",
        tookMs: event.tookMs,
      });
    case "refusal": {
      const { agent, tookMs, message } = event;
      return addReview(state, message.hash, { agent, isFor: false, reason: message.reason, tookMs });
    }
    case "sent":
      return change(state, event.hash, (story) => ({ ...story, sentIn: event.block }));
    case "result":
      return end(state, event.message);
    default:
      return assertNever(event);
  }
};

type Untold = Extract<
  KeeperEvent,
  {
    readonly kind:
      | "payment"
      | "agentState"
      | "keys"
      | "feeds"
      | "evidence"
      | "answerRefused"
      | "alerts"
      | "alertTold"
      | "position"
      | "foresight";
  }
>;

const UNTOLD: ReadonlySet<string> = new Set<Untold["kind"]>([
  "payment",
  "agentState",
  "keys",
  "feeds",
  "evidence",
  "answerRefused",
  "alerts",
  "alertTold",
  "position",
  "foresight",
]);

/** What the view leaves to the log. */
const isUntold = (event: KeeperEvent): event is Untold => UNTOLD.has(event.kind);

/** The state after one more event. Pure. */
export const applyEvent = (state: DisplayState, event: KeeperEvent): DisplayState => {
  if (isSlow(event)) return { ...state, slow: applySlow(state.slow, event) };
  if (isAboutProposal(event)) return follow(state, event);
  if (isUntold(event)) return state;
  switch (event.kind) {
    case "snapshot":
      return { ...state, view: event.view, pools: event.pools.length > 0 ? event.pools : state.pools };
    case "decision": {
      const opportunities = state.opportunities + (event.opportunities > 0 ? 1 : 0);
      return { ...state, blocksSeen: state.blocksSeen + 1, opportunities, lastWhy: event.why };
    }
    case "connection":
      return connect(state, event.agent, event.up);
    case "trouble":
      return { ...state, lastTrouble: `${event.agent}: ${event.what}`, troubles: state.troubles + 1 };
    default:
      return assertNever(event);
  }
};
