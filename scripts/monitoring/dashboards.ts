/** One panel: what it shows, its unit in Grafana's words, and expressions with the names of their lines. */
type Panel = {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly (readonly [expr: string, legend: string])[];
};
type Board = { readonly uid: string; readonly title: string; readonly panels: readonly Panel[] };

const one = (title: string, unit: string, ...[expr, legend]: readonly [string, string]): Panel => ({
  title,
  unit,
  lines: [[expr, legend]],
});
const quantile = (part: number, figure: string): string =>
  `histogram_quantile(${part}, sum by (le) (rate(${figure}_bucket[5m])))`;

export const BOARDS: readonly Board[] = [
  {
    uid: "nexus-fleet",
    title: "NEXUS: fleet",
    panels: [
      one("Agents that are connected", "short", "sum by (agent) (nexus_agent_up)", "{{agent}}"),
      one("Alerts that stand", "short", "sum by (rule, severity) (nexus_alert_active)", "{{severity}} {{rule}}"),
      one("Rounds", "ops", "sum by (agent) (rate(nexus_decisions_total[5m]))", "{{agent}}"),
      one("Proposals", "ops", "sum by (agent, path) (rate(nexus_proposals_total[5m]))", "{{agent}} {{path}}"),
      one("Foreseen pools, as mined", "ops", "sum by (outcome) (rate(nexus_foreseen_pools_total[5m]))", "{{outcome}}"),
      one("Votes and refusals", "ops", "sum by (answer) (rate(nexus_answers_total[5m]))", "{{answer}}"),
      {
        title: "Time of a decision",
        unit: "s",
        lines: [
          [quantile(0.5, "nexus_decision_duration_seconds"), "p50"],
          [quantile(0.99, "nexus_decision_duration_seconds"), "p99"],
        ],
      },
      {
        title: "From the block that was seen to the receipt",
        unit: "s",
        lines: [
          [quantile(0.5, "nexus_execution_latency_seconds"), "p50"],
          [quantile(0.99, "nexus_execution_latency_seconds"), "p99"],
        ],
      },
      one("Executions that took more than a second", "percentunit", "nexus:inclusion_miss:ratio1h", "of an hour"),
      one("Executions", "ops", "sum by (result) (rate(nexus_executions_total[5m]))", "{{result}}"),
      one("Transactions sent", "ops", "sum by (agent) (rate(nexus_transactions_sent_total[5m]))", "{{agent}}"),
      one("Troubles", "ops", "sum by (agent) (rate(nexus_troubles_total[5m]))", "{{agent}}"),
      one(
        "Newest block, behind the first",
        "short",
        "scalar(max(nexus_head_block)) - nexus_head_block",
        "{{instance}}",
      ),
      one("Memory", "bytes", "process_resident_memory_bytes", "{{instance}}"),
      one("Event loop, latest hundredth", "s", "nodejs_eventloop_lag_p99_seconds", "{{instance}}"),
      one("Age of the newest block", "s", "time() - nexus_head_time_seconds", "{{instance}}"),
      one("Messages about alerts", "short", "sum by (kind) (increase(nexus_alert_messages_total[1h]))", "{{kind}}"),
      one(
        "Failures of a channel since its last message",
        "short",
        "max by (channel) (nexus_alert_channel_failures)",
        "{{channel}}",
      ),
      one("Messages about alerts that wait", "short", "sum by (channel) (nexus_alert_messages_waiting)", "{{channel}}"),
    ],
  },
  {
    uid: "nexus-money",
    title: "NEXUS: money",
    panels: [
      one("Treasury, in the base token", "none", "max by (bound) (nexus_treasury_value_tokens)", "{{bound}}"),
      one("What the treasury holds", "none", "max by (token) (nexus_treasury_balance_tokens)", "{{token}}"),
      one("What is left of daily limits", "none", "min by (token) (nexus_limit_remaining_tokens)", "{{token}}"),
      one("What may still be lost today", "currencyUSD", "min(nexus_loss_limit_remaining_usd)", "left"),
      one("Charged losses in a day", "currencyUSD", "sum(increase(nexus_executed_loss_usd_total[1d]))", "lost"),
      one("Gas in a day", "none", "sum by (path) (increase(nexus_gas_paid_sei_total[1d]))", "{{path}} SEI"),
      one("Breakers", "short", "max by (scope) (nexus_breaker_level)", "{{scope}}"),
      one("Payments, claims, jobs", "ops", "sum by (step) (rate(nexus_payment_steps_total[5m]))", "{{step}}"),
    ],
  },
  {
    uid: "nexus-prices",
    title: "NEXUS: prices and readers",
    panels: [
      one("Prices", "currencyUSD", 'max by (token, bound) (nexus_price_usd{bound="middle"})', "{{token}}"),
      one("Tokens with a price", "short", "min by (token) (nexus_price_ready)", "{{token}}"),
      one("Sources that agree", "short", "min by (asset) (nexus_price_sources_agreeing)", "{{asset}}"),
      one("Confidence", "percentunit", "min by (asset) (nexus_price_confidence_ratio)", "{{asset}}"),
      one("Age of sources", "s", "max by (asset, source) (nexus_price_source_age_seconds)", "{{asset}} {{source}}"),
      one("Volatility index", "percentunit", 'max by (asset) (nexus_volatility_ratio{kind="index"})', "{{asset}}"),
      one("Volatility that scaling goes by", "none", "nexus:volatility_ratio:5m_over_24h", "5 minutes over a day"),
      one("Oracles above the market", "percentunit", "max by (asset) (nexus_price_market_gap_ratio)", "{{asset}}"),
      one(
        "Loss of a trade in a pool",
        "percentunit",
        "max by (asset, pool, side) (nexus_market_loss_ratio)",
        "{{asset}} {{pool}} {{side}}",
      ),
      one(
        "Answers that were not used",
        "ops",
        "sum by (about, fault) (rate(nexus_price_answers_refused_total[5m]))",
        "{{about}} {{fault}}",
      ),
      one("Requests", "reqps", "sum by (route) (rate(nexus_http_requests_total[1m]))", "{{route}}"),
      one("Time of a request", "s", quantile(0.99, "nexus_http_request_duration_seconds"), "p99"),
    ],
  },
];

const [WIDTH, HEIGHT, ACROSS] = [12, 8, 2];
const SOURCE = { type: "prometheus", uid: "${source}" };

const panelOf = ({ title, unit, lines }: Panel, at: number) => ({
  id: at + 1,
  type: "timeseries",
  title,
  datasource: SOURCE,
  gridPos: { h: HEIGHT, w: WIDTH, x: (at % ACROSS) * WIDTH, y: Math.floor(at / ACROSS) * HEIGHT },
  fieldConfig: { defaults: { unit, custom: { showPoints: "never", spanNulls: false } }, overrides: [] },
  options: { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi", sort: "desc" } },
  targets: lines.map(([expr, legendFormat], index) => ({
    refId: String.fromCodePoint(65 + index),
    datasource: SOURCE,
    expr,
    legendFormat,
  })),
});

/** A dashboard as Grafana takes it. Where Prometheus is, its reader chooses. */
export const dashboardOf = ({ uid, title, panels }: Board) => ({
  uid,
  title,
  tags: ["nexus"],
  schemaVersion: 39,
  version: 1,
  editable: false,
  refresh: "15s",
  time: { from: "now-6h", to: "now" },
  timezone: "utc",
  templating: { list: [{ name: "source", type: "datasource", query: "prometheus", label: "Prometheus" }] },
  panels: panels.map(panelOf),
});
