import { encode, listIn, wordAt } from "../../data/selectors.ts";
import type { MetaDocument } from "../../data/documents.ts";
import type { Call, Session } from "../../wallet/session.ts";
import { useCalls } from "../../wallet/useCalls.ts";
import type { SafeRequest } from "./request.ts";

/** What the chain says of a Safe and of a request, read through the wallet. */
export type SafeState = {
  /** In lower case. */
  readonly owners: readonly string[];
  readonly threshold: number;
  /** Why the request cannot be signed any more, or not here; undefined where it can. */
  readonly fault: string | undefined;
};

const addressOf = (word: bigint): string => `0x${word.toString(16).padStart(40, "0")}`;

/** Why a request is not what the chain has now; undefined where it is. */
const faultIn = (request: SafeRequest, nonce: bigint, hash: string | undefined): string | undefined => {
  if (request.kind === "call") {
    return nonce === request.nonce
      ? undefined
      : `It is the Safe's call ${request.nonce}, and the Safe is at ${nonce} now: ask its proposer for a new one.`;
  }
  return hash === request.hash
    ? undefined
    : "Consensus asks for another hash of this proposal: this request is forged.";
};

/** Reads a Safe; undefined while it is on its way, and why where nothing at the address answers as a Safe. */
export const useSafe = (
  wallet: Session | undefined,
  request: SafeRequest,
  { meta, round }: { readonly meta: MetaDocument; readonly round: number },
): { readonly state: SafeState | undefined; readonly refusal: string | undefined } => {
  const { safe: to } = request;
  const consensus = meta.contracts["Consensus"] ?? "";
  const asked: readonly Call[] = [
    { to, data: encode("getOwners()") },
    { to, data: encode("getThreshold()") },
    { to, data: encode("nonce()") },
    ...(request.kind === "hash" ? [{ to: consensus, data: encode("hashCoSignature(bytes32)", request.proposal) }] : []),
  ];
  const { answers, refusal } = useCalls(wallet, asked, round);
  const [owners, threshold, nonce, hash] = answers ?? [];
  if (owners === undefined || threshold === undefined || nonce === undefined) return { state: undefined, refusal };
  const listed = listIn(owners).map(addressOf);
  if (listed.length === 0) return { state: undefined, refusal: `No Safe answers at ${to}.` };
  const fault = faultIn(request, wordAt(nonce, 0), hash);
  return { state: { owners: listed, threshold: Number(wordAt(threshold, 0)), fault }, refusal: undefined };
};

/** Whether the Safe's call would go through now: it is tried as the Safe, without an effect. */
export const usePreview = (wallet: Session, request: SafeRequest, round: number): string => {
  const call = request.kind === "call" ? [{ to: request.to, data: request.data }] : [];
  const { answers, refusal } = useCalls({ ...wallet, account: request.safe }, call, round);
  if (request.kind === "hash") return "";
  if (refusal !== undefined) return `It would be refused now: ${refusal}`;
  return answers === undefined ? "It is being tried." : "It would go through now.";
};
