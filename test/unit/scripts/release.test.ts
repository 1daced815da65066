import { readFileSync } from "node:fs";
import { expect } from "chai";
import {
  auditFinding,
  changelogFinding,
  licenceFinding,
  mutationFinding,
  packFinding,
  sbomFinding,
} from "../../../scripts/release/findings.ts";

const DAY = Date.parse("2026-12-01");
const REPORT = `Written by \`npm run mutate\` on 2026-11-30; never by hand.
| **all of these** | 100 | 100 | 96 | 4 | 0 | 96.0 % |
| **all of these** | 840 | 840 | 797 | 43 | 0 | 94.9 % |
`;

describe("What a release is asked", () => {
  it("is whether everything that goes with it may: no licence is as wrong as a strange one", () => {
    const lock = (licences: readonly (string | undefined)[], rest = {}) => ({
      packages: Object.fromEntries([
        ["", { license: "GPL-3.0" }],
        ...licences.map((license, index) => [`node_modules/p${index}`, { license, ...rest }] as const),
      ]),
    });
    expect(licenceFinding(lock(["MIT", "ISC"])).kind).to.equal("right");
    for (const strange of ["GPL-3.0", "BUSL-1.1", undefined]) {
      const finding = licenceFinding(lock(["MIT", strange]));
      expect(finding).to.deep.equal({ kind: "wrong", detail: `not permitted: p1 (${strange ?? "none"})` });
    }
    expect(licenceFinding(lock(["GPL-3.0"], { dev: true })).kind).to.equal("right");
    const own: unknown = JSON.parse(readFileSync("package-lock.json", "utf8"));
    expect(licenceFinding(own).kind).to.equal("right");
  });

  it("is what is known of weaknesses; where nobody answers, nothing is proved", () => {
    const audit = (moderate: number, low = 0): string =>
      JSON.stringify({ metadata: { vulnerabilities: { low, moderate, high: 0, critical: 0, total: moderate + low } } });
    expect(auditFinding(audit(0, 2)).kind).to.equal("right");
    expect(auditFinding(audit(1)).kind).to.equal("wrong");
    for (const silence of ["", "<html>", '{"error":{"code":"ENOTFOUND"}}']) {
      expect(auditFinding(silence).kind, silence).to.equal("unproved");
    }
  });

  it("is whether every contract's mutants were tested lately, and enough of them killed", () => {
    expect(mutationFinding(REPORT, DAY).kind).to.equal("right");
    expect(mutationFinding(REPORT.replace("96.0", "94.9"), DAY).kind).to.equal("wrong");
    expect(mutationFinding(REPORT.replace("96.0 %", "incomplete"), DAY).kind).to.equal("wrong");
    expect(mutationFinding(REPORT, DAY + 31 * 86_400_000).kind).to.equal("wrong");
    for (const day of ["2099-01-01", "2026-13-45"])
      expect(mutationFinding(REPORT.replace("2026-11-30", day), DAY).kind, day).to.equal("wrong");
    const missing = mutationFinding(`${REPORT}Not run, or changed since: \`a\`, \`b\`.\n`, DAY);
    expect(missing.detail).to.include("2 files were not run");
    expect(mutationFinding("", DAY).kind).to.equal("wrong");
  });

  it("is whether the changelog says anything, and what would be published", () => {
    expect(changelogFinding("# Changelog\n\n## Unreleased\n\n- one\n- two\n\n## 1.0.0\n\n- old\n").detail).to.match(
      /^2 /,
    );
    expect(changelogFinding("# Changelog\n\n## Unreleased\n\n## 1.0.0\n\n- old\n").kind).to.equal("wrong");
    const needed = ["package.json", "scripts/nexus.mjs", "dist/cli/main.js", "dist/types/index.js"];
    const pack = (paths: readonly string[]): string =>
      JSON.stringify([{ files: paths.map((path) => ({ path })), size: 1e6, unpackedSize: 2e6 }]);
    const whole = [...needed, "dist/keepers/client/client.js"];
    expect(packFinding(pack(whole))).to.deep.equal({ kind: "right", detail: "5 files, 1.0 MB" });
    expect(packFinding(pack(needed)).detail).to.equal("it lacks dist/keepers/client/client.js");
    expect(packFinding(pack([...whole, "test/support/chain.ts"])).kind).to.equal("wrong");
    expect(packFinding("npm ERR!").kind).to.equal("wrong");
    expect(sbomFinding('{"bomFormat":"CycloneDX","components":[{"name":"ws"}]}', "x.json").detail).to.match(/^1 comp/);
    expect(sbomFinding("{}", "x.json").kind).to.equal("wrong");
  });
});
