import type { Commands } from "../../lib/command.ts";
import { acl } from "./acl.ts";
import { deadLetters, stats, tail } from "./look.ts";

/** `nexus bus …`: what the owner of a shared server, and who reads from it, wants to see. */
export const BUS_COMMANDS: Commands = {
  "bus acl": acl,
  "bus stats": stats,
  "bus tail": tail,
  "bus dead-letters": deadLetters,
};
