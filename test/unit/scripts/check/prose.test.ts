import { expect } from "chai";
import { proseFindings } from "../../../../scripts/check/prose.ts";

const findings = (...lines: readonly string[]) => proseFindings(new Map([["contracts/A.sol", lines.join("\n")]]));

describe("check prose", () => {
  for (const word of ["What", "Who", "Whom", "Whose", "Where", "How", "When", "Why", "Which"]) {
    it(`refuses a parameter that opens with ${word}, in either case`, () => {
      expect(findings("", `    /// @param owner ${word} balance falls by the amount.`)).to.deep.equal([
        `contracts/A.sol:2: “owner ${word} balance falls by the amount.” opens with a question word, not with its subject`,
      ]);
      expect(findings(`/// @param owner ${word.toLowerCase()} balance falls by the amount.`)).to.have.length(1);
    });
  }

  for (const line of [
    "/// @notice What an account can spend.",
    "/// @dev How far ahead a nonce may lie.",
    "/// @return What was read of it.",
    "/// @return sum What was moved in all.",
    "    /// Who signs vouchers, in a field of a struct.",
  ]) {
    it(`refuses “${line.trim()}”`, () => {
      expect(findings(line)).to.have.length(1);
    });
  }

  it("refuses a parameter of fewer than three words, and counts those of the next line", () => {
    expect(findings("/// @param token The token.")).to.deep.equal([
      "contracts/A.sol:1: “token The token.” is too short for meaning, unit and range",
    ]);
    expect(findings("/// @param token")).to.have.length(1);
    expect(findings("/// @param token Some", "/// token", "/// @param to Its new owner.")).to.have.length(1);
    expect(findings("/// @param token The token's address.")).to.deep.equal([]);
    expect(findings("/// @param token The token's", "/// address.")).to.deep.equal([]);
  });

  it("takes a unit or a shape for fewer words, and no number alone", () => {
    expect(findings("/// @param seed 32 bytes", "/// @param delay In seconds.")).to.deep.equal([]);
    expect(findings("/// @param seed 32")).to.have.length(1);
  });

  it("ends a comment where the code begins", () => {
    expect(findings("/// @param token Some token", "uint256 a;", "/// What it is.")).to.have.length(2);
  });

  it("allows question words later on, in names, in code and in plain comments", () => {
    expect(
      findings(
        "/// @notice The limits.",
        "/// What is above them is refused.",
        "/// @param what The thing to move.",
        "/// @param isAllowed Whether it may move.",
        "/// @return The amount that was moved.",
        'string a = "/// @param owner Whose";',
        "// What the compiler does not see.",
      ),
    ).to.deep.equal([]);
  });

  it("reads the parameters of TypeScript, wherever they stand in a comment", () => {
    const ours = (...lines: readonly string[]) => proseFindings(new Map([["keepers/a.ts", lines.join("\n")]]));
    expect(ours("", "/**", " * Reads.", " * @param json what was read of it", " */")).to.deep.equal([
      "keepers/a.ts:4: “json what was read of it” opens with a question word, not with its subject",
    ]);
    expect(ours("/** Waits. @param ms how long to wait */")).to.have.length(1);
    expect(ours("/** @param root the folder */")).to.have.length(1);
    expect(ours("/**", " * @param root the", " * only folder", " * @throws Error", " */")).to.deep.equal([]);
    expect(ours("/** How it ends. @returns what was read */", "const a = '@param b what';")).to.deep.equal([]);
  });

  it("reads no tests", () => {
    expect(proseFindings(new Map([["test/A.t.sol", "/// @param a What."]]))).to.deep.equal([]);
  });

  for (const [path, line] of [
    ["docs/a.md", "It is made anew."],
    ["contracts/A.sol", "// Gas is dear."],
    ["keepers/a.ts", "/* Stops for good. */"],
    ["dashboard/src/a.tsx", "a(); // A dearer one."],
  ] as const) {
    it(`refuses “${line}” in ${path}`, () => {
      expect(proseFindings(new Map([[path, `first\n${line}`]]))).to.have.length(1);
      expect(proseFindings(new Map([[path, `first\n${line}`]]))[0]).to.match(new RegExp(`^${path}:2: `));
    });
  }

  it("leaves such words to code, to codes with a hyphen, to tests and to decisions", () => {
    for (const [path, line] of [
      ["keepers/a.ts", 'const dear = "anew";'],
      ["keepers/a.ts", "// Waits with `gas-too-dear`."],
      ["keepers/a.ts", "// A dearth of words."],
      ["test/a.test.ts", "// It is dear."],
      ["docs/adr/0001-a.md", "It is dear."],
      ["CHANGELOG.md", "It is dear."],
    ] as const) {
      expect(proseFindings(new Map([[path, line]])), line).to.deep.equal([]);
    }
  });
});
