import { expect } from "chai";
import { checkTrees, leafTitles, treeFindings } from "../../../../scripts/check/trees.ts";

const TREE = `Escrow.release
├── when the job is unknown
│   └── it reverts with UnknownJob
└── when the job is known
    ├── given the worker has delivered
    │   └── it pays the worker
    └── it can be called by anyone
`;

const LEAVES = [
  "Escrow.release when the job is unknown reverts with UnknownJob",
  "Escrow.release when the job is known given the worker has delivered pays the worker",
  "Escrow.release when the job is known can be called by anyone",
];

describe("check trees", () => {
  it("reads a leaf with the words along its path", () => {
    expect(leafTitles(TREE)).to.deep.equal(LEAVES);
  });

  it("refuses a line that is not part of a tree", () => {
    expect(() => leafTitles("Root\nit floats")).to.throw("not a line of a tree: it floats");
  });

  it("names each leaf that is no test's title", () => {
    const files = new Map([
      ["test/a.tree", TREE],
      ["test/a.test.ts", ""],
    ]);
    expect(treeFindings(files, new Set(LEAVES))).to.deep.equal([]);
    expect(treeFindings(files, new Set(LEAVES.slice(1)))).to.deep.equal([
      `test/a.tree: no test is titled “${LEAVES[0] ?? ""}”`,
    ]);
  });

  it("wants a test file beside each tree", () => {
    expect(treeFindings(new Map([["test/a.tree", TREE]]), new Set())).to.deep.equal([
      "test/a.tree: test/a.test.ts is missing",
    ]);
  });

  it("asks mocha for the titles of a real file, those made in a loop included", async function () {
    this.timeout(30_000);
    const tree = "setup: versions\n└── it says that 24.0.0 is at least 22.13\n";
    const beside = "test/unit/scripts/setup.tree";
    const files = new Map([
      [beside, tree],
      ["test/unit/scripts/setup.test.ts", ""],
    ]);
    expect(await checkTrees(files)).to.deep.equal([]);
    expect(await checkTrees(files.set(beside, tree.replace("24.0.0", "25.0.0")))).to.have.length(1);
  });
});
