import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { z } from "zod";
import { seededRandom } from "../../../keepers/core/random.ts";
import { PORTFOLIO_COMMANDS, RISK_COMMANDS } from "../../../scripts/cli/quant/commands.ts";
import { readLimits } from "../../../scripts/cli/quant/readLimits.ts";
import { readPrices } from "../../../scripts/cli/quant/readPrices.ts";
import { readScenarios } from "../../../scripts/cli/quant/readStress.ts";
import { UsageError } from "../../../scripts/lib/command.ts";
import { directJson } from "../../../scripts/lib/output.ts";
import { recordedDays } from "../../support/marketPaths.ts";

const FLOW =
  "timestamp,netAmount0,netAmount1,closeTick,openTick,lowestTick,highestTick,inAmount0,inAmount1,currentLiquidity";

const stamp = (minute: number): string => new Date(Date.UTC(2023, 7, 15) + minute * 60_000).toISOString().slice(0, 19);

/** Simulated minutes of three assets, two of which move alike. */
const simulated = (rows: number): string => {
  const random = seededRandom(5);
  const prices = [100, 20, 1];
  const lines = Array.from({ length: rows }, (_, minute) => {
    const common = 1e-3 * random.normal();
    prices[0] = (prices[0] ?? 1) * Math.exp(common + 5e-4 * random.normal());
    prices[1] = (prices[1] ?? 1) * Math.exp(common + 5e-4 * random.normal());
    prices[2] = (prices[2] ?? 1) * Math.exp(1e-5 * random.normal());
    return [stamp(minute), ...prices.map((price) => price.toFixed(8))].join(",");
  });
  return ["timestamp,WETH,WSEI,USDC", ...lines].join("\n");
};

