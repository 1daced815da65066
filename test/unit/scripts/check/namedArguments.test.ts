import { expect } from "chai";
import { namedArgumentFindings } from "../../../../scripts/check/namedArguments.ts";

const DECLARED = `
function move(address from, address to, uint256 amount, uint256 fee) returns (uint256) {}
function trio(uint256 a, uint256 b, uint256 c) {}
struct Terms {
    address from;
    address to;
    uint256 amount;
    uint256 fee;
}
`;

const findings = (...lines: readonly string[]) =>
  namedArgumentFindings(
    new Map([
      ["contracts/libraries/B.sol", DECLARED],
      ["contracts/A.sol", lines.join("\n")],
    ]),
  );

describe("check arguments", () => {
  for (const call of [
    "move(a, to, amount, fee);",
    "ledger.move(\n    a, to, amount, fee);",
    "a.move(receiver, amount, fee, extra);",
    "Terms(a, b, c, d);",
    "move(from, to, amount, f(1, 2));",
  ]) {
    it(`refuses “${call.replaceAll("\n", " ")}”`, () => {
      expect(findings("", call)).to.deep.equal([
        `contracts/A.sol:2: ${/(\w+)\(/.exec(call)?.[1] ?? ""} is called with 4 arguments: name them`,
      ]);
    });
  }

  it("counts the argument before the dot with the others' names alone", () => {
    const library = "function pay(Book book, address who, uint256 a, uint256 b, uint256 c) {}";
    expect(findings(library, "book.pay(who, a, b, c);")).to.deep.equal([]);
    expect(findings(library, "book.pay(other, a, b, c);")).to.have.length(1);
  });

  it("takes the names of any function that is called so", () => {
    const other = "function move(uint256 a, uint256 b, uint256 c, uint256 d) {}";
    expect(findings(other, "move(from, to, amount, fee);", "move(a, b, c, d);")).to.deep.equal([]);
    expect(findings(other, "move(a, b, c, fee);")).to.have.length(1);
  });

  for (const line of [
    "move({from: a, to: b, amount: c, fee: d});",
    "move(from, to, amount, fee);",
    "trio(x, y, z);",
    "unknown(a, b, c, d);",
    "abi.encode(a, b, c, d);",
    "// move(a, b, c, d)",
    'string memory text = "move(a, b, c, d)";',
    "function move(address a, address b, uint256 c, uint256 d) {}",
    "emit Moved(a, b, c, d);",
    "move(a, b);",
  ]) {
    it(`allows “${line}”`, () => {
      expect(findings("event Moved(address w, address x, uint256 y, uint256 z);", line)).to.deep.equal([]);
    });
  }
});
