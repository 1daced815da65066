import { expect } from "chai";
import { nameFindings } from "../../../../scripts/check/names.ts";

const findings = (files: Readonly<Record<string, string>>) => nameFindings(new Map(Object.entries(files)));

describe("check names", () => {
  it("refuses a type that two files export by one name, whatever it is there", () => {
    const one = "export type Plan = { readonly a: 1 };";
    const other = "export interface Plan {}\nexport type Planned = Plan;";
    expect(findings({ "keepers/a.ts": one, "scripts/b.ts": other })).to.deep.equal([
      "Plan is exported by keepers/a.ts, scripts/b.ts: one name, one meaning",
    ]);
  });

  it("lets a type be exported again, kept to its file, and named alike in a test", () => {
    const files = {
      "keepers/a.ts": "export type Plan = 1;",
      "keepers/b.ts": 'export type { Plan } from "./a.ts";\ntype Other = 2;',
      "keepers/c.ts": "type Other = 3;",
      "test/d.ts": "export type Plan = 4;",
    };
    expect(findings(files)).to.deep.equal([]);
  });

  for (const [name, instead] of [
    ["purse", "available balance"],
    ["purseOfAll", "available balance"],
    ["MY_PURSE", "available balance"],
    ["_toWatcher", "watchtower"],
    ["Grant", "CallProof"],
    ["timeOut", "resolveTimeout"],
  ] as const) {
    it(`refuses ${name} in Solidity and TypeScript, and says what to say instead`, () => {
      const fault = `${name} is an old word: say ${instead} (ADR 0036)`;
      expect(findings({ "contracts/A.sol": `\nuint256 ${name};` })).to.deep.equal([`contracts/A.sol:2: ${fault}`]);
      expect(findings({ "test/a.ts": `const ${name} = 1;` })).to.deep.equal([`test/a.ts:1: ${fault}`]);
    });
  }

  for (const line of [
    "// a purse",
    "/* a\npurse */",
    'const a = "purse";',
    "const a = `purse`;",
    "const pursed = 1;",
    "const grantRole = 1;",
    "const setTimeOut = 1;",
  ]) {
    it(`lets “${line.replace("\n", " ")}” pass`, () => {
      expect(findings({ "keepers/a.ts": line })).to.deep.equal([]);
    });
  }

  it("lets what reads old files name them as they are", () => {
    expect(findings({ "deployments/schema.ts": "const { leastClass } = leaf;" })).to.deep.equal([]);
  });

  it("refuses an old name in a contract's comment, where it cannot be a word of a sentence", () => {
    expect(findings({ "contracts/A.sol": "/// Funded: timeOut, after the deadline." })).to.deep.equal([
      "contracts/A.sol:1: timeOut is an old word: say resolveTimeout (ADR 0036)",
    ]);
    expect(findings({ "contracts/A.sol": "/// The Seat of a Grant, and a purse." })).to.deep.equal([]);
  });
});
