import type { Commands } from "../../lib/command.ts";
import { veto } from "../proposal/act.ts";
import { cancel, execute, queue, vote } from "./advance.ts";
import { delegate, exit } from "./member.ts";
import { proposePolicy } from "./policy.ts";
import { propose } from "./propose.ts";
import { list, show } from "./read.ts";

/** The DAO's part of `nexus`. */
export const DAO_COMMANDS: Commands = {
  "dao list": list,
  "dao show": show,
  "dao delegate": delegate,
  "dao propose": propose,
  "dao propose-policy": proposePolicy,
  "dao vote": vote,
  "dao queue": queue,
  "dao execute": execute,
  "dao cancel": cancel,
  "dao veto": veto,
};

/** A depositor's part of `nexus`: who leaves needs no vote. */
export const TREASURY_COMMANDS: Commands = { "treasury exit": exit };
