import type { KeeperEvent } from "../../keepers/core/events.ts";
import { signedText } from "./amounts.ts";
import type { Names } from "./names.ts";
import type { FaceState } from "./state.ts";
import { resultText } from "./view.ts";
import { callWords } from "./words.ts";

/** Enough of a digest to tell proposals apart. */
const short = (hash: string): string => hash.slice(0, 10);

/**
 * What one event says, for a log: a line for each fact, and nothing for what repeats at each block.
 * @param state after the event
 */
export const plainLines = (event: KeeperEvent, state: FaceState, names: Names): readonly string[] => {
  switch (event.kind) {
    case "snapshot":
    case "decision":
      return [];
    case "proposal": {
      const { hash, block, claim, proposal } = event.message;
      const { symbol, decimals } = names.token(claim.token) ?? { symbol: claim.token, decimals: 0 };
      const gain = `${signedText(claim.profit, decimals, 4)} ${symbol}`;
      const calls = proposal.calls.map((call) => callWords(call, names)).join("; ");
      return [`#${block} ${event.agent} proposes ${short(hash)} for ${gain}: ${calls}`];
    }
    case "vote":
      return [`${event.agent} votes for ${short(event.message.hash)} after ${event.tookMs.toFixed(0)} ms`];
    case "refusal": {
      const { hash, reason, detail } = event.message;
      return [`${event.agent} refuses ${short(hash)}: ${reason}${detail === "" ? "" : `, ${detail}`}`];
    }
    case "sent":
      return [`${event.agent} sends ${short(event.hash)} in block ${event.block}: ${event.transaction}`];
    case "outcome": {
      const story = state.stories.find(({ message }) => message.hash === event.message.hash);
      return story === undefined ? [] : [`${short(event.message.hash)} ${resultText(story, names)}`];
    }
    case "connection":
      return [`${event.agent} is ${event.up ? "connected" : "cut off"}`];
    case "trouble":
      return [`${event.agent} has trouble: ${event.what}`];
  }
};
