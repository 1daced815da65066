import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type MutationTarget } from "./targets.ts";

/** A copy of the repository in which one file's mutants are built and tested. */
export type Workshop = { readonly root: string; readonly folder: string };

const SOURCES = ["contracts", "deployments", "keepers", "scripts", "test", "package.json", "tsconfig.json"];
/** What the build of the repository has made, which spares compiling what holds no mutant. */
const BUILT = ["artifacts", "cache"];

/** The copy's own configuration: the repository's, with mutants in these contracts. */
const configFor = ({ roots }: MutationTarget): string => `import house from "./house.config.ts";
import { withMutants } from "./scripts/mutate/copyConfig.ts";

export default withMutants(house, ${JSON.stringify(roots.filter((path) => path.startsWith("contracts/")))});
`;

/** Lays a fresh copy, with the file's mutants in the place of its code. */
export const layOut = ({ root, folder }: Workshop, target: MutationTarget, text: string): void => {
  mkdirSync(folder, { recursive: true });
  for (const name of [...SOURCES, ...BUILT]) {
    rmSync(join(folder, name), { recursive: true, force: true });
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  for (const name of ["node_modules", "types"]) {
    if (!existsSync(join(folder, name))) symlinkSync(join(root, name), join(folder, name));
  }
  cpSync(join(root, "hardhat.config.ts"), join(folder, "house.config.ts"));
  writeFileSync(join(folder, "hardhat.config.ts"), configFor(target));
  writeFileSync(join(folder, target.path), text);
};

const run = promisify(execFile);

const runHardhat = async (root: string, args: readonly string[]): Promise<void> => {
  const hardhat = join(root, "node_modules/hardhat/dist/src/cli.js");
  await run(process.execPath, [hardhat, "build", "--quiet", ...args], { cwd: root, maxBuffer: 2 ** 26 });
};

/** Compiles what has changed as it is deployed: copies take over what holds no mutant. */
export const buildAll = (root: string): Promise<void> => runHardhat(root, ["--no-tests"]);

/** Compiles what holds mutants. @throws Error with what the compiler says */
export const build = ({ folder }: Workshop, target: MutationTarget): Promise<void> => runHardhat(folder, target.roots);
