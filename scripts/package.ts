/**
 * Writes the ABI of each contract and interface of ours to dist/abi/<Name>.json, for who does not use the factories. Each has
 * the errors of all the others too: calls go from contract to contract, and an error of the last reaches the first caller.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ErrorFragment } from "ethers";
import { z } from "zod";

const SOURCE = "artifacts/contracts";
const TARGET = "dist/abi";

const entry = z.looseObject({ type: z.string() });
type Entry = z.infer<typeof entry>;
const artifact = z.object({ contractName: z.string(), abi: z.array(entry) });

/** Errors by their signatures. */
const errorsIn = (abi: readonly Entry[]): ReadonlyMap<string, Entry> =>
  new Map(abi.filter(({ type }) => type === "error").map((error) => [ErrorFragment.from(error).format(), error]));

const artifacts = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".json") && !path.startsWith("mocks"))
  .map((path) => artifact.parse(JSON.parse(readFileSync(join(SOURCE, path), "utf8"))));
const errors = [...errorsIn(artifacts.flatMap(({ abi }) => abi))].sort(([a], [b]) => (a < b ? -1 : 1));

rmSync(TARGET, { recursive: true, force: true });
mkdirSync(TARGET, { recursive: true });
for (const { contractName, abi } of artifacts) {
  const own = errorsIn(abi);
  const foreign = errors.flatMap(([signature, error]) => (own.has(signature) ? [] : [error]));
  writeFileSync(join(TARGET, `${contractName}.json`), `${JSON.stringify([...abi, ...foreign], undefined, 2)}\n`);
}
process.stdout.write(`${artifacts.length} ABIs in ${TARGET}\n`);
