/**
 * Writes rules, routes and dashboards for Prometheus, Alertmanager and Grafana from the keepers' own list of alert rules.
 *
 *   tsx scripts/monitoring/main.ts           writes deployments/monitoring and the component of Kubernetes
 *   tsx scripts/monitoring/main.ts --prove   then has promtool and amtool judge them
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { complain, say } from "../lib/output.ts";
import { monitoringFiles } from "./files.ts";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const FOLDER = join(ROOT, "deployments/monitoring");
const PATIENCE_MS = 120_000;

/** Older amtools know no address in a file: they judge the rest with one in its place. */
const ROUTES = join(tmpdir(), `nexus-alertmanager-${process.pid}.yml`);

const PROOFS: readonly (readonly [program: string, ...args: string[]])[] = [
  ["promtool", "check", "rules", "nexus.rules.yml"],
  ["promtool", "test", "rules", "nexus.rules.test.yml"],
  ["amtool", "check-config", ROUTES],
  ["amtool", "config", "routes", "test", `--config.file=${ROUTES}`, "--verify.receivers=people", "severity=page"],
  ["amtool", "config", "routes", "test", `--config.file=${ROUTES}`, "--verify.receivers=people", "severity=warn"],
  ["amtool", "config", "routes", "test", `--config.file=${ROUTES}`, "--verify.receivers=nobody", "severity=info"],
];

/** @returns whether the program was satisfied */
const prove = ([program, ...args]: readonly [string, ...string[]]): boolean => {
  try {
    execFileSync(program, args, {
      cwd: FOLDER,
      encoding: "utf8",
      timeout: PATIENCE_MS,
      stdio: ["ignore", "pipe", "pipe"],
    });
    say(`✓ ${program} ${args.join(" ")}`);
    return true;
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    complain(
      `✗ ${program} ${args.join(" ")}: ${isMissing ? "not here: apt-get install prometheus prometheus-alertmanager" : String(error).slice(0, 2_000)}`,
    );
    return false;
  }
};

const proveAll = (files: ReadonlyMap<string, string>): boolean => {
  const routes = files.get("deployments/monitoring/alertmanager.yml") ?? "";
  writeFileSync(ROUTES, routes.replace(/url_file: .*/, "url: http://127.0.0.1:9"));
  try {
    return PROOFS.map(prove).every(Boolean);
  } finally {
    rmSync(ROUTES, { force: true });
  }
};

const files = monitoringFiles();
for (const [path, text] of files) {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), text);
}
const { values } = parseArgs({ options: { prove: { type: "boolean" } } });
if (values.prove === true) process.exitCode = proveAll(files) ? 0 : 1;
