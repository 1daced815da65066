import type { Commands } from "../../lib/command.ts";
import { agentProcess } from "./agentProcess.ts";
import { orchestrator } from "./run.ts";

/** `nexus orchestrator …`: a fleet as processes, and what its operator tells it. */
export const ORCHESTRATOR_COMMANDS: Commands = {
  orchestrator,
  "orchestrator agent": agentProcess,
};
