import { expect } from "chai";
import type { GasRow } from "../../../scripts/bench/gas.ts";
import { type ChaosResult, chaosRows, chaosTargets } from "../../../scripts/bench/chaos.ts";
import { tableLines } from "../../../scripts/bench/table.ts";
import {
  moneyConflictTargets,
  gasTargets,
  latencyTargets,
  quotingTargets,
  targetLines,
  voucherTargets,
} from "../../../scripts/bench/targets.ts";

const row = (flow: string, system: GasRow["system"], gas: bigint, newSlots = 0): GasRow => ({
  flow,
  system,
  gas,
  newSlots,
  seiGas: gas,
  source: "measured here",
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
      row("escrow-life", "nexus", 140_001n),
      row("channel-life", "nexus", 120_000n),
      row("batch-claim-50", "nexus", 13_001n),
      row("ledger-deposit", "nexus", 60_000n),
      row("ledger-withdraw", "nexus", 60_001n),
      row("transfer", "bare", 35_000n),
      row("slow-5", "nexus", 155_000n, 1),
      row("vote", "nexus", 45_001n),
    ];
    const unmet = gasTargets(rows).filter(({ isMet }) => isMet === false);
    expect(unmet.map(({ what, figure }) => [what, figure])).to.deep.equal([
      ["guarded-5, gas", 185_001],
      ["guarded-5, new slots", 1],
      ["reputation-write, new slots", 1],
      ["reputation-read, gas", 5_001],
      ["mandate-change, gas in % of a plain governor's", 110.01],
      ["mandate-change, the same at Sei's prices", 110.01],
      ["escrow-life, gas", 140_001],
      ["batch-claim-50, gas per channel", 13_001],
      ["ledger-withdraw, gas above a transfer", 25_001],
      ["vote, gas", 45_001],
      ["register, gas", 170_001],
    ]);
    const met = gasTargets(rows).filter(({ isMet }) => isMet === true);
    expect(met.map(({ figure }) => figure)).to.deep.equal([
      105, 0, 160_000, 0, 30_000, 140_001, 120_000, 120_000, 25_000, 155_000, 155_000, 170_001, 0,
    ]);
  });

  it("say so where a figure is missing", () => {
    expect(gasTargets([]).every(({ isMet }) => isMet === undefined)).to.equal(true);
    expect(targetLines(gasTargets([]))[0]).to.match(/^\? .*not measured/);
  });

  it("count shared slots but those of the exceptions", () => {
    const rows = [
      { flow: "job", other: "channel", shared: 0, isException: "no" },
      { flow: "deposit", other: "deposit", shared: 2, isException: "yes" },
    ] as const;
    expect(moneyConflictTargets(rows).map(({ isMet }) => isMet)).to.deep.equal([true]);
    expect(moneyConflictTargets([{ ...rows[1], isException: "no" }]).map(({ figure }) => figure)).to.deep.equal([2]);
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

  it("want vouchers checked fast by our own library, kept durably, and none lost", () => {
    const check = { flow: "voucher-check", system: "nexus" } as const;
    const kills = { flow: "voucher-kills", system: "nexus" } as const;
    const rows = [
      { ...check, measure: "p50", value: 0.15, unit: "ms" },
      { ...check, system: "ethers", measure: "p50", value: 2.5, unit: "ms" },
      { ...check, measure: "one core", value: 6_999, unit: "/s" },
      { flow: "voucher-durable", system: "nexus", measure: "two cores", value: 3_000, unit: "/s" },
      { ...kills, measure: "kill -9", value: 1_000, unit: "kills" },
      { ...kills, measure: "lost", value: 1, unit: "vouchers" },
    ] as const;
    expect(voucherTargets(rows).map(({ isMet }) => isMet)).to.deep.equal([true, false, true, true, false]);
    expect(voucherTargets([]).every(({ isMet }) => isMet === undefined)).to.equal(true);
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

  it("hold a chaos run to what chain and journals say of each other, and to what is back", () => {
    const killed = [
      { what: "risk-1", atMs: 1, backMs: 900 },
      { what: "risk-2", atMs: 2, backMs: 3_000 },
      { what: "redis", atMs: 3, backMs: 8_000 },
      { what: "orchestrator", atMs: 4, backMs: undefined },
    ];
    const clean = { minutes: 1, trades: 12, mined: 14, doubled: 0, forgotten: 0, stuck: 0, code: 0, tradesAgainMs: 5 };
    const well: ChaosResult = { ...clean, killed: killed.map((kill) => ({ ...kill, backMs: kill.backMs ?? 1 })) };
    expect(chaosTargets(well).filter(({ isMet }) => isMet !== true)).to.deep.equal([]);
    const bad: ChaosResult = { ...clean, doubled: 1, forgotten: 2, stuck: 3, code: 1, mined: 11, killed };
    const unmet = chaosTargets({ ...bad, minutes: 13 }).filter(({ isMet }) => isMet === false);
    expect(unmet.map(({ what }) => what)).to.deep.equal([
      "kills a minute",
      "killed and not back",
      "trades a minute",
      "transactions that took effect",
      "proposals enacted twice",
      "transactions that no journal knows",
      "transactions without an end",
      "exit code of the fleet once it was stopped",
    ]);
    const [agents, orchestrator, redis] = chaosRows(bad, 2);
    expect(agents).to.deep.include({ killed: "an agent's process", times: 2, "back worst ms": 3_000, "not back": 0 });
    expect([orchestrator?.times, orchestrator?.["not back"], redis?.["back p50 ms"]]).to.deep.equal([1, 1, 8_000]);
  });
});
