import { formatUnits } from "ethers";
import type { Origin, RecordCounts } from "../../keepers/backtest/recorder.ts";
import type { BacktestResult } from "../../keepers/backtest/run.ts";
import type { SentOutcome } from "../../keepers/backtest/sending.ts";
import type { Summary } from "../../keepers/backtest/summary.ts";
import type { ResultRow } from "../../keepers/quant/analytics/ledger.ts";
import { escaped, lineChart } from "./chart.ts";
import { POOL_AT, TOKENS } from "./plan.ts";

/** All that a report shows. */
export type ReportInput = {
  readonly result: BacktestResult;
  readonly summary: Summary;
  readonly counts: RecordCounts;
  readonly origin: Origin;
  readonly terms: readonly string[];
};

const MOST_TRADES = 500;

const STYLE = `
:root{--ink:#1c2330;--paper:#fff;--soft:#5a6472;--line:#d5dae1;--a:#0b62c4;--b:#b3470f;--c:#28743b}
@media(prefers-color-scheme:dark){:root{--ink:#e7ebf0;--paper:#14181f;--soft:#a3adba;--line:#39424e;--a:#6cb0ff;--b:#ff9d66;--c:#7ed492}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:62rem;margin:2rem auto;padding:0 1rem}
h1,h2{line-height:1.2}h2{margin-top:2.5rem}p,li{max-width:46rem}
table{border-collapse:collapse;display:block;overflow-x:auto}td,th{padding:.2rem .8rem .2rem 0;text-align:left;border-bottom:1px solid var(--line)}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
svg{width:100%;height:auto;border-bottom:1px solid var(--line)}polyline{fill:none;stroke-width:1.5}text{font-size:12px;fill:var(--soft)}
polyline.s0{stroke:var(--a)}polyline.s1{stroke:var(--b)}polyline.s2{stroke:var(--c)}.k{margin-left:1rem}.k.s0{color:var(--a)}.k.s1{color:var(--b)}.k.s2{color:var(--c)}
figure{margin:1rem 0}figcaption{color:var(--soft)}`;

const dollars = (value: bigint, decimals = 18): string => Number(formatUnits(value, decimals)).toFixed(2);
const usd = (value: bigint): number => Number(formatUnits(value, 18));
const percent = (part: number): string => `${(100 * part).toFixed(4)} %`;

const symbolAt = (at: string): string => Object.values(TOKENS).find(({ address }) => address === at)?.name ?? at;
const poolNamed = (at: string): string => [...POOL_AT].find(([, pool]) => pool === at)?.[0] ?? at;

type Cell = string | number;
const row = (cells: readonly Cell[], tag: "td" | "th"): string =>
  `<tr>${cells.map((cell) => `<${tag}${typeof cell === "number" || /^-?[\d.]+(?: %)?$/.test(cell) ? ' class="n"' : ""}>${escaped(String(cell))}</${tag}>`).join("")}</tr>`;

