import { assertNever } from "../core/assertNever.ts";
import type { OutcomeMessage, ProposalMessage } from "../core/bus.ts";
import type { ChainView } from "../core/chainView.ts";
import type { KeeperEvent, PoolPrice } from "../core/events.ts";
import type { TokenChange } from "../core/proposal.ts";
import { type SlowEvent, type SlowState, EMPTY_SLOW, applySlow, isSlow } from "./slowStories.ts";

/** What one agent said to a proposal. */
export type Ballot = {
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
  readonly ballots: readonly Ballot[];
  readonly sentIn: bigint | undefined;
  readonly outcome: OutcomeMessage | undefined;
};

/** All that the face knows, from the agents' events alone. */
export type FaceState = {
  readonly view: ChainView | undefined;
  readonly pools: readonly PoolPrice[];
  /** Blocks that the hunter looked at, and those with a gap worth a trade. */
  readonly looks: number;
  readonly gaps: number;
  /** What the hunter last said: why it proposed nothing, or undefined when it did. */
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
  /** Blocks and milliseconds from a gap's block to the enacted trade. */
  readonly latencyMs: readonly number[];
  readonly latencyBlocks: readonly number[];
  readonly slow: SlowState;
  readonly up: ReadonlySet<string>;
  readonly lastTrouble: string | undefined;
  readonly troubles: number;
};

export const EMPTY_STATE: FaceState = {
  view: undefined,
  pools: [],
  looks: 0,
  gaps: 0,
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
export const fateOf = ({ outcome, ballots, sentIn }: Story): string | undefined => {
  if (outcome?.outcome.kind === "enacted") return undefined;
  if (outcome?.outcome.kind === "reverted") return `reverted: ${outcome.outcome.error}`;
  if (outcome?.outcome.kind === "expired") return `expired: ${outcome.outcome.why}`;
  if (sentIn !== undefined) return "still in flight";
  return ballots.find(({ isFor }) => !isFor)?.reason ?? "overtaken by a newer proposal";
};

const count = (counts: FaceState["refused"], reason: string | undefined): FaceState["refused"] =>
  reason === undefined ? counts : { ...counts, [reason]: (counts[reason] ?? 0) + 1 };

/** How all proposals ended that were not enacted, by reason. */
export const refusedOf = ({ refused, stories }: FaceState): FaceState["refused"] =>
  stories.reduce((counts, story) => count(counts, fateOf(story)), refused);

const begin = (state: FaceState, proposer: string, message: ProposalMessage): FaceState => {
  const stories = [...state.stories, { proposer, message, ballots: [], sentIn: undefined, outcome: undefined }];
  const [oldest] = stories;
  const proposals = state.proposals + 1;
  if (stories.length <= STORIES_KEPT || oldest === undefined) return { ...state, stories, proposals };
  return { ...state, stories: stories.slice(1), proposals, refused: count(state.refused, fateOf(oldest)) };
};

const change = (state: FaceState, hash: string, edit: (story: Story) => Story): FaceState => ({
  ...state,
  stories: state.stories.map((story) => (story.message.hash === hash ? edit(story) : story)),
});

const addBallot = (state: FaceState, hash: string, ballot: Ballot): FaceState =>
  change(state, hash, (story) => ({ ...story, ballots: [...story.ballots, ballot] }));

/** What an enacted proposal changed in the token that it claimed a profit in. */
const gainOf = ({ stories }: FaceState, hash: string, changes: readonly TokenChange[]): bigint => {
  const claimed = stories.find(({ message }) => message.hash === hash)?.message.claim.token;
  return changes.reduce((sum, { token, change: by }) => sum + (token === claimed ? by : 0n), 0n);
};

const end = (state: FaceState, message: OutcomeMessage): FaceState => {
  const { hash, outcome } = message;
  if (outcome.kind === "expired") return change(state, hash, (story) => ({ ...story, outcome: message }));
  const gasWei = state.gasWei + outcome.gasPaid;
  const next = { ...change(state, hash, (story) => ({ ...story, outcome: message })), gasWei };
  if (outcome.kind !== "enacted") return next;
  return {
    ...next,
    enacted: next.enacted + 1,
    gained: next.gained + gainOf(state, hash, outcome.changes),
    latencyMs: [...next.latencyMs, message.latencyMs].slice(-LATENCIES_KEPT),
    latencyBlocks: [...next.latencyBlocks, message.latencyBlocks].slice(-LATENCIES_KEPT),
  };
};

const connect = (state: FaceState, agent: string, up: boolean): FaceState => {
  const others = [...state.up].filter((name) => name !== agent);
  return { ...state, up: new Set(up ? [...others, agent] : others) };
};

type ProposalEvent = Extract<KeeperEvent, { readonly kind: "proposal" | "vote" | "refusal" | "sent" | "outcome" }>;

const isAboutProposal = (event: Exclude<KeeperEvent, SlowEvent>): event is ProposalEvent =>
  event.kind === "sent" || "message" in event;

/** What becomes of one proposal. */
const follow = (state: FaceState, event: ProposalEvent): FaceState => {
  switch (event.kind) {
    case "proposal":
      return begin(state, event.agent, event.message);
    case "vote":
      return addBallot(state, event.message.hash, {
        agent: event.agent,
        isFor: true,
        reason: "",
        tookMs: event.tookMs,
      });
    case "refusal": {
      const { agent, tookMs, message } = event;
      return addBallot(state, message.hash, { agent, isFor: false, reason: message.reason, tookMs });
    }
    case "sent":
      return change(state, event.hash, (story) => ({ ...story, sentIn: event.block }));
    case "outcome":
      return end(state, event.message);
    default:
      return assertNever(event);
  }
};

type Untold = Extract<KeeperEvent, { readonly kind: "payment" | "standing" }>;

/** What the view leaves to the log. */
const isUntold = (event: KeeperEvent): event is Untold => event.kind === "payment" || event.kind === "standing";

/** The state after one more event. Pure. */
export const applyEvent = (state: FaceState, event: KeeperEvent): FaceState => {
  if (isSlow(event)) return { ...state, slow: applySlow(state.slow, event) };
  if (isAboutProposal(event)) return follow(state, event);
  if (isUntold(event)) return state;
  switch (event.kind) {
    case "snapshot":
      return { ...state, view: event.view, pools: event.pools.length > 0 ? event.pools : state.pools };
    case "decision": {
      const gaps = state.gaps + (event.opportunities > 0 ? 1 : 0);
      return { ...state, looks: state.looks + 1, gaps, lastWhy: event.why };
    }
    case "connection":
      return connect(state, event.agent, event.up);
    case "trouble":
      return { ...state, lastTrouble: `${event.agent}: ${event.what}`, troubles: state.troubles + 1 };
    default:
      return assertNever(event);
  }
};
