import { readFile } from "node:fs/promises";
import type { Proposal } from "../../../keepers/core/proposal.ts";
import { type EvidenceCheck, checkEvidence } from "../../../keepers/adapters/readers/evidence.ts";
import {
  type Classified,
  type Simulated,
  classify,
  namingOf,
  simulate,
} from "../../../keepers/adapters/readers/explain.ts";
import {
  type Proposed,
  type Voters,
  SUPPORTS,
  readContent,
  readProposed,
  readStatus,
  readVoters,
} from "../../../keepers/adapters/readers/slowProposals.ts";
import {
  type SlowProposalStatus,
  slowStatusWords,
  conditionWords,
  dollars,
  flatStatus,
  tallyWords,
} from "../../../keepers/views/slowStatus.ts";
import { readDangers } from "../../../keepers/adapters/readers/dangers.ts";
import { namesOf } from "../../../keepers/views/names.ts";
import { callWords } from "../../../keepers/views/calls.ts";
import { type Command, type Values, UsageError, requiredArgument } from "../../lib/command.ts";
import { type Session, READ_OPTIONS, chainTime, withDao } from "../session.ts";
import { say, sayJson } from "../../lib/output.ts";
import { proposedNamed } from "../../dao/named.ts";

/** What a proposal of agents is named by on the command line. */
export const HASH = "HASH";

/** The proposal that the command line names. @throws UsageError when none is named or none fits */
export const namedProposed = async (session: Session): Promise<Proposed> => {
  const text = requiredArgument(session.values, HASH);
  return proposedNamed(await readProposed(session), text);
};

/** All that can be said of a proposal. What it holds is missing where its transaction does not tell. */
type Told = {
  readonly proposed: Proposed;
  readonly status: SlowProposalStatus;
  readonly voters: Voters;
  readonly content: Proposal | undefined;
  readonly classified: Classified | undefined;
  readonly simulated: Simulated | undefined;
  readonly evidence: EvidenceCheck | undefined;
  /** What could hurt whoever votes for it. */
  readonly dangers: readonly string[];
};

/** What the log of decisions that --record names says of a proposal's evidence. @throws UsageError when it cannot be read */
const evidenceOf = async ({ values }: Session, content: Proposal | undefined): Promise<EvidenceCheck | undefined> => {
  const path = values.get("record");
  if (path === undefined || content === undefined) return undefined;
  const log = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new UsageError(`cannot read ${path}`, { cause });
  });
  return checkEvidence(log, content.evidence);
};

const tellOf = async (session: Session, proposed: Proposed): Promise<Told> => {
  const status = await readStatus(session, proposed);
  const content = await readContent(session, proposed);
  const { riskClass: named } = status;
  const isOpen = status.state === "Voting" || status.state === "Queued";
  // What was done has used up limits, and says nothing of what its class was.
  const classified = content === undefined || !isOpen ? undefined : await classify(session, content);
  return {
    proposed,
    status,
    content,
    classified,
    voters: await readVoters(session, proposed),
    evidence: await evidenceOf(session, content),
    dangers: content === undefined ? [] : await readDangers(session, content, { named, classified }),
    simulated: content === undefined || !isOpen ? undefined : await simulate(session, content, status),
  };
};

const wordsOf = (session: Session, content: Proposal) => ({
  calls: content.calls.map((call) => callWords(call, namesOf(session.book))),
  conditions: content.conditions.map((condition) => conditionWords(condition, namingOf(session))),
});

const asJson = (session: Session, { content, ...told }: Told, now: bigint) => ({
  ...told.proposed,
  ...flatStatus(told.status),
  waits: slowStatusWords(told.status, now),
  voters: told.voters,
  proposal: content,
  words: content === undefined ? undefined : wordsOf(session, content),
  classified: told.classified,
  simulated: told.simulated,
  dangers: told.dangers,
  evidence: told.evidence,
});

const voterLines = (voters: Voters): readonly string[] =>
  SUPPORTS.flatMap((support) => (voters[support].length === 0 ? [] : [`  ${support}: ${voters[support].join(", ")}`]));

