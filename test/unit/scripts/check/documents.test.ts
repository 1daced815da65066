import { expect } from "chai";
import { configDocFindings } from "../../../../scripts/check/configDocs.ts";
import { coverageFindings } from "../../../../scripts/check/coverage.ts";
import { errorFindings, errorsIn, generatedErrors, renderErrors } from "../../../../scripts/check/errors.ts";
import { linkFindings } from "../../../../scripts/check/links.ts";
import { tableFindings } from "../../../../scripts/check/tables.ts";

const INTERFACE = `
enum Colour {
    /// Like grass.
    Green,
    Red
}

interface IPaint {
    /// @notice Thrown when the paint is of the wrong
    /// colour.
    /// @param job Which job.
    /// @param colour What it is.
    error WrongColour(uint256 job, Colour colour);

    /// @notice Thrown when the tin is empty.
    error EmptyTin();
}
`;

const never = (): boolean => false;

describe("check errors", () => {
  it("reads errors with their reasons and arguments", () => {
    const [wrong, empty] = errorsIn(INTERFACE);
    expect(wrong?.parameters).to.deep.equal(["uint256 job", "Colour colour"]);
    expect(wrong?.doc.notice).to.equal("Thrown when the paint is of the wrong colour.");
    expect(wrong?.doc.params.get("colour")).to.equal("What it is.");
    expect(empty?.parameters).to.deep.equal([]);
  });

  it("knows the selector", () => {
    const text = renderErrors(new Map([["contracts/A.sol", "error Panic(uint256 code);"]]));
    expect(text).to.include("- `Panic` (`0x4e487b71`).");
  });

  it("counts an enumeration as uint8 in a selector, and lists its numbers", () => {
    const rendered = (source: string) => renderErrors(new Map([["contracts/interfaces/IPaint.sol", source]]));
    const selector = (text: string) => /`WrongColour` \(`(0x[0-9a-f]{8})`\)/.exec(text)?.[1];
    const plain = rendered(INTERFACE.replace("Colour colour", "uint8 colour"));
    expect(selector(rendered(INTERFACE)))
      .to.be.a("string")
      .and.to.equal(selector(plain));
    expect(rendered(INTERFACE)).to.include("- 0 `Green`: Like grass.");
    expect(plain).not.to.include("Green");
  });

  it("refuses a type whose selector it cannot tell", () => {
    expect(() => renderErrors(new Map([["contracts/A.sol", "error A(Thing thing);"]]))).to.throw("ABI type of Thing");
  });

  it("makes of each notice words that stand in a sentence", () => {
    const source =
      '/// @notice Thrown when the tin is empty.\nerror EmptyTin();\n/// Thrown if it "dries".\nerror Dry();';
    const text = generatedErrors(new Map([["contracts/A.sol", source]])).get("keepers/views/contractErrors.ts");
    expect(text).to.include('["EmptyTin", "the tin is empty"],').and.to.include('["Dry", "it \\"dries\\""],');
  });

  it("lists the members of Refusal in their order, and of no other enumeration", () => {
    const source = `${INTERFACE}\nenum Refusal {\n    /// Nothing is wrong.\n    None,\n    /// It is late.\n    Late\n}\n`;
    const text = generatedErrors(new Map([["contracts/types/Refusal.sol", source]])).get(
      "keepers/core/refusalNames.ts",
    );
    expect(text).to.include('REFUSALS = [\n  "None",\n  "Late",\n] as const;').and.not.to.include("Green");
  });

  it("refuses a document that is missing or stale, and is content with a fresh one", () => {
    const sources = new Map([["contracts/interfaces/IPaint.sol", INTERFACE]]);
    expect(errorFindings(sources)).to.deep.equal([
      "docs/ERRORS.md is not what the sources say: npm run fix",
      "keepers/views/contractErrors.ts is not what the sources say: npm run fix",
      "keepers/core/refusalNames.ts is not what the sources say: npm run fix",
    ]);
    const fresh = new Map([...sources, ...generatedErrors(sources)]);
    expect(errorFindings(fresh)).to.deep.equal([]);
    fresh.set("contracts/interfaces/IPaint.sol", INTERFACE.replace("EmptyTin", "NoTin"));
    expect(errorFindings(fresh)).to.have.length(2);
  });

  it("refuses an error that does not say when it is thrown", () => {
    const sources = new Map([["contracts/A.sol", "error Mute();"]]);
    const files = new Map([...sources, ...generatedErrors(sources)]);
    expect(errorFindings(files)).to.deep.equal(["contracts/A.sol: Mute does not say when it is thrown"]);
  });
});

