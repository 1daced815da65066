import process from "node:process";
import { type Commands, understand } from "../../scripts/cli/command.ts";

/** What a command answered: its exit code and what it printed, or the error that the shell would show as one line. */
export type Answer = { readonly code: number; readonly output: string; readonly error: Error | undefined };

const thrown = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** Runs a command line of `nexus` in this process and keeps what it prints. */
export const runLine = async (commands: Commands, args: readonly string[]): Promise<Answer> => {
  const request = understand(args, commands);
  if (request.kind !== "run") return { code: request.kind === "fault" ? 2 : 0, output: request.text, error: undefined };
  const write = process.stdout.write.bind(process.stdout);
  let output = "";
  process.stdout.write = (chunk: string | Uint8Array): boolean => {
    output += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    return true;
  };
  try {
    return { code: await request.command.run(request.values), output, error: undefined };
  } catch (error) {
    return { code: 1, output, error: thrown(error) };
  } finally {
    process.stdout.write = write;
  }
};
