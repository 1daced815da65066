import { z } from "zod";

/** What one question about a release came to. What could not be asked is not proved, and never passes for right. */
export type ReleaseFinding =
  | { readonly kind: "right"; readonly detail: string }
  | { readonly kind: "wrong"; readonly detail: string }
  | { readonly kind: "unproved"; readonly detail: string };

export const right = (detail: string): ReleaseFinding => ({ kind: "right", detail });
export const wrong = (detail: string): ReleaseFinding => ({ kind: "wrong", detail });
export const unproved = (detail: string): ReleaseFinding => ({ kind: "unproved", detail });

/** Licences under which what we depend on at run time may be passed on beside ours. */
const PERMITTED: ReadonlySet<string> = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "ISC",
  "MIT",
  "MIT-0",
  "MPL-2.0",
  "Unlicense",
]);

const lockShape = z.object({
  packages: z.record(
    z.string(),
    z.object({ license: z.string().optional(), dev: z.boolean().optional(), link: z.boolean().optional() }),
  ),
});

/** Whether every package that is installed with ours has a licence that permits it. `lock`: the lock file's JSON. */
export const licenceFinding = (lock: unknown): ReleaseFinding => {
  const { packages } = lockShape.parse(lock);
  const shipped = Object.entries(packages).filter(
    ([path, { dev, link }]) => path.includes("node_modules/") && dev !== true && link !== true,
  );
  const refused = shipped.filter(([, { license }]) => license === undefined || !PERMITTED.has(license));
  if (refused.length === 0) return right(`${shipped.length} packages, each under a permissive licence`);
  const told = refused.map(([path, { license }]) => `${path.split("node_modules/").at(-1)} (${license ?? "none"})`);
  return wrong(`not permitted: ${told.join(", ")}`);
};

const auditShape = z.object({
  metadata: z.object({
    vulnerabilities: z.object({ moderate: z.int(), high: z.int(), critical: z.int(), total: z.int() }),
  }),
});

/** What `npm audit --json` says of known weaknesses. A registry that does not answer proves nothing. */
export const auditFinding = (output: string): ReleaseFinding => {
  const parsed = auditShape.safeParse(jsonOf(output));
  if (!parsed.success) return unproved("the registry does not answer to npm audit");
  const { moderate, high, critical, total } = parsed.data.metadata.vulnerabilities;
  const serious = moderate + high + critical;
  return serious === 0
    ? right(`no known weakness but ${total} of low severity`)
    : wrong(`${serious} known weaknesses, ${high + critical} of them high or critical: npm audit --omit=dev`);
};

const jsonOf = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
};

const DAY_MS = 86_400_000;
const LEAST_SHARE = 95;
const OLD_DAYS = 30;

/** What a report of mutants lacks; undefined where it has a share of everything. */
const lackingIn = (report: string): string | undefined => {
  const notRun = /^Not run, or changed since: (.+)$/m.exec(report)?.[1];
  if (notRun !== undefined) return `${notRun.split(",").length} files were not run, or changed since`;
  return report.includes("| incomplete |") ? "some mutants were not tested" : undefined;
};

/** Whether docs/mutation.md has a share of every contract, of a run that is not old. `nowMs`: Unix milliseconds. */
export const mutationFinding = (report: string, nowMs: number): ReleaseFinding => {
  const lacking = lackingIn(report);
  if (lacking !== undefined) return wrong(`${lacking}: npm run mutate`);
  const day = /on (\d{4}-\d{2}-\d{2})/.exec(report)?.[1];
  const share = /^\| \*\*all of these\*\* \|.*\| ([\d.]+) % \|$/m.exec(report)?.[1];
  if (day === undefined || share === undefined) return wrong("docs/mutation.md is none: npm run mutate");
  if (Number(share) < LEAST_SHARE) return wrong(`${share} % of the contracts' mutants are killed`);
  const days = Math.floor((nowMs - Date.parse(day)) / DAY_MS);
  if (!(days >= 0)) return wrong(`docs/mutation.md is of ${day}, which is no day that was`);
  return days > OLD_DAYS ? wrong(`the last run is ${days} days old`) : right(`${share} % of the contracts', on ${day}`);
};

/** Whether the changelog says what is new. */
export const changelogFinding = (changelog: string): ReleaseFinding => {
  const entry = /^## Unreleased$([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(changelog)?.[1] ?? "";
  const count = entry.split("\n").filter((line) => line.startsWith("- ")).length;
  return count === 0 ? wrong("CHANGELOG.md has nothing under Unreleased") : right(`${count} entries under Unreleased`);
};

const packShape = z.tuple([
  z.object({ files: z.array(z.object({ path: z.string() })), size: z.number(), unpackedSize: z.number() }),
]);
/** What an outside project needs, and what it must not get. */
const NEEDED = [
  "package.json",
  "scripts/nexus.mjs",
  "dist/cli/main.js",
  "dist/types/index.js",
  "dist/keepers/client/client.js",
];
const FOREIGN = /^(?:test|keepers|contracts\/mocks|\.nexus)\//;

/** What `npm pack --dry-run --json` would publish. */
export const packFinding = (output: string): ReleaseFinding => {
  const parsed = packShape.safeParse(jsonOf(output));
  if (!parsed.success) return wrong("npm pack does not say what it would publish");
  const [{ files, size }] = parsed.data;
  const paths = new Set(files.map(({ path }) => path));
  const lacking = NEEDED.filter((path) => !paths.has(path));
  const foreign = [...paths].filter((path) => FOREIGN.test(path));
  if (lacking.length > 0) return wrong(`it lacks ${lacking.join(", ")}`);
  if (foreign.length > 0)
    return wrong(`it holds what is none of an integrator's business: ${foreign.slice(0, 5).join(", ")}`);
  return right(`${paths.size} files, ${(size / 1e6).toFixed(1)} MB`);
};

const sbomShape = z.object({ bomFormat: z.literal("CycloneDX"), components: z.array(z.object({ name: z.string() })) });

/** What `npm sbom` says is installed with ours. */
export const sbomFinding = (output: string, path: string): ReleaseFinding => {
  const parsed = sbomShape.safeParse(jsonOf(output));
  if (!parsed.success) return wrong("npm sbom makes no list of components");
  return right(`${parsed.data.components.length} components, in ${path}`);
};
