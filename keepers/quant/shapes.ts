import {
  type Shape,
  either,
  isAddress,
  isBigint,
  isBlockNumber,
  isInteger,
  isText,
  isUnixSeconds,
  listOf,
  mapOf,
  maybe,
  objectOf,
  oneOf,
} from "../core/shape.ts";
import type { PriceRow, PriceWindow } from "./priceWindow.ts";
import type { SizingPolicy } from "./risk/sizing.ts";
import type { StopBook, StopLevel, StopPolicy, StopStatus, Unjudged, WatchedPosition } from "./risk/stopLoss.ts";

/** Prices that were seen, as a record holds them. */
export const isPriceWindow = objectOf<PriceWindow>({
  tokens: listOf(isAddress),
  chunks: listOf(listOf(objectOf<PriceRow>({ sample: isBigint, prices: listOf(isBigint) }))),
});

/** How large a position may be by its risk, as a record holds it. */
export const isSizing = objectOf<SizingPolicy>({
  budgetPips: isBigint,
  toleranceBps: isBigint,
  sampleSeconds: isBigint,
  rows: isInteger,
});

/** When a stop-loss fires, as a record holds it. */
export const isStopPolicy = objectOf<StopPolicy>({
  base: isAddress,
  levels: mapOf(isAddress, objectOf<StopLevel>({ priceUsd: isBigint, distanceBps: isBigint })),
  snapshots: isBigint,
  everySeconds: isBigint,
  poolToleranceBps: isBigint,
  sliceUsd: isBigint,
  slippageBps: isBigint,
});

type Below = Extract<StopStatus, { readonly count: bigint }>;
type Of<K extends StopStatus["kind"]> = Extract<StopStatus, { readonly kind: K }>;

const isStatus: Shape<StopStatus> = either(
  objectOf<Of<"above">>({ kind: oneOf("above"), stop: isBigint, upper: isBigint }),
  either(
    objectOf<Below>({ kind: oneOf<Below["kind"]>("below", "fires"), stop: isBigint, upper: isBigint, count: isBigint }),
    objectOf<Of<"unjudged">>({
      kind: oneOf("unjudged"),
      why: oneOf<Unjudged>("price-not-ready", "prices-missing", "no-pool", "pool-disagrees"),
      words: isText,
    }),
  ),
);

/** What was seen of watched positions, as a record holds it. */
export const isStopBook = objectOf<StopBook>({
  block: maybe(isBlockNumber),
  time: maybe(isUnixSeconds),
  positions: listOf(
    objectOf<WatchedPosition>({
      token: isAddress,
      highWater: isBigint,
      lowers: listOf(isBigint),
      below: isBigint,
      countedAt: maybe(isUnixSeconds),
      status: isStatus,
    }),
  ),
});
