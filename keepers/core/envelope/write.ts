import type { Topic } from "../bus.ts";
import type { Hex } from "../hex.ts";
import type { Address } from "../units.ts";
import { MAX_ENVELOPE_BYTES, encodeEnvelope, encodeUnsigned } from "./layout.ts";
import type { BoxKeys, MessageSigner, Primitives } from "./primitives.ts";
import { sealBody } from "./seal.ts";

/** Who sends: an agent with its keys. */
export type Identity = { readonly agentId: bigint; readonly signer: MessageSigner; readonly boxKeys: BoxKeys };

/** What one envelope is made of. */
export type Letter = {
  readonly topic: Topic;
  readonly body: Uint8Array;
  /** Above that of each earlier one of this sender and topic. */
  readonly sequence: bigint;
  readonly sentAtMs: number;
  /** X25519 keys of those who may read it; undefined for everybody. */
  readonly recipients: readonly Hex[] | undefined;
};

/** Where envelopes count. */
export type Realm = { readonly chainId: bigint; readonly registry: Address };

/** Writes an envelope. @throws RangeError when it would be too long, or for a number or recipients that do not fit */
export const writeEnvelope = (
  { primitives, realm }: { readonly primitives: Primitives; readonly realm: Realm },
  { agentId, signer, boxKeys }: Identity,
  { topic, body, sequence, sentAtMs, recipients }: Letter,
): Uint8Array => {
  const content = recipients === undefined ? body : sealBody(primitives, { body, from: boxKeys, recipients });
  const header = {
    ...realm,
    topic,
    isSealed: recipients !== undefined,
    sender: agentId,
    sequence,
    sentAtMs: Math.floor(sentAtMs),
    messageKey: signer.messageKey,
  };
  const signed = encodeUnsigned(header, content);
  const envelope = encodeEnvelope(signed, signer.sign(signed));
  if (envelope.length > MAX_ENVELOPE_BYTES) throw new RangeError(`an envelope of ${envelope.length} bytes`);
  return envelope;
};
