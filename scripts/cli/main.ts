import { AGENT_COMMANDS } from "./agent.ts";
import { type Commands, UsageError, understand } from "./command.ts";
import { DAO_COMMANDS } from "./dao/commands.ts";
import { deploy } from "./deploy.ts";
import { keeper } from "./keeper.ts";
import { reasonOf } from "./reason.ts";
import { sandbox } from "./sandbox.ts";
import { status } from "./status.ts";

const COMMANDS: Commands = { sandbox, keeper, deploy, status, ...AGENT_COMMANDS, ...DAO_COMMANDS };

/** What shells expect of a command that was called wrongly. */
const MISUSED = 2;

const main = async (): Promise<number> => {
  const request = understand(process.argv.slice(2), COMMANDS);
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
