import { expect } from "chai";
import { textFindings } from "../../../../scripts/check/text.ts";

const findings = (path: string, line: string) => textFindings(new Map([[path, `first line\n${line}\n`]]));

/** Written in two halves, so that this file itself passes the check. */
const half = (left: string, right: string): string => left + right;

describe("check text", () => {
  for (const [path, line, why] of [
    ["docs/a.md", half("// TO", "DO later"), "a note to oneself"],
    ["contracts/types/A.sol", half("// FIX", "ME"), "a note to oneself"],
    ["README.md", half("see /ho", "me/me/x"), "a path of one machine"],
    ["scripts/a.ts", half('const p = "/wo', 'rk/x";'), "a path of one machine"],
    ["package-lock.json", half('"resol', 'ved": "https://x/y.tgz"'), "a registry's host"],
    ["test/a.test.ts", half("it.sk", 'ip("x")'), "a test left out"],
    ["test/a.test.ts", half("describe.on", 'ly("x")'), "a test left out"],
    ["test/a.t.sol", half("vm.sk", "ip(true);"), "a test left out"],
    ["keepers/a/decide.ts", half("export en", "um Colour {"), "use a union"],
    ["keepers/a/decide.ts", half("export cl", "ass Hunter {"), "functions, not classes"],
    ["keepers/a/decide.ts", half("export cl", "ass Hunter extends Animal {"), "functions, not classes"],
    ["scripts/a.ts", half("// oxlint-dis", "able-next-line no-console"), "a rule switched off"],
    ["scripts/cli/dao/a.ts", "  process.stdout.write(title);", "print by scripts/lib/output.ts"],
    ["scripts/start/a.ts", "const out = process.stderr;", "print by scripts/lib/output.ts"],
    ["keepers/adapters/log/a.ts", "console.error(reason);", "print by scripts/lib/output.ts"],
    ["keepers/main.ts", 'import { env, stdout } from "node:process";', "print by scripts/lib/output.ts"],
    ["keepers/quant/a.ts", "const year = Math.pow(1 + rate, 365);", "a power of floats"],
    ["keepers/quant/a.ts", "const year = (1 + rate) ** 365;", "a power of floats"],
    ["keepers/quant/a.ts", "value **= 2;", "a power of floats"],
    ["keepers/quant/a.ts", "const pause = 2 ** attempt;", "a power of floats"],
    ["keepers/quant/a.ts", "const root = 2 ** 0.5;", "a power of floats"],
    ["scripts/cli/a.ts", "writeSync(1, title);", "print by scripts/lib/output.ts"],
  ] as const) {
    it(`refuses “${line}” in ${path}`, () => {
      const found = findings(path, line);
      expect(found.filter((finding) => finding.startsWith(`${path}:2: ${why}`))).to.have.length(1);
    });
  }

  for (const [path, line] of [
    ["scripts/lib/output.ts", "process.stdout.write(`${printable(line)}\\n`);"],
    ["scripts/setup.mjs", "process.stderr.write(`nexus: ${line}\\n`);"],
    ["scripts/cli/a.ts", "child.stdout.on('data', keep);"],
    ["keepers/core/a.ts", "const WAD = 10n ** 18n;"],
    ["keepers/core/a.ts", "const Q96 = 2 ** 96;"],
    ["keepers/core/a.ts", "const MASK = 2 ** LOW_BITS - 1;"],
    ["keepers/core/a.ts", "/** So **bold** a comment. */"],
    ["keepers/core/a.ts", "  readonly a: number; /** Math in a comment. */"],
    ["scripts/bench/a.ts", "const year = (1 + rate) ** 365;"],
    ["docs/a.md", "work that is left to do, in /work time"],
    ["scripts/a.ts", 'import { x } from "../../work/x.ts";'],
    ["keepers/core/errors.ts", "export class FatalError extends Error {"],
    ["keepers/core/errors.ts", "export class WrongChain extends FatalError {"],
    ["scripts/a.ts", half("// oxlint-dis", "able-next-line no-console -- the terminal view writes here")],
    ["test/a.test.ts", 'it("skips what is not ours")'],
    ["package-lock.json", '"resolved": "node_modules/x"'],
  ] as const) {
    it(`allows “${line}” in ${path}`, () => {
      expect(findings(path, line)).to.deep.equal([]);
    });
  }

  it("wants one exact compiler for what is deployed, and an open one for what is imported", () => {
    const pragma = (path: string, version: string) => textFindings(new Map([[path, `pragma solidity ${version};\n`]]));
    expect(pragma("contracts/A.sol", "0.8.37")).to.deep.equal([]);
    expect(pragma("contracts/interfaces/IA.sol", "^0.8.28")).to.deep.equal([]);
    expect(pragma("contracts/A.sol", "^0.8.37")).to.have.length(1);
    expect(pragma("contracts/libraries/A.sol", "0.8.37")).to.have.length(1);
    expect(pragma("contracts/abstracts/A.sol", "^0.8.28")).to.deep.equal([]);
    expect(textFindings(new Map([["contracts/A.sol", ""]]))).to.have.length(1);
  });
});
