import { writeFile } from "node:fs/promises";
import { Consensus__factory } from "../../../types/index.ts";
import { callOf, resolveTarget } from "../../dao/calls.ts";
import { consensusOf, readProposed } from "../../../keepers/adapters/readers/slowProposals.ts";
import { type SafeCall, callRequest, safeAt } from "../../safe/sign.ts";
import { CO_SIGNER_SAFE, GUARDIAN_SAFE } from "../../sandbox/fleet.ts";
import { type Command, type Values, UsageError, required } from "../../lib/command.ts";
import { type Session, READ_OPTIONS, withDao } from "../session.ts";
import { say, sayJson } from "../../lib/output.ts";
import { type OwnersRequest, requestLines } from "./request.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { proposedNamed } from "../../dao/named.ts";

const named = async (session: Session, option: string): Promise<string> =>
  proposedNamed(await readProposed(session), required(session.values, option)).hash;

const argumentsIn = (values: Values): readonly unknown[] => {
  let json: unknown;
  try {
    json = JSON.parse(values.get("args") ?? "[]");
  } catch (cause) {
    throw new UsageError("--args is no JSON", { cause });
  }
  if (!Array.isArray(json)) throw new UsageError('--args must be a JSON list, like ["0x…", "1"]');
  return json;
};

/** The call that the Safe is to make: a veto, or any. */
const callIn = async (session: Session): Promise<SafeCall> => {
  const { book, values } = session;
  if (values.has("veto")) {
    const args = [await named(session, "veto"), required(values, "reason")] as const;
    const data = Consensus__factory.createInterface().encodeFunctionData("veto", [...args]);
    return { to: addressOf(book, "Consensus"), data };
  }
  const written = {
    target: required(values, "target"),
    signature: required(values, "call"),
    args: argumentsIn(values),
  };
  const { target, data } = callOf(book, written);
  return { to: target, data };
};

const requestIn = async (session: Session): Promise<OwnersRequest> => {
  const { book, values, provider } = session;
  const ways = ["veto", "co-sign", "target"].filter((name) => values.has(name));
  if (ways.length !== 1) throw new UsageError("say what the Safe shall do by one of --veto, --co-sign, --target");
  const usual = values.has("co-sign") ? CO_SIGNER_SAFE : GUARDIAN_SAFE;
  const safe = resolveTarget(book, values.get("safe") ?? usual);
  const chainId = BigInt(book.chainId);
  if (!values.has("co-sign")) return callRequest(safeAt(safe, provider), chainId, await callIn(session));
  const proposal = await named(session, "co-sign");
  const hash = await consensusOf(session).hashCoSignature(proposal);
  return { kind: "hash", chainId, safe, hash, proposal };
};

const proposed = async (session: Session): Promise<number> => {
  const request = await requestIn(session);
  const out = session.values.get("out");
  const asText = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? value.toString() : value);
  if (out !== undefined) await writeFile(out, `${JSON.stringify(request, asText, 2)}\n`);
  if (session.inJson) sayJson(request);
  else requestLines(session, request).forEach(say);
  if (!session.inJson && out !== undefined) say(`${out} is for the owners: nexus safe sign ${out}`);
  return 0;
};

/** Writes down what the owners of a Safe are asked to sign. */
export const propose: Command = {
  about: "write down what a Safe shall do, for its owners to sign: a veto, a co-signature, any call",
  example: "--veto 1 --reason 'a strange price' --out request.json",
  options: {
    safe: {
      value: "WHAT",
      about: `an address, or a name of the address book (${GUARDIAN_SAFE}, to co-sign ${CO_SIGNER_SAFE})`,
    },
    veto: { value: "HASH", about: "veto this proposal of agents; wants --reason" },
    reason: { value: "TEXT", about: "with --veto: why" },
    "co-sign": { value: "HASH", about: "co-sign this Critical proposal" },
    target: { value: "WHAT", about: "make one call: an address, or a name of the address book" },
    call: { value: "FUNCTION", about: "with --target: like setLevel(address,uint8)" },
    args: { value: "JSON", about: "with --target: the arguments as a list; addresses may be names" },
    out: { value: "FILE", about: "write the request to this file" },
    ...READ_OPTIONS,
  },
  run: (values: Values) => withDao(values, proposed),
};
