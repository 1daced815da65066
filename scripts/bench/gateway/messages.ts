/** What the bench tells the process in which a gateway runs by itself. */
export type ServerOrder =
  { readonly kind: "serve"; readonly book: unknown; readonly rpcUrl: string } | { readonly kind: "memory" };

/** What that process tells. `memory`: the most that was resident at once, in bytes. */
export type ServerReport =
  | { readonly kind: "ready"; readonly url: string }
  | { readonly kind: "memory"; readonly bytes: number }
  | { readonly kind: "trouble"; readonly what: string };
