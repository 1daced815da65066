/** Writes the ABI of each contract and interface of ours to dist/abi/<Name>.json, for who does not use the factories. */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const SOURCE = "artifacts/contracts";
const TARGET = "dist/abi";

const artifact = z.object({ contractName: z.string(), abi: z.array(z.unknown()) });

rmSync(TARGET, { recursive: true, force: true });
mkdirSync(TARGET, { recursive: true });
const paths = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".json") && !path.startsWith("mocks"))
  .map((path) => join(SOURCE, path));
for (const path of paths) {
  const { contractName, abi } = artifact.parse(JSON.parse(readFileSync(path, "utf8")));
  writeFileSync(join(TARGET, `${contractName}.json`), `${JSON.stringify(abi, undefined, 2)}\n`);
}
process.stdout.write(`${paths.length} ABIs in ${TARGET}\n`);
