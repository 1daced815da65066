import type { KeeperEvent } from "../core/events.ts";
import { isSlow } from "../views/slowStories.ts";
import type { FaceState } from "../views/stories.ts";
import type { Names } from "../views/names.ts";
import { fastSummary } from "./documents/fastProposals.ts";
import { storySummary } from "./documents/slowProposals.ts";
import type { ProposalSummary } from "./schema/proposals.ts";

/** The digest of the proposal that an event is about; undefined for what is about none, or changes nothing that is shown. */
const hashOf = (event: KeeperEvent): string | undefined => {
  if ("message" in event) return event.message.hash;
  if (event.kind === "slowProposal") return event.proposed.hash;
  if (event.kind === "ballot") return event.ballot.hash;
  if (event.kind === "slowStanding") return event.standing.hash;
  if (event.kind === "slowEnd") return event.end.hash;
  return "hash" in event ? event.hash : undefined;
};

/**
 * The proposal that an event changed, as it is now; undefined for an event that is about none.
 * @param after the display's state after the event
 */
export const decisionOf = (event: KeeperEvent, after: FaceState, names: Names): ProposalSummary | undefined => {
  const hash = hashOf(event);
  if (hash === undefined) return undefined;
  if (isSlow(event)) {
    const told = after.slow.stories.find(({ proposed }) => proposed.hash === hash);
    return told === undefined ? undefined : storySummary(told, after.view?.time ?? 0n, names);
  }
  const index = after.stories.findIndex(({ message }) => message.hash === hash);
  const story = after.stories[index];
  return story === undefined ? undefined : fastSummary(story, names, index === after.stories.length - 1);
};
