import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { z } from "zod";
import { buildDashboard, isDashboardBuilt } from "../setup/dashboard.mjs";
import { bundleProgram } from "./program.ts";

/** What `ldd` prints of a library that it found, or of the loader itself. */
const LIBRARY = /^\s*(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/;

/** The libraries in the output of `ldd`, by the paths at which a program looks for them. */
export const librariesIn = (output: string): readonly string[] =>
  output.split("\n").flatMap((line) => LIBRARY.exec(line)?.[1] ?? []);

/** The native package: its loader and the build for this machine, without its sources. */
const NATIVE = ["package.json", "LICENSE", "bindings.js", "lib", `prebuilds/${process.platform}-${process.arch}`];
const LOADER = ["package.json", "LICENSE", "index.js", "node-gyp-build.js"];

const EXECUTABLE = 0o755;
const READABLE = 0o644;
const ANYBODY = 0o1777;

const copyPackage = (root: string, target: string, [name, files]: readonly [string, readonly string[]]): void => {
  for (const file of files) {
    const source = join(root, "node_modules", name, file);
    if (existsSync(source)) cpSync(source, join(target, "app/node_modules", name, file), { recursive: true });
  }
};

const copyNode = (target: string): void => {
  const node = realpathSync(process.execPath);
  mkdirSync(join(target, "usr/bin"), { recursive: true });
  cpSync(node, join(target, "usr/bin/node"));
  for (const library of librariesIn(execFileSync("ldd", [node], { encoding: "utf8" }))) {
    mkdirSync(join(target, dirname(library)), { recursive: true });
    cpSync(realpathSync(library), join(target, library));
  }
};

/** Gives everything the modes that an image of ours has, whatever the mask of the machine that builds it. */
const setModes = (folder: string): void => {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    chmodSync(path, entry.isDirectory() || /(?:^|\/)(?:node|ld-[^/]*)$/.test(path) ? EXECUTABLE : READABLE);
    if (entry.isDirectory()) setModes(path);
  }
};

const manifest = z.object({ name: z.string(), version: z.string(), license: z.string() });

/** What tells the command its version; scripts and development packages are no part of the image. */
const writeManifest = (root: string, target: string): void => {
  const { name, version, license } = manifest.parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));
  writeFileSync(join(target, "app/package.json"), `${JSON.stringify({ name, version, license, type: "module" })}\n`);
};

/**
 * Gathers the files of the image in a folder: Node and its libraries, the program in one bundle with its packages, the dashboard,
 * and an empty /tmp. Node brings the certificates that it trusts.
 * @returns the folders of the packages that went in, as paths from the root of the repository
 */
export const gatherFiles = async (root: string, target: string): Promise<readonly string[]> => {
  copyNode(target);
  const packages = await bundleProgram(root, join(target, "app/dist/cli"));
  if (!isDashboardBuilt()) await buildDashboard();
  cpSync(join(root, "dist/dashboard"), join(target, "app/dist/dashboard"), { recursive: true });
  copyPackage(root, target, ["secp256k1", NATIVE]);
  copyPackage(root, target, ["node-gyp-build", LOADER]);
  writeManifest(root, target);
  cpSync(join(root, "LICENSE"), join(target, "app/LICENSE"));
  mkdirSync(join(target, "etc"), { recursive: true });
  writeFileSync(join(target, "etc/passwd"), "nexus:x:10001:10001::/tmp:/nonexistent\n");
  mkdirSync(join(target, "tmp"));
  setModes(target);
  chmodSync(join(target, "tmp"), ANYBODY);
  return [...packages, "node_modules/node-gyp-build", "node_modules/secp256k1"];
};
