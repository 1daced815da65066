import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { OrchestratorNote } from "../../keepers/orchestrator/tick.ts";
import { builtProgramOfAgents } from "../sandbox/agentProgram.ts";
import type { Fleet, FleetOptions } from "../sandbox/keepers.ts";
import { startProcessFleet } from "../sandbox/processes.ts";
import { bundle, isBundled } from "../setup/bundle.mjs";
import { NO_REDIS, ensureRedis } from "../setup/redis.mjs";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * Makes ready what agents in processes of their own need. An end that nobody asked for shows as a trouble of its agent.
 * @param progress told what takes time
 * @returns what starts them
 * @throws Error when there is no Redis to be had
 */
export const asProcesses = async (
  progress: (line: string) => void,
): Promise<(options: FleetOptions) => Promise<Fleet>> => {
  if ((await ensureRedis(ROOT)) === undefined) throw new Error(NO_REDIS);
  if (!isBundled()) {
    progress("building the command that runs each agent");
    await bundle();
  }
  return (options) => {
    const tell = (note: OrchestratorNote): void => {
      if (note.kind !== "exit" || note.exit.isAsked) return;
      const { name, reason } = note.exit;
      options.emit({ kind: "trouble", agent: name, what: `its process has ended and is started again: ${reason}` });
    };
    return startProcessFleet({ ...options, program: builtProgramOfAgents(), tell });
  };
};
