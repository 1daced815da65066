// A mind that keeps WETH at two per cent of the treasury. It reads a question from standard input and writes its answer.
import { readFileSync } from "node:fs";

const PART_BPS = 200n;
const BAND_BPS = 20n;
const BPS = 10_000n;

const question = JSON.parse(readFileSync(0, "utf8"));
const answer = (value) => process.stdout.write(JSON.stringify(value));

const numbers = ({ decimals, balance, price, ...rest }) => {
  const unit = 10n ** BigInt(decimals);
  const middle = BigInt(price.middle);
  const held = BigInt(balance);
  return { ...rest, unit, middle, held, worth: (held * middle) / unit };
};

const tokens = question.tokens.map(numbers);
const base = tokens.find(({ token }) => token === question.base);
const wanted = tokens.find(({ symbol }) => symbol === "WETH");
const total = tokens.reduce((sum, { worth }) => sum + worth, 0n);
const pools = question.pools.filter(({ token0, token1 }) =>
  [token0, token1].every((one) => one === base?.token || one === wanted?.token),
);

/** What one token is of another at the oracles' prices, one per cent below it. */
const leastOf = (usd, { unit, middle }) => (((usd * unit) / middle) * 99n) / 100n;

/** The pool in which most lies, by what its price rests on. */
const weightOf = ({ reserve0, reserve1, liquidity }) =>
  BigInt(liquidity ?? 0) + BigInt(reserve0 ?? 0) * BigInt(reserve1 ?? 0);

const decide = () => {
  if (base === undefined || wanted === undefined || total === 0n || pools.length === 0) return { kind: "rest" };
  if ([base, wanted].some(({ status }) => status !== "Ready")) return { kind: "rest" };
  const target = (total * PART_BPS) / BPS;
  const gap = target > wanted.worth ? target - wanted.worth : wanted.worth - target;
  if (gap * BPS < total * BAND_BPS) return { kind: "rest" };
  const most = (BigInt(question.limits.maxTradeUsd) * 95n) / 100n;
  const usd = gap < most ? gap : most;
  const [sold, bought] = target > wanted.worth ? [base, wanted] : [wanted, base];
  const [first, ...others] = pools;
  const pool = others.reduce((best, one) => (weightOf(one) > weightOf(best) ? one : best), first);
  return {
    kind: "trade",
    pool: pool.pool,
    tokenIn: sold.token,
    amountIn: String((usd * sold.unit) / sold.middle),
    minOut: String(leastOf(usd, bought)),
    why: `WETH is ${(wanted.worth * BPS) / total} bps of the treasury and shall be ${PART_BPS}`,
  };
};

answer(decide());
