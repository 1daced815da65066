import type { Commands } from "../../lib/command.ts";
import { execute } from "./execute.ts";
import { propose } from "./propose.ts";
import { sign } from "./sign.ts";

/** `nexus safe …`: what the owners of a Safe do together. */
export const SAFE_COMMANDS: Commands = { "safe propose": propose, "safe sign": sign, "safe execute": execute };
