import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { removeFolder } from "../../scripts/lib/removeFolder.ts";

const keeper = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import=tsx", "scripts/cli/main.ts", "keeper", ...args],
    { encoding: "utf8", timeout: 30_000 },
  );
  return { code: status, output: stdout + stderr };
};

describe("nexus keeper, called wrongly", function () {
  this.timeout(60_000);
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "nexus-keeper-"));
  });
  after(() => removeFolder(folder));

  it("names everything that the configuration lacks", () => {
    const { code, output } = keeper("--book", join(folder, "none.json"));
    expect(code).to.equal(2);
    for (const name of ["NEXUS_CHAIN_ID", "NEXUS_AGENTS"]) {
      expect(output).to.include(name);
    }
  });

  it("names a file that is not there or no JSON, and never shows a key", () => {
    const config = join(folder, "keeper.json");
    const key = `0x${"42".repeat(32)}`;
    writeFileSync(config, JSON.stringify({ agents: [{ name: "risk", kind: "risk", key }], colour: "red" }));
    const rest = ["--rpc", "ws://127.0.0.1:1", "--chain", "1329", "--book", join(folder, "none.json")];
    const strange = keeper("--config", config, ...rest);
    expect(strange.code).to.equal(2);
    expect(strange.output).to.include("colour").and.to.not.include("4242");

    writeFileSync(config, JSON.stringify({ agents: [{ name: "risk", kind: "risk", key }] }));
    const bookless = keeper("--config", config, ...rest);
    expect([bookless.code, bookless.output.trim()]).to.deep.equal([
      2,
      `nexus: there is no address book ${join(folder, "none.json")}`,
    ]);
    writeFileSync(config, "{");
    expect(keeper("--config", config).output.trim()).to.equal(`nexus: ${config} is no JSON`);
    expect(keeper("--config", join(folder, "no.json")).output).to.include("cannot read the configuration");
  });
});
