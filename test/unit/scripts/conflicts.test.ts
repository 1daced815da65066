import { expect } from "chai";
import { accessesIn } from "../../../scripts/bench/access.ts";
import { type Traces, conflictFindings, conflictRows } from "../../../scripts/bench/conflicts.ts";

const TARGET = `0x${"aa".repeat(20)}`;
const OTHER = `0x${"bb".repeat(20)}`;
const step = (op: string, depth: number, ...top: string[]) => ({ op, depth, stack: [...top].reverse() });

describe("a trace of storage accesses", () => {
  it("gives slots to whoever runs: the called, and the caller again after it", () => {
    const steps = [
      step("SLOAD", 1, "0x1"),
      step("PUSH0", 1, "0x5"),
      step("CALL", 1, "0xffff", OTHER, "0x0"),
      step("SSTORE", 2, "0x1", "0x9"),
      step("STOP", 2),
      step("SSTORE", 1, "0x1", "0x5"),
    ];
    expect(accessesIn(steps, TARGET)).to.deep.equal([
      { contract: TARGET, slot: 1n, isWritten: true, isChanged: false },
      { contract: OTHER, slot: 1n, isWritten: true, isChanged: true },
    ]);
  });

  it("gives the slots of delegated code to its caller", () => {
    const steps = [step("DELEGATECALL", 1, "0xffff", OTHER), step("SLOAD", 2, "0x7"), step("POP", 2, "0x0")];
    expect(accessesIn(steps, TARGET)).to.deep.equal([
      { contract: TARGET, slot: 7n, isWritten: false, isChanged: false },
    ]);
  });

  it("refuses what it cannot read", () => {
    expect(() => accessesIn([{ op: "SLOAD", depth: 1 }], TARGET)).to.throw("no stack");
    expect(() => accessesIn([step("CREATE2", 1)], TARGET)).to.throw("creates a contract");
  });
});

describe("the comparison of two agents", () => {
  const at = (slot: bigint, isWritten: boolean) => ({ contract: TARGET, slot, isWritten, isChanged: isWritten });
  const nameOf = ({ slot }: { readonly slot: bigint }) => ({ contract: "Contract", variable: `slot${slot}` });
  const entry = { contract: "Contract", variable: "slot1", operations: ["propose"], why: "because" };

  it("counts what one writes and the other touches, and not what both read", () => {
    const traces: Traces = new Map([
      [
        "propose",
        [
          [at(1n, true), at(2n, false)],
          [at(1n, false), at(2n, false)],
        ],
      ],
    ]);
    expect(conflictRows(traces, nameOf, [entry])).to.deep.equal([
      { pair: "propose × propose", slot: "Contract.slot1", meeting: "one writes, the other reads", why: "because" },
    ]);
  });

  it("compares different operations both ways round", () => {
    const traces: Traces = new Map([
      ["propose", [[at(1n, true)], []]],
      ["vote", [[at(2n, true)], [at(1n, true)]]],
    ]);
    expect(conflictRows(traces, nameOf, []).map(({ pair, slot }) => `${pair} ${slot}`)).to.deep.equal([
      "propose × vote Contract.slot1",
    ]);
    const turned: Traces = new Map([
      ["propose", [[], [at(1n, true)]]],
      ["vote", [[at(1n, false)], []]],
    ]);
    expect(conflictRows(turned, nameOf, [])).to.have.length(1);
  });

  it("lists an argument for the operations that it names, and no others", () => {
    const traces: Traces = new Map([["vote", [[at(1n, true)], [at(1n, true)]]]]);
    const rows = conflictRows(traces, nameOf, [entry]);
    expect(conflictFindings(rows, [entry])).to.deep.equal(["vote × vote meet in Contract.slot1: both change"]);
  });

  it("finds an argument for what does not happen", () => {
    expect(conflictFindings([], [entry])).to.deep.equal(["Contract.slot1 is argued for, but nobody meets in it"]);
  });
});
