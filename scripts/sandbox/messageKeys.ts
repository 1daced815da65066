import { createHash } from "node:crypto";
import { ZeroHash, hexlify } from "ethers";
import nacl from "tweetnacl";
import type { AgentProfile } from "../deploy/agents.ts";

/** The secret halves of an agent's keys for messages, 32 bytes each. */
export type MessageSecrets = { readonly messageKey: string; readonly boxKey: string };

const derived = (name: string, use: string): Uint8Array =>
  createHash("sha256").update(`NEXUS sandbox, ${use} key of ${name}`).digest();

/** An agent's secrets in the sandbox, which everybody knows as they know the keys of the test mnemonic. */
export const messageSecretsOf = (name: string): MessageSecrets => ({
  messageKey: hexlify(derived(name, "message")),
  boxKey: hexlify(derived(name, "box")),
});

/** The public halves, as the registry has them. */
export const messageProfileOf = (name: string): AgentProfile => ({
  uriDigest: ZeroHash,
  messageKey: hexlify(nacl.sign.keyPair.fromSeed(derived(name, "message")).publicKey),
  boxKey: hexlify(nacl.box.keyPair.fromSecretKey(derived(name, "box")).publicKey),
});
