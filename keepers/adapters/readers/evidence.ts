import { id as hashOf } from "ethers";

/** Whether a log of decisions keeps the record behind a proposal's evidence, byte for byte. */
export type EvidenceCheck = { readonly isRight: boolean; readonly words: string };

/** What a line of the log begins with, up to the record, which is hashed as it stands there. */
const headOf = (evidence: string): string => `{"evidence":"${evidence}","record":`;

/**
 * Looks for the record that led to a proposal in a log of decisions, one `{"evidence":"0x…","record":…}` a line, and
 * hashes it again: what the line says of itself is not believed.
 */
export const checkEvidence = (log: string, evidence: string): EvidenceCheck => {
  const head = headOf(evidence);
  const line = log.split("\n").find((text) => text.startsWith(head));
  if (line === undefined) return { isRight: false, words: "the log has no record of it" };
  const hash = hashOf(line.slice(head.length, -1));
  return hash === evidence
    ? { isRight: true, words: "the log has the record, and it hashes to this" }
    : { isRight: false, words: `the log has a record under it that hashes to ${hash}` };
};
