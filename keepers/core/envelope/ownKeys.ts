import type { Hex } from "../hex.ts";
import type { ProfileKeys, TimedKeys } from "./members.ts";
import type { BoxKeys, MessageSigner } from "./primitives.ts";

/** A pair of keys that an agent speaks with. */
export type OwnKeys = { readonly signer: MessageSigner; readonly boxKeys: BoxKeys };

/** Others may see the registry's event some blocks after us. */
const GRACE_MS = 5_000;

const isPair = ({ signer, boxKeys }: OwnKeys, { messageKey, boxKey }: ProfileKeys): boolean =>
  signer.messageKey === messageKey && boxKeys.boxKey === boxKey;

/**
 * Makes the choice of the keys that an agent speaks with: the current ones of the registry, as soon as others know them too.
 * While an overlap lets the ones before count, they are used for some seconds more. [NX-KEE-13]
 */
export const createKeyChoice = (nowMs: () => number) => {
  let current: Hex | undefined;
  let seenMs = -Infinity;
  return <K extends OwnKeys>(valid: readonly TimedKeys[], ours: readonly K[]): K | undefined => {
    const [newest, ...before] = valid;
    if (newest?.messageKey !== current) {
      // What is there when we start is known to everybody.
      seenMs = current === undefined ? -Infinity : nowMs();
      current = newest?.messageKey;
    }
    const isNews = nowMs() - seenMs < GRACE_MS;
    const inOrder = isNews && newest !== undefined ? [...before, newest] : valid;
    for (const keys of inOrder) {
      const found = ours.find((own) => isPair(own, keys));
      if (found !== undefined) return found;
    }
    return undefined;
  };
};
