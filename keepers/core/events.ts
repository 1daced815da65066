import type { AlertMessage, AlertsReport, FeedState, VolatilityState } from "./alerts.ts";
import type { TallyState } from "./ballot.ts";
import type {
  BallotMessage,
  ResultMessage,
  ProposalMessage,
  RefusalMessage,
  SlowProposalMessage,
  VoteMessage,
} from "./bus.ts";
import type { ChainSnapshot } from "./chainSnapshot.ts";
import type { PositionAlert } from "./positionAlert.ts";
import type { TokenChange } from "./proposal.ts";
import type { AgentStatus } from "./signerRecord.ts";
import type { Address, BlockNumber, UnixSeconds } from "./units.ts";

/** Price of token0 in token1 of one pool, as √ in Q64.96. */
export type PoolPrice = { readonly pool: Address; readonly sqrtPriceX96: bigint };

/** Where a proposal on the slow path stands on the chain. Times in Unix seconds, weights in whole stake tokens. */
export type SlowStatus = {
  readonly hash: string;
  readonly state: TallyState;
  readonly block: BlockNumber;
  readonly time: bigint;
  readonly weightFor: bigint;
  readonly weightAgainst: bigint;
  /** The first second in which a queued one may be executed. */
  readonly executableFrom: bigint | undefined;
};

/** How a proposal on the slow path ended. `changes` by its execution, as far as the one who tells it saw that. */
export type SlowEnd = {
  readonly hash: string;
  readonly how: "executed" | "vetoed" | "expired" | "refused" | "outvoted";
  readonly block: BlockNumber;
  readonly changes: readonly TokenChange[] | undefined;
};

/** How an agent stands in the registry. Zero `validUntil`: its key has no end. */
export type AgentState = {
  readonly agentId: bigint;
  readonly weight: bigint;
  readonly status: AgentStatus;
  readonly validUntil: UnixSeconds;
};

/** Everything a terminal view, a report or a metric wants to know of a running fleet. `agent` is the configured name. */
export type KeeperEvent =
  | {
      readonly kind: "snapshot";
      readonly agent: string;
      readonly view: ChainSnapshot;
      readonly pools: readonly PoolPrice[];
      readonly tookMs: number;
    }
  | {
      readonly kind: "decision";
      readonly agent: string;
      readonly block: BlockNumber;
      /** Why nothing was proposed, or undefined when something was. */
      readonly why: string | undefined;
      /** How many ways to make money were seen. */
      readonly opportunities: number;
      readonly tookMs: number;
    }
  | { readonly kind: "proposal"; readonly agent: string; readonly message: ProposalMessage }
  | { readonly kind: "vote"; readonly agent: string; readonly message: VoteMessage; readonly tookMs: number }
  | { readonly kind: "refusal"; readonly agent: string; readonly message: RefusalMessage; readonly tookMs: number }
  | {
      readonly kind: "sent";
      readonly agent: string;
      readonly hash: string;
      readonly transaction: string;
      readonly block: BlockNumber;
    }
  | { readonly kind: "result"; readonly agent: string; readonly message: ResultMessage }
  | { readonly kind: "slowProposal"; readonly agent: string; readonly proposed: SlowProposalMessage }
  | { readonly kind: "ballot"; readonly agent: string; readonly ballot: BallotMessage; readonly tookMs: number }
  | { readonly kind: "slowStatus"; readonly agent: string; readonly status: SlowStatus }
  | {
      readonly kind: "slowBlocked";
      readonly agent: string;
      readonly hash: string;
      readonly reason: string;
      readonly detail: string;
    }
  | {
      readonly kind: "slowVeto";
      readonly agent: string;
      readonly hash: string;
      readonly reason: string;
      readonly transaction: string;
    }
  /** What a step of the slow path cost, in wei. */
  | { readonly kind: "slowPaid"; readonly agent: string; readonly hash: string; readonly gasPaid: bigint }
  | { readonly kind: "slowEnd"; readonly agent: string; readonly end: SlowEnd }
  | {
      readonly kind: "payment";
      readonly agent: string;
      /** What is or would be done, by the identity that the state gives it. */
      readonly operation: string;
      readonly step: "sent" | "done" | "reverted" | "expired" | "refused" | "waits";
      /** Why, where it was not done; the gas paid in wei, where it was. */
      readonly detail: string;
      readonly block: BlockNumber;
    }
  | {
      readonly kind: "agentState";
      readonly agent: string;
      readonly now: AgentState;
      /** Undefined when it is told for the first time. */
      readonly before: AgentState | undefined;
    }
  /** Since when the registry has an agent's vote key and its message keys. `askFrom`: when another vote key is due; undefined for never. */
  | {
      readonly kind: "keys";
      readonly agent: string;
      readonly agentId: bigint;
      readonly signerSince: UnixSeconds;
      readonly profileSince: UnixSeconds;
      readonly askFrom: UnixSeconds | undefined;
    }
  /** The prices' sources at one block, as the price-feed monitor sees them. */
  | {
      readonly kind: "feeds";
      readonly agent: string;
      readonly block: BlockNumber;
      readonly feeds: readonly FeedState[];
      /** Of the whole treasury, whatever comes in and goes out; undefined before there are enough prices. */
      readonly book: VolatilityState | undefined;
    }
  /**
   * What the price-feed monitor sends, as for `payment`: by the name of the observation, the trip or its end that it shows to the
   * breaker, or of the update of prices that it pays for. The execution engine tells so of an update in a proposal's transaction.
   */
  | {
      readonly kind: "evidence";
      readonly agent: string;
      readonly operation: string;
      readonly step: "sent" | "done" | "reverted" | "expired" | "refused";
      readonly detail: string;
      readonly block: BlockNumber;
    }
  /** An answer about prices that was not used. It is told each time; `times` counts it since the agent started. */
  | {
      readonly kind: "answerRefused";
      readonly agent: string;
      /** The endpoint or the source that it is about. */
      readonly about: string;
      readonly fault: string;
      readonly detail: string;
      readonly times: number;
    }
  /**
   * What was foreseen for a block, once it is there: how many pending swaps were followed and left out, how many of their pools stand
   * as foreseen or otherwise, and whether a plan made for it was proposed.
   */
  | {
      readonly kind: "foresight";
      readonly agent: string;
      readonly block: BlockNumber;
      readonly swaps: number;
      readonly leftOut: number;
      readonly asForeseen: number;
      readonly otherwise: number;
      readonly proposed: boolean;
    }
  /** A watched position whose state has changed. */
  | { readonly kind: "position"; readonly agent: string; readonly block: BlockNumber; readonly alert: PositionAlert }
  /** All alerts, whenever one changes, and every five seconds. */
  | { readonly kind: "alerts"; readonly agent: string; readonly report: AlertsReport }
  /** A message that goes out to people, for the terminal and the log. */
  | { readonly kind: "alertTold"; readonly agent: string; readonly told: AlertMessage }
  /** `detail`: the endpoint that is up, without its secrets, or why it is no longer. */
  | { readonly kind: "connection"; readonly agent: string; readonly up: boolean; readonly detail?: string }
  | { readonly kind: "trouble"; readonly agent: string; readonly what: string };

/** Takes events; must not throw and must be quick. */
export type EmitEvent = (event: KeeperEvent) => void;
