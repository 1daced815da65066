import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** What the build says of one contract of ours; lengths in bytes. */
export type Built = {
  readonly source: string;
  readonly name: string;
  readonly deployedBytes: number;
  readonly initBytes: number;
  readonly buildInfo: string;
};

/** A message of the Solidity compiler. `file` is as the build names it: `project/…` is ours. */
export type CompilerMessage = { readonly severity: string; readonly file: string; readonly text: string };

const artifact = z.object({
  contractName: z.string(),
  inputSourceName: z.string(),
  sourceName: z.string(),
  bytecode: z.string(),
  deployedBytecode: z.string(),
  buildInfoId: z.string(),
});

const buildOutput = z.object({
  output: z.object({
    errors: z
      .array(
        z.object({
          severity: z.string(),
          message: z.string(),
          sourceLocation: z.object({ file: z.string() }).optional(),
        }),
      )
      .optional(),
  }),
});

/** Unlinked places stand for 20 bytes each, so the length of the hex is right for them too. */
const bytesOf = (hex: string): number => (hex.length - "0x".length) / 2;

/** Every contract of `contracts/` in the last build; empty when there was none. */
export const readBuilt = (root: string): readonly Built[] => {
  const folder = join(root, "artifacts/contracts");
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".json"))
    .map((path) => artifact.parse(JSON.parse(readFileSync(join(folder, path), "utf8"))))
    .map((read) => ({
      source: read.sourceName,
      name: read.contractName,
      deployedBytes: bytesOf(read.deployedBytecode),
      initBytes: bytesOf(read.bytecode),
      buildInfo: read.buildInfoId,
    }));
};

/** What the compiler said when it made `built`. It says nothing of files that it found in its cache, so we look here. */
export const readMessages = (root: string, built: readonly Built[]): readonly CompilerMessage[] =>
  [...new Set(built.map(({ buildInfo }) => buildInfo))].flatMap((id) => {
    const path = join(root, "artifacts/build-info", `${id}.output.json`);
    const { output } = buildOutput.parse(JSON.parse(readFileSync(path, "utf8")));
    return (output.errors ?? []).map(({ severity, message, sourceLocation }) => ({
      severity,
      file: sourceLocation?.file ?? "",
      text: message,
    }));
  });
