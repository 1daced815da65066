import { expect } from "chai";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Outcome, proofsOf, readKnown, writeKnown } from "../../../../scripts/mutate/results.ts";
import { keeperSummaries, shareOf, summaryOf } from "../../../../scripts/mutate/summary.ts";
import { graphOf, mutatedPaths, targetOf } from "../../../../scripts/mutate/targets.ts";
import { renderReport } from "../../../../scripts/mutate/report.ts";

const LIBRARY = "contracts/libraries/Halving.sol";
const CONTRACT = "contracts/OracleHub.sol";
const OWN = "test/unit/libraries/Halving.t.sol";
const FOLDERS = "test/unit/contracts/OracleHub/quote.test.ts";
const FAR = "test/integration/contracts/attacks.test.ts";

const filesWith = (changes: Readonly<Record<string, string>> = {}) =>
  new Map(
    Object.entries({
      [LIBRARY]: "library Halving {}",
      [CONTRACT]: 'import {Halving} from "./libraries/Halving.sol";',
      "contracts/Treasury.sol": "contract Treasury {}",
      "contracts/interfaces/IOracleHub.sol": "",
      "contracts/mocks/Fake.sol": "",
      [OWN]: 'import {Halving} from "../../../contracts/libraries/Halving.sol";',
      [FOLDERS]: "",
      "test/unit/contracts/Treasury/deposit.test.ts": "",
      [FAR]: "f.hub.quote()",
      "test/integration/contracts/other.test.ts": "f.treasury.deposit()",
      ...changes,
    }),
  );
const graphWith = (changes?: Readonly<Record<string, string>>) => graphOf(filesWith(changes));
const proofsWith = (changes?: Readonly<Record<string, string>>) => {
  const graph = graphWith(changes);
  return proofsOf(graph, targetOf(graph, LIBRARY));
};

describe("what mutation testing runs", () => {
  it("plants faults in deployed contracts and libraries, not in interfaces and stand-ins", () => {
    expect(mutatedPaths(filesWith())).to.deep.equal([CONTRACT, "contracts/Treasury.sol", LIBRARY]);
  });

  it("plants faults in a parent, and compiles and tests the contract that inherits it", () => {
    const parent = "contracts/abstracts/Quoting.sol";
    const changes = {
      [parent]: 'import {Halving} from "../libraries/Halving.sol";',
      [CONTRACT]: 'import {Quoting} from "./abstracts/Quoting.sol";',
      "test/unit/contracts/Quoting/quote.test.ts": "",
    };
    expect(mutatedPaths(filesWith(changes))).to.include(parent);
    const target = targetOf(graphWith(changes), LIBRARY);
    expect(target.roots).to.deep.equal([CONTRACT, OWN]);
    expect(target.mochaTests).to.deep.equal([FOLDERS, FAR]);
  });

  it("runs the tests that can see a file, its own first", () => {
    const target = targetOf(graphWith(), LIBRARY);
    expect(target.roots).to.deep.equal([CONTRACT, OWN]);
    expect(target.solidityTests).to.deep.equal([OWN]);
    expect(target.mochaTests).to.deep.equal([FOLDERS, FAR]);
  });
});

describe("what mutation testing keeps", () => {
  const folder = mkdtempSync(join(tmpdir(), "nexus-mutate-"));
  after(() => rmSync(folder, { recursive: true }));

  const found = (status: Outcome["status"], killer?: string): Outcome => ({
    status,
    cpuMs: 1,
    proof: proofsWith().of(status, killer),
    ...(killer === undefined ? {} : { killer }),
  });
  const MUTANTS = [{ key: "byOwn", operator: "boundary" as const, line: 3, before: "<", after: "<=" }];
  const OUTCOMES = new Map([
    ["byOwn", found("killed", OWN)],
    ["byFar", found("killed", FAR)],
    ["left", found("survived")],
    ["broken", found("invalid")],
  ]);
  const keptWith = (changes?: Readonly<Record<string, string>>) => {
    writeKnown(folder, LIBRARY, { mutants: MUTANTS, outcomes: OUTCOMES });
    const { mutants, outcomes } = readKnown(folder, LIBRARY, proofsWith(changes));
    expect(mutants).to.deep.equal(outcomes.size === 0 ? [] : MUTANTS);
    return [...outcomes.keys()];
  };

  it("is all of a run where nothing has changed", () => {
    expect(keptWith()).to.deep.equal(["byOwn", "byFar", "left", "broken"]);
  });

  it("is what a test killed while that test is the same, and no survivor that another test might kill", () => {
    expect(keptWith({ [FAR]: "f.hub.quote(); // more" })).to.deep.equal(["byOwn", "broken"]);
    expect(keptWith({ [FOLDERS]: "more" })).to.deep.equal(["byOwn", "byFar", "broken"]);
  });

  it("is nothing of another code", () => {
    expect(keptWith({ [LIBRARY]: "library Halving { }" })).to.deep.equal([]);
    expect(keptWith({ [CONTRACT]: 'import {Halving} from "./libraries/Halving.sol"; // more' })).to.deep.equal([]);
  });
});

