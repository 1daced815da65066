import { expect } from "chai";
import { address } from "../../../keepers/core/units.ts";
import { v2Pool } from "../../../keepers/market/pool.ts";
import type { BlockRecord, Holding } from "../../../scripts/run/history.ts";
import { treasuryWorth, valueBlock, worthOf, worthOfWei, yardstickOf } from "../../../scripts/run/values.ts";

const at = (digit: string) => address(`0x${digit.repeat(40)}`);
const [USDC, WSEI] = [at("1"), at("2")];
const ETHER = 10n ** 18n;

const holding = (symbol: string, decimals: number, price: bigint, balance: bigint): Holding => ({
  token: symbol === "USDC" ? USDC : WSEI,
  symbol,
  decimals,
  price,
  balance,
});

const holdings = [holding("USDC", 6, ETHER, 500_000_000_000n), holding("WSEI", 18, (3n * ETHER) / 10n, 10n * ETHER)];
const prices = yardstickOf(holdings, "USDC", "WSEI");
const GAS = { overhead: 230_000n, perHop: { v2: 85_000n, v3: 110_000n }, tip: 5n * 10n ** 9n };

/** Two pairs of 300,000 USDC each; the second sells WSEI dearer by `percent`. */
const record = (percent: bigint): BlockRecord => {
  const pool = (digit: string, reserve0: bigint) =>
    v2Pool({ address: at(digit), token0: USDC, token1: WSEI, reserve0, reserve1: 1_000_000n * ETHER, feePips: 3_000n });
  const usdc = 300_000_000_000n;
  return {
    block: 7,
    baseFee: 50n * 10n ** 9n,
    holdings,
    pools: [pool("3", usdc), pool("4", (usdc * (100n + percent)) / 100n)],
  };
};

describe("what a block offered", () => {
  it("is told in USDC by the oracles' prices", () => {
    expect(worthOf(prices, WSEI, 10n * ETHER)).to.equal(3_000_000n);
    expect(worthOf(prices, USDC, -7n)).to.equal(-7n);
    expect(worthOfWei(prices, ETHER + 1n)).to.equal(300_001n);
    expect(treasuryWorth(holdings, prices)).to.equal(500_003_000_000n);
    expect(() => worthOf(prices, at("9"), 1n)).to.throw("has no price");
    expect(() => yardstickOf(holdings, "USDC", "WETH")).to.throw("WETH has no price");
  });

  it("is nothing where no gap is wider than the fees", () => {
    expect(valueBlock(record(0n), GAS, prices)).to.deep.equal({ block: 7, value: 0n });
  });

  it("is the best trade's profit less its gas", () => {
    const { value } = valueBlock(record(2n), GAS, prices);
    const free = valueBlock(record(2n), { ...GAS, overhead: 0n, perHop: { v2: 0n, v3: 0n } }, prices).value;
    // 400,000 gas at 55 gwei and 0.30 USDC a SEI.
    expect(free - value).to.equal(6_600n);
    // At the margin the gap is 1.4 %; the best trade closes half of it: about x/4 of 1.4 % with x = 0.35 % of 300,000 each way.
    expect(Number(value) / 1e6).to.be.within(6, 9);
  });

  it("is nothing where gas costs more than the gap brings", () => {
    const dear = { ...GAS, overhead: 10n ** 9n };
    expect(valueBlock(record(2n), dear, prices).value).to.equal(0n);
  });
});
