import type { Commands } from "../../lib/command.ts";
import { execute, queue, vote } from "./act.ts";
import { create } from "./create.ts";
import { list, show } from "./show.ts";

/** `nexus proposal …`: what agents propose beyond the fast path. */
export const PROPOSAL_COMMANDS: Commands = {
  "proposal list": list,
  "proposal show": show,
  "proposal create": create,
  "proposal vote": vote,
  "proposal queue": queue,
  "proposal execute": execute,
};
