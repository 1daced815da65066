import process from "node:process";
import type { Command, Commands } from "../lib/command.ts";
import { completionFor } from "./completion.ts";
import { complain, directJson, endWithReader, sayLines } from "../lib/output.ts";
import { EXIT, understand } from "../lib/program.ts";
import { exitCodeOf } from "../lib/exitCode.ts";
import { reasonOf } from "../../keepers/adapters/readers/reason.ts";
import { withTodaysName } from "./renamed.ts";

/** The commands by their first word. Only what is asked for is loaded: all of it takes much longer. */
const LOADERS = new Map<string, () => Promise<Commands>>([
  [
    "sandbox",
    async () => ({
      sandbox: (await import("./sandbox.ts")).sandbox,
      "sandbox fault": (await import("./sandboxFault.ts")).sandboxFault,
    }),
  ],
  ["fund", async () => ({ fund: (await import("./fund.ts")).fund })],
  ["keeper", async () => ({ keeper: (await import("./keeper.ts")).keeper })],
  ["orchestrator", async () => (await import("./orchestrator/commands.ts")).ORCHESTRATOR_COMMANDS],
  ["gateway", async () => (await import("./gateway.ts")).GATEWAY_COMMANDS],
  ["deploy", async () => ({ deploy: (await import("./deploy.ts")).deploy })],
  ["status", async () => ({ status: (await import("./status.ts")).status })],
  ["oracles", async () => ({ oracles: (await import("./oracles.ts")).oracles })],
  ["venues", async () => ({ venues: (await import("./venues.ts")).venues })],
  ["doctor", async () => ({ doctor: (await import("./doctor.ts")).doctor })],
  ["agent", async () => (await import("./agentCommands.ts")).ALL_AGENT_COMMANDS],
  ["proposal", async () => (await import("./proposal/commands.ts")).PROPOSAL_COMMANDS],
  ["safe", async () => (await import("./safe/commands.ts")).SAFE_COMMANDS],
  ["pay", async () => (await import("./pay/commands.ts")).PAY_COMMANDS],
  ["job", async () => (await import("./job/act.ts")).JOB_COMMANDS],
  ["treasury", async () => (await import("./dao/commands.ts")).TREASURY_COMMANDS],
  ["dao", async () => (await import("./dao/commands.ts")).DAO_COMMANDS],
  ["bus", async () => (await import("./bus/commands.ts")).BUS_COMMANDS],
  ["signer", async () => (await import("./signer/commands.ts")).SIGNER_COMMANDS],
  ["alerts", async () => (await import("./alerts/commands.ts")).ALERTS_COMMANDS],
  ["mcp", async () => (await import("./mcp/commands.ts")).MCP_COMMANDS],
  ["tx", async () => (await import("./tx/commands.ts")).TX_COMMANDS],
  ["portfolio", async () => (await import("./quant/commands.ts")).PORTFOLIO_COMMANDS],
  ["risk", async () => (await import("./quant/commands.ts")).RISK_COMMANDS],
  ["analytics", async () => ({ analytics: (await import("./analytics.ts")).analytics })],
  ["backtest", async () => (await import("./backtest/commands.ts")).BACKTEST_COMMANDS],
  ["replay", async () => (await import("./backtest/commands.ts")).REPLAY_COMMANDS],
  ["completion", () => Promise.resolve({ completion })],
]);

/** Every command there is. */
const allCommands = async (): Promise<Commands> => {
  const all = await Promise.all([...LOADERS.values()].map((load) => load()));
  return Object.fromEntries(all.flatMap((commands) => Object.entries(commands)));
};

const completion: Command = {
  about: "print a script that completes commands and options; SHELL is bash or zsh",
  takes: "SHELL",
  example: "bash > ~/.nexus-completion; . ~/.nexus-completion",
  options: {},
  run: async (values) => {
    sayLines(completionFor(values.get("SHELL") ?? "", await allCommands()));
    return EXIT.done;
  },
};

const main = async (given: readonly string[]): Promise<number> => {
  const { args, note } = withTodaysName(given);
  if (note !== undefined) complain(`nexus: ${note}`);
  const [word = ""] = args[0] === "help" ? args.slice(1) : args;
  const request = understand(args, await (LOADERS.get(word) ?? allCommands)());
  if (request.kind === "help") {
    sayLines(request.text.split("\n"));
    return EXIT.done;
  }
  if (request.kind === "fault") {
    complain(`nexus: ${request.text.replace(/^nexus: /, "")}`);
    return EXIT.misused;
  }
  const file = request.values.get("json");
  directJson(file === "" ? undefined : file);
  return request.command.run(request.values);
};

endWithReader();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  complain(`nexus: ${reasonOf(error)}`);
  process.exitCode = exitCodeOf(error);
}
