import { readFileSync } from "node:fs";
import { expect } from "chai";
import { askCompiler, errorsIn } from "../../../../scripts/lib/solc.ts";
import { readEquivalents } from "../../../../scripts/mutate/equivalents.ts";
import { planOf } from "../../../../scripts/mutate/mutants.ts";
import { type Numbered, schemaOf } from "../../../../scripts/mutate/schema.ts";
import { validOf } from "../../../../scripts/mutate/validity.ts";

const PATH = "contracts/Planted.sol";
const environment = (code: string): string => `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

contract Planted {
    using Math for uint256;

    error Refused(uint256 a, uint256 b);
    event Said(uint256 indexed a, uint256 b);

    uint256 internal constant BOUND = 7;
    uint256 internal total;

    modifier onlyOwner() {
        if (msg.sender == address(1)) revert Refused(1, 2);
        _;
    }

    // ≤ is two bytes more than one character: places are counted in bytes.
    ${code}
}
`;

const planFor = (code: string) => planOf(process.cwd(), PATH, environment(code));
const BEFORE = new Set(planFor("").mutants.map(({ key }) => key));
/** Those of the code alone. */
const mutantsOf = (code: string) => planFor(code).mutants.filter(({ key }) => !BEFORE.has(key));
const inWords = (code: string) => mutantsOf(code).map(({ operator, before, after }) => [operator, before, after]);
const numbered = (code: string): readonly Numbered[] =>
  planFor(code).mutants.map((mutant, index) => ({ id: index + 1, mutant }));

const withBody = (body: string): string => `function f(uint256 a, uint256 b) external returns (uint256 c) { ${body} }`;

describe("the mutator of Solidity", () => {
  for (const [name, body, expected] of [
    [
      "comparisons and their boundaries",
      "if (a < b) c = a;",
      [
        ["comparison", "<", ">="],
        ["boundary", "<", "<="],
        ["removed statement", "c = a;", "{}"],
      ],
    ],
    [
      "conditions that are no comparison, and what joins them",
      "if (a == b && c != a) {}",
      [
        ["comparison", "a == b && c != a", "!(a == b && c != a)"],
        ["logic", "&&", "||"],
        ["comparison", "==", "!="],
        ["comparison", "!=", "=="],
      ],
    ],
    [
      "arithmetic",
      "c += a * b;",
      [
        ["removed statement", "c += a * b;", "{}"],
        ["arithmetic", "+=", "-="],
        ["arithmetic", "*", "/"],
      ],
    ],
    [
      "which way a division rounds",
      "c = a.mulDiv(b, c) + a.mulDiv(b, c, Math.Rounding.Floor);",
      [
        ["removed statement", "c = a.mulDiv(b, c) + a.mulDiv(b, c, Math.Rounding.Floor);", "{}"],
        ["arithmetic", "+", "-"],
        ["swapped argument", "b, c", "c, b"],
        ["rounding", "c", "c, Math.Rounding.Ceil"],
        ["swapped argument", "b, c", "c, b"],
        ["rounding", "Floor", "Ceil"],
      ],
    ],
    [
      "checks that are taken away, and constants",
      "require(a > 5, Refused(a, b));",
      [
        ["removed require", "require(a > 5, Refused(a, b));", "{}"],
        ["comparison", ">", "<="],
        ["boundary", ">", ">="],
        ["constant", "5", "6"],
        ["swapped argument", "a, b", "b, a"],
      ],
    ],
    [
      "what a loop does after each turn",
      "for (uint256 i; i != a; ++i) break;",
      [
        ["comparison", "!=", "=="],
        ["removed statement", "++i", ""],
        ["arithmetic", "++i", "--i"],
        ["removed statement", "break;", "{}"],
      ],
    ],
    [
      "inline assembly",
      "assembly { c := add(a, shl(8, b)) }",
      [
        ["removed statement", "c := add(a, shl(8, b))", "{}"],
        ["arithmetic", "add", "sub"],
        ["arithmetic", "shl", "shr"],
        ["constant", "8", "9"],
      ],
    ],
  ] as const) {
    it(`plants faults in ${name}`, () => {
      const found = inWords(withBody(body));
      expect(found).to.have.deep.members(expected.map((row) => [...row]));
    });
  }

  it("takes a modifier away, and changes a constant where it is read", () => {
    const code = "function g() external onlyOwner returns (uint256) { return BOUND; }";
    expect(inWords(code)).to.deep.include(["removed modifier", "onlyOwner", ""]);
    expect(inWords(code)).to.deep.include(["constant", "7", "8"]);
  });

  it("names a mutant by its line's text, so that it keeps its name where it moves to", () => {
    const keysOf = (code: string) => mutantsOf(code).map(({ key }) => key);
    const code = withBody("c = a + b;");
    expect(keysOf(`\n\n    ${code}`)).to.deep.equal(keysOf(code));
    expect(keysOf(withBody("c = a + a;"))).not.to.deep.equal(keysOf(code));
    expect(new Set(keysOf(`${code}\n    ${code.replace("f(", "h(")}`)).size).to.equal(2 * keysOf(code).length);
  });
});

describe("a build of many mutants", () => {
  const CODE = `
    function g(uint256 a) external onlyOwner returns (uint256) { uint8 most = 255; return a + BOUND + most; }
    function h(uint256[] calldata list) external pure returns (uint256[] calldata) { return list; }`;
  const all = numbered(CODE);
  const errorsWith = (mutants: readonly Numbered[]) => {
    const { text } = schemaOf(planFor(CODE), mutants);
    return errorsIn(askCompiler(process.cwd(), new Map([[PATH, text]]), {})).map(({ message }) => message);
  };

  it("leaves out those that do not compile, and no other", () => {
    const valid = validOf(process.cwd(), planFor(CODE), all);
    const left = all.filter((one) => !valid.includes(one)).map(({ mutant }) => [mutant.before, mutant.after]);
    // 256 is no uint8; calldata that nothing was assigned to may not be returned.
    expect(left).to.have.deep.members([
      ["255", "256"],
      ["return list;", "{}"],
    ]);
    expect(errorsWith(valid)).to.deep.equal([]);
  });

  it("refuses a source that does not compile by itself", () => {
    const plan = planFor(CODE);
    const broken = { ...plan, bytes: plan.bytes.replace("uint256 internal total", "uint256 internal totalOf()") };
    expect(() => validOf(process.cwd(), broken, all)).to.throw("Expected");
  });

  it("is the source as it was, with none of them", () => {
    expect(schemaOf(planFor(CODE), []).text.slice(0, environment(CODE).length)).to.equal(environment(CODE));
  });
});

describe("the mutants that are said to be equivalent", () => {
  for (const [file, listed] of Map.groupBy(readEquivalents(), ({ file: path }) => path)) {
    it(`are mutants of ${file} as it is today`, () => {
      const { mutants } = planOf(process.cwd(), file, readFileSync(file, "utf8"));
      const known = new Map(mutants.map(({ key, before, after }) => [key, [before, after]]));
      for (const { key, before, after } of listed) expect(known.get(key), key).to.deep.equal([before, after]);
    });
  }
});
