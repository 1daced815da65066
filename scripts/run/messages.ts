import type { AddressBook } from "../../deployments/schema.ts";

/** What the sandbox's process is started with. */
export type WorldOptions = {
  readonly seed: number;
  readonly marketFile: string | undefined;
  readonly blocksPerRow: number | undefined;
  /** Every agent's vote is needed, instead of three of five. */
  readonly unanimous: boolean;
};

/** What the sandbox's process tells. */
export type WorldReport =
  | { readonly kind: "progress"; readonly line: string }
  /** Everything is deployed and blocks come; the market stands still. */
  | { readonly kind: "ready"; readonly rpcUrl: string; readonly wsUrl: string; readonly book: AddressBook }
  /** The first orders went out on this block's state. */
  | { readonly kind: "begun"; readonly block: number }
  /** No block comes after this one. */
  | { readonly kind: "halted"; readonly block: number }
  | { readonly kind: "failed"; readonly reason: string };

/** What the sandbox's process is told. `blocks`: how many to mine after the market has begun, without end if undefined. */
export type WorldOrder =
  | { readonly kind: "open"; readonly options: WorldOptions }
  | { readonly kind: "begin"; readonly blocks: number | undefined }
  | { readonly kind: "stop" };
