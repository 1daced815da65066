import { createKeccak } from "hash-wasm";
import type { Keccak } from "../../core/hex.ts";

/** Keccak-256 of hex and of bytes, ten times as fast as in plain JavaScript. */
export type FastKeccak = {
  readonly keccak: Keccak;
  /** The hash as 64 hex digits, without 0x. */
  readonly hashBytes: (data: Uint8Array) => string;
};

/** Loads the hash function; it is WebAssembly inside the package, so that it is the same on every machine. */
export const loadKeccak = async (): Promise<FastKeccak> => {
  const hasher = await createKeccak(256);
  const hashBytes = (data: Uint8Array): string => hasher.init().update(data).digest("hex");
  return { hashBytes, keccak: (data) => `0x${hashBytes(Buffer.from(data.slice(2), "hex"))}` };
};
