import { expect } from "chai";
import type { MarketStep } from "../../../scripts/sandbox/requests.ts";
import { RECORDED_POOL } from "../../../scripts/sandbox/pools.ts";
import { FlowFileError, parseFlow } from "../../../scripts/sandbox/recordedFlow.ts";
import { DEFAULT_REPLAY, replayMarket } from "../../../scripts/sandbox/replay.ts";
import { expectNear } from "../../support/near.ts";

const HEADER =
  "timestamp,netAmount0,netAmount1,closeTick,openTick,lowestTick,highestTick,inAmount0,inAmount1,currentLiquidity";

type Cells = Readonly<
  Partial<Record<"time" | "net0" | "net1" | "close" | "open" | "low" | "high" | "in0" | "in1" | "liquidity", string>>
>;

const line = (cells: Cells = {}): string => {
  const { time = "2024-02-15 00:00:00", net0 = "-9545545925", net1 = "3438967156389433049", close = "197030" } = cells;
  const { open = "197026", low = "197026", high = "197030", in0 = "425290743", in1 = "3592067047319790348" } = cells;
  return [time, net0, net1, close, open, low, high, in0, in1, cells.liquidity ?? "714229919033639131"].join(",");
};

/** Lines of consecutive minutes with these closing ticks. */
const minutes = (ticks: readonly number[]): readonly string[] =>
  ticks.map((tick, i) => line({ time: `2024-02-15 00:${String(i).padStart(2, "0")}:00`, close: String(tick) }));

const fileOf = (...lines: readonly string[]): string => [HEADER, ...lines].join("\n");

const faultOf = (csv: string): FlowFileError => {
  try {
    parseFlow(csv);
  } catch (error) {
    if (error instanceof FlowFileError) return error;
    throw error;
  }
  throw new Error("the file was accepted");
};

describe("sandbox: recorded flow", () => {
  it("reads a row", () => {
    expect(parseFlow(fileOf(line()))).to.deep.equal([
      {
        timestamp: "2024-02-15 00:00:00",
        netUsdc: -9545545925n,
        netWeth: 3438967156389433049n,
        closeTick: 197030,
        liquidity: 714229919033639131n,
      },
    ]);
  });

  it("reads ticks written with a decimal point", () => {
    expect(parseFlow(fileOf(line({ close: "198133.0" })))[0]?.closeTick).to.equal(198133);
  });

  it("reads lines that end in CR LF, and a file that ends with or without a line end", () => {
    const plain = parseFlow(fileOf(...minutes([1, 2])));
    expect(plain).to.have.length(2);
    expect(parseFlow(`${fileOf(...minutes([1, 2]))}\n`)).to.deep.equal(plain);
    expect(parseFlow(fileOf(...minutes([1, 2])).replaceAll("\n", "\r\n"))).to.deep.equal(plain);
  });

  it("finds no rows in a file of the header alone, with or without a line end", () => {
    expect(parseFlow(HEADER)).to.deep.equal([]);
    expect(parseFlow(`${HEADER}\n`)).to.deep.equal([]);
  });

  const faults: readonly (readonly [string, string, number, RegExp])[] = [
    ["an empty file", "", 1, /header must be/],
    ["another header", "time,price\n1,2", 1, /header must be/],
    ["too few columns", fileOf(line(), "2024-02-15 00:01:00,1,2"), 3, /has 3 columns instead of 10/],
    ["too many columns", fileOf(`${line()},7`), 2, /has 11 columns/],
    ["a blank line in the middle", fileOf(line(), "", line()), 3, /has 1 columns/],
    ["a timestamp of another form", fileOf(line({ time: "15.02.2024" })), 2, /timestamp is no UTC time/],
    ["a day that does not exist", fileOf(line({ time: "2024-02-31 00:00:00" })), 2, /timestamp is no UTC time/],
    ["an hour that does not exist", fileOf(line({ time: "2024-02-15 25:00:00" })), 2, /timestamp is no UTC time/],
    ["a time that stands still", fileOf(line(), line()), 3, /time does not move/],
    ["a time that runs back", fileOf(...minutes([1, 2]).toReversed()), 3, /time does not move/],
    ["an amount with a fraction", fileOf(line({ net0: "1.5" })), 2, /netAmount0 is no whole number: "1.5"/],
    ["an amount in exponents", fileOf(line({ net1: "3e18" })), 2, /netAmount1 is no whole number/],
    ["a missing amount", fileOf(line({ net1: "" })), 2, /netAmount1 is no whole number: ""/],
    ["a tick that is no number", fileOf(line({ close: "NaN" })), 2, /closeTick is no tick/],
    ["a tick between ticks", fileOf(line({ open: "197026.5" })), 2, /openTick is no tick/],
    ["a tick beyond Uniswap's", fileOf(line({ high: "900000" })), 2, /highestTick is beyond/],
    ["a bad lowest tick", fileOf(line({ low: "x" })), 2, /lowestTick is no tick/],
    ["a negative payment", fileOf(line({ in0: "-1" })), 2, /inAmount0 is negative/],
    ["a bad payment", fileOf(line({ in1: "x" })), 2, /inAmount1 is no whole number/],
    ["negative liquidity", fileOf(line({ liquidity: "-5" })), 2, /currentLiquidity is negative/],
    ["trades against no liquidity", fileOf(line({ liquidity: "0" })), 2, /against no liquidity/],
  ];
  for (const [what, csv, lineNumber, message] of faults) {
    it(`refuses ${what} and names the line`, () => {
      const fault = faultOf(csv);
      expect(fault.line).to.equal(lineNumber);
      expect(fault.message)
        .to.match(message)
        .and.match(new RegExp(`^line ${lineNumber}: `));
    });
  }
});