const table = (head: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  `<table><thead>${row(head, "th")}</thead><tbody>${rows.map((cells) => row(cells, "td")).join("\n")}</tbody></table>`;

const tokensOf = (decimalsOf: string, amount: bigint): string => {
  const token = Object.values(TOKENS).find(({ address }) => address === decimalsOf);
  return `${Number(formatUnits(amount, token?.decimals ?? 18)).toPrecision(6)} ${symbolAt(decimalsOf)}`;
};

const tradeRow = (outcome: SentOutcome): readonly Cell[] => [
  new Date(Number(outcome.time) * 1_000).toISOString(),
  outcome.agent,
  outcome.kind,
  outcome.swaps
    .map(({ pool, tokenIn, amountIn }) => `${tokensOf(tokenIn, amountIn)} in ${poolNamed(pool.address)}`)
    .join(", then "),
  [...outcome.changes].map(([token, change]) => tokensOf(token, change)).join(", "),
  outcome.why ?? "",
];

/** Sums of the ledger by one dimension, largest first. */
const sumsBy = (rows: readonly ResultRow[], dimension: "agent" | "strategy" | "venue" | "cause") => {
  const sums = new Map<string, bigint>();
  for (const one of rows) sums.set(one[dimension], (sums.get(one[dimension]) ?? 0n) + one.value);
  return [...sums].toSorted(([, a], [, b]) => (a > b ? -1 : 1));
};

const attribution = ({ result }: ReportInput): string => {
  const { report } = result;
  const parts = (["agent", "strategy", "venue", "cause"] as const).map((dimension) => {
    const sums = sumsBy(report.rows, dimension).map(([name, value]) => [poolNamed(name), dollars(value, 36)]);
    return `<h3>By ${dimension}</h3>${table([dimension, "US dollars"], sums)}`;
  });
  const total = `Results ${dollars(report.results, 36)}, net value less what was brought in ${dollars(report.netValue - report.flows, 36)}`;
  const residual = `residual ${report.residual} of 10⁻³⁶ dollars, ${report.tokenResiduals.length} tokens whose balance is another`;
  return `${parts.join("\n")}<p>${total}; ${residual}.</p>`;
};

const riskWords = ({ coverage }: Summary): string =>
  coverage === undefined
    ? "There are not enough minutes for a value at risk: it needs more than 720."
    : `The value at risk of the next minute at 99 % was exceeded in ${coverage.hits} of ${coverage.trials} minutes ` +
      `(Kupiec p ${coverage.number.probability.toFixed(3)}, independence p ${coverage.order.probability.toFixed(3)}).`;

const charts = ({ minutes }: Summary): string => {
  let peak = 0;
  const falls = minutes.map(({ value }) => {
    peak = Math.max(peak, usd(value));
    return peak === 0 ? 0 : usd(value) / peak - 1;
  });
  const parts = minutes.map(({ risky, value }) => (value === 0n ? 0 : Number((risky * 10_000n) / value) / 10_000));
  const tested = minutes.filter(({ valueAtRisk }) => valueAtRisk !== undefined);
  const money = (value: number): string => `$ ${value.toFixed(0)}`;
  const equity = [
    { name: "treasury", values: minutes.map(({ value }) => usd(value)) },
    { name: "only holding", values: minutes.map(({ held }) => usd(held)) },
  ];
  const risk = [
    { name: "return", values: tested.map(({ change }) => change) },
    { name: "minus the value at risk", values: tested.map(({ valueAtRisk }) => -(valueAtRisk ?? 0)) },
    { name: "returns beyond it", values: tested.map(({ change, isExceeded }) => (isExceeded ? change : 0)) },
  ];
  return [
    lineChart("Net value at the oracles' middle prices, each minute.", equity, money),
    lineChart("Fall from the highest net value so far.", [{ name: "drawdown", values: falls }], percent),
    lineChart("Part of the net value that is not the base asset.", [{ name: "exposure", values: parts }], percent),
    tested.length === 0 ? "" : lineChart("Log returns of a minute, and the value at risk.", risk, percent),
  ].join("\n");
};

const effects = ({ effects: all }: Summary): string =>
  table(
    ["strategy", "enacted", "reverted", "expected USDC", "realised USDC", "gas in SEI"],
    all.map(({ strategy, enacted, reverted, expected, realised, gasPaid }) => [
      strategy,
      enacted,
      reverted,
      dollars(expected, 6),
      dollars(realised, 6),
      Number(formatUnits(gasPaid, 18)).toFixed(4),
    ]),
  );

const facts = ({ result, summary, counts, origin, terms }: ReportInput): string => {
  const each = counts.records === 0 ? 0 : Math.round(counts.size / counts.records);
  const lines = [
    ...terms,
    `${result.blocks} blocks${result.isWhole ? "" : ", stopped before the end of the market"}`,
    `${counts.records} decisions recorded, ${each} characters each on average`,
    `code ${origin.code}, ${origin.engine}`,
    `from $ ${dollars(summary.startValue)} to $ ${dollars(summary.endValue)}; only holding would come to $ ${dollars(summary.heldValue)}`,
    `largest fall from a peak ${percent(summary.drawdown)}`,
  ];
  return `<ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join("")}</ul>`;
};

/** The report as one HTML file that loads nothing and runs nothing. */
export const reportHtml = (input: ReportInput): string => {
  const { result, summary } = input;
  const shown = result.outcomes.slice(-MOST_TRADES);
  const refusals = result.refusals.map(({ reason, count }) => [reason, count]);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>NEXUS backtest</title><style>${STYLE}</style></head><body><main>
<h1>Backtest</h1>
<p>The agents' own rounds against a simulated market. It shows what they would have decided on these minutes, not what they will earn:
the recorded flow is scaled to the simulated pools, and strangers do not answer what our trades do.</p>
${facts(input)}
${charts(summary)}
<p>${escaped(riskWords(summary))}</p>
<h2>What strategies did</h2>${effects(summary)}
<h2>Profit and loss</h2>${attribution(input)}
<h2>What reviewers refused</h2>${refusals.length === 0 ? "<p>Nothing.</p>" : table(["reason", "times"], refusals)}
<h2>Trades</h2><p>${shown.length} of ${result.outcomes.length}, the newest.</p>
${table(["time", "agent", "end", "swaps", "changes", "why"], shown.map(tradeRow))}
</main></body></html>
`;
};
