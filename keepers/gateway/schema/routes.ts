import { z } from "zod";
import { alertsSchema } from "./alerts.ts";
import { analyticsSchema } from "./analytics.ts";
import { agentsSchema, opportunitiesSchema } from "./fleet.ts";
import { marketsSchema } from "./markets.ts";
import { paymentsSchema, portfolioSchema, pricesSchema } from "./money.ts";
import { proposalSchema, proposalsSchema } from "./proposals.ts";
import { headSchema, metaSchema, overviewSchema, systemSchema } from "./whole.ts";

/** The most that one page of a list holds. */
export const MAX_ITEMS = 100;

export const pageQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_ITEMS).default(25),
  cursor: z.string().max(200).optional(),
  path: z.enum(["fast", "slow", "dao"]).optional(),
});
export type PageQuery = z.output<typeof pageQuerySchema>;

export const proposalParamsSchema = z.strictObject({ id: z.string().regex(/^0x[0-9a-fA-F]{1,64}$/) });

const emptySchema = z.strictObject({});

/** Every route that reads: its path, what it answers, and what may be asked. The stream's topics of state have the same names. */
export const ROUTES = {
  meta: { path: "/v1/meta", summary: "What this gateway serves", query: emptySchema, answer: metaSchema },
  head: { path: "/v1/head", summary: "What stands above every page", query: emptySchema, answer: headSchema },
  overview: { path: "/v1/overview", summary: "What matters, on one page", query: emptySchema, answer: overviewSchema },
  agents: { path: "/v1/agents", summary: "Agents and what they do", query: emptySchema, answer: agentsSchema },
  portfolio: {
    path: "/v1/portfolio",
    summary: "What the treasury holds, its limits and its worst case",
    query: emptySchema,
    answer: portfolioSchema,
  },
  opportunities: {
    path: "/v1/opportunities",
    summary: "What the fleet found, took and left",
    query: emptySchema,
    answer: opportunitiesSchema,
  },
  proposals: {
    path: "/v1/proposals",
    summary: "Proposals of agents and of the DAO, newest first",
    query: pageQuerySchema,
    answer: proposalsSchema,
  },
  prices: { path: "/v1/prices", summary: "Prices, bands and sources", query: emptySchema, answer: pricesSchema },
  analytics: {
    path: "/v1/analytics",
    summary: "What the treasury earned: by agent, strategy, venue and cause, with what is left over",
    query: emptySchema,
    answer: analyticsSchema,
  },
  payments: { path: "/v1/payments", summary: "Ledger, channels and jobs", query: emptySchema, answer: paymentsSchema },
  system: { path: "/v1/system", summary: "This process and what it reads", query: emptySchema, answer: systemSchema },
  markets: {
    path: "/v1/markets",
    summary: "Sources of prices, pools, volatility: what the price-feed monitor sees",
    query: emptySchema,
    answer: marketsSchema,
  },
  alerts: {
    path: "/v1/alerts",
    summary: "What is wrong, who has it, and whether messages go out",
    query: emptySchema,
    answer: alertsSchema,
  },
} as const;
export type RouteName = keyof typeof ROUTES;

/** One proposal by its id. */
export const PROPOSAL_ROUTE = {
  path: "/v1/proposals/:id",
  summary: "One proposal with its calls, votes and what is guaranteed",
  params: proposalParamsSchema,
  answer: proposalSchema,
} as const;

/** The error of a contract, from the data that a call reverted with. It needs no chain: errors are known by their selectors. */
export const EXPLAIN_ROUTE = {
  path: "/v1/explain",
  summary: "An error of a contract in words",
  query: z.strictObject({ revert: z.string().regex(/^0x(?:[0-9a-fA-F]{2}){4,2048}$/) }),
  answer: z.strictObject({ words: z.string() }).meta({ id: "Explanation" }),
} as const;

/** What each route answers. */
export type Documents = { readonly [Name in RouteName]: z.output<(typeof ROUTES)[Name]["answer"]> };
