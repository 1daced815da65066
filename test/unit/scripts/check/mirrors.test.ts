import { expect } from "chai";
import { mirrorFindings } from "../../../../scripts/check/mirrors.ts";

const CONTRACTS = [
  ["contracts/types/A.sol", "struct Job {\n    uint256 reserved;\n}\nenum Colour {\n    Red\n}\ntype Word is uint256;"],
  ["contracts/abstracts/Parent.sol", "abstract contract Parent is IParent {\n    function _judge() internal {}\n}"],
  ["contracts/B.sol", "contract B is Parent, Other {\n    function act() external {}\n}"],
] as const;

const findings = (comment: string) => mirrorFindings(new Map([...CONTRACTS, ["keepers/a.ts", `\n${comment}`]]));

describe("check mirrors", () => {
  for (const comment of [
    "/** Mirrors `Job`. */",
    "/** It mirrors `Colour` of contracts/types/A.sol. */",
    "/** Mirrors `Word`. */",
    "// mirrors `B.act`",
    "// mirrors `B._judge`, of a parent",
    "// mirrors `Job.reserved`",
    "/**\n * A long line that mirrors\n * `B.act`.\n */",
    "/** Mirrors what is nowhere. */",
  ]) {
    it(`allows “${comment.replaceAll("\n", " ")}”`, () => {
      expect(findings(comment)).to.deep.equal([]);
    });
  }

  for (const [comment, name] of [
    ["/** Mirrors `Task`. */", "Task"],
    ["// mirrors `B.rest`", "B.rest"],
    ["// mirrors `Task.act`", "Task.act"],
    ["/**\n * mirrors\n * `B.rest`\n */", "B.rest"],
  ] as const) {
    it(`refuses “${comment.replaceAll("\n", " ")}”`, () => {
      expect(findings(comment)).to.have.length(1);
      expect(findings(comment)[0]).to.include(`mirrors ${name}, which is nowhere`);
    });
  }

  it("finds an EIP-712 type in a comment that no contract hashes", () => {
    const hashed = 'bytes32 constant T = keccak256("Vote(bytes32 id)");';
    const said = (comment: string) => mirrorFindings(new Map([["contracts/A.sol", `${hashed}\n/// ${comment}`]]));
    expect(said("Sign `Vote(bytes32 id)`.")).to.deep.equal([]);
    expect(said("Sign `Vote(bytes32 hash)`.")).to.deep.equal([
      "contracts/A.sol:2: Vote(bytes32 hash) is signed by nobody: no contract hashes it",
    ]);
    expect(said("It is `Unknown(7)`, as is `vote(bytes32 id)`.")).to.deep.equal([]);
  });
});
