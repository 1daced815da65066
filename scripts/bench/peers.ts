import type { Cost } from "./trace.ts";

/** A figure of somebody else's system that nobody measures here, since no package of the registry brings its code. */
export type Quoted = Cost & { readonly flow: string; readonly system: string; readonly source: string };

/** Measured on a local EVM with plain tokens and warm recipients, of each project's own source, on 2026-11-22. */
const MEASURED = "quoted, measured 2026-11";

/**
 * What the nearest peers take for the same, from other measurements than ours. `escrow-life` of ERC-8183 is create, set
 * budget, fund, submit, complete; of ACP its memos too. `channel-life` of x402 is deposit, claim, settle, refund. Connext's
 * package does not install: it pins packages that are gone.
 */
export const QUOTED: readonly Quoted[] = [
  { flow: "escrow-life", system: "erc8183", gas: 572_153n, newSlots: 14, source: MEASURED },
  { flow: "escrow-life", system: "acp-v2", gas: 2_614_630n, newSlots: 62, source: MEASURED },
  { flow: "channel-life", system: "x402", gas: 250_586n, newSlots: 2, source: MEASURED },
  { flow: "channel-life", system: "connext", gas: 410_263n, newSlots: 10, source: MEASURED },
  { flow: "batch-claim-50", system: "x402", gas: 21_830n, newSlots: 0, source: MEASURED },
];
