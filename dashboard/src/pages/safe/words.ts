import { printable } from "../../../../keepers/core/printable.ts";
import { SELECTORS, wordAt } from "../../data/selectors.ts";
import type { MetaDocument } from "../../data/documents.ts";
import type { SafeRequest } from "./request.ts";

/** What a request does, and whether this page can say so from its bytes. */
export type Said = { readonly words: string; readonly isRead: boolean };

const nameAt = ({ contracts }: MetaDocument, at: string): string | undefined =>
  Object.entries(contracts).find(([, known]) => known.toLowerCase() === at.toLowerCase())?.[0];

const WORD_DIGITS = 64;
const MAX_REASON = 300;

/** The text that a call carries as its second argument; undefined where the bytes are none. */
const secondText = (data: string): string | undefined => {
  try {
    const args = `0x${data.slice(10)}`;
    const start = Number(wordAt(args, 1)) * 2 + 2;
    const length = Number(BigInt(`0x${args.slice(start, start + WORD_DIGITS)}`));
    const digits = args.slice(start + WORD_DIGITS, start + WORD_DIGITS + 2 * length);
    if (digits.length !== 2 * length) return undefined;
    const bytes = Uint8Array.from({ length }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
};

/** What a request does, read from its own bytes. */
export const wordsOf = (request: SafeRequest, meta: MetaDocument): Said => {
  const safe = nameAt(meta, request.safe) ?? "a Safe that the address book does not name";
  if (request.kind === "hash") {
    return {
      words: `${safe} co-signs the agents' proposal ${request.proposal}: it may then be executed.`,
      isRead: true,
    };
  }
  const target = nameAt(meta, request.to);
  const reason = secondText(request.data);
  if (target === "Consensus" && request.data.startsWith(SELECTORS["veto(bytes32,string)"]) && reason !== undefined) {
    const proposal = `0x${request.data.slice(10, 10 + WORD_DIGITS)}`;
    const words = `${safe} vetoes the agents' proposal ${proposal} for ever, because: “${printable(reason.slice(0, MAX_REASON))}”`;
    return { words, isRead: true };
  }
  return {
    words: `${safe} makes a call of ${target ?? request.to} that this page cannot read: nexus safe sign says it in words.`,
    isRead: false,
  };
};
