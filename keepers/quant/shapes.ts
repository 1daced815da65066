import { isAddress, isBigint, isInteger, listOf, objectOf } from "../core/shape.ts";
import type { PriceRow, PriceWindow } from "./priceWindow.ts";
import type { SizingPolicy } from "./risk/sizing.ts";

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
