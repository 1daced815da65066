import { HDNodeWallet, Wallet } from "ethers";
import { readSigners, safeAt, safeDigest } from "../../safe/sign.ts";
import { CO_SIGNER_OWNERS, GUARDIAN_OWNERS } from "../../sandbox/fleet.ts";
import { type Command, type Values, UsageError, requiredArgument } from "../../lib/command.ts";
import { type Session, READ_OPTIONS, actorOf, withDao } from "../session.ts";
import { say, sayJson } from "../../lib/output.ts";
import { FILE, keepBytes, readRequest, requestLines } from "./request.ts";

/** Holds an owner's key; a key on the command line would stay in the shell's history. */
const OWNER_KEY = "NEXUS_SAFE_OWNER_KEY";

const signed = async (session: Session): Promise<number> => {
  const request = await readRequest(session, requiredArgument(session.values, FILE));
  const { signer, address } = await actorOf(session, OWNER_KEY);
  if (!(signer instanceof Wallet || signer instanceof HDNodeWallet)) {
    throw new UsageError(`nothing here can sign for ${address}`);
  }
  const { owners } = await readSigners(safeAt(request.safe, session.provider));
  if (!owners.includes(address)) throw new UsageError(`${address} is no owner of the Safe: they are ${owners.join()}`);
  const digest = safeDigest(request);
  const signature = signer.signingKey.sign(digest).serialized;
  const kept = await keepBytes(session, signature);
  if (session.inJson) sayJson({ safe: request.safe, owner: address, digest, signature });
  else [...requestLines(session, request), `signature of ${address}:`, kept].forEach(say);
  return 0;
};

/** Signs a request as an owner of the Safe; sends nothing. */
export const sign: Command = {
  about: `sign a request as an owner, with the key in ${OWNER_KEY}; shows what it signs, sends nothing`,
  takes: FILE,
  example: "request.json --out first.sig --as guardian-owner-1",
  options: {
    out: { value: "FILE", about: "write the signature to this file too" },
    ...READ_OPTIONS,
    as: { value: "WHO", about: `in the sandbox ${[...GUARDIAN_OWNERS, ...CO_SIGNER_OWNERS].join(", ")}` },
  },
  run: (values: Values) => withDao(values, signed),
};
