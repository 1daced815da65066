/* The shapes of what the gateway answers; only their types are used here, so that no schema is shipped to the browser. */
export type {
  AgentDocument,
  AgentsDocument,
  OpportunitiesDocument,
  TradingDocument,
} from "../../../keepers/gateway/schema/fleet.ts";
export type { AlertDocument, AlertsDocument } from "../../../keepers/gateway/schema/alerts.ts";
export type {
  AnalyticsDocument,
  ComparedDocument,
  ResultSumDocument,
  StrategyDocument,
} from "../../../keepers/gateway/schema/analytics.ts";
export type { Amount, AsOf, Problem, ReasonDocument } from "../../../keepers/gateway/schema/common.ts";
export type { MarketDocument, MarketsDocument, VolatilityDocument } from "../../../keepers/gateway/schema/markets.ts";
export type { HoldingDocument, PriceDocument, WorstCaseDocument } from "../../../keepers/gateway/schema/money.ts";
export type { ProposalDocument, ProposalSummary, VoteDocument } from "../../../keepers/gateway/schema/proposals.ts";
export type { HolderDocument } from "../../../keepers/gateway/schema/holders.ts";
export type { MetaDocument, OverviewDocument, ValuePoint } from "../../../keepers/gateway/schema/whole.ts";
export type { Documents } from "../../../keepers/gateway/schema/routes.ts";