describe("the share of mutants that are killed", () => {
  const mutant = (key: string) => ({ key, operator: "boundary" as const, line: 3, before: "<", after: "<=" });
  const outcome = (status: Outcome["status"]): Outcome => ({ status, cpuMs: 1, proof: "" });
  const mutants = ["a", "b", "c", "d", "e", "f"].map(mutant);
  const outcomes = new Map([
    ["a", outcome("killed")],
    ["b", outcome("timeout")],
    ["c", outcome("survived")],
    ["d", outcome("survived")],
    ["e", outcome("invalid")],
  ]);
  const listed = (key: string) => ({ file: LIBRARY, key, before: "<", after: "<=", reason: "both ends mean the same" });

  it("counts all that compile, less those that survived and are listed as equivalent", () => {
    const all = summaryOf(LIBRARY, mutants, outcomes, []);
    expect([all.total, all.tested, all.killed, all.survivors.length]).to.deep.equal([5, 4, 2, 2]);
    expect(shareOf([all])).to.equal(50);
    // One that is listed but was killed stays killed: the list is wrong, not the test.
    const less = summaryOf(LIBRARY, mutants, outcomes, [listed("d"), listed("a")]);
    expect([less.killed, less.survivors.map(({ key }) => key), less.equivalents.length]).to.deep.equal([2, ["c"], 1]);
    expect(shareOf([less]).toFixed(1)).to.equal("66.7");
  });

  it("of keepers counts what no test runs among the survivors", () => {
    const at = { start: { line: 1, column: 5 }, end: { line: 1, column: 6 } };
    const one = (status: string) => ({ mutatorName: "Equality", replacement: "<=", status, location: at });
    const statuses = ["Killed", "Timeout", "Survived", "NoCoverage", "CompileError", "Ignored"];
    const report = { files: { "keepers/a/decide.ts": { source: "a = b < c", mutants: statuses.map(one) } } };
    const [file] = keeperSummaries(report);
    expect([file?.tested, file?.killed, file?.survivors.length]).to.deep.equal([4, 2, 2]);
    expect(file?.survivors[0]?.before).to.equal("b");
  });

  it("is printed with each survivor's place, and with why others are equivalent", () => {
    const text = renderReport("2026-11-30", [summaryOf(LIBRARY, mutants, outcomes, [listed("d")])], []);
    // One was not tested: no share is printed of a part.
    expect(text).to.include(`| \`${LIBRARY}\` | 5 | 4 | 2 | 1 | 1 | incomplete |`);
    const whole = summaryOf(LIBRARY, mutants.slice(0, -1), outcomes, [listed("d")]);
    const unknown = summaryOf(CONTRACT, [], new Map(), []);
    const later = renderReport("2026-11-30", [whole, unknown], []);
    expect(later).to.include(`| \`${LIBRARY}\` | 4 | 4 | 2 | 1 | 1 | 66.7 % |`);
    expect(later).to.include("| **all of these** | 4 | 4 | 2 | 1 | 1 | incomplete |");
    expect(later).to.include(`Not run, or changed since: \`${CONTRACT}\`.`);
    expect(text).to.include(`- \`${LIBRARY}:3\` boundary: \`<\` → \`<=\`\n`);
    expect(text).to.include("both ends mean the same");
  });
});
