import { z } from "zod";
import { address, name } from "./fields.ts";

/** What can be lent in a market. `position`: the token of what was supplied; `debt`: that of what was borrowed. */
const reserve = z.strictObject({ asset: address, position: address, debt: address }).readonly();

/** A lending market of Aave's shape. `provider` knows the market's parts, `data` answers how its reserves stand. */
const pooledLending = z
  .strictObject({
    name,
    kind: z.literal("aaveV3"),
    pool: address,
    provider: address,
    data: address,
    oracle: address,
    reserves: z.array(reserve).readonly(),
  })
  .readonly();

/**
 * A market of Compound's shape lends one asset and is called by itself: `pool` is its cToken, `comptroller` decides for it and its
 * neighbours, and `position` shows its shares in units of the asset (a CompoundV2Position).
 */
const shareLending = z
  .strictObject({
    name,
    kind: z.literal("compoundV2"),
    pool: address,
    comptroller: address,
    reserves: z.tuple([z.strictObject({ asset: address, position: address }).readonly()]).readonly(),
  })
  .readonly();

/** A lending market of the address book. */
export const lendingSchema = z.discriminatedUnion("kind", [pooledLending, shareLending]);
