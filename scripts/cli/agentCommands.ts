import { AGENT_COMMANDS } from "./agent.ts";
import { keys } from "./agentKeys.ts";
import { prime } from "./agentPrime.ts";
import { SCORE_COMMANDS } from "./agentScore.ts";
import type { Commands } from "../lib/command.ts";

/** `nexus agent …`, all of it. */
export const ALL_AGENT_COMMANDS: Commands = {
  ...AGENT_COMMANDS,
  ...SCORE_COMMANDS,
  "agent keys": keys,
  "agent prime": prime,
};
