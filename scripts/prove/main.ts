import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type ProofFinding, contractsIn, readProofs } from "./checker.ts";
import { type Task, forEachOf, proveApart } from "./pool.ts";

const ROOT = join(import.meta.dirname, "../..");
const FOLDER = "test/proofs";
/** What holds the proofs' arithmetic against the libraries is run by the tests, and is no proof. */
const TESTS = ".t.sol";
const PROCESSES = 2;
/** The solver stops by itself at a fixed effort; this is for a machine on which that takes for ever. */
const LIMIT_MS = 600_000;
const MS = 1_000;
const MARK = { proved: "✓", refuted: "✗", unproved: "?", unanswered: "?", empty: "∅" } as const;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const linesOf = ({ contract, line, condition, verdict, detail }: ProofFinding, path: string): readonly string[] => {
  const word = verdict === "proved" ? verdict : `NOT PROVED, ${verdict}`;
  const head = `${MARK[verdict]} ${word}  ${path}:${line} ${contract}: ${condition}`;
  return verdict === "proved" || detail === "" ? [head] : [head, detail.replaceAll(/^/gm, "    ")];
};

const tasks: readonly Task[] = readdirSync(join(ROOT, FOLDER))
  .filter((name) => name.endsWith(".sol") && !name.endsWith(TESTS))
  .sort()
  .flatMap((name) => {
    const path = `${FOLDER}/${name}`;
    return contractsIn(readProofs(path).text).map((contract) => ({ path, contract }));
  });

const all: ProofFinding[] = [];
const started = Date.now();
await forEachOf(tasks, PROCESSES, async (one) => {
  const begun = Date.now();
  const findings = await proveApart(one, LIMIT_MS);
  all.push(...findings);
  say(`${one.contract}, ${((Date.now() - begun) / MS).toFixed(0)} s`);
  for (const finding of findings) for (const line of linesOf(finding, one.path)) say(line);
});
const proved = all.filter(({ verdict }) => verdict === "proved").length;
say(`${proved} of ${all.length} assertions proved in ${((Date.now() - started) / MS).toFixed(0)} s`);
if (proved === 0 || proved < all.length) process.exitCode = 1;
