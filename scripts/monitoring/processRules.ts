import type { Severity } from "../../keepers/core/alerts.ts";

/** FigureSeries over time in promtool's words, from minute zero, one value a minute. */
export type FigureSeries = Readonly<Record<string, string>>;

/** What only a collector sees: a process that is gone cannot say so itself. */
export type ProcessRule = {
  readonly id: string;
  readonly severity: Severity;
  readonly cause: string;
  readonly title: string;
  /** When it stands, for the runbook. */
  readonly when: string;
  /** What to do first. */
  readonly next: string;
  readonly expr: string;
  /** How long it must hold, as Prometheus writes it. */
  readonly for: string;
  readonly firing: FigureSeries;
  readonly silent: FigureSeries;
  /** The minute at which both are looked at. */
  readonly atMinute: number;
};

const JOB = 'job="nexus/nexus-agents", instance="a"';
/** Of each minute's hundred executions so many were late. */
const inclusion = (late: number): FigureSeries => ({
  'nexus_execution_latency_seconds_bucket{le="1", instance="a"}': `0+${100 - late}x400`,
  'nexus_execution_latency_seconds_count{instance="a"}': "0+100x400",
});
/** Rate of executions that took more than a second, over a window. */
const missed = (window: string): string => `nexus:inclusion_miss:ratio${window}`;
const MEBIBYTE = 1_048_576;

