import { expect } from "chai";
import { assertionsIn, contractsIn, proveContract } from "../../../scripts/prove/checker.ts";

/** One that holds, one that a call with 7 breaks, and one that no call ever reaches. */
const TEXT = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

contract Planted {
    function sound(uint256 next) external pure {
        require(next < 8);
        assert(next <= 7);
    }

    function planted(uint256 next) external pure {
        require(next < 8);
        assert(next < 7);
    }

    function unreachable(uint256 next) external pure {
        require(next < 3 && next > 5);
        assert(next == 4);
    }
}
`;
const file = { root: process.cwd(), path: "test/proofs/Planted.sol", text: TEXT };

describe("the runner of the proofs", () => {
  it("finds every assertion, whose it is and where", () => {
    expect(assertionsIn(TEXT).map(({ contract, line, condition }) => [contract, line, condition])).to.deep.equal([
      ["Planted", 7, "next <= 7"],
      ["Planted", 12, "next < 7"],
      ["Planted", 17, "next == 4"],
    ]);
    expect(contractsIn(TEXT)).to.deep.equal(["Planted"]);
    expect(() => assertionsIn("// ä")).to.throw("ASCII");
    expect(() => assertionsIn("contract A { assert((1)")).to.throw("never closed");
  });

  it("proves what holds, finds a planted fault, and does not believe what nothing can reach", () => {
    const findings = proveContract(file, "Planted");
    expect(findings.map(({ verdict }) => verdict)).to.deep.equal(["proved", "refuted", "empty"]);
    expect(findings[1]?.detail).to.match(/Counterexample[\s\S]*next = 7/);
  });

  it("has no answer to what the compiler does not take", () => {
    expect(() => proveContract({ ...file, text: TEXT.replace("pure", "") + "contract" }, "Planted")).to.throw("Error");
  });
});
