import type { Signer } from "ethers";
import { type SandboxLending, createLending } from "./lending.ts";
import { type SandboxTakara, createTakara } from "./takara.ts";

/** A lending market's entry of the address book, and the tokens of positions there. */
export type SandboxMarket = SandboxLending | SandboxTakara;

/** Deploys every lending market of the sandbox, and fills it with others' money. */
export const createLendingMarkets = async (
  signer: Signer,
  world: Parameters<typeof createLending>[1],
): Promise<readonly SandboxMarket[]> => [await createLending(signer, world), await createTakara(signer, world)];
