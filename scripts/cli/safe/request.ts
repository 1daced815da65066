import { readFile, writeFile } from "node:fs/promises";
import { getAddress, isAddress, isHexString } from "ethers";
import { z } from "zod";
import { consensusOf } from "../../../keepers/adapters/readers/slowProposals.ts";
import { type SafeRequest, safeDigest } from "../../safe/sign.ts";
import { UsageError } from "../../lib/command.ts";
import type { Session } from "../session.ts";
import { nameOf } from "../../../deployments/lookup.ts";
import { describeCall } from "../../../keepers/adapters/readers/daoCalls.ts";

/** The argument of the commands that take a request. */
export const FILE = "FILE";

const account = z
  .string()
  .refine((text) => isAddress(text), "must be an address")
  .transform(getAddress);
const word = z.string().regex(/^0x[0-9a-f]{64}$/, "must be 32 bytes in lower-case hex");
const count = z.string().regex(/^\d+$/, "must be a whole number in quotes").transform(BigInt);
const common = { chainId: count, safe: account };

/** A request as its file has it. `proposal`: the agents' proposal that a hash co-signs. */
const shape = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("call"),
    ...common,
    nonce: count,
    to: account,
    data: z.string().regex(/^0x([0-9a-f]{2})*$/),
  }),
  z.strictObject({ kind: z.literal("hash"), ...common, hash: word, proposal: word }),
]);

/** What owners sign, and for a co-signature the proposal that it is for. */
export type OwnersRequest = SafeRequest & { readonly proposal?: string };

/**
 * Reads what is to be signed. Its file is not believed: it must be for this chain, and a hash must be what Consensus says
 * of the proposal that the file names.
 * @throws UsageError when it is not
 */
export const readRequest = async (session: Session, path: string): Promise<OwnersRequest> => {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new UsageError(`cannot read ${path}`, { cause });
  });
  const parsed = shape.safeParse(parseJson(text, path));
  if (!parsed.success) {
    throw new UsageError(`${path} is no request: ${z.prettifyError(parsed.error).replaceAll("\n", " ")}`);
  }
  const request = parsed.data;
  if (request.chainId !== BigInt(session.book.chainId)) {
    throw new UsageError(`${path} is for chain ${request.chainId}, the address book for ${session.book.chainId}`);
  }
  if (request.kind === "call") return request;
  const hash = await consensusOf(session).hashCoSignature(request.proposal);
  if (hash === request.hash) return request;
  throw new UsageError(`${path} asks for ${request.hash}, but ${request.proposal} is co-signed by ${hash}`);
};

const parseJson = (text: string, path: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${path} is no JSON`, { cause });
  }
};

/**
 * Bytes as they were written, or as a file holds them.
 * @throws UsageError when there are none
 */
export const bytesIn = async (text: string): Promise<string> => {
  const found = text.startsWith("0x") ? text : (await readFile(text, "utf8").catch(() => "")).trim();
  const isBytes: boolean = isHexString(found);
  if (isBytes && found.length % 2 === 0) return found;
  throw new UsageError(`“${text.slice(0, 40)}” is neither bytes in hex nor a file of them`);
};

/** Writes bytes where --out says, if it says. Answers what to tell. */
export const keepBytes = async ({ values }: Session, bytes: string): Promise<string> => {
  const out = values.get("out");
  if (out !== undefined) await writeFile(out, `${bytes}\n`);
  return out === undefined ? bytes : `${bytes} (in ${out})`;
};

/** A request in words, and the digest that owners sign. */
export const requestLines = ({ book }: Session, request: OwnersRequest): readonly string[] => [
  `Safe ${nameOf(book, request.safe) ?? ""} ${request.safe}, chain ${request.chainId}`,
  ...(request.kind === "hash"
    ? [`co-signs the agents' proposal ${request.proposal ?? ""}`, `  see nexus proposal show ${request.proposal ?? ""}`]
    : [
        `makes its call ${request.nonce}:`,
        ...describeCall(book, { target: request.to, value: 0n, data: request.data }).map((line) => `  ${line}`),
      ]),
  `digest to sign: ${safeDigest(request)}`,
];
