import { expect } from "chai";
import { figureFindings, figureTable, figuresOf } from "../../../../scripts/check/figures.ts";
import { glossaryFindings } from "../../../../scripts/check/glossary.ts";

const valueOf = (what: string, files: Readonly<Record<string, string>>): number | undefined =>
  figuresOf(new Map(Object.entries(files))).find((figure) => figure.what === what)?.value;

const withFunctions = (...lengths: readonly number[]): Readonly<Record<string, string>> => ({
  "contracts/A.sol": lengths
    .map((length, i) => `    function f${i}() external {\n${"        g();\n".repeat(length - 2)}    }\n`)
    .join("\n"),
});

describe("check figures", () => {
  it("counts the folders of scripts that import what stands at their top", () => {
    const what = "folders of scripts/ that import cli/ or start/";
    const files = {
      "scripts/bench/a.ts": 'import { run } from "../start/run.ts";',
      "scripts/bench/b.ts": 'import { main } from "../cli/main.ts";',
      "scripts/doctor/a.ts": 'import { main } from "../cli/main.ts";',
    };
    expect(valueOf(what, files)).to.equal(2);
    expect(valueOf(what, { "scripts/cli/a.ts": 'import { b } from "./b.ts";' })).to.equal(0);
    expect(valueOf(what, { "scripts/start.ts": 'import { b } from "./start/b.ts";' })).to.equal(0);
  });

  it("counts circles and imports of a higher layer", () => {
    const circle = {
      "keepers/core/a.ts": 'import { b } from "../market/b.ts";',
      "keepers/market/b.ts": 'import { a } from "../core/a.ts";',
    };
    expect(valueOf("circles of folders or files", circle)).to.equal(2);
    expect(valueOf("imports of a higher layer", circle)).to.equal(1);
  });

  it("measures functions from their name to their last bracket", () => {
    expect(valueOf("lines of a Solidity function, median", withFunctions(3, 4, 12))).to.equal(4);
    expect(valueOf("lines of a Solidity function, 90th percentile", withFunctions(3, 4, 12))).to.equal(12);
    const oneLine = { "contracts/A.sol": "    function f() external {}\n    function g() external { h(); }\n" };
    expect(valueOf("lines of a Solidity function, median", oneLine)).to.equal(1);
    const mixed = { "contracts/A.sol": `${oneLine["contracts/A.sol"]}${withFunctions(9)["contracts/A.sol"] ?? ""}` };
    expect(valueOf("lines of a Solidity function, median", mixed)).to.equal(1);
    expect(valueOf("lines of a Solidity function, 90th percentile", mixed)).to.equal(9);
  });

  it("measures the largest contract and the largest keeper file", () => {
    const lines = (count: number): string => "a\n".repeat(count);
    const files = {
      "contracts/A.sol": lines(7),
      "contracts/mocks/B.sol": lines(9),
      "keepers/core/a.ts": lines(3),
      "scripts/a.ts": lines(5),
    };
    expect(valueOf("lines of the largest contract", files)).to.equal(7);
    expect(valueOf("lines of the largest keeper file", files)).to.equal(3);
  });

  it("finds a figure beyond its limit, and none at it", () => {
    const figure = { what: "lines", value: 3, limit: 3 };
    expect(figureFindings([figure])).to.deep.equal([]);
    expect(figureFindings([{ ...figure, limit: 2 }])).to.deep.equal(["lines: 3, 2 at the most"]);
    expect(figureTable([figure]).trim()).to.equal("3 of 3  lines");
  });
});

describe("check glossary", () => {
  const findings = (...entries: readonly string[]) =>
    glossaryFindings(new Map([["docs/GLOSSARY.md", entries.map((entry) => `- **${entry}**: text`).join("\n")]]));

  it("finds a word that is explained twice, in whatever case", () => {
    expect(findings("lane", "Vote", "vote")).to.deep.equal([
      "docs/GLOSSARY.md: vote is explained 2 times: one word, one meaning",
    ]);
    expect(findings("lane", "vote")).to.deep.equal([]);
  });
});
