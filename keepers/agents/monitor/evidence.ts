import type { QuoteStatus } from "../../core/chainSnapshot.ts";
import type { Address, BlockNumber, UnixSeconds } from "../../core/units.ts";
import type { CauseEvidence, EvidenceStatus } from "./causes.ts";
import {
  type ShareEvidence,
  type ShareOperation,
  shareEnds,
  shareIdentity,
  shareLooks,
  shareMarks,
  shareName,
  shareTrips,
} from "./shares.ts";

/** The causes of `BreakerCause` that are about an asset, in the contract's order. */
export const BREAKER_CAUSES = ["PriceRefused", "PriceMoved"] as const;
export type BreakerCause = (typeof BREAKER_CAUSES)[number];

/** What the chain shows of one asset. Times in Unix seconds, zero for never. */
export type AssetEvidence = {
  readonly asset: string;
  readonly token: Address;
  readonly status: QuoteStatus;
  /** Seconds for which that is of use. */
  readonly window: bigint;
  readonly causes: Readonly<Record<BreakerCause, CauseEvidence>>;
};

/** Something about an asset that the monitor sends to the chain. */
export type AssetOperation =
  | { readonly kind: "observe"; readonly asset: string; readonly token: Address }
  | {
      readonly kind: "trip" | "restore";
      readonly asset: string;
      readonly token: Address;
      readonly cause: BreakerCause;
      /** The second of the observation that it uses up. */
      readonly since: bigint;
    };

/** Something that the monitor sends to the chain. */
export type EvidenceOperation = AssetOperation | ShareOperation;

const isAboutShares = (operation: EvidenceOperation): operation is ShareOperation => "holders" in operation;

/** Trips come before all else, and whatever was spent. */
export const isTrip = ({ kind }: EvidenceOperation): boolean => kind === "trip" || kind === "tripShares";

/** Names an operation as long as it is of use. */
export const evidenceName = (operation: EvidenceOperation): string => {
  if (isAboutShares(operation)) return shareName(operation);
  const { kind, asset } = operation;
  return kind === "observe" ? `observe ${asset}` : `${kind} ${asset} ${operation.cause}`;
};

/**
 * What an operation is asked for by, from what the contract uses up: no observation makes a second trip or end. To observe once
 * more does no harm, and the same may be lacking again where the price changed in between: it goes by the block at which it is.
 */
export const evidenceIdentity = (operation: EvidenceOperation, block: BlockNumber): string => {
  if (isAboutShares(operation)) return shareIdentity(operation, block);
  const { kind, token } = operation;
  if (kind === "observe") return `observe ${token} at block ${block}`;
  return `${kind} ${token} ${operation.cause} since ${operation.since}`;
};

/** What evidence may cost, and whether prices are marked while all is well. */
export type EvidencePolicy = {
  /** In wei, for observations and ends within a day. A trip is made whatever was spent: it is what the rest is for. */
  readonly budgetWei: bigint;
  /** Without marks a jump of the price cannot be shown, since nobody noted where it was. */
  readonly keepsMarks: boolean;
};

export type EvidenceView = {
  readonly time: UnixSeconds;
  readonly assets: readonly AssetEvidence[];
  readonly shares: readonly ShareEvidence[];
  /** In wei, within the last day. */
  readonly spentWei: bigint;
};

const NEEDS_FIRST: ReadonlySet<EvidenceStatus> = new Set(["NotObserved", "TooOld"]);

const trips = ({ asset, token, causes }: AssetEvidence): readonly AssetOperation[] =>
  BREAKER_CAUSES.flatMap((cause) =>
    causes[cause].trip === "Complete"
      ? [{ kind: "trip", asset, token, cause, since: causes[cause].shownAt } as const]
      : [],
  );

const ends = ({ asset, token, causes }: AssetEvidence): readonly AssetOperation[] =>
  BREAKER_CAUSES.flatMap((cause) =>
    causes[cause].restore === "Complete"
      ? [{ kind: "restore", asset, token, cause, since: causes[cause].goneAt } as const]
      : [],
  );

/** Whether somebody must note now that the price is refused, or that it is not any more. */
const needsLook = ({ status, causes }: AssetEvidence): boolean => {
  const { PriceRefused: refused, PriceMoved: moved } = causes;
  const isRefused = status !== "Ready";
  if (isRefused) return NEEDS_FIRST.has(refused.trip);
  // A price that came back ends what was observed, so that two refusals with a price between them are never one.
  return refused.shownAt !== 0n || refused.restore === "NotObserved" || moved.restore === "NotObserved";
};

const needsMark = ({ status, window, causes }: AssetEvidence, time: bigint): boolean =>
  status === "Ready" && causes.PriceMoved.trip !== "Disabled" && time > causes.PriceMoved.shownAt + window;

const observe = ({ asset, token }: AssetEvidence): AssetOperation => ({ kind: "observe", asset, token });

/**
 * What to send, the most urgent first: trips, what evidence is lacking, ends, marks. It shows only what the chain shows: a cause
 * that is absent is never tripped, and a price that came back is told like one that went. Pure.
 */
export const decideEvidence = (
  { time, assets, shares, spentWei }: EvidenceView,
  { budgetWei, keepsMarks }: EvidencePolicy,
): readonly EvidenceOperation[] => {
  const urgent = [...assets.flatMap(trips), ...shareTrips(shares)];
  if (spentWei >= budgetWei) return urgent;
  const looks = [...assets.filter(needsLook).map(observe), ...shareLooks(shares)];
  const ended = [...assets.flatMap(ends), ...shareEnds(shares)];
  if (!keepsMarks) return [...urgent, ...looks, ...ended];
  const marks = assets.filter((one) => !needsLook(one) && needsMark(one, time)).map(observe);
  return [...urgent, ...looks, ...ended, ...marks, ...shareMarks(shares)];
};
