import { expect } from "chai";
import { propertyFindings } from "../../../../scripts/check/properties.ts";

const LIST = `# Properties

## Carried now

- **NX-AGT-01** An agent id MUST have one owner. · AgentRegistry
- **NX-AGT-02** A signer MUST be valid for one agent. · AgentRegistry

## Carried by later parts

- **NX-ESC-01** A job MUST pay once. · Escrow
`;

const with_ = (...entries: readonly (readonly [path: string, text: string])[]) =>
  new Map([["docs/PROPERTIES.md", LIST], ...entries]);

describe("check properties", () => {
  it("is content when each id carried now is named by a TypeScript or Solidity test", () => {
    const files = with_(["test/unit/a.test.ts", 'it("x [NX-AGT-01]")'], ["test/unit/b.t.sol", "/// NX-AGT-02"]);
    expect(propertyFindings(files)).to.deep.equal([]);
  });

  it("wants a test for each id carried now; a tree or a contract is none", () => {
    const files = with_(["test/unit/a.tree", "it x [NX-AGT-01]"], ["contracts/A.sol", "[NX-AGT-02]"]);
    expect(propertyFindings(files)).to.deep.equal([
      "NX-AGT-01 is carried now, and no test names it",
      "NX-AGT-02 is carried now, and no test names it",
    ]);
  });

  it("knows no id that the list lacks, wherever it is named", () => {
    const files = with_(
      ["test/unit/a.test.ts", "NX-AGT-01 NX-AGT-02 NX-ESC-01"],
      ["contracts/A.sol", "[NX-AGT-09]"],
      ["docs/adr/0001-x.md", "NX-ZZZ-01"],
    );
    expect(propertyFindings(files)).to.deep.equal([
      "contracts/A.sol names NX-AGT-09, which docs/PROPERTIES.md lacks",
      "docs/adr/0001-x.md names NX-ZZZ-01, which docs/PROPERTIES.md lacks",
    ]);
  });

  it("refuses an id that stands twice", () => {
    const files = with_(["test/unit/a.test.ts", "NX-AGT-01 NX-AGT-02"]);
    files.set("docs/PROPERTIES.md", `${LIST}- **NX-AGT-01** Again.\n`);
    expect(propertyFindings(files)).to.deep.equal(["docs/PROPERTIES.md has NX-AGT-01 twice"]);
  });

  it("refuses a list that is missing or empty", () => {
    expect(propertyFindings(new Map())).to.have.length(1);
    expect(propertyFindings(new Map([["docs/PROPERTIES.md", "# Properties\n"]]))).to.have.length(1);
  });
});
