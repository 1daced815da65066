#!/usr/bin/env node
// The `nexus` command. In a clone it sets up what is missing; in an installed package everything is built already.
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { isAtLeast } from "./setup/lockfile.mjs";

const ROOT = new URL("../", import.meta.url);
/** npm packs no lock file: where one is, this is a clone. */
const isClone = existsSync(new URL("package-lock.json", ROOT));

/** @returns {string} the oldest Node that runs the built command */
const minNode = () => {
  /** @type {{ readonly engines: { readonly node: string } }} */
  const { engines } = JSON.parse(readFileSync(new URL("package.json", ROOT), "utf8"));
  return engines.node.replace(/^\D*/, "");
};

if (isClone) {
  process.argv.splice(2, 0, "nexus");
  await import("./setup.mjs");
} else if (isAtLeast(process.versions.node, minNode())) {
  await import(new URL("dist/cli/main.js", ROOT).href);
} else {
  const how = `install it, or run npx -y -p node@24 -c "nexus ${process.argv.slice(2).join(" ")}"`;
  process.stderr.write(`nexus: Node ${minNode()} or newer is needed, this is ${process.versions.node}: ${how}\n`);
  process.exitCode = 2;
}