describe("sandbox: a replayed market", () => {
  const all = (csv: string, params = {}): readonly MarketStep[] => [...replayMarket(csv, params).steps()];
  const quietPools = { ...DEFAULT_REPLAY, correctionBlocks: 1_000 };

  it("gives ETH the file's price: 10^12 / 1.0001^tick dollars", () => {
    const [first, second] = all(fileOf(...minutes([197030, 197039])));
    expectNear(Number(first?.prices.ETH) / 1e18, 1e12 / 1.0001 ** 197030, 1e-6);
    expectNear(Number(second?.prices.ETH) / 1e18, 1e12 / 1.0001 ** 197039, 1e-6);
    expect(replayMarket(fileOf(...minutes([197030]))).initial.ETH).to.equal(first?.prices.ETH);
  });

  it("pays in what the recorded traders paid in, with the liquidity that they met", () => {
    const buys = line({ time: "2024-02-15 00:01:00", net0: "5000000", net1: "-2000000000000000", close: "197030" });
    const still = line({ time: "2024-02-15 00:02:00", net0: "0", net1: "0", close: "197030" });
    const steps = all(fileOf(line(), line({ time: "2024-02-15 00:00:30" }), buys, still), quietPools);
    const flows = steps.map(({ requests }) => requests.filter(({ kind }) => kind === "flow"));
    const liquidity = 714229919033639131n;
    const sells = { kind: "flow", pool: RECORDED_POOL, baseIn: 3438967156389433049n, quoteIn: 0n, liquidity };
    // The first block belongs to the trader who holds the pool to the recorded price.
    expect(flows).to.deep.equal([[], [sells], [{ ...sells, baseIn: 0n, quoteIn: 5000000n }], []]);
    const correction = steps[0]?.requests[0];
    expect(correction).to.include({ kind: "toPrice", pool: RECORDED_POOL });
    const aim = correction?.kind === "toPrice" ? Number(correction.price) / Number(steps[0]?.prices.ETH) : 0;
    expectNear(aim, 1, 5 * DEFAULT_REPLAY.market.traders.noise);
  });

  it("takes as many blocks for a minute as told, and trades its flow once", () => {
    const steps = all(fileOf(...minutes([197030, 197031])), { ...quietPools, blocksPerRow: 4 });
    expect(steps).to.have.length(8);
    const flows = steps.flatMap(({ step, requests }) => (requests.some(({ kind }) => kind === "flow") ? [step] : []));
    expect(flows).to.deep.equal([4]);
  });

  it("lets the other ETH pools follow once the price is far enough from where they last did", () => {
    const ticks = [...Array.from({ length: 5 }, () => 197030), ...Array.from({ length: 30 }, () => 196930)];
    const noSei = { ...DEFAULT_REPLAY.market.assets, SEI: { ...DEFAULT_REPLAY.market.assets.SEI, jumpRate: 0 } };
    const steps = all(fileOf(...minutes(ticks)), { market: { ...DEFAULT_REPLAY.market, assets: noSei } });
    const others = steps.flatMap(({ step, requests }) =>
      requests.filter(({ pool }) => pool !== RECORDED_POOL).map(({ pool }) => ({ step, pool })),
    );
    expect(others.map(({ pool }) => pool).toSorted()).to.deep.equal([
      "v2 WETH/USDC",
      "v2 WSEI/WETH",
      "v3-3000 WSEI/WETH",
    ]);
    for (const { step } of others) expect(step).to.be.within(5 + 3, 5 + 8);
  });

  it("is the same for the same file and seed, and SEI's path depends on the seed alone", () => {
    const [one, other] = [fileOf(...minutes([1, 2, 3, 4])), fileOf(...minutes([9, 8, 7, 6]))];
    expect(all(one, { seed: 5 })).to.deep.equal(all(one, { seed: 5 }));
    const sei = (steps: readonly MarketStep[]) => steps.map(({ prices }) => prices.SEI);
    expect(sei(all(one, { seed: 5 }))).to.deep.equal(sei(all(other, { seed: 5 })));
    expect(sei(all(one, { seed: 5 }))).to.not.deep.equal(sei(all(one, { seed: 6 })));
  });

  it("refuses a file without rows and parameters that make no sense", () => {
    expect(() => replayMarket(HEADER)).to.throw(FlowFileError, "line 1: the file has a header and no rows");
    expect(() => replayMarket(fileOf(line()), { blocksPerRow: 0 })).to.throw(RangeError, /blocksPerRow/);
    expect(() => replayMarket(fileOf(line()), { correctionBlocks: 1.5 })).to.throw(RangeError, /correctionBlocks/);
  });
});
