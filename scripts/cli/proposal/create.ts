import { readFile } from "node:fs/promises";
import { type Signer, Signature, Wallet, HDNodeWallet, ZeroAddress, ZeroHash, parseUnits } from "ethers";
import { z } from "zod";
import { hex } from "../../../keepers/core/hex.ts";
import { OLD_CONDITION_NAMES } from "../../../keepers/core/oldNames.ts";
import { type Condition, type Proposal, CONDITION_KIND } from "../../../keepers/core/proposal.ts";
import { address, unixSeconds } from "../../../keepers/core/units.ts";
import { AgentRegistry__factory, Consensus__factory } from "../../../types/index.ts";
import { callOf, resolveTarget } from "../../dao/calls.ts";
import { lendingCallOf } from "../../dao/lendingCalls.ts";
import { type RoutedSwap, routedSwapOf } from "../../dao/routeCalls.ts";
import { asArgument, hashOfProposal } from "../../../keepers/adapters/readers/decodeProposal.ts";
import { classify } from "../../../keepers/adapters/readers/explain.ts";
import { readProposed, consensusOf } from "../../../keepers/adapters/readers/slowProposals.ts";
import { SIGNER_KEY } from "../agentContext.ts";
import { type Command, type Values, UsageError, requiredArgument, wholeNumber } from "../../lib/command.ts";
import { type Actor, type Session, act, actorOf, chainTime, receiptLine, withDao } from "../session.ts";
import { say, sayJson } from "../../lib/output.ts";
import { SIGNER_OPTIONS, consensusCall, tellProposal } from "./act.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { CLASSES } from "../../../keepers/core/riskClass.ts";

const FILE = "FILE";
/** How long a proposal may take from its making to its execution, in seconds, unless told otherwise. */
const DEFAULT_WITHIN = 600;
const WAD_DECIMALS = 18;

type KindName = keyof typeof CONDITION_KIND;
const KIND_NAMES = Object.keys(CONDITION_KIND);
/** A file may say a kind by the name that it had before. */
const todaysKind = (text: string): string => OLD_CONDITION_NAMES.get(text) ?? text;
const isKind = (text: string): text is KindName => text in CONDITION_KIND;

const units = z.string().regex(/^\d+$/, "must be a whole number in quotes").transform(BigInt);
const dollarsText = z
  .string()
  .regex(/^\d+(\.\d{1,18})?$/, "must be dollars like 250 or 0.5, in quotes")
  .transform((text) => parseUnits(text, WAD_DECIMALS));

const writtenCall = z.strictObject({ target: z.string(), function: z.string(), args: z.array(z.unknown()) });
/** What is supplied to a lending market or withdrawn from it, in the token's units. */
const writtenLending = z.strictObject({
  market: z.string(),
  action: z.enum(["supply", "withdraw"]),
  token: z.string(),
  amount: units,
});

const BPS = 10_000;
/** What is swapped along a route that an aggregator answers when the proposal is made, in units of what is spent. */
const writtenRoute = z.strictObject({
  aggregator: z.string(),
  spend: z.string(),
  amount: units,
  buy: z.string(),
  toleranceBps: z
    .int()
    .min(0)
    .max(BPS - 1)
    .transform(BigInt),
});

/** A proposal as its file has it. */
export const proposalFile = z.strictObject({
  calls: z.array(z.union([writtenCall, writtenLending, writtenRoute])).min(1),
  conditions: z
    .array(
      z.strictObject({
        kind: z
          .string()
          .transform(todaysKind)
          .refine(isKind, `must be one of ${KIND_NAMES.join(", ")}`),
        subject: z.string().default(ZeroAddress),
        holder: z.string().default(ZeroAddress),
        amount: units.default(0n),
      }),
    )
    .min(1),
  maxLoss: dollarsText,
  forecast: dollarsText.default(0n),
  evidence: z
    .string()
    .regex(/^0x[0-9a-f]{64}$/, "must be 32 bytes in lower-case hex")
    .default(ZeroHash),
});
type Written = z.infer<typeof proposalFile>;

