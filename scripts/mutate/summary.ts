import { type Equivalent } from "./equivalents.ts";
import { type KeeperReport } from "./keepers.ts";
import { type Mutant } from "./mutants.ts";
import { type Outcomes } from "./results.ts";

/** A mutant that no test killed. */
export type Survivor = Pick<Mutant, "key" | "line" | "before" | "after"> & { readonly operator: string };

/** What became of one file's mutants. Those that do not compile are in none of the numbers. */
export type FileSummary = {
  readonly path: string;
  readonly total: number;
  readonly tested: number;
  readonly killed: number;
  readonly survivors: readonly Survivor[];
  readonly equivalents: readonly (Survivor & { readonly reason: string })[];
  readonly cpuMs: number;
};

const isKilled = (status: string): boolean => status === "killed" || status === "timeout";

export const summaryOf = (
  path: string,
  mutants: readonly Mutant[],
  outcomes: Outcomes,
  listed: readonly Equivalent[],
): FileSummary => {
  const found = mutants.flatMap((mutant) => {
    const outcome = outcomes.get(mutant.key);
    return outcome === undefined || outcome.status === "invalid" ? [] : [{ mutant, outcome }];
  });
  const reasons = new Map(listed.map(({ key, reason }) => [key, reason]));
  const left = found.filter(({ outcome }) => !isKilled(outcome.status)).map(({ mutant }) => mutant);
  const invalid = mutants.filter(({ key }) => outcomes.get(key)?.status === "invalid").length;
  return {
    path,
    total: mutants.length - invalid,
    tested: found.length,
    killed: found.filter(({ outcome }) => isKilled(outcome.status)).length,
    survivors: left.filter(({ key }) => !reasons.has(key)),
    equivalents: left.flatMap((mutant) => {
      const reason = reasons.get(mutant.key);
      return reason === undefined ? [] : [{ ...mutant, reason }];
    }),
    cpuMs: found.reduce((sum, { outcome }) => sum + outcome.cpuMs, 0),
  };
};

const KILLED = new Set(["Killed", "Timeout"]);
const COUNTED = new Set([...KILLED, "Survived", "NoCoverage"]);

type Reported = KeeperReport["files"][string];

/** The text between two places, lines and columns counted from one. */
const between = (source: string, { start, end }: Reported["mutants"][number]["location"]): string => {
  const lines = source.split("\n").slice(start.line - 1, end.line);
  const cut = lines.map((line, index) => (index === lines.length - 1 ? line.slice(0, end.column - 1) : line));
  return [(cut[0] ?? "").slice(start.column - 1), ...cut.slice(1)].join(" ").replaceAll(/\s+/g, " ");
};

export const keeperSummaries = (report: KeeperReport): readonly FileSummary[] =>
  Object.entries(report.files).map(([path, { source, mutants }]) => {
    const counted = mutants.filter(({ status }) => COUNTED.has(status));
    const killed = counted.filter(({ status }) => KILLED.has(status)).length;
    const survivors = counted
      .filter(({ status }) => !KILLED.has(status))
      .map(({ mutatorName, replacement = "", location }) => ({
        key: "",
        operator: mutatorName,
        line: location.start.line,
        before: between(source, location),
        after: replacement.replaceAll(/\s+/g, " "),
      }));
    return { path, total: counted.length, tested: counted.length, killed, survivors, equivalents: [], cpuMs: 0 };
  });

/** Of a hundred mutants that could be killed, how many were. */
export const shareOf = (files: readonly FileSummary[]): number => {
  const of = files.reduce((sum, { tested, equivalents }) => sum + tested - equivalents.length, 0);
  return of === 0 ? 0 : (100 * files.reduce((sum, { killed }) => sum + killed, 0)) / of;
};
