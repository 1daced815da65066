import { setTimeout as sleep } from "node:timers/promises";
import { Consensus__factory } from "../../../types/index.ts";
import { asArgument } from "../../../keepers/adapters/readers/decodeProposal.ts";
import { callProofsFor } from "../../../keepers/adapters/readers/callProofs.ts";
import { type Proposed, SUPPORTS, readContent, readStatus } from "../../../keepers/adapters/readers/slowProposals.ts";
import { slowStatusWords, flatStatus } from "../../../keepers/views/slowStatus.ts";
import { FLEET } from "../../sandbox/fleet.ts";
import { SIGNER_KEY } from "../agentContext.ts";
import { type Command, type Options, type Values, UsageError, needed, required } from "../../lib/command.ts";
import {
  type SentReceipt,
  type Session,
  ACT_OPTIONS,
  act,
  actOptions,
  actorOf,
  chainTime,
  receiptLine,
  withDao,
} from "../session.ts";
import { say, sayJson } from "../../lib/output.ts";
import { bytesIn } from "../safe/request.ts";
import { HASH, namedProposed } from "./show.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import type { DaoCall } from "../../../keepers/adapters/readers/daoCalls.ts";

const abi = Consensus__factory.createInterface();

/** Options of what an agent's vote signer does. */
export const SIGNER_OPTIONS: Options = actOptions(
  FLEET.map(({ name }) => name),
  SIGNER_KEY,
);

/** A call of Consensus. */
export const consensusCall = ({ book }: Session, data: string): DaoCall => ({
  target: addressOf(book, "Consensus"),
  value: 0n,
  data,
});

/** Says what became of an act on a proposal. */
export const tellProposal = async (
  session: Session,
  proposed: Proposed,
  receipt: SentReceipt | undefined,
): Promise<number> => {
  const status = await readStatus(session, proposed);
  const waits = slowStatusWords(status, await chainTime(session.provider));
  if (session.inJson) sayJson({ number: proposed.number, hash: proposed.hash, ...flatStatus(status), waits, receipt });
  else [receiptLine(receipt), `agents' proposal ${proposed.number} is ${status.state}: ${waits}`].forEach(say);
  return 0;
};

const voted = async (session: Session): Promise<number> => {
  const support = SUPPORTS.findIndex((name) => name === required(session.values, "support"));
  if (support < 0) throw new UsageError(`--support must be ${SUPPORTS.join(", ")}`);
  const proposed = await namedProposed(session);
  const actor = await actorOf(session, SIGNER_KEY);
  const data = abi.encodeFunctionData("castVote", [proposed.hash, support]);
  return tellProposal(session, proposed, await act(session, actor, consensusCall(session, data)));
};

const queued = async (session: Session): Promise<number> => {
  const proposed = await namedProposed(session);
  const actor = await actorOf(session);
  const data = abi.encodeFunctionData("queue", [proposed.hash]);
  return tellProposal(session, proposed, await act(session, actor, consensusCall(session, data)));
};

const POLL_MS = 500;
/** What --wait waits for at most, in seconds: the sandbox's delays, and not days. */
const LONGEST_WAIT = 600;

/** Waits out the delay of a queued proposal, if told so. */
const waitDelay = async (session: Session, proposed: Proposed): Promise<void> => {
  for (let waited = 0; session.values.has("wait") && waited < LONGEST_WAIT * 1_000; waited += POLL_MS) {
    const { state, votesUntil } = await readStatus(session, proposed);
    const isDue = votesUntil < (await chainTime(session.provider));
    if (state !== "Queued" || isDue) return;
    await sleep(POLL_MS);
  }
};

const executed = async (session: Session): Promise<number> => {
  const coSignature = await bytesIn(session.values.get("co-signature") ?? "0x");
  const proposed = await namedProposed(session);
  const content = await readContent(session, proposed);
  if (content === undefined) {
    throw new UsageError(`the transaction that proposed ${proposed.hash} does not hold its calls`);
  }
  const actor = await actorOf(session);
  await waitDelay(session, proposed);
  const callProofs = callProofsFor(session.book.mandate?.leaves ?? [], content.calls);
  const args = [asArgument(content), callProofs] as const;
  const data =
    coSignature === "0x"
      ? abi.encodeFunctionData("execute", [...args])
      : abi.encodeFunctionData("executeCoSigned", [...args, coSignature]);
  return tellProposal(session, proposed, await act(session, actor, consensusCall(session, data)));
};

const vetoed = async (session: Session): Promise<number> => {
  const reason = required(session.values, "reason");
  const proposed = await namedProposed(session);
  const actor = await actorOf(session);
  const data = abi.encodeFunctionData("veto", [proposed.hash, reason]);
  return tellProposal(session, proposed, await act(session, actor, consensusCall(session, data)));
};

/** An agent's vote on a proposal that waits. */
export const vote: Command = {
  about: `an agent's vote, by its vote signer in ${SIGNER_KEY}`,
  takes: HASH,
  example: "1 --support for --as risk-1",
  options: { support: needed({ value: "HOW", about: SUPPORTS.join(", ") }), ...SIGNER_OPTIONS },
  run: (values: Values) => withDao(values, voted),
};

/** Starts the delay of a proposal that has what its class demands. */
export const queue: Command = {
  about: "start the delay of a proposal that has its votes; anyone may",
  takes: HASH,
  example: "1 --as alice",
  options: ACT_OPTIONS,
  run: (values: Values) => withDao(values, queued),
};

/** Carries a proposal out after its delay. */
export const execute: Command = {
  about: "carry a proposal out after its delay; anyone may, unless it names who",
  takes: HASH,
  example: "1 --as alice --wait",
  options: {
    "co-signature": { value: "HEX|FILE", about: "for a Critical one: what nexus safe execute put together" },
    wait: { about: `wait until its delay has passed, at most ${LONGEST_WAIT} s` },
    ...ACT_OPTIONS,
  },
  run: (values: Values) => withDao(values, executed),
};

/** Stops a proposal of agents for ever. */
export const veto: Command = {
  about: "stop a proposal of agents for ever: a guardian; the DAO does it by a proposal of its own",
  takes: HASH,
  example: "1 --reason 'a strange price' --as guardian",
  options: { reason: needed({ value: "TEXT", about: "why; it stands in the event" }), ...ACT_OPTIONS },
  run: (values: Values) => withDao(values, vetoed),
};
