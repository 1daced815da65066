import { type Commands, UsageError, understand } from "./command.ts";
import { reasonOf } from "./reason.ts";

/** The commands by their first word. Only what is asked for is loaded: all of it takes over a second. */
const GROUPS = new Map<string, () => Promise<Commands>>([
  ["sandbox", async () => ({ sandbox: (await import("./sandbox.ts")).sandbox })],
  ["keeper", async () => ({ keeper: (await import("./keeper.ts")).keeper })],
  ["deploy", async () => ({ deploy: (await import("./deploy.ts")).deploy })],
  ["status", async () => ({ status: (await import("./status.ts")).status })],
  ["doctor", async () => ({ doctor: (await import("./doctor.ts")).doctor })],
  [
    "agent",
    async () => ({
      ...(await import("./agent.ts")).AGENT_COMMANDS,
      ...(await import("./agentScore.ts")).SCORE_COMMANDS,
    }),
  ],
  ["proposal", async () => (await import("./proposal/commands.ts")).PROPOSAL_COMMANDS],
  ["safe", async () => (await import("./safe/commands.ts")).SAFE_COMMANDS],
  ["pay", async () => (await import("./pay/commands.ts")).PAY_COMMANDS],
  ["job", async () => (await import("./job/act.ts")).JOB_COMMANDS],
  ["dao", async () => (await import("./dao/commands.ts")).DAO_COMMANDS],
]);

/** Those of the first word; every one where it is none of ours, to say which there are. */
const commandsFor = async (word: string): Promise<Commands> => {
  const group = GROUPS.get(word);
  if (group !== undefined) return group();
  const all = await Promise.all([...GROUPS.values()].map((load) => load()));
  return Object.fromEntries(all.flatMap((commands) => Object.entries(commands)));
};

/** What shells expect of a command that was called wrongly. */
const MISUSED = 2;

const main = async (): Promise<number> => {
  const args = process.argv.slice(2);
  const request = understand(args, await commandsFor(args[0] ?? ""));
  if (request.kind === "run") return request.command.run(request.values);
  const isFault = request.kind === "fault";
  (isFault ? process.stderr : process.stdout).write(`${isFault ? "nexus: " : ""}${request.text}\n`);
  return isFault ? MISUSED : 0;
};

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`nexus: ${reasonOf(error)}\n`);
  process.exitCode = error instanceof UsageError ? MISUSED : 1;
}
