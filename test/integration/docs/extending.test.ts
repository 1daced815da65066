import { readFileSync } from "node:fs";
import { expect } from "chai";
import { type Extended, extendedBy, readExamples } from "../../support/extended.ts";

/** How many files an example may touch. */
const MOST_FILES: ReadonlyMap<string, number> = new Map([
  ["price-source", 5],
  ["protocol", 7],
  ["agent", 8],
  ["refusal", 4],
  ["condition", 6],
  ["command", 4],
  ["bench", 3],
]);

const PAGE = readFileSync("docs/extending.md", "utf8");
const EXAMPLES = readExamples();
/** The checks of the house that an example can break. Sizes and warnings need a build. */
const CHECKS = [
  "layers",
  "trees",
  "config-docs",
  "errors",
  "text",
  "prose",
  "names",
  "arguments",
  "glossary",
  "tables",
];

const isContractTest = (file: string): boolean => file.startsWith("test/unit/contracts/");

/** The section of the page that links to an example. */
const sectionOf = (link: string): string => PAGE.split(/^## /m).findLast((section) => section.includes(link)) ?? "";

/** Lines without their indentation, which a page does not keep. */
const plain = (code: string): string => code.replaceAll(/^ +/gm, "").trimEnd();

const codeIn = (section: string): readonly string[] =>
  [...section.matchAll(/^```(?:ts|solidity)\n([^]*?)^```/gm)].map(([, code = ""]) => code);

describe("How to extend NEXUS", () => {
  it("has an example for each part, and each is one of these", () => {
    expect(EXAMPLES.map(({ name }) => name).sort()).to.deep.equal([...MOST_FILES.keys()].sort());
  });

  for (const { name, link, files, added } of EXAMPLES) {
    it(`names each file of the example ${name}, which are no more than ${MOST_FILES.get(name)}`, () => {
      const section = sectionOf(link);
      expect(files.length).to.be.at.most(MOST_FILES.get(name) ?? 0);
      for (const file of files) expect(section, file).to.include(`\`${file}\``);
    });

    it(`shows code of the example ${name} as it is there`, () => {
      const code = codeIn(sectionOf(link));
      expect(code).to.have.length.at.least(1);
      for (const lines of code) expect(plain(added)).to.include(plain(lines));
    });
  }

  describe("with all of them in one copy of the repository", function () {
    this.timeout(1_200_000);
    let copy: Extended | undefined;
    const here = (): Extended => {
      if (copy === undefined) throw new Error("there is no copy");
      return copy;
    };

    before(async () => {
      copy = await extendedBy(EXAMPLES);
    });
    after(() => copy?.remove());

    it("compiles", async () => {
      expect(await here().run("tsc", "-p", ".")).to.equal("");
    });

    it("keeps the rules of the house", async () => {
      const printed = await here().run("tsx", "scripts/check/main.ts", ...CHECKS);
      for (const check of CHECKS) expect(printed).to.include(`✓ ${check}`);
    });

    it("is formatted and linted", async () => {
      const files = EXAMPLES.flatMap((example) => example.files);
      const typescript = files.filter((file) => file.endsWith(".ts"));
      await here().run("prettier", "--check", ...files.filter((file) => !file.endsWith(".tree")));
      await here().run("oxlint", "--deny-warnings", ...typescript);
      await here().run(
        "solhint",
        "--max-warnings",
        "0",
        "--noPoster",
        ...files.filter((file) => file.endsWith(".sol")),
      );
    });

    it("passes the examples' tests that need no chain", async () => {
      const tests = EXAMPLES.flatMap(({ files }) => files).filter(
        (file) => file.endsWith(".test.ts") && !isContractTest(file) && file.startsWith("test/unit/"),
      );
      const printed = await here().run("node", "--import=tsx", "node_modules/mocha/bin/mocha.js", ...tests);
      expect(printed)
        .to.match(/\d+ passing/)
        .and.not.match(/failing/);
    });

    if (process.env["NEXUS_TEST_DEEP"] === "1") {
      it("builds, and passes the examples' tests of contracts", async () => {
        await here().run("hardhat", "build", "--quiet");
        const tests = EXAMPLES.flatMap(({ files }) => files).filter(
          (file) => file.endsWith(".test.ts") && !file.startsWith("test/unit/keepers/"),
        );
        const printed = await here().run("hardhat", "test", "mocha", "--no-compile", ...tests);
        expect(printed)
          .to.match(/\d+ passing/)
          .and.not.match(/failing/);
      });
    }
  });
});