const contentLines = (session: Session, content: Proposal, checked: EvidenceCheck | undefined): readonly string[] => {
  const { calls, conditions } = wordsOf(session, content);
  const { account } = namingOf(session);
  return [
    ...calls.map((line, i) => `call ${i + 1}: ${line}`),
    ...conditions.map((line) => `or nothing of it happens: ${line}`),
    `it may lose at most ${dollars(content.maxLoss)}, and is expected to gain ${dollars(content.forecast)}`,
    ...(BigInt(content.submitter) === 0n ? [] : [`only ${account(content.submitter)} may execute it`]),
    `evidence: ${content.evidence}${checked === undefined ? "" : `: ${checked.words}`}`,
  ];
};

const classLines = ({ riskClass }: SlowProposalStatus, classified: Classified | undefined): readonly string[] => {
  const voted = `class: voted for as ${riskClass}`;
  if (classified === undefined) return [voted];
  const now =
    classified.refusal === "None" ? `its calls are ${classified.riskClass} now` : "no class carries its calls";
  const why = classified.why.length === 0 ? ["they keep every limit of Routine"] : classified.why;
  return [`${voted}; ${now}`, ...why.map((reason) => `  ${reason}`)];
};

const lines = (session: Session, told: Told, now: bigint): readonly string[] => {
  const { proposed, status, content, simulated } = told;
  const unread = "its calls are not in the input of the transaction that proposed it: ask its proposer";
  return [
    `agents' proposal ${proposed.number}, by agent ${proposed.agentId}: ${proposed.hash}, block ${proposed.block}`,
    ...told.dangers.map((danger) => `danger: ${danger}`),
    ...(content === undefined ? [unread] : contentLines(session, content, told.evidence)),
    ...classLines(status, told.classified),
    `state: ${status.state}: ${slowStatusWords(status, now)}`,
    ...(status.tally === undefined ? [] : [`votes: ${tallyWords(status.tally, status.policy)}`]),
    ...voterLines(told.voters),
    ...(simulated === undefined ? [] : [`simulated now: ${simulated.words}`]),
  ];
};

const shown = async (session: Session): Promise<number> => {
  const told = await tellOf(session, await namedProposed(session));
  const now = await chainTime(session.provider);
  if (session.inJson) sayJson(asJson(session, told, now));
  else lines(session, told, now).forEach(say);
  return told.evidence?.isRight === false ? 1 : 0;
};

const SHORT = 10;

const listed = async (session: Session): Promise<number> => {
  const all = await readProposed(session);
  const statuses = await Promise.all(all.map((proposed) => readStatus(session, proposed)));
  const now = await chainTime(session.provider);
  const rows = all.flatMap((proposed, i) => {
    const status = statuses[i];
    return status === undefined ? [] : [{ ...proposed, ...flatStatus(status), waits: slowStatusWords(status, now) }];
  });
  if (session.inJson) sayJson(rows);
  else if (rows.length === 0) say("agents proposed nothing on the slow path yet");
  for (const { number, hash, agentId, riskClass, state, waits } of session.inJson ? [] : rows) {
    say(
      `${String(number).padStart(3)}  ${hash.slice(0, SHORT)}  agent ${agentId}  ${riskClass.padEnd(8)}  ${state.padEnd(8)}  ${waits}`,
    );
  }
  return 0;
};

/** Every proposal of agents on the slow path in one line each. */
export const list: Command = {
  about: "what agents proposed beyond the fast path, and what each waits for",
  example: "",
  options: READ_OPTIONS,
  run: (values: Values) => withDao(values, listed),
};

/** One proposal of agents in words. */
export const show: Command = {
  about: "one proposal of agents: calls, conditions, class and why, votes, what it waits for, simulated now",
  takes: HASH,
  example: "1 --record data/searcher.decisions.jsonl",
  options: {
    record: { value: "FILE", about: "an agent's log of decisions: does its record hash to the evidence?" },
    ...READ_OPTIONS,
  },
  run: (values: Values) => withDao(values, shown),
};
