import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { callOf, mandateCall } from "../../dao/calls.ts";
import { mandateChangeLines } from "../../dao/mandateChange.ts";
import { actionOf, protectedDescription, readProposals } from "../../../keepers/adapters/readers/daoProposals.ts";
import { buildMandateTree } from "../../../deployments/mandateTree.ts";
import { type Command, type Values, UsageError, needed, required } from "../../lib/command.ts";
import { say, sayJson } from "../../lib/output.ts";
import { parseJson, readJson, readLeaves } from "./leaves.ts";
import { type Actor, type Session, ACT_OPTIONS, act, actorOf, chainTime, receiptLine, withDao } from "../session.ts";
import { type DaoCall, describeCall } from "../../../keepers/adapters/readers/daoCalls.ts";
import { votesWords } from "../../../keepers/views/spans.ts";

const writtenCalls = z
  .array(
    z.strictObject({
      target: z.string(),
      function: z.string(),
      args: z.array(z.unknown()),
      value: z.string().regex(/^\d+$/, "must be a whole number of wei in quotes").optional(),
    }),
  )
  .min(1);

const callsInFile = async ({ book }: Session, path: string): Promise<readonly DaoCall[]> => {
  const parsed = writtenCalls.safeParse(await readJson(path));
  if (!parsed.success)
    throw new UsageError(`${path} is no list of calls: ${z.prettifyError(parsed.error).replaceAll("\n", " ")}`);
  return parsed.data.map(({ target, function: signature, args, value }) =>
    callOf(book, { target, signature, args, value: BigInt(value ?? "0") }),
  );
};

const oneCall = ({ book, values }: Session): DaoCall => {
  const args = parseJson(values.get("args") ?? "[]", "--args");
  if (!Array.isArray(args)) throw new UsageError('--args must be a JSON list, like ["0x…", "1"]');
  return callOf(book, { target: required(values, "target"), signature: required(values, "call"), args });
};

/** What the command line says shall be done. @throws UsageError when it says nothing, or two things */
const callsOf = async (session: Session): Promise<readonly DaoCall[]> => {
  const { book, values } = session;
  const ways = ["mandate", "calls", "target"].filter((name) => values.has(name));
  if (ways.length !== 1) throw new UsageError("say what shall be done by one of --mandate, --calls, --target");
  const mandate = values.get("mandate");
  if (mandate !== undefined) return [mandateCall(book, await readLeaves(mandate), values.get("where") ?? mandate)];
  const file = values.get("calls");
  return file === undefined ? [oneCall(session)] : callsInFile(session, file);
};

/** Votes count from the second after the one in which they were delegated: so long a command waits for it, and no longer. */
const COUNTING_MS = 5_000;
const LOOK_MS = 200;

/** The votes that the governor would count now; those of this second do not count yet, so they are waited for. */
const countedVotes = async ({ dao, provider }: Session, address: string, wanted: bigint): Promise<bigint> => {
  const deadline = performance.now() + COUNTING_MS;
  for (;;) {
    const now = await chainTime(provider);
    const counted = await dao.token.getPastVotes(address, now - 1n);
    if (counted >= wanted || performance.now() > deadline) return counted;
    if ((await dao.token.getVotes(address)) < wanted) return counted;
    await sleep(LOOK_MS);
  }
};

/** @throws UsageError when the proposer has too few votes, in words instead of the governor's error */
const requireVotes = async (session: Session, { address }: Actor): Promise<void> => {
  const threshold = await session.dao.governor.proposalThreshold();
  const votes = await countedVotes(session, address, threshold);
  if (votes >= threshold) return;
  throw new UsageError(
    `${address} has ${votesWords(votes)} votes, a proposal wants ${votesWords(threshold)}: nexus dao delegate first`,
  );
};

const rootLines = async ({ values, book }: Session): Promise<readonly string[]> => {
  const file = values.get("mandate");
  if (file === undefined) return [];
  const leaves = await readLeaves(file);
  const [first = "", ...rest] = mandateChangeLines(book, leaves);
  return [`mandate: ${first}, root ${buildMandateTree(leaves).root}`, ...rest];
};

/** Makes a proposal of calls, shown decoded first. */
export const proposeCalls = async (session: Session, calls: readonly DaoCall[], title: string): Promise<number> => {
  const { dao, book, inJson } = session;
  const actor = await actorOf(session);
  await requireVotes(session, actor);
  const description = protectedDescription(title, actor.address);
  const action = actionOf({ calls, description });
  const id = await dao.governor.getProposalId(...action);
  const data = dao.governor.interface.encodeFunctionData("propose", [action[0], action[1], action[2], description]);
  if (!inJson) {
    for (const line of await rootLines(session)) say(line);
    calls.forEach((call, i) =>
      describeCall(book, call).forEach((line, j) => say(j === 0 ? `call ${i + 1}: ${line}` : `  ${line}`)),
    );
  }
  const receipt = await act(session, actor, { target: await dao.governor.getAddress(), value: 0n, data });
  const made = receipt === undefined ? undefined : (await readProposals(dao, session)).find((other) => other.id === id);
  if (inJson) sayJson({ id, number: made?.number, proposer: actor.address, description, calls, receipt });
  else [`DAO proposal ${made?.number ?? "(not made)"}, id ${id}`, receiptLine(receipt)].forEach(say);
  return 0;
};

const proposed = async (session: Session): Promise<number> =>
  proposeCalls(session, await callsOf(session), required(session.values, "title"));

/** Makes a proposal: a new mandate from its leaves, any call, or a list of calls. */
export const propose: Command = {
  about: "propose a new mandate, or any calls; shows them decoded",
  example: "--title 'No WETH' --mandate mandate.json --as alice",
  options: {
    title: needed({ value: "TEXT", about: "what the proposal is for, in words" }),
    mandate: { value: "FILE", about: "propose these leaves as the mandate (JSON, as in the address book)" },
    where: { value: "TEXT", about: "with --mandate: where everybody can read the leaves (the file's name)" },
    target: { value: "WHAT", about: "propose one call: an address, or a name of the address book" },
    call: { value: "FUNCTION", about: "with --target: like setWeightCap(uint32)" },
    args: { value: "JSON", about: "with --target: the arguments as a list; addresses may be names" },
    calls: { value: "FILE", about: "propose a list of {target, function, args, value} (JSON)" },
    ...ACT_OPTIONS,
  },
  run: (values: Values) => withDao(values, proposed),
};
