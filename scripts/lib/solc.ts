import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { z } from "zod";

type Imported = { readonly contents: string } | { readonly error: string };
type Compile = (input: string, callbacks: { readonly import: (path: string) => Imported }) => string;

/** The settings that every deployed contract is compiled for, as hardhat.config.ts has it. */
const EVM_VERSION = "prague";

const compiler = z.object({ compile: z.custom<Compile>((value) => typeof value === "function") });

const message = z.object({
  severity: z.string(),
  errorCode: z.string().optional(),
  message: z.string(),
  formattedMessage: z.string().optional(),
  sourceLocation: z.object({ file: z.string(), start: z.number(), end: z.number() }).optional(),
});
const answer = z.object({
  errors: z.array(message).optional(),
  contracts: z.unknown().optional(),
  sources: z.unknown().optional(),
});

/** One message of the compiler; places are offsets in bytes. */
export type SolcMessage = z.infer<typeof message>;
export type SolcAnswer = z.infer<typeof answer>;

const requireFrom = createRequire(import.meta.url);

/** What a source imports: from the repository, or from a package. */
const readImport =
  (root: string) =>
  (path: string): Imported => {
    const isOwn = /^(?:contracts|test)\//.test(path);
    try {
      return { contents: readFileSync(join(root, isOwn ? "" : "node_modules", path), "utf8") };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  };

/**
 * Hands sources to the Solidity compiler that comes with the repository, without what Hardhat does around it. Errors are
 * among the messages of the answer.
 * @param root folder that holds `contracts/` and `node_modules/`
 * @param sources each source's text by its path
 */
export const askCompiler = (
  root: string,
  sources: ReadonlyMap<string, string>,
  settings: Readonly<Record<string, unknown>>,
): SolcAnswer => {
  const input = {
    language: "Solidity",
    sources: Object.fromEntries([...sources].map(([path, content]) => [path, { content }])),
    settings: { evmVersion: EVM_VERSION, outputSelection: {}, ...settings },
  };
  const { compile } = compiler.parse(requireFrom("solc"));
  return answer.parse(JSON.parse(compile(JSON.stringify(input), { import: readImport(root) })));
};

export const errorsIn = (output: SolcAnswer): readonly SolcMessage[] =>
  (output.errors ?? []).filter(({ severity }) => severity === "error");

/** The same, for sources that are known to compile. @throws Error when one does not */
export const compileWith = (...question: Parameters<typeof askCompiler>): SolcAnswer => {
  const output = askCompiler(...question);
  const errors = errorsIn(output);
  if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage ?? error.message).join("\n"));
  return output;
};