describe("nexus portfolio and nexus risk", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "nexus-quant-"));
  });
  after(() => {
    directJson(undefined);
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  const all = { ...PORTFOLIO_COMMANDS, ...RISK_COMMANDS };

  /** Runs a command and answers its exit code and its JSON. */
  const run = async (name: keyof typeof all, options: Readonly<Record<string, string>>) => {
    const path = join(folder, "answer.json");
    directJson(path);
    const command = all[name];
    if (command === undefined) throw new Error(`no ${name}`);
    const code = await command.run(new Map([...Object.entries(options), ["json", path]]));
    return { code, answer: z.looseObject({ kind: z.string() }).parse(JSON.parse(readFileSync(path, "utf8"))) };
  };

  describe("portfolio optimize", () => {
    it("answers whole basis points by asset, with the proof, for every goal [NX-QNT-04]", async () => {
      const prices = file("three.csv", simulated(400));
      for (const goal of ["least-cvar", "least-variance", "equal-risk", "hierarchy"]) {
        const { code, answer } = await run("portfolio optimize", { prices, goal });
        expect(code, goal).to.equal(0);
        const weights = z.record(z.string(), z.number()).parse(answer["weightsBps"]);
        expect(Object.keys(weights)).to.deep.equal(["WETH", "WSEI", "USDC"]);
        expect(Object.values(weights).reduce((sum, bps) => sum + bps, 0)).to.equal(10_000);
        expect(weights["USDC"]).to.be.above(9_000);
      }
    });

    it("keeps the limits of a file, and says which hold it back", async () => {
      const prices = file("three.csv", simulated(400));
      const limits = file(
        "limits.json",
        JSON.stringify({
          capsBps: { USDC: 5_000 },
          groups: [{ kind: "illiquid", name: "staked", members: ["WSEI"], mostBps: 1_000 }],
        }),
      );
      const { code, answer } = await run("portfolio optimize", { prices, limits });
      expect(code).to.equal(0);
      expect(answer["weightsBps"]).to.deep.include({ USDC: 5_000, WSEI: 1_000 });
      const active = z.array(z.looseObject({ words: z.string() })).parse(answer["active"]);
      expect(active.map(({ words }) => words)).to.include("USDC is at most 50 %");
    });

    it("rests where gas costs more than the least CVaR gains", async () => {
      const prices = file("three.csv", simulated(400));
      const held = { heldBps: { USDC: 9_000, WETH: 500, WSEI: 500 }, costBps: { USDC: 0, WETH: 0, WSEI: 0 } };
      const asked = (fixedCostBps: number) => file("limits.json", JSON.stringify({ ...held, fixedCostBps }));
      const rest = await run("portfolio optimize", { prices, limits: asked(100) });
      expect([rest.code, rest.answer.kind]).to.deep.equal([0, "rest"]);
      expect(rest.answer["weightsBps"]).to.deep.equal({ WETH: 500, WSEI: 500, USDC: 9_000 });
      const go = await run("portfolio optimize", { prices, limits: asked(0) });
      expect(go.answer.kind).to.equal("allocated");
    });

    it("names the limits that contradict one another, and exits with 1 [NX-QNT-02]", async () => {
      const prices = file("three.csv", simulated(400));
      const limits = file("limits.json", JSON.stringify({ capsBps: { WETH: 3_000, WSEI: 3_000, USDC: 3_000 } }));
      const { code, answer } = await run("portfolio optimize", { prices, limits });
      expect(code).to.equal(1);
      expect(answer.kind).to.equal("infeasible");
      expect(answer["conflict"]).to.include("all weights sum to 100 %");
    });

    it("refuses one asset, fewer rows than assets, and what breaks limits that its method does not take", async () => {
      const day = recordedDays()[0]?.ticks ?? [];
      const rows = day.map(
        (tick, minute) => `${stamp(minute).replace("T", " ")},0,0,${tick},${tick},${tick},${tick},0,0,1`,
      );
      const single = await run("portfolio optimize", { prices: file("day.csv", [FLOW, ...rows].join("\n")) });
      expect([single.code, single.answer["reason"]]).to.deep.equal([1, "too-few-assets"]);
      const few = await run("portfolio optimize", { prices: file("few.csv", simulated(4)) });
      expect(few.answer["reason"]).to.equal("too-few-rows");
      const limits = file("limits.json", JSON.stringify({ capsBps: { USDC: 5_000 } }));
      const broken = await run("portfolio optimize", {
        prices: file("three.csv", simulated(400)),
        limits,
        goal: "equal-risk",
      });
      expect(broken.answer["reason"]).to.equal("breaks-limits");
      expect(broken.answer["detail"]).to.include("USDC is at most 50 %");
    });

    it("refuses a goal that there is not", async () => {
      const prices = file("three.csv", simulated(400));
      await run("portfolio optimize", { prices, goal: "luck" }).then(
        () => expect.fail("took it"),
        (error: unknown) => expect(error).to.be.instanceOf(UsageError),
      );
    });
  });

  describe("prices that are none [NX-QNT-05]", () => {
    for (const [words, text, fault] of [
      ["another format", "a;b\n1;2", /line 1: the header is neither/],
      ["a row that is short", "timestamp,A,B\n2023-08-15 00:00:00,1", /line 2: has 2 columns instead of 3/],
      ["NaN", "timestamp,A\n2023-08-15 00:00:00,NaN", /line 2: the price of A is no number: "NaN"/],
      ["a time that is none", "timestamp,A\nyesterday,1", /line 2: timestamp is no UTC time/],
      ["an asset twice", "timestamp,A,A\n2023-08-15 00:00:00,1,1", /an asset has two columns/],
      [
        "recorded minutes out of order",
        `${FLOW}\n2023-08-15 00:01:00,0,0,1,1,1,1,0,0,1\n2023-08-15 00:00:00,0,0,1,1,1,1,0,0,1`,
        /line 3: the time does not move/,
      ],
    ] as const) {
      it(`names the line: ${words}`, () => {
        expect(() => readPrices(file("bad.csv", text))).to.throw(UsageError, fault);
      });
    }

    for (const [reason, minutes] of [
      ["duplicated", [0, 1, 1, 2]],
      ["unsorted", [0, 2, 1, 3]],
      ["missing-minutes", [0, 1, 2, 9]],
    ] as const) {
      it(`refuses a table as ${reason}`, async () => {
        const lines = minutes.map((minute, i) => `${stamp(minute)},${100 + i},${50 - i}`);
        const { code, answer } = await run("portfolio optimize", {
          prices: file("rows.csv", ["timestamp,A,B", ...lines].join("\n")),
        });
        expect([code, answer["reason"]]).to.deep.equal([1, reason]);
      });
    }

    it("wants the same assets in every file, and files that are there", () => {
      const [one, two] = [file("one.csv", simulated(3)), file("two.csv", "timestamp,A\n2023-08-15 00:00:00,1")];
      expect(() => readPrices(`${one},${two}`)).to.throw(UsageError, "two.csv has other assets than the first file");
      expect(() => readPrices(join(folder, "nothing.csv"))).to.throw(UsageError, "cannot be read");
    });

    it("refuses limits for assets without prices, and holdings without costs", () => {
      const strange = file("limits.json", JSON.stringify({ capsBps: { DOGE: 1 } }));
      expect(() => readLimits(strange, ["A"])).to.throw(UsageError, "names DOGE, which has no prices");
      const half = file("half.json", JSON.stringify({ heldBps: { A: 1 } }));
      expect(() => readLimits(half, ["A"])).to.throw(UsageError, "go together");
      expect(() => readLimits(file("no.json", "{"), ["A"])).to.throw(UsageError, "is no JSON file");
    });
  });

  describe("risk var", () => {
    it("says how often the value at risk was exceeded on recorded minutes, beside a normal model [NX-QNT-07]", async () => {
      const paths = recordedDays()
        .slice(0, 2)
        .map(({ date, ticks }) => {
          const start = Date.parse(`${date}T00:00:00Z`);
          const rows = ticks.map((tick, minute) => {
            const time = new Date(start + minute * 60_000).toISOString().slice(0, 19).replace("T", " ");
            return `${time},0,0,${tick},${tick},${tick},${tick},0,0,1`;
          });
          return file(`${date}.csv`, [FLOW, ...rows].join("\n"));
        });
      const { code, answer } = await run("risk var", { prices: paths.join(",") });
      expect(code).to.equal(0);
      const coverage = z.object({ trials: z.number(), hits: z.number(), light: z.string() });
      const { assets } = z
        .object({
          assets: z.array(
            z.object({ sides: z.array(z.object({ valueAtRisk: z.number(), coverage, normalCoverage: coverage })) }),
          ),
        })
        .parse(answer);
      const [long, short] = assets[0]?.sides ?? [];
      expect(long?.coverage).to.deep.include({ trials: 2_159, hits: 27, light: "green" });
      expect(short?.coverage).to.deep.include({ trials: 2_159, hits: 29 });
      expect(long?.normalCoverage).to.deep.include({ hits: 47, light: "red" });
    });

    it("has no value at risk of fewer minutes than its window", async () => {
      const { code, answer } = await run("risk var", { prices: file("three.csv", simulated(400)) });
      expect(code).to.equal(1);
      expect(JSON.stringify(answer)).to.not.include("valueAtRisk");
    });

    it("refuses a level that is none", () => {
      expect(() =>
        RISK_COMMANDS["risk var"]?.run(
          new Map([
            ["prices", "x"],
            ["level", "101"],
          ]),
        ),
      ).to.throw(UsageError);
    });
  });

  describe("risk stress", () => {
    const position = {
      holdings: [
        { asset: "WETH", kind: "spot", valueUsd: "50000", depthUsd: "200000", liquidationThresholdBps: 8_000 },
        { asset: "SEI", kind: "staked", valueUsd: "10000", depthUsd: "50000" },
      ],
      debts: [{ asset: "USDC", valueUsd: "36000" }],
      gasUsd: "0.25",
    };

    it("applies every scenario that comes with the command, and exits with 1 where debt can be liquidated", async () => {
      const { code, answer } = await run("risk stress", { position: file("position.json", JSON.stringify(position)) });
      const { results } = z
        .object({
          results: z.array(z.object({ scenario: z.string(), changeUsd: z.string(), isLiquidated: z.boolean() })),
        })
        .parse(answer);
      expect(results.map(({ scenario }) => scenario)).to.deep.equal(readScenarios(undefined).map(({ name }) => name));
      expect(results.find(({ scenario }) => scenario === "fall")).to.deep.include({
        changeUsd: (-7_200n * 10n ** 18n).toString(),
        isLiquidated: true,
      });
      expect(results.find(({ scenario }) => scenario === "thin-pools")).to.deep.include({
        changeUsd: "0",
        isLiquidated: false,
      });
      expect(code).to.equal(1);
    });

    it("adds the worst hour of recorded prices", async () => {
      const lines = [100, 99, 101, 90, 95].map((price, i) => `${stamp(i)},${price}`);
      const { answer } = await run("risk stress", {
        position: file("position.json", JSON.stringify({ ...position, debts: [] })),
        prices: file("fall.csv", ["timestamp,WETH", ...lines].join("\n")),
      });
      const { results } = z.object({ results: z.array(z.looseObject({ scenario: z.string() })) }).parse(answer);
      // From 101 to 90 is -10.89 %, rounded down to -1,090 basis points of 50,000.
      expect(results.at(-1)).to.deep.include({ scenario: "recorded", changeUsd: (-5_450n * 10n ** 18n).toString() });
    });

    it("refuses a position that is none", () => {
      const bad = file("bad.json", JSON.stringify({ holdings: [{ ...position.holdings[0], valueUsd: -1 }] }));
      expect(() => RISK_COMMANDS["risk stress"]?.run(new Map([["position", bad]]))).to.throw(UsageError, "valueUsd");
    });
  });
});
