import { readFileSync } from "node:fs";
import { expect } from "chai";
import { understand } from "../../../scripts/lib/program.ts";
import { JOB_COMMANDS } from "../../../scripts/cli/job/act.ts";
import { PAY_COMMANDS } from "../../../scripts/cli/pay/commands.ts";

/** As who has the package imports what the repository's own files have beside them. */
const asPackage = (text: string): string =>
  text
    .replaceAll('"../interfaces/', '"nexus/contracts/interfaces/')
    .replaceAll('"../types/', '"nexus/contracts/types/');

describe("the guide for integrators", () => {
  const guide = readFileSync("docs/integrators-guide.md", "utf8");
  const quotes = [...guide.matchAll(/<!-- quoted: (\S+) -->\n\n<!-- prettier-ignore -->\n```\w+\n([\s\S]*?)```\n/g)];
  const commands = { ...PAY_COMMANDS, ...JOB_COMMANDS };
  const lines = [...guide.matchAll(/^npx nexus ((?:pay|job) .*)$/gm)].map((found) => found[1] ?? "");

  it("quotes a contract, a seller and a buyer, each word for word, so that what it shows was compiled and run", () => {
    expect(quotes.map(([, path]) => path)).to.deep.equal([
      "contracts/examples/HiringClient.sol",
      "docs/examples/seller.ts",
      "docs/examples/buyer.ts",
    ]);
    for (const [, path = "", text] of quotes) expect(text, path).to.equal(asPackage(readFileSync(path, "utf8")));
  });

  it("uses each command that payer, receiver, client and worker need", () => {
    const used = new Set(lines.map((line) => line.split(" ").slice(0, 2).join(" ")));
    const others = ["job dispute", "job arbitrate", "job cancel", "job resolve", "job record"];
    expect([...used]).to.have.members(Object.keys(commands).filter((name) => !others.includes(name)));
  });

  for (const line of lines) {
    it(`is understood: ${line}`, () => {
      expect(understand(line.split(" "), commands)).to.have.property("kind", "run");
    });
  }
});
