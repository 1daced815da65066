import { expect } from "chai";
import { readFileSync } from "node:fs";
import { type ConflictRow, benchConflicts, conflictFindings } from "../../../scripts/bench/conflicts.ts";
import { SHARED_SLOTS } from "../../../scripts/bench/sharedSlots.ts";

describe("two agents that have nothing to do with one another", () => {
  let rows: readonly ConflictRow[];
  const pairs = (): readonly string[] => [...new Set(rows.map(({ pair }) => pair))];

  before(async () => {
    rows = await benchConflicts();
  });

  it("meet in no slot but those that are listed and argued for", () => {
    expect(conflictFindings(rows)).to.deep.equal([]);
  });

  it("meet nowhere when they propose, vote on different proposals, or are scored", () => {
    for (const name of ["propose", "castVote", "record"])
      expect(pairs().filter((pair) => pair.includes(name))).to.deep.equal([]);
  });

  it("are found where they do meet: each slot on the list makes the check fail without its entry", () => {
    expect(rows.length).to.be.greaterThan(0);
    for (const { slot } of rows) {
      const others = SHARED_SLOTS.filter(({ contract, variable }) => `${contract}.${variable}` !== slot);
      const unargued = rows.map((row) => (row.slot === slot ? { ...row, why: "" } : row));
      const findings = conflictFindings(unargued, others);
      expect(findings.length, slot).to.be.greaterThan(0);
      expect(findings.every((finding) => finding.includes(slot))).to.equal(true);
    }
  });

  it("find each of these slots in the document", () => {
    const document = readFileSync("docs/conflicts.md", "utf8");
    for (const { contract, variable } of SHARED_SLOTS) expect(document).to.include(`\`${contract}.${variable}\``);
  });
});
