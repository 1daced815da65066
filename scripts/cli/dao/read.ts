import type { AddressBook, BookLeaf } from "../../../deployments/schema.ts";
import { mandateChangeLines, newMandateIn } from "../../dao/mandateChange.ts";
import { type DaoProposal, readProposals, statusOf, titleOf } from "../../../keepers/adapters/readers/daoProposals.ts";
import { buildMandateTree } from "../../../deployments/mandateTree.ts";
import { type Command, type Values, UsageError, requiredArgument } from "../../lib/command.ts";
import { say, sayJson } from "../../lib/output.ts";
import { readLeaves } from "./leaves.ts";
import { type Session, READ_OPTIONS, chainTime, withDao } from "../session.ts";
import { describeCall } from "../../../keepers/adapters/readers/daoCalls.ts";
import { proposalNamed } from "../../dao/named.ts";
import { type DaoProposalStatus, daoStatusWords } from "../../../keepers/views/daoStatus.ts";
import { votesWords } from "../../../keepers/views/spans.ts";

/** What a proposal is named by on the command line. */
export const ID = "ID";

/** The proposal that the command line names. @throws UsageError when none is named or none fits */
export const namedProposal = async (session: Session): Promise<DaoProposal> => {
  const { values, dao } = session;
  const text = requiredArgument(values, ID);
  return proposalNamed(await readProposals(dao, session), text);
};

/** The first line of what a proposal says, and a sign where it says more. */
const firstLine = (description: string): string => {
  const [first = "", ...others] = titleOf(description).split("\n");
  return others.length === 0 ? first : `${first} …`;
};

/**
 * The leaves of a mandate that a proposal sets, from a file.
 * @throws UsageError when the file's leaves are not what the proposal permits
 */
export const leavesOf = async (
  book: AddressBook,
  { calls, number }: DaoProposal,
  file: string,
): Promise<{ readonly root: string; readonly leaves: readonly BookLeaf[] }> => {
  const leaves = await readLeaves(file);
  const [{ root }, wanted] = [buildMandateTree(leaves), newMandateIn(book, calls)?.root];
  if (root === wanted) return { root, leaves };
  throw new UsageError(`${file} has the root ${root}, DAO proposal ${number} sets ${wanted ?? "none"}`);
};

/** What a proposal does to the mandate, in words; nothing where it leaves it alone. */
const mandateLines = async ({ book, values }: Session, proposal: DaoProposal): Promise<readonly string[]> => {
  const file = values.get("mandate");
  if (file !== undefined) {
    const [first = "", ...rest] = mandateChangeLines(book, (await leavesOf(book, proposal, file)).leaves);
    return [`mandate: ${first}`, ...rest];
  }
  const set = newMandateIn(book, proposal.calls);
  if (set === undefined) return [];
  if (set.root === book.mandate?.root) return ["mandate: as the address book has it"];
  const count = book.mandate?.leaves.length ?? 0;
  const how = `nexus dao show ${proposal.number} --mandate FILE says what changes`;
  return [
    `mandate: another than the address book's ${count} permitted calls; its leaves are said to be “${set.where}”, ${how}`,
  ];
};

const asJson = (session: Session, proposal: DaoProposal, status: DaoProposalStatus) => ({
  ...proposal,
  title: firstLine(proposal.description),
  calls: proposal.calls.map((call) => ({ ...call, words: describeCall(session.book, call) })),
  ...status,
});

const listed = async (session: Session): Promise<number> => {
  const { dao, provider, inJson } = session;
  const proposals = await readProposals(dao, session);
  const now = await chainTime(provider);
  const statuses = await Promise.all(proposals.map((proposal) => statusOf(dao, proposal, now)));
  const rows = proposals.flatMap((proposal, i) => {
    const status = statuses[i];
    return status === undefined ? [] : [{ proposal, status }];
  });
  if (inJson) sayJson(rows.map(({ proposal, status }) => asJson(session, proposal, status)));
  else if (rows.length === 0) say("no proposal was made yet");
  for (const { proposal, status } of inJson ? [] : rows) {
    const head = `${String(proposal.number).padStart(3)}  ${status.state.padEnd(9)}`;
    const votes = `${votesWords(status.inFavour)} for, ${votesWords(status.against)} against`;
    say(`${head}  ${firstLine(proposal.description)}: ${daoStatusWords(status, now)}; votes: ${votes}`);
  }
  return 0;
};

const tallyLine = ({ inFavour, against, abstain, quorum }: DaoProposalStatus): string => {
  const counted = quorum === undefined ? "" : `; quorum ${votesWords(quorum)}, for and abstain count`;
  return `votes: ${votesWords(inFavour)} for, ${votesWords(against)} against, ${votesWords(abstain)} abstain${counted}`;
};

/** A proposal in words: what it says, what it does, how it stands and what it waits for. */
export const proposalLines = (
  { book }: Session,
  proposal: DaoProposal,
  status: DaoProposalStatus,
  now: bigint,
): readonly string[] => [
  `DAO proposal ${proposal.number}: ${titleOf(proposal.description)}`,
  `id: ${proposal.id}`,
  `by: ${proposal.proposer}`,
  ...proposal.calls.flatMap((call, i) =>
    describeCall(book, call).map((line, j) => (j === 0 ? `call ${i + 1}: ${line}` : `  ${line}`)),
  ),
  `state: ${status.state}: ${daoStatusWords(status, now)}`,
  tallyLine(status),
];

const shown = async (session: Session): Promise<number> => {
  const { dao, provider, inJson } = session;
  const proposal = await namedProposal(session);
  const now = await chainTime(provider);
  const status = await statusOf(dao, proposal, now);
  const mandate = await mandateLines(session, proposal);
  if (inJson) sayJson({ ...asJson(session, proposal, status), mandate });
  else [...proposalLines(session, proposal, status, now), ...mandate].forEach(say);
  return 0;
};

/** Every proposal of the DAO in one line each. */
export const list: Command = {
  about: "all proposals of the DAO, and what each waits for",
  example: "",
  options: READ_OPTIONS,
  run: (values: Values) => withDao(values, listed),
};

/** One proposal of the DAO in words. */
export const show: Command = {
  about: "one proposal: its calls decoded, its votes, what it waits for",
  takes: ID,
  example: "1 --mandate mandate.json",
  options: {
    mandate: { value: "FILE", about: "the leaves of a mandate that it sets: says what changes" },
    ...READ_OPTIONS,
  },
  run: (values: Values) => withDao(values, shown),
};
