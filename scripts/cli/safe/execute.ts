import { executionData, joinSignatures, readSigners, safeAt, safeDigest } from "../../safe/sign.ts";
import { GUARDIAN_OWNERS } from "../../sandbox/fleet.ts";
import { type Command, type Values, UsageError, needed, required, requiredArgument } from "../../lib/command.ts";
import { type Session, act, actOptions, actorOf, receiptLine, withDao } from "../session.ts";
import { say, sayJson } from "../../lib/output.ts";
import { type OwnersRequest, FILE, bytesIn, keepBytes, readRequest } from "./request.ts";

/** `isValidSignature`'s answer for yes. */
const IS_VALID = "0x1626ba7e";

/** @throws UsageError naming the signature at fault, or how many there must be */
const joinedFor = async (session: Session, request: OwnersRequest): Promise<string> => {
  const signatures = await Promise.all(required(session.values, "signatures").split(",").map(bytesIn));
  const who = await readSigners(safeAt(request.safe, session.provider));
  try {
    return joinSignatures(safeDigest(request), signatures, who);
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
};

/** A co-signature goes into `execute` of the proposal; the Safe is asked whether it is one. */
const coSigned = async (
  session: Session,
  request: Extract<OwnersRequest, { readonly kind: "hash" }>,
  signature: string,
): Promise<number> => {
  const safe = safeAt(request.safe, session.provider);
  const answer: unknown = await safe.getFunction("isValidSignature").staticCall(request.hash, signature);
  if (answer !== IS_VALID) throw new UsageError(`the Safe answers ${String(answer)} to these signatures`);
  const kept = await keepBytes(session, signature);
  if (session.inJson) sayJson({ safe: request.safe, hash: request.hash, proposal: request.proposal, signature });
  else {
    say("the Safe answers that this is its signature:");
    say(kept);
    say(`nexus proposal execute ${request.proposal ?? "HASH"} --co-signature with it`);
  }
  return 0;
};

const executed = async (session: Session): Promise<number> => {
  const request = await readRequest(session, requiredArgument(session.values, FILE));
  const signatures = await joinedFor(session, request);
  if (request.kind === "hash") return coSigned(session, request, signatures);
  const actor = await actorOf(session);
  const data = executionData(request, signatures);
  const receipt = await act(session, actor, { target: request.safe, value: 0n, data });
  if (session.inJson) sayJson({ safe: request.safe, nonce: request.nonce, receipt });
  else say(receiptLine(receipt));
  return 0;
};

/** Makes a Safe do what enough of its owners signed. */
export const execute: Command = {
  about: "make a Safe do what its owners signed; of a co-signature, put their signatures together",
  takes: FILE,
  example: "request.json --signatures first.sig,second.sig --as guardian-owner-1",
  options: {
    signatures: needed({ value: "HEX|FILE,…", about: "the owners' signatures, in any order" }),
    out: { value: "FILE", about: "of a co-signature: write it to this file too" },
    ...actOptions(GUARDIAN_OWNERS),
  },
  run: (values: Values) => withDao(values, executed),
};
