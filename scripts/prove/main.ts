import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Finding, contractsIn, proveContract } from "./checker.ts";

const ROOT = join(import.meta.dirname, "../..");
const FOLDER = "test/proofs";
/** What holds the proofs' arithmetic against the libraries; it is run by the tests, and asserts nothing to the solver. */
const TESTS = ".t.sol";
const MS = 1_000;
const MARK = { proved: "✓", refuted: "✗", unproved: "?", unanswered: "?", empty: "∅" } as const;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const lineOf = ({ contract, line, condition, verdict }: Finding, path: string): string =>
  `${MARK[verdict]} ${verdict === "proved" ? "proved" : `NOT PROVED (${verdict})`}  ${path}:${line} ${contract}  ${condition}`;

/** Proves every file of the folder, contract by contract, and says what came of each assertion. */
const proveAll = (): readonly Finding[] =>
  readdirSync(join(ROOT, FOLDER))
    .filter((name) => name.endsWith(".sol") && !name.endsWith(TESTS))
    .sort()
    .flatMap((name) => {
      const path = `${FOLDER}/${name}`;
      const text = readFileSync(join(ROOT, path), "utf8");
      return contractsIn(text).flatMap((contract) => {
        const started = Date.now();
        const findings = proveContract({ root: ROOT, path, text }, contract);
        for (const finding of findings) {
          say(lineOf(finding, path));
          if (finding.verdict !== "proved" && finding.detail !== "") say(finding.detail.replaceAll(/^/gm, "    "));
        }
        say(`  ${contract}: ${((Date.now() - started) / MS).toFixed(1)} s`);
        return findings;
      });
    });

const findings = proveAll();
const open = findings.filter(({ verdict }) => verdict !== "proved");
say(
  `${findings.length - open.length} of ${findings.length} assertions proved for all inputs and all sequences of calls`,
);
if (findings.length === 0 || open.length > 0) process.exitCode = 1;