export const readWritten = async (path: string): Promise<Written> => {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new UsageError(`cannot read ${path}`, { cause });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${path} is no JSON`, { cause });
  }
  const parsed = proposalFile.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new UsageError(`${path} is no proposal: ${z.prettifyError(parsed.error).replaceAll("\n", " ")}`);
};

type Made = Pick<RoutedSwap, "call"> & { readonly condition?: Condition };

/** The calls of a file in their order, each with the condition that it brings with it. */
const madeCalls = async ({ book, provider }: Session, calls: Written["calls"]): Promise<readonly Made[]> => {
  const made: Made[] = [];
  for (const call of calls) {
    if ("aggregator" in call) made.push(await routedSwapOf({ book, provider }, call));
    else if ("market" in call) made.push({ call: lendingCallOf(book, call) });
    else {
      const { target, data } = callOf(book, { target: call.target, signature: call.function, args: call.args });
      made.push({ call: { target: address(target), data: hex(data) } });
    }
  }
  return made;
};

/** The proposal that a person wrote, by the agent whose vote signer acts. @throws UsageError when it signs for none */
const proposalOf = async (session: Session, text: Written, signer: string): Promise<Proposal> => {
  const { book, provider, values } = session;
  const signerRecord = await AgentRegistry__factory.connect(addressOf(book, "AgentRegistry"), provider).signerRecordOf(
    signer,
  );
  if (signerRecord.agentId === 0n) throw new UsageError(`${signer} signs for no agent`);
  const within = BigInt(wholeNumber(values, "within", 1) ?? DEFAULT_WITHIN);
  const named = (who: string) => address(resolveTarget(book, who));
  const conditions = text.conditions.map(({ kind, subject, holder, amount }): Condition => ({
    kind: isKind(kind) ? CONDITION_KIND[kind] : CONDITION_KIND.onlyMoves,
    subject: named(subject),
    holder: named(holder),
    amount,
  }));
  const calls = await madeCalls(session, text.calls);
  return {
    agentId: signerRecord.agentId,
    nonce: signerRecord.highestNonce + 1n,
    deadline: unixSeconds((await chainTime(provider)) + within),
    submitter: address(ZeroAddress),
    maxLoss: text.maxLoss,
    forecast: text.forecast,
    calls: calls.map(({ call }) => call),
    conditions: [...conditions, ...calls.flatMap(({ condition }) => (condition === undefined ? [] : [condition]))],
    evidence: hex(text.evidence),
  };
};

/** The class to be voted for: the one that is asked for, or the one that the calls are of now. */
const classOf = async (session: Session, proposal: Proposal): Promise<number> => {
  const asked = session.values.get("class");
  const named = CLASSES.findIndex((name) => name === asked);
  if (asked !== undefined && named < 1) throw new UsageError(`--class must be ${CLASSES.slice(1).join(" or ")}`);
  if (named > 0) return named;
  const { refusal, riskClass, why } = await classify(session, proposal);
  if (refusal !== "None") throw new UsageError(`no class carries these calls: ${why.join("; ")}`);
  if (riskClass !== "Routine") return CLASSES.indexOf(riskClass);
  throw new UsageError(
    "these calls are Routine, which agents enact at once; --class Elevated proposes them all the same",
  );
};

const ballotSignature = async (signer: Signer, digest: string): Promise<string> => {
  if (signer instanceof Wallet || signer instanceof HDNodeWallet) {
    return Signature.from(signer.signingKey.sign(digest)).compactSerialized;
  }
  throw new UsageError(`nothing here can sign for ${await signer.getAddress()}`);
};

const made = async (session: Session): Promise<number> => {
  const text = await readWritten(requiredArgument(session.values, FILE));
  const actor: Actor = await actorOf(session, SIGNER_KEY);
  const proposal = await proposalOf(session, text, actor.address);
  const riskClass = await classOf(session, proposal);
  const { book } = session;
  const hash = hashOfProposal(proposal, { chainId: book.chainId, consensus: addressOf(book, "Consensus") });
  const digest = await consensusOf(session).hashBallot(hash, riskClass, 1);
  const votes = await ballotSignature(actor.signer, digest);
  const data = Consensus__factory.createInterface().encodeFunctionData("propose", [
    riskClass,
    votes,
    asArgument(proposal),
  ]);
  const receipt = await act(session, actor, consensusCall(session, data));
  const found = (await readProposed(session)).find((proposed) => proposed.hash === hash);
  if (found !== undefined) return tellProposal(session, found, receipt);
  if (session.inJson) sayJson({ hash, receipt });
  else [`agents' proposal ${hash}, as ${CLASSES[riskClass] ?? ""}`, receiptLine(receipt)].forEach(say);
  return 0;
};

/** Puts a proposal on the slow path with its proposer's vote. */
export const create: Command = {
  about: `propose what a file says, with the proposing agent's vote, by its vote signer in ${SIGNER_KEY}`,
  takes: FILE,
  example: "proposal.json --class Elevated --as risk-1",
  options: {
    class: { value: "CLASS", about: "Elevated or Critical (what the mandate says the calls are)" },
    within: { value: "S", about: `seconds until its deadline (${DEFAULT_WITHIN})` },
    ...SIGNER_OPTIONS,
  },
  run: (values: Values) => withDao(values, made),
};