describe("check config-docs", () => {
  const variables = ["NEXUS_RPC_URL"];

  it("wants each variable in a runbook, and no other there", () => {
    const documented = new Map([["keepers/agents/risk/README.md", "`NEXUS_RPC_URL` …"]]);
    expect(configDocFindings(documented, variables)).to.deep.equal([]);
    const missing = ["NEXUS_RPC_URL is in no README.md under keepers/"];
    expect(configDocFindings(new Map(), variables)).to.deep.equal(missing);
    const extra = new Map([["keepers/README.md", "NEXUS_RPC_URL NEXUS_OLD_NAME"]]);
    expect(configDocFindings(extra, variables)).to.deep.equal([
      "NEXUS_OLD_NAME is documented, and the keepers do not read it",
    ]);
  });
});

describe("check links", () => {
  const target = ["docs/B.md", "# B\n\n## What it `does`, exactly\n"] as const;

  for (const link of [
    "docs/B.md",
    "docs/B.md#what-it-does-exactly",
    "#a-heading",
    "https://example.org/x",
    "LICENSE",
  ]) {
    it(`follows ${link}`, () => {
      const files = new Map([["README.md", `# A heading\n\n[x](${link})`], target]);
      expect(linkFindings(files, (path) => path === "LICENSE")).to.deep.equal([]);
    });
  }

  for (const link of ["docs/C.md", "docs/B.md#what-it-did", "#no-heading", "../README.md"]) {
    it(`refuses ${link}`, () => {
      expect(linkFindings(new Map([["README.md", `# A heading\n\n[x](${link})`], target]), never)).to.have.length(1);
    });
  }

  it("reads a link from where it stands, and none in a block of code", () => {
    const files = new Map([["docs/adr/1.md", "[b](../B.md)\n\n```md\n[c](nowhere.md)\n```\n"], target]);
    expect(linkFindings(files, never)).to.deep.equal([]);
  });
});

describe("check coverage", () => {
  const record = (path: string, hits: number) => `SF:${path}\nDA:1,5\nDA:12,${hits}\nend_of_record\n`;

  it("names each line of our contracts that no test ran", () => {
    expect(coverageFindings(record("contracts/A.sol", 1))).to.deep.equal([]);
    expect(coverageFindings(record("contracts/A.sol", 0))).to.deep.equal([
      "contracts/A.sol:12: no test runs this line",
    ]);
  });

  it("does not mind mocks, and minds a report without contracts", () => {
    const mock = record("contracts/mocks/A.sol", 0);
    expect(coverageFindings(record("contracts/A.sol", 1) + mock)).to.deep.equal([]);
    expect(coverageFindings("")).to.have.length(1);
  });
});

describe("check tables", () => {
  const findingsOf = (...lines: readonly string[]) =>
    tableFindings(new Map([["A.md", ["# A", "", ...lines, ""].join("\n")]]));

  it("passes a table, and lines of code that look like one", () => {
    expect(findingsOf("| a | b |", "| --- | :-: |", "| 1 | `x \\| y` |")).to.deep.equal([]);
    expect(findingsOf("```text", "| a |", "```")).to.deep.equal([]);
  });

  for (const [name, lines, finding] of [
    ["without a line below its head", ["| a |", "| 1 |"], "A.md:3: a table without a line below its head"],
    ["with two of them", ["| a |", "| --- |", "| 1 |", "| --- |"], "A.md:6: a second line of dashes in a table"],
    [
      "with a cell too many",
      ["| a |", "| --- |", "| 1 | 2 |"],
      "A.md:5: another number of cells than the head of the table",
    ],
    ["that is too wide", [`| ${"a".repeat(160)} |`, "| --- |"], "A.md:3: a table wider than 160: make it a list"],
  ] as const) {
    it(`finds one ${name}`, () => {
      expect(findingsOf(...lines)).to.deep.equal([finding]);
    });
  }
});
