import { type Hex, hex } from "../../../keepers/core/hex.ts";

/** A signature of a key, in its parts. */
export type KeySignature = { readonly r: Hex; readonly s: Hex; readonly v: bigint };

const SIGNATURE = /^0x([0-9a-f]{64})([0-9a-f]{64})(00|01|1b|1c)$/;
/** Contracts count the two points from here. */
export const FIRST_V = 27n;

/** A pasted text as a signature of 65 bytes; undefined where it is none. */
export const signatureIn = (text: string): KeySignature | undefined => {
  const [, r, s, end] = SIGNATURE.exec(text.trim().toLowerCase()) ?? [];
  if (r === undefined || s === undefined || end === undefined) return undefined;
  const last = BigInt(`0x${end}`);
  return { r: hex(`0x${r}`), s: hex(`0x${s}`), v: last < FIRST_V ? last + FIRST_V : last };
};

/** A signature as contracts take it in one piece. */
export const packed = ({ r, s, v }: KeySignature): string => `${r}${s.slice(2)}${v.toString(16)}`;
