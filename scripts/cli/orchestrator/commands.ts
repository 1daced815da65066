import type { Commands } from "../../lib/command.ts";
import { agentProcess } from "./agentProcess.ts";
import { orchestrator } from "./run.ts";
import { key, pause, restart, resume, status, terminate } from "./tell.ts";

/** `nexus orchestrator …`: a fleet as processes, and what its operator tells it. */
export const ORCHESTRATOR_COMMANDS: Commands = {
  orchestrator,
  "orchestrator status": status,
  "orchestrator pause": pause,
  "orchestrator resume": resume,
  "orchestrator restart": restart,
  "orchestrator terminate": terminate,
  "orchestrator key": key,
  "orchestrator agent": agentProcess,
};
