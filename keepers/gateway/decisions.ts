import type { KeeperEvent } from "../core/events.ts";
import { isSlow } from "../views/slowStories.ts";
import type { DisplayState } from "../views/stories.ts";
import type { Names } from "../views/names.ts";
import { fastSummary } from "./documents/fastProposals.ts";
import { storySummary } from "./documents/slowProposals.ts";
import type { ProposalSummary } from "./schema/proposals.ts";

/** The digest of the proposal that an event is about; undefined for what is about none, or changes nothing that is shown. */
const hashOf = (event: KeeperEvent): string | undefined => {
  if ("message" in event) return event.message.hash;
  if (event.kind === "slowProposal") return event.proposed.hash;
  if (event.kind === "ballot") return event.ballot.hash;
  if (event.kind === "slowStatus") return event.status.hash;
  if (event.kind === "slowEnd") return event.end.hash;
  return "hash" in event ? event.hash : undefined;
};

/** What an event changed on the slow path. */
const slowDecisions = (hash: string, after: DisplayState, names: Names): readonly ProposalSummary[] =>
  after.slow.stories
    .filter(({ proposed }) => proposed.hash === hash)
    .map((story) => storySummary(story, after.view?.time ?? 0n, names));

/**
 * The proposals that an event changed, as they are now; none for an event that is about none. A new one on the fast path
 * overtakes the one before it.
 * @param after the display's state after the event
 */
export const decisionsOf = (event: KeeperEvent, after: DisplayState, names: Names): readonly ProposalSummary[] => {
  const hash = hashOf(event);
  if (hash === undefined) return [];
  if (isSlow(event)) return slowDecisions(hash, after, names);
  const { stories } = after;
  const index = stories.findIndex(({ message }) => message.hash === hash);
  const from = event.kind === "proposal" ? Math.max(0, index - 1) : index;
  if (index < 0) return [];
  return stories.slice(from, index + 1).map((story) => fastSummary(story, names, story === stories.at(-1)));
};
