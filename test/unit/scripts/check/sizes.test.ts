import { expect } from "chai";
import { lengthFindings, sizeFindings, sizeTable, warningFindings } from "../../../../scripts/check/sizes.ts";

const built = (deployedBytes: number, initBytes: number, source = "contracts/A.sol") => ({
  source,
  name: "A",
  deployedBytes,
  initBytes,
  buildInfo: "b",
});

const message = (severity: string, file: string) => ({ severity, file, text: "unused variable" });

describe("check sizes", () => {
  it("allows code below both limits, and refuses it at either", () => {
    expect(sizeFindings([built(24_575, 49_151)])).to.deep.equal([]);
    expect(sizeFindings([built(24_576, 100)])).to.deep.equal(["A has 24576 bytes of code, 24576 are too many"]);
    expect(sizeFindings([built(100, 49_152)])).to.have.length(1);
  });

  it("does not mind a large mock, and minds that nothing is built", () => {
    expect(sizeFindings([built(50_000, 60_000, "contracts/mocks/A.sol")])).to.deep.equal([]);
    expect(sizeFindings([])).to.deep.equal(["nothing is built: npm run build"]);
  });

  it("lists the largest first", () => {
    const table = sizeTable([built(1, 1), { ...built(2, 2), name: "B" }, { ...built(3, 3), name: "C" }], 2);
    expect(table.split("\n").map((line) => line.trim())).to.deep.equal(["3  C", "2  B"]);
  });

  it("limits the lines of core contracts and of other Solidity files", () => {
    const lines = (count: number) => "\n".repeat(count);
    expect(lengthFindings(new Map([["contracts/A.sol", lines(500)]]))).to.deep.equal([]);
    expect(lengthFindings(new Map([["contracts/A.sol", lines(501)]]))).to.have.length(1);
    expect(lengthFindings(new Map([["contracts/libraries/A.sol", lines(300)]]))).to.deep.equal([]);
    expect(lengthFindings(new Map([["contracts/libraries/A.sol", lines(301)]]))).to.have.length(1);
  });

  it("reports the compiler's warnings about our files and no one else's", () => {
    expect(warningFindings([message("warning", "project/contracts/A.sol")])).to.deep.equal([
      "contracts/A.sol: unused variable",
    ]);
    expect(warningFindings([message("warning", "npm/@openzeppelin/contracts@5/A.sol")])).to.deep.equal([]);
    expect(warningFindings([message("info", "project/contracts/A.sol")])).to.deep.equal([]);
  });
});
