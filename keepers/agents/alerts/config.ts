import { z } from "zod";
import { amount, count, listOf, privateUrl } from "../../config/shapes.ts";
import { secret } from "../../config/secret.ts";
import { SEVERITIES } from "../../core/alerts.ts";

const hidden = z.string().min(1).transform(secret);
const basisPoints = count.pipe(z.int().max(10_000));

/** What an alerts agent is told by its operator. README.md says what each setting means. */
export const settings = z.strictObject({
  dir: z.string().min(1).optional(),
  leastSeverity: z.enum(SEVERITIES).default("warn"),
  balanceFloorWei: amount.default(10n ** 18n),
  maxResidentMb: count.pipe(z.int().min(64)).default(1_024),
  valueDropBps: basisPoints.default(300),
  leastConfidenceBps: basisPoints.default(2_500),
  marketGapBps: basisPoints.default(200),
  volatilityPercent: count.pipe(z.int().min(100)).default(300),
  pegged: listOf(z.string().min(1)).optional(),
  webhookUrl: privateUrl.transform(secret).optional(),
  webhookSecret: hidden.optional(),
  smtpUrl: z
    .string()
    .regex(/^smtps?:\/\/\S+$/, "must be a mail server's address: smtp or smtps")
    .transform(secret)
    .optional(),
  mailFrom: z.string().min(3).optional(),
  mailTo: listOf(z.string().min(3)).optional(),
  botUrl: privateUrl.default("https://api.telegram.org"),
  botToken: hidden.optional(),
  botChat: z.string().min(1).optional(),
  pushContact: z
    .string()
    .regex(/^(?:mailto:|https:\/\/)\S+$/, "must be a mailto: or an https address")
    .optional(),
  pushPublicKey: z.string().min(1).optional(),
  pushPrivateKey: hidden.optional(),
});

export type AlertsSettings = z.output<typeof settings>;
