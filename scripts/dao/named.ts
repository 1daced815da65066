import type { DaoProposal } from "../../keepers/adapters/readers/daoProposals.ts";
import type { Proposed } from "../../keepers/adapters/readers/slowProposals.ts";
import { UsageError } from "../lib/command.ts";

/** Fewer digits are a number that was mistyped, and not the beginning of an id. */
const SHORTEST_ID = 8;

/**
 * The proposal that is meant: by its number, or by its id or the beginning of it.
 * @throws UsageError when none or several fit
 */
export const proposalNamed = (proposals: readonly DaoProposal[], text: string): DaoProposal => {
  if (!/^\d+$/.test(text)) throw new UsageError(`a proposal is named by its number or its id, not “${text}”`);
  const byNumber = proposals.find(({ number }) => String(number) === text);
  if (byNumber !== undefined) return byNumber;
  const fitting = text.length < SHORTEST_ID ? [] : proposals.filter(({ id }) => String(id).startsWith(text));
  const [found] = fitting;
  if (found !== undefined && fitting.length === 1) return found;
  const how = fitting.length === 0 ? "no proposal is" : `${fitting.length} proposals begin with`;
  throw new UsageError(`${how} ${text}: there are ${proposals.length}, see nexus dao list`);
};

const HASH = /^0x[0-9a-f]{64}$/i;
const PREFIX = /^0x[0-9a-f]{8,64}$/i;

/**
 * The proposal that is meant, by its number, its hash, or the first eight digits of it, or more.
 * @throws UsageError when none or several fit
 */
export const proposedNamed = (all: readonly Proposed[], text: string): Proposed => {
  const byNumber = all.find(({ number }) => String(number) === text);
  if (byNumber !== undefined) return byNumber;
  if (!PREFIX.test(text)) {
    throw new UsageError(
      `“${text}” is no proposal of agents: they are named by number, hash, or at least 8 digits of it; there are ${all.length}`,
    );
  }
  const fitting = all.filter(({ hash }) => hash.startsWith(text.toLowerCase()));
  const [found] = fitting;
  if (found !== undefined && fitting.length === 1) return found;
  const how = fitting.length === 0 ? `no proposal ${HASH.test(text) ? "is" : "begins with"}` : "several begin with";
  throw new UsageError(`${how} ${text}: there are ${all.length}, see nexus proposal list`);
};
