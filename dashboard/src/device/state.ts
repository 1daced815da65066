import { signal } from "@preact/signals";

/**
 * How this page stands to the app that is kept on the device. `none`: this browser, or this address, keeps none, and `why`.
 * `waiting`: a newer one is there and waits to be asked for. `renewed`: another tab asked for it.
 */
export type AppState =
  { readonly kind: "unknown" | "kept" | "waiting" | "renewed" } | { readonly kind: "none"; readonly why: string };

export const app = signal<AppState>({ kind: "unknown" });

/** What a browser that can install the app gave to ask it by; TypeScript's own types do not know it. */
export type Installer = Event & { readonly prompt: () => Promise<unknown> };
export const installer = signal<Installer | undefined>(undefined);

/** Has the newer app take over, and loads the page again; set once there is one. */
export const takeNew = signal<(() => void) | undefined>(undefined);
