import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { readRepository } from "../../scripts/check/repository.ts";
import { compileWith } from "../../scripts/lib/solc.ts";

const run = promisify(execFile);
const ROOT = process.cwd();
const EXAMPLES = "docs/examples/extending";
const GENERATOR = "node_modules/@nomicfoundation/hardhat-typechain/dist/src/internal/generate-types.js";

type GenerateTypes = (
  root: string,
  config: Readonly<Record<string, unknown>>,
  isSkipped: boolean,
  artifacts: readonly string[],
) => Promise<void>;
const generator = z.object({ generateTypes: z.custom<GenerateTypes>((value) => typeof value === "function") });
const compiled = z.record(
  z.string(),
  z.record(z.string(), z.object({ abi: z.array(z.unknown()), evm: z.object({ bytecode: z.unknown() }) })),
);

/** One example of docs/extending.md: a change of this repository. */
export type Example = {
  readonly name: string;
  /** Its link from docs/extending.md. */
  readonly link: string;
  /** The files that it adds or changes. */
  readonly files: readonly string[];
  /** The lines that it adds, one after the other. */
  readonly added: string;
};

/** The examples, by their files. */
export const readExamples = (): readonly Example[] =>
  readdirSync(join(ROOT, EXAMPLES)).map((file) => {
    const text = readFileSync(join(ROOT, EXAMPLES, file), "utf8");
    return {
      name: file.replace(".patch", ""),
      link: `examples/extending/${file}`,
      files: [...text.matchAll(/^\+\+\+ b\/(.*)$/gm)].map(([, path = ""]) => path),
      added: text
        .split("\n")
        .filter((line) => line.startsWith("+"))
        .map((line) => line.slice(1))
        .join("\n"),
    };
  });

/** A copy of this repository with the examples in it. */
export type Extended = {
  readonly path: string;
  /** Runs a program of the repository there. @throws Error with what it printed, when it fails */
  readonly run: (program: string, ...args: readonly string[]) => Promise<string>;
  readonly remove: () => void;
};

const printed = z.object({ stdout: z.string(), stderr: z.string() });

const runnerIn =
  (path: string): Extended["run"] =>
  async (program, ...args) => {
    const bin = join(ROOT, "node_modules/.bin");
    // Without the settings of the Hardhat that runs this test: its child would build this repository, and not the copy.
    const outer = Object.entries(process.env).filter(([name]) => !name.startsWith("HARDHAT_"));
    const env = { ...Object.fromEntries(outer), PATH: `${bin}:${process.env["PATH"] ?? ""}` };
    try {
      return (await run(program, [...args], { cwd: path, env, maxBuffer: 2 ** 26 })).stdout;
    } catch (error) {
      const { data } = printed.safeParse(error);
      throw new Error(`${program} ${args.join(" ")}:\n${data?.stdout ?? ""}${data?.stderr ?? ""}`, { cause: error });
    }
  };

/** Copies what is text, and what the build made; packages are linked. */
const copyTo = (path: string): void => {
  for (const [file, text] of readRepository(ROOT)) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), text);
  }
  for (const file of [".prettierrc", ".prettierignore"]) cpSync(join(ROOT, file), join(path, file));
  for (const folder of ["docs/pictures", "artifacts/contracts", "artifacts/@openzeppelin", "types"]) {
    cpSync(join(ROOT, folder), join(path, folder), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(path, "node_modules"));
};

/** Compiles contracts without what Hardhat does around it, and writes their artifacts and types. */
const buildTypes = async (path: string, sources: readonly string[]): Promise<void> => {
  const texts = new Map(sources.map((source) => [source, readFileSync(join(path, source), "utf8")]));
  const output = compileWith(path, texts, { outputSelection: { "*": { "*": ["abi", "evm.bytecode"] } } });
  for (const [source, contracts] of Object.entries(compiled.parse(output.contracts))) {
    if (!texts.has(source)) continue;
    for (const [contractName, { abi, evm }] of Object.entries(contracts)) {
      const file = join(path, "artifacts", source, `${contractName}.json`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify({ contractName, sourceName: source, abi, evm }));
    }
  }
  const artifacts = readdirSync(join(path, "artifacts"), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.sol\/\w+\.json$/.test(file))
    .map((file) => join(path, "artifacts", file));
  const { generateTypes } = generator.parse(await import(pathToFileURL(resolve(ROOT, GENERATOR)).href));
  await generateTypes(path, { outDir: join(path, "types") }, false, artifacts);
};

/**
 * Puts every example into one copy of this repository, with the types of its contracts and what `npm run fix` writes.
 * @throws Error when one does not fit the repository any more: make it again, as docs/extending.md says
 */
export const extendedBy = async (examples: readonly Example[]): Promise<Extended> => {
  const path = mkdtempSync(join(tmpdir(), "nexus-extended-"));
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  try {
    copyTo(path);
    const runHere = runnerIn(path);
    for (const { name } of examples) await runHere("git", "apply", "-C1", join(ROOT, EXAMPLES, `${name}.patch`));
    const contracts = examples.flatMap(({ files }) => files.filter((file) => /^contracts\/.*\.sol$/.test(file)));
    await buildTypes(path, contracts);
    await runHere("tsx", "scripts/check/main.ts", "--write");
    return { path, run: runHere, remove };
  } catch (error) {
    remove();
    throw error;
  }
};
