import type { ProposalMessage } from "../../core/bus.ts";
import { type BlockNumber, blockNumber } from "../../core/units.ts";

/** Since when a proposal is measured: the block its proposer saw, and its clock then. */
export type SeenFrom = { readonly proposedBlock: BlockNumber; readonly proposedAtMs: number };

/** What is stored with a proposal's transaction, so that its latency is known also after a restart. */
export const noteOf = ({ block, seenAtMs }: Pick<ProposalMessage, "block" | "seenAtMs">): string =>
  `${block} ${seenAtMs}`;

/** What {@link noteOf} wrote; undefined for anything else. */
export const readNote = (note: string): SeenFrom | undefined => {
  const found = /^(\d+) (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(note);
  if (found === null) return undefined;
  return { proposedBlock: blockNumber(BigInt(found[1] ?? "")), proposedAtMs: Number(found[2]) };
};
