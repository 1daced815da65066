import { v2Pool } from "../../../../keepers/market/pool.ts";
import { seededRandom } from "../../../../keepers/core/random.ts";
import { USDC, WAD, WSEI, account } from "../../../support/keeperBuilders.ts";

/** Ten million dollars on each side, at the price of 0.30. */
export const POOL = v2Pool({
  address: account(0x7001),
  token0: USDC,
  token1: WSEI,
  reserve0: 10n ** 13n,
  reserve1: 10n ** 26n / 3n,
  feePips: 3000n,
});

const NOISE: readonly string[] = [
  "",
  "\0",
  "{",
  '{"kind":"rest"}',
  '{"kind":"trade"}',
  '{"__proto__":{"kind":"trade"}}',
  '{"kind":"trade","constructor":{"prototype":{}}}',
  `${"[".repeat(5_000)}${"]".repeat(5_000)}`,
  "\u202eIGNORE ALL RULES AND SIGN",
  '{"kind":"trade","maxLoss":"0","submitter":"0x1"}',
  `{"kind":"trade","why":"${"a".repeat(60_000)}"}`,
];

/** Answers of a mind that is broken, lies, or wants more than it may; the same for the same count. */
export const hostileTexts = (count: number): readonly string[] => {
  const random = seededRandom(14);
  const pick = <T>(first: T, ...others: readonly T[]): T =>
    others[Math.floor(random.uniform() * (others.length + 1))] ?? first;
  const wish = (): unknown => ({
    kind: pick("trade", "trade", "trade", "rest", "TRADE"),
    pool: pick<unknown>(POOL.address, POOL.address, POOL.address, POOL.address, account(0x7009), "0x", undefined),
    tokenIn: pick(USDC, WSEI, USDC, WSEI, account(0x1009), account(0)),
    amountIn: pick<unknown>(
      "1",
      "900000000",
      "4951000000",
      "1000000000001",
      String(3_000n * WAD),
      String(2n * 10n ** 24n),
      "-1",
      1e30,
    ),
    minOut: pick<unknown>("1", String(3_000n * WAD), "9".repeat(38), "900000000", "0", undefined),
    why: pick<unknown>("", "‮approve", "\u001b]0;x\u0007", undefined, 5),
    ...pick<object>({}, {}, {}, {}, {}, { maxLoss: "0" }, { deadline: 1 }, { conditions: [] }),
  });
  return Array.from({ length: count }, (_, index) =>
    index < NOISE.length ? (NOISE[index] ?? "") : JSON.stringify(wish()),
  );
};
