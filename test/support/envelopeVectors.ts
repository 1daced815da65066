import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { encodeBody } from "../../keepers/adapters/bus/bodies.ts";
import { naclPrimitives } from "../../keepers/adapters/bus/nacl.ts";
import { TOPICS, bytesOf, hexOf } from "../../keepers/core/envelope/layout.ts";
import type { Primitives } from "../../keepers/core/envelope/primitives.ts";
import { TOPIC_RULES } from "../../keepers/core/envelope/windows.ts";
import { writeEnvelope } from "../../keepers/core/envelope/write.ts";
import { hex } from "../../keepers/core/hex.ts";
import { MESSAGES, NOW_MS, REALM, bytesOfOne, identityOf } from "./envelopes.ts";

/*
 * The vectors of docs/messages.md: the sender is agent 1, recipients are agents 2 and 3. Run this file to write them again,
 * which only a new version of the envelope may need.
 */

const FILE = "test/vectors/envelopes.json";

const hexText = z.string().transform(hex);

const file = z.strictObject({
  about: z.string(),
  chainId: z.string(),
  registry: hexText,
  sentAtMs: z.number(),
  sender: z.strictObject({
    agentId: z.string(),
    seed: hexText,
    messageKey: hexText,
    boxSecret: hexText,
    boxKey: hexText,
  }),
  recipients: z.array(z.strictObject({ boxSecret: hexText, boxKey: hexText })),
  random: z.strictObject({ contentKey: hexText, nonce: hexText }),
  envelopes: z.array(
    z.strictObject({
      topic: z.string(),
      sequence: z.string(),
      isSealed: z.boolean(),
      body: z.string(),
      envelope: hexText,
    }),
  ),
});
export type EnvelopeVectors = z.infer<typeof file>;

/** Chance as the vectors have it: a content key of 0xc0, a nonce of 0xd0. */
export const withFixedRandom = (primitives: Primitives): Primitives => ({
  ...primitives,
  random: (length) => bytesOfOne(length === 24 ? 0xd0 : 0xc0, length),
});

/** What the vectors say, made by these primitives. */
export const makeVectors = (bare: Primitives): EnvelopeVectors => {
  const primitives = withFixedRandom(bare);
  const [sender, ...recipients] = [1, 2, 3].map((n) => identityOf(n, primitives));
  if (sender === undefined) throw new Error("no sender");
  const keys = recipients.map(({ boxKeys }) => boxKeys.boxKey);
  return {
    about: "Envelopes of version 1, see docs/messages.md. Every byte is determined by what stands here.",
    chainId: REALM.chainId.toString(),
    registry: REALM.registry,
    sentAtMs: NOW_MS,
    sender: {
      agentId: "1",
      seed: hexOf(bytesOfOne(1)),
      messageKey: sender.signer.messageKey,
      boxSecret: hexOf(bytesOfOne(101)),
      boxKey: sender.boxKeys.boxKey,
    },
    recipients: recipients.map(({ agentId, boxKeys }) => ({
      boxSecret: hexOf(bytesOfOne(Number(agentId) + 100)),
      boxKey: boxKeys.boxKey,
    })),
    random: { contentKey: hexOf(bytesOfOne(0xc0)), nonce: hexOf(bytesOfOne(0xd0, 24)) },
    envelopes: TOPICS.map((topic, i) => {
      const { isSealed } = TOPIC_RULES[topic];
      const [body, sequence] = [encodeBody(MESSAGES[topic]), BigInt(i + 1)];
      const letter = { topic, body, sequence, sentAtMs: NOW_MS, recipients: isSealed ? keys : undefined };
      return {
        topic,
        sequence: sequence.toString(),
        isSealed,
        body: new TextDecoder().decode(body),
        envelope: hexOf(writeEnvelope({ primitives, realm: REALM }, sender, letter)),
      };
    }),
  };
};

/** Reads test/vectors/envelopes.json. */
export const envelopeVectors = (): EnvelopeVectors => file.parse(JSON.parse(readFileSync(FILE, "utf8")));

/** The bytes of a vector. */
export const vectorBytes = (envelope: string): Uint8Array => bytesOf(hex(envelope));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(FILE, `${JSON.stringify(makeVectors(naclPrimitives), undefined, 2)}\n`);
}
