import { maxOf } from "../core/integers.ts";

const DAY = 86_400n;

/** A limit per rolling day, as the contracts keep it: a bucket that holds half of the limit and drains so much in a day. */
export type Bucket = { readonly level: bigint; readonly at: bigint };

export const EMPTY_BUCKET: Bucket = { level: 0n, at: 0n };

const levelAt = ({ level, at }: Bucket, perDay: bigint, now: bigint): bigint =>
  maxOf(level - ((perDay / 2n) * (now - at)) / DAY, 0n);

/** What still fits, under a limit of `perDay` of which a class may use a multiple at once. */
export const freeIn = (
  bucket: Bucket,
  { perDay, multiple, now }: { readonly perDay: bigint; readonly multiple: bigint; readonly now: bigint },
): bigint => maxOf((perDay / 2n) * multiple - levelAt(bucket, perDay, now), 0n);

/** The bucket once so much was added. */
export const filled = (
  bucket: Bucket,
  amount: bigint,
  { perDay, now }: { readonly perDay: bigint; readonly now: bigint },
) => ({
  level: levelAt(bucket, perDay, now) + amount,
  at: now,
});
