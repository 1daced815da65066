import { expect } from "chai";
import type { GasRow } from "../../../scripts/bench/gas.ts";
import { tableLines } from "../../../scripts/bench/table.ts";
import { gasTargets, latencyTargets, quotingTargets, targetLines } from "../../../scripts/bench/targets.ts";

const row = (flow: string, system: GasRow["system"], gas: bigint, newSlots = 0): GasRow => ({
  flow,
  system,
  gas,
  newSlots,
  seiGas: gas,
});

describe("the benches' targets", () => {
  it("compare gas with Safe's, the limit, and the bare trade", () => {
    const rows = [
      row("enact-5", "nexus", 105_000n),
      row("enact-5", "safe", 100_000n),
      row("guarded-5", "nexus", 185_001n, 1),
      row("guarded-arbitrage", "nexus", 460_000n, 2),
      row("guarded-arbitrage", "bare", 300_000n, 2),
      row("reputation-write", "nexus", 30_000n, 1),
      row("reputation-read", "nexus", 5_001n),
      row("mandate-change", "nexus", 770_077n),
      row("mandate-change", "openzeppelin", 700_000n),
      row("register", "nexus", 170_001n),
      row("slow-5", "nexus", 155_000n, 1),
      row("vote", "nexus", 45_001n),
    ];
    const targets = gasTargets(rows);
    expect(targets.map(({ figure }) => figure)).to.deep.equal([
      105,
      0,
      185_001,
      1,
      160_000,
      0,
      30_000,
      1,
      5_001,
      110.01,
      110.01,
      155_000,
      207_000,
      undefined,
      undefined,
      45_001,
      170_001,
      170_001,
      undefined,
      undefined,
      undefined,
      undefined,
      0,
    ]);
    const unmet = targets.flatMap(({ isMet }, index) => (isMet === false ? [index] : []));
    expect(unmet).to.deep.equal([2, 3, 7, 8, 9, 10, 15, 16]);
  });

  it("say so where a figure is missing", () => {
    expect(gasTargets([]).every(({ isMet }) => isMet === undefined)).to.equal(true);
    expect(targetLines(gasTargets([]))[0]).to.match(/^\? .*not measured/);
  });

  it("bound latency from above and speed from below", () => {
    const latency = { flow: "gap-to-trade", system: "nexus" } as const;
    const rows = [
      { ...latency, measure: "p50", value: 1, unit: "blocks" },
      { ...latency, measure: "p99", value: 3, unit: "blocks" },
      { ...latency, measure: "p50", value: 480, unit: "ms" },
    ] as const;
    expect(latencyTargets(rows).map(({ isMet }) => isMet)).to.deep.equal([true, false]);
    const quoting = [
      { flow: "v3-quote", system: "ratio", measure: "median of batches", value: 19, unit: "×" },
      { flow: "decide-200-pools", system: "nexus", measure: "p99", value: 9.5, unit: "ms" },
    ] as const;
    expect(quotingTargets(quoting).map(({ isMet }) => isMet)).to.deep.equal([false, true]);
    expect(targetLines(quotingTargets(quoting))[0]).to.match(/^✗ .* 19 {3}target ≥ 20$/);
  });
});

describe("the benches' tables", () => {
  it("line up text on the left and numbers on the right", () => {
    expect(
      tableLines([
        { flow: "enact-5", gas: 7n },
        { flow: "a", gas: 1.234 },
      ]),
    ).to.deep.equal(["flow      gas", "enact-5     7", "a        1.23"]);
    expect(tableLines([])).to.deep.equal([""]);
  });
});
