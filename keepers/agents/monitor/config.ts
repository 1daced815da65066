import { z } from "zod";
import { account, amount, count, flag, jsonOr, privateUrl } from "../../config/shapes.ts";
import { secret } from "../../config/secret.ts";
import { hex } from "../../core/hex.ts";

/** What is put behind an address would else stand in its query. */
const plainUrl = privateUrl.refine((url) => !/[?#@]/.test(url), "must have no query, fragment or credentials");
const areDistinct = (names: readonly string[]): boolean => new Set(names).size === names.length;

/** So many oracles and beacons of each are asked about at most. */
const MAX_FEEDS = 64;
const MAX_BEACONS = 32;

const fewFeeds = <T extends z.ZodType>(shape: T) =>
  z.record(z.string(), shape).refine((feeds) => Object.keys(feeds).length <= MAX_FEEDS, `at most ${MAX_FEEDS} oracles`);

const redstone = z
  .strictObject({
    url: plainUrl,
    service: z.string().min(1).max(100),
    signers: z.array(account).min(1).max(MAX_BEACONS).refine(areDistinct, "names a signer twice"),
    threshold: z.int().min(1),
    feeds: fewFeeds(z.string().regex(/^[\x21-\x7e]{1,31}$/, "must be a name of at most 31 characters")),
  })
  .refine(({ signers, threshold }) => threshold <= signers.length, "the threshold is above the number of signers");

const beacon = z.strictObject({
  airnode: account,
  templateId: z
    .string()
    .regex(/^0x[0-9a-f]{64}$/, "must be 32 bytes in lower-case hex")
    .transform(hex),
});
const beacons = z
  .array(beacon)
  .min(1)
  .max(MAX_BEACONS)
  .refine(
    (all) => areDistinct(all.map(({ airnode, templateId }) => `${airnode} ${templateId}`)),
    "names a beacon twice",
  );
const api3 = z.strictObject({ url: plainUrl, feeds: fewFeeds(beacons) });

/** What a price-feed monitor is told by its operator. README.md says what each setting means. */
export const settings = z.strictObject({
  everyBlocks: amount.default(5n),
  showsEvidence: flag.default(true),
  keepsMarks: flag.default(true),
  budgetWei: amount.default(10n ** 18n),
  lifetimeSeconds: amount.default(20n),
  heartbeats: jsonOr(z.record(z.string(), count)).default({}),
  pythUrl: privateUrl.optional(),
  pythToken: z.string().min(1).transform(secret).optional(),
  redstone: jsonOr(redstone).optional(),
  api3: jsonOr(api3).optional(),
  updatesPerDay: count.default(48),
  maxUpdateFeeWei: amount.default(500_000_000_000_000_000n),
  updateAheadSeconds: amount.default(60n),
  pollSeconds: count.pipe(z.int().min(1)).default(5),
  tradeSizeUsd: amount.default(1_000n),
});

export type MonitorSettings = z.output<typeof settings>;
