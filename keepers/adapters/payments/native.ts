import { createRequire } from "node:module";

/** What we use of the native package. */
export type Native = {
  readonly ecdsaRecover: (
    ...of: readonly [signature: Uint8Array, parity: number, digest: Uint8Array, compressed: boolean]
  ) => Uint8Array;
  readonly ecdsaSign: (
    digest: Uint8Array,
    secret: Uint8Array,
  ) => { readonly signature: Uint8Array; readonly recid: number };
};

/** libsecp256k1, or undefined where the package holds no build for this machine. */
export const loadNative = (): Native | undefined => {
  try {
    // The package's own entry would fall back to a third implementation; ours is the one that is tested.
    return createRequire(import.meta.url)("secp256k1/bindings.js") as Native;
  } catch {
    return undefined;
  }
};
