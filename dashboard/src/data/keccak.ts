import { keccak_256 } from "@noble/hashes/sha3.js";
import { type Hex, type Keccak, hex } from "../../../keepers/core/hex.ts";

const bytesOf = (data: Hex): Uint8Array =>
  Uint8Array.from({ length: (data.length - 2) / 2 }, (_, i) => Number.parseInt(data.slice(2 + 2 * i, 4 + 2 * i), 16));

/** Bytes as the text of them in hex. */
export const hexOf = (bytes: Uint8Array): Hex =>
  hex(`0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`);

/** Keccak-256 in the browser. */
export const keccak: Keccak = (data) => hexOf(keccak_256(bytesOf(data)));