export const PROCESS_RULES: readonly ProcessRule[] = [
  {
    id: "process-gone",
    severity: "page",
    cause: "processes",
    title: "A process does not answer",
    when: "Prometheus has had no figures of a process for half a minute.",
    next: "Look at the pod's last lines and at why it ended; the cluster starts it again. A sender's journal has what was on its way.",
    expr: 'up{job=~"nexus.*"} == 0',
    for: "30s",
    firing: { [`up{${JOB}}`]: "1 1 0 0 0" },
    silent: { [`up{${JOB}}`]: "1 1 1 1 1", 'up{job="other", instance="b"}': "0 0 0 0 0" },
    atMinute: 4,
  },
  {
    id: "fleet-unseen",
    severity: "page",
    cause: "processes",
    title: "No process of the fleet is seen at all",
    when: "Not one process has given figures for a minute: all are gone, or Prometheus asks nobody.",
    next: "See whether pods run, and whether the policy of the network lets Prometheus in.",
    expr: "absent(nexus_build_info)",
    for: "1m",
    firing: { 'other{instance="a"}': "1 1 1 1" },
    silent: { 'nexus_build_info{version="1", instance="a"}': "1 1 1 1" },
    atMinute: 3,
  },
  {
    id: "process-restarts",
    severity: "warn",
    cause: "processes",
    title: "A process begins again and again",
    when: "A process began more than three times within a quarter of an hour.",
    next: "Read why it ended: nexus doctor with its configuration says what is wrong with it.",
    expr: 'changes(process_start_time_seconds{job=~"nexus.*"}[15m]) > 3',
    for: "0s",
    firing: { [`process_start_time_seconds{${JOB}}`]: "1 1 2 3 4 5 5 5" },
    silent: { [`process_start_time_seconds{${JOB}}`]: "1 1 2 2 3 3 4 4" },
    atMinute: 7,
  },
  {
    id: "event-loop-late",
    severity: "warn",
    cause: "processes",
    title: "A process is slow to turn to what waits",
    when: "One hundredth of the turns of a process's event loop are late by half a second, for two minutes.",
    next: "Give it more of the processor, or fewer pools. The agents of one process share one loop.",
    expr: 'nodejs_eventloop_lag_p99_seconds{job=~"nexus.*"} > 0.5',
    for: "2m",
    firing: { [`nodejs_eventloop_lag_p99_seconds{${JOB}}`]: "0.6 0.6 0.6 0.6" },
    silent: { [`nodejs_eventloop_lag_p99_seconds{${JOB}}`]: "0.6 0.1 0.6 0.1" },
    atMinute: 3,
  },
  {
    id: "memory-near-limit",
    severity: "warn",
    cause: "processes",
    title: "A process is close to the end of its memory",
    when: "An agent's process has held more than 85 % of the 512 MiB that its pod may have for five minutes.",
    next: "Restart it while nothing is on its way. If it grows again, report it; a higher limit buys time.",
    expr: `process_resident_memory_bytes{job=~".*nexus-agents"} > ${0.85 * 512 * MEBIBYTE}`,
    for: "5m",
    firing: { [`process_resident_memory_bytes{${JOB}}`]: "500000000x8" },
    silent: { [`process_resident_memory_bytes{${JOB}}`]: "200000000x5 500000000 500000000" },
    atMinute: 7,
  },
  {
    id: "head-behind",
    severity: "warn",
    cause: "chain",
    title: "A process sees an older chain than the others",
    when: "A process has been more than 25 blocks behind the newest block that any process read for a minute.",
    next: "Its endpoint lags: name another one first in its rpcUrl.",
    expr: "scalar(max(nexus_head_block)) - nexus_head_block > 25",
    for: "1m",
    firing: { 'nexus_head_block{instance="a"}': "100+100x4", 'nexus_head_block{instance="b"}': "50x4" },
    silent: { 'nexus_head_block{instance="a"}': "100+100x4", 'nexus_head_block{instance="b"}': "90+100x4" },
    atMinute: 4,
  },
  {
    id: "gateway-failing",
    severity: "warn",
    cause: "gateway",
    title: "The gateway fails to answer",
    when: "More than a twentieth of the gateway's answers are errors of its own, for two minutes.",
    next: "Its log has the reason of each; mostly the chain does not answer: nexus doctor.",
    expr: 'sum(rate(nexus_http_requests_total{status=~"5.."}[5m])) / sum(rate(nexus_http_requests_total[5m])) > 0.05',
    for: "2m",
    firing: {
      'nexus_http_requests_total{status="200"}': "0+80x10",
      'nexus_http_requests_total{status="503"}': "0+20x10",
    },
    silent: {
      'nexus_http_requests_total{status="200"}': "0+99x10",
      'nexus_http_requests_total{status="503"}': "0+1x10",
    },
    atMinute: 9,
  },
  {
    id: "gateway-slow",
    severity: "warn",
    cause: "gateway",
    title: "The gateway is slow",
    when: "One hundredth of the gateway's answers take more than a second, for five minutes.",
    next: "See which route on the dashboard; it is scaled by requests, so look whether the scaling is at its end.",
    expr: "histogram_quantile(0.99, sum by (le) (rate(nexus_http_request_duration_seconds_bucket[5m]))) > 1",
    for: "5m",
    firing: {
      'nexus_http_request_duration_seconds_bucket{le="1"}': "0+90x20",
      'nexus_http_request_duration_seconds_bucket{le="2.5"}': "0+100x20",
      'nexus_http_request_duration_seconds_bucket{le="+Inf"}': "0+100x20",
    },
    silent: {
      'nexus_http_request_duration_seconds_bucket{le="1"}': "0+100x20",
      'nexus_http_request_duration_seconds_bucket{le="2.5"}': "0+100x20",
      'nexus_http_request_duration_seconds_bucket{le="+Inf"}': "0+100x20",
    },
    atMinute: 19,
  },
  {
    id: "inclusion-burning",
    severity: "page",
    cause: "inclusion",
    title: "Executions are included too late, and the month's share of it is gone in two days",
    when: "99 % of executions should take at most a second; 14.4 times as many as that allows were late, over five minutes and over an hour.",
    next: "See whether the chain is full or an endpoint slow: the latency of each is on the dashboard. Raise the price of gas by its setting.",
    expr: `${missed("5m")} > 0.144 and ${missed("1h")} > 0.144`,
    for: "0s",
    firing: inclusion(20),
    silent: inclusion(14),
    atMinute: 90,
  },
  {
    id: "inclusion-worse",
    severity: "warn",
    cause: "inclusion",
    title: "Executions are included too late, and the month's share of it is gone in five days",
    when: "Six times as many executions as the objective allows were late, over half an hour and over six hours.",
    next: "As above, today: nothing is lost by it but opportunities.",
    expr: `${missed("30m")} > 0.06 and ${missed("6h")} > 0.06`,
    for: "0s",
    firing: inclusion(10),
    silent: inclusion(5),
    atMinute: 390,
  },
];

/** What is computed once for all who ask: what scaling goes by, and the parts of executions that were late. */
export const RECORDING_RULES: readonly { readonly record: string; readonly expr: string }[] = [
  {
    record: "nexus:volatility_ratio:5m_over_24h",
    expr: 'max(avg_over_time(nexus_volatility_ratio{kind="index", asset!="book"}[5m]) / avg_over_time(nexus_volatility_ratio{kind="index", asset!="book"}[24h]))',
  },
  { record: "nexus:http_requests:rate1m", expr: "sum(rate(nexus_http_requests_total[1m]))" },
  ...["5m", "30m", "1h", "6h"].map((window) => ({
    record: missed(window),
    expr: `1 - sum(rate(nexus_execution_latency_seconds_bucket{le="1"}[${window}])) / sum(rate(nexus_execution_latency_seconds_count[${window}]))`,
  })),
];
