import { type FoundWallet, isProvider, readAnnouncement } from "./provider.ts";

/** Asks all wallets of this browser to make themselves known; `onFound` is told each. */
export const discover = (onFound: (wallet: FoundWallet) => void): (() => void) => {
  const hear = (event: Event): void => {
    const found = readAnnouncement(event instanceof CustomEvent ? event.detail : undefined);
    if (found !== undefined) onFound(found);
  };
  addEventListener("eip6963:announceProvider", hear);
  dispatchEvent(new Event("eip6963:requestProvider"));
  const injected: unknown = Reflect.get(globalThis, "ethereum");
  if (isProvider(injected)) onFound({ id: "injected", name: "Unknown wallet", icon: undefined, provider: injected });
  return () => removeEventListener("eip6963:announceProvider", hear);
};
