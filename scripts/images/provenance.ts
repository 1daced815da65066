import { type KeyObject, createPublicKey, sign, verify } from "node:crypto";
import { z } from "zod";

const PAYLOAD_TYPE = "application/vnd.in-toto+json";

/** What an image was made of and by what. Hashes are SHA-256 in hexadecimal digits. */
export type Provenance = {
  /** The image's digest, without `sha256:`. */
  readonly image: string;
  readonly version: string;
  readonly commit: string;
  /** Whether files differ from that commit. */
  readonly isDirty: boolean;
  readonly lock: string;
  readonly sbom: string;
  readonly builder: string;
};

const BUILD_TYPE = "https://nexus.invalid/image/buildah/v1";

/** An in-toto statement with SLSA's provenance, version 1. */
export const statementOf = ({ image, version, commit, isDirty, lock, sbom, builder }: Provenance) => ({
  _type: "https://in-toto.io/Statement/v1",
  subject: [{ name: "nexus", digest: { sha256: image } }],
  predicateType: "https://slsa.dev/provenance/v1",
  predicate: {
    buildDefinition: {
      buildType: BUILD_TYPE,
      externalParameters: { version, containerfile: "deployments/images/Containerfile" },
      internalParameters: { isDirty },
      resolvedDependencies: [
        { name: "source", digest: { gitCommit: commit } },
        { name: "package-lock.json", digest: { sha256: lock } },
      ],
    },
    runDetails: {
      builder: { id: builder },
      byproducts: [{ name: "sbom.cdx.json", digest: { sha256: sbom } }],
    },
  },
});

const envelope = z.object({
  payloadType: z.literal(PAYLOAD_TYPE),
  payload: z.base64(),
  signatures: z.array(z.object({ keyid: z.string(), sig: z.base64() })).min(1),
});
export type SealedStatement = z.infer<typeof envelope>;

/** The bytes that are signed (DSSE): type and payload, each with its length before it, so that no two pairs have the same bytes. */
const signedBytes = (payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `), payload]);

/** The public half of a key, in base64: what names it in an envelope. */
export const keyIdOf = (key: KeyObject): string =>
  (key.type === "private" ? createPublicKey(key) : key).export({ type: "spki", format: "der" }).toString("base64");

/** Signs a statement with an Ed25519 key. */
export const seal = (statement: unknown, key: KeyObject): SealedStatement => {
  const payload = Buffer.from(JSON.stringify(statement));
  const sig = sign(null, signedBytes(payload), key).toString("base64");
  return {
    payloadType: PAYLOAD_TYPE,
    payload: payload.toString("base64"),
    signatures: [{ keyid: keyIdOf(key), sig }],
  };
};

/**
 * Whether an envelope is signed by a key and speaks of an image.
 * @param image the digest, without `sha256:`
 * @returns what is wrong, in words; undefined where nothing is
 */
export const sealFault = (value: unknown, key: KeyObject, image: string): string | undefined => {
  const read = envelope.safeParse(value);
  if (!read.success) return "it is no signed statement";
  const payload = Buffer.from(read.data.payload, "base64");
  const isSigned = read.data.signatures.some(({ sig }) =>
    verify(null, signedBytes(payload), key, Buffer.from(sig, "base64")),
  );
  if (!isSigned) return "it is not signed by this key";
  const subject = z.object({ subject: z.array(z.object({ digest: z.object({ sha256: z.string() }) })) });
  const said = subject.parse(JSON.parse(payload.toString("utf8"))).subject.map(({ digest }) => digest.sha256);
  return said.includes(image) ? undefined : `it speaks of another image: ${said.join(", ")}`;
};
