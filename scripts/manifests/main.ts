/**
 * Renders each overlay of deployments/kubernetes by `kubectl kustomize` and writes it to deployments/kubernetes/rendered.
 *
 *   tsx scripts/manifests/main.ts            writes
 *   tsx scripts/manifests/main.ts --check    only says what differs
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { headerOf, sourcesHash } from "../check/manifests/read.ts";
import { readRepository } from "../check/repository.ts";
import { complain, say } from "../lib/output.ts";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const FOLDER = join(ROOT, "deployments/kubernetes");
const PATIENCE_MS = 60_000;

const render = (overlay: string): string =>
  execFileSync("kubectl", ["kustomize", join(FOLDER, "overlays", overlay)], { encoding: "utf8", timeout: PATIENCE_MS });

const hasKubectl = (): boolean => {
  try {
    execFileSync("kubectl", ["version", "--client"], { stdio: "ignore", timeout: PATIENCE_MS });
    return true;
  } catch {
    return false;
  }
};

/** @returns whether what is written is what the sources say */
const main = (isCheck: boolean): boolean => {
  if (!hasKubectl()) {
    complain("kubectl 1.32 or newer renders the manifests, and is not here: https://kubernetes.io/docs/tasks/tools");
    return false;
  }
  const hash = sourcesHash(readRepository(ROOT));
  mkdirSync(join(FOLDER, "rendered"), { recursive: true });
  let isSame = true;
  for (const overlay of readdirSync(join(FOLDER, "overlays"))) {
    const path = join(FOLDER, "rendered", `${overlay}.yaml`);
    const text = `${headerOf(hash)}${render(overlay)}`;
    const isOld = !existsSync(path) || readFileSync(path, "utf8") !== text;
    if (isOld && !isCheck) writeFileSync(path, text);
    isSame &&= !isOld;
    say(`${overlay}: ${isOld ? (isCheck ? "differs: npm run manifests" : "written") : "as it was"}`);
  }
  return isSame || !isCheck;
};

const { values } = parseArgs({ options: { check: { type: "boolean" } } });
process.exitCode = main(values.check === true) ? 0 : 1;
