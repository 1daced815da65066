import { join } from "node:path";
import { build } from "esbuild";

/** What a clone alone has: the sandbox is built of it, and an image has no sandbox. The others are not asked for where they are missing. */
const LEFT_OUT = [
  "hardhat",
  "hardhat/*",
  "@nomicfoundation/*",
  "@api3/*",
  "@uniswap/*",
  "@safe-global/*",
  "pg-native",
  "bufferutil",
  "utf-8-validate",
];

/** Bundled packages of the older kind know `require` and where they lie. */
const BANNER = [
  'import { createRequire as requireFrom } from "node:module";',
  'import { fileURLToPath as pathFrom } from "node:url";',
  "const require = requireFrom(import.meta.url);",
  "const __filename = pathFrom(import.meta.url);",
  'const __dirname = pathFrom(new URL(".", import.meta.url));',
].join("\n");

const PACKAGE = /^(.*\bnode_modules\/(?:@[^/]+\/)?[^/]+)\//;

/** The folders of the packages that stand in a bundle, as paths from the root of the repository. */
export const packagesIn = (inputs: readonly string[]): readonly string[] =>
  [...new Set(inputs.flatMap((path) => PACKAGE.exec(path)?.[1] ?? []))].sort();

/**
 * Builds the `nexus` command with all of its packages into a folder.
 * @returns the folders of the packages that went in
 */
export const bundleProgram = async (root: string, folder: string): Promise<readonly string[]> => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { main: join(root, "scripts/cli/main.ts") },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    external: LEFT_OUT,
    banner: { js: BANNER },
    // Names stay, so that a stack in a log can be read.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "linked",
    metafile: true,
    logLevel: "error",
  });
  return packagesIn(Object.keys(metafile.inputs));
};
