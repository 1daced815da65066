import process from "node:process";
import { fileURLToPath } from "node:url";
import type { AgentProgram } from "../../keepers/adapters/orchestrator/child.ts";

const ARGS = ["orchestrator", "agent"] as const;

/** This very command, built or from its sources, as the program that runs agents. */
export const programOfAgents = (): AgentProgram => ({
  module: process.argv[1] ?? "",
  args: ARGS,
  execArgv: process.execArgv,
});

/** The built command, for programs of a clone that are not `nexus` themselves; whoever uses it builds it first. */
export const builtProgramOfAgents = (): AgentProgram => ({
  module: fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url)),
  args: ARGS,
  execArgv: [],
});
