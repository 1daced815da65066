import { describeCall } from "../../dao/calls.ts";
import {
  type DaoProposal,
  type Standing,
  proposalNamed,
  readProposals,
  standingOf,
  titleOf,
} from "../../dao/proposals.ts";
import { standingWords, votesWords } from "../../dao/words.ts";
import { type Command, type Values, requiredArgument } from "../command.ts";
import { say, sayJson } from "../output.ts";
import { type Session, READ_OPTIONS, chainTime, withDao } from "./session.ts";

/** What a proposal is named by on the command line. */
export const ID = "ID";

/** The proposal that the command line names. @throws UsageError when none is named or none fits */
export const namedProposal = async ({ values, dao, provider }: Session): Promise<DaoProposal> => {
  const text = requiredArgument(values, ID);
  return proposalNamed(await readProposals(dao, provider), text);
};

const firstLine = (description: string): string => titleOf(description).split("\n")[0] ?? "";

const asJson = (session: Session, proposal: DaoProposal, standing: Standing) => ({
  ...proposal,
  title: firstLine(proposal.description),
  calls: proposal.calls.map((call) => ({ ...call, words: describeCall(session.book, call) })),
  ...standing,
});

const listed = async (session: Session): Promise<number> => {
  const { dao, provider, inJson } = session;
  const proposals = await readProposals(dao, provider);
  const now = await chainTime(provider);
  const standings = await Promise.all(proposals.map((proposal) => standingOf(dao, proposal, now)));
  const rows = proposals.flatMap((proposal, i) => {
    const standing = standings[i];
    return standing === undefined ? [] : [{ proposal, standing }];
  });
  if (inJson) sayJson(rows.map(({ proposal, standing }) => asJson(session, proposal, standing)));
  else if (rows.length === 0) say("no proposal was made yet");
  for (const { proposal, standing } of inJson ? [] : rows) {
    const head = `${String(proposal.number).padStart(3)}  ${standing.state.padEnd(9)}`;
    say(`${head}  ${firstLine(proposal.description)}: ${standingWords(standing, now)}`);
  }
  return 0;
};

const tallyLine = ({ inFavour, against, abstain, quorum }: Standing): string => {
  const counted = quorum === undefined ? "" : `; quorum ${votesWords(quorum)}, for and abstain count`;
  return `votes: ${votesWords(inFavour)} for, ${votesWords(against)} against, ${votesWords(abstain)} abstain${counted}`;
};

/** A proposal in words: what it says, what it does, how it stands and what it waits for. */
export const proposalLines = (
  { book }: Session,
  proposal: DaoProposal,
  standing: Standing,
  now: bigint,
): readonly string[] => [
  `proposal ${proposal.number}: ${titleOf(proposal.description)}`,
  `id: ${proposal.id}`,
  `by: ${proposal.proposer}`,
  ...proposal.calls.flatMap((call, i) =>
    describeCall(book, call).map((line, j) => (j === 0 ? `call ${i + 1}: ${line}` : `  ${line}`)),
  ),
  `state: ${standing.state}: ${standingWords(standing, now)}`,
  tallyLine(standing),
];

const shown = async (session: Session): Promise<number> => {
  const { dao, provider, inJson } = session;
  const proposal = await namedProposal(session);
  const now = await chainTime(provider);
  const standing = await standingOf(dao, proposal, now);
  if (inJson) sayJson(asJson(session, proposal, standing));
  else proposalLines(session, proposal, standing, now).forEach(say);
  return 0;
};

/** Every proposal of the DAO in one line each. */
export const list: Command = {
  about: "all proposals of the DAO, and what each waits for",
  options: READ_OPTIONS,
  run: (values: Values) => withDao(values, listed),
};

/** One proposal of the DAO in words. */
export const show: Command = {
  about: "one proposal: its calls decoded, its votes, what it waits for",
  takes: ID,
  options: READ_OPTIONS,
  run: (values: Values) => withDao(values, shown),
};
