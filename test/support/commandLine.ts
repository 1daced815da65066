import process from "node:process";
import { expect } from "chai";
import type { Commands } from "../../scripts/lib/command.ts";
import { directJson } from "../../scripts/lib/output.ts";
import { understand } from "../../scripts/lib/program.ts";
import { exitCodeOf } from "../../scripts/lib/exitCode.ts";

/** What a command answered: its exit code and what it printed, or the error that the shell would show as one line. */
export type Answer = { readonly code: number; readonly output: string; readonly error: Error | undefined };

const thrown = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** Runs a command line of `nexus` in this process and keeps what it prints. */
export const runLine = async (commands: Commands, args: readonly string[]): Promise<Answer> => {
  const request = understand(args, commands);
  if (request.kind !== "run") return { code: request.kind === "fault" ? 2 : 0, output: request.text, error: undefined };
  const file = request.values.get("json");
  directJson(file === "" ? undefined : file);
  const write = process.stdout.write.bind(process.stdout);
  let output = "";
  process.stdout.write = (chunk: string | Uint8Array): boolean => {
    output += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    return true;
  };
  try {
    return { code: await request.command.run(request.values), output, error: undefined };
  } catch (error) {
    return { code: exitCodeOf(error), output, error: thrown(error) };
  } finally {
    process.stdout.write = write;
  }
};

/** Command lines of `nexus` against one chain and one address book. */
export type Lines = {
  readonly nexus: (...args: readonly string[]) => Promise<Answer>;
  /** What it printed; it must go well. */
  readonly well: (...args: readonly string[]) => Promise<string>;
  /** The one line in which it says what is wrong; it must not go well. */
  readonly fault: (...args: readonly string[]) => Promise<string>;
};

/** @param where asked at each line, since a suite knows its chain only once it has begun */
export const linesOf = (commands: Commands, where: () => { readonly rpc: string; readonly book: string }): Lines => {
  const nexus = (...args: readonly string[]): Promise<Answer> => {
    const { rpc, book } = where();
    return runLine(commands, [...args, "--rpc", rpc, "--book", book]);
  };
  const well = async (...args: readonly string[]): Promise<string> => {
    const { code, output, error } = await nexus(...args);
    expect(error, args.join(" ")).to.equal(undefined);
    expect(code, output).to.equal(0);
    return output;
  };
  const fault = async (...args: readonly string[]): Promise<string> => {
    const { code, output, error } = await nexus(...args);
    expect(code, `${args.join(" ")}: ${output}`).to.be.greaterThan(0);
    const text = error?.message ?? output;
    expect(text.trim().split("\n"), text).to.have.length(1);
    return text;
  };
  return { nexus, well, fault };
};
