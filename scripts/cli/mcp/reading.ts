import { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import type { Asked, GatewayClient } from "../../../keepers/client/client.ts";
import { UNTRUSTED, answerOf, refusalOf } from "./harmless.ts";

/** What is read by one tool each: its name, the route of the gateway, and what an assistant is told that it is. */
const DOCUMENTS = [
  ["overview", "overview", "What the treasury is worth, what waits for somebody, agents and prices, on one page"],
  [
    "portfolio",
    "portfolio",
    "What the treasury holds, its limits, and the worst that a corrupt quorum could take in a day",
  ],
  ["agents", "agents", "Each agent: when it was last heard, what it did, and why it did nothing"],
  ["oracles", "prices", "Each price with its band and its sources"],
  [
    "markets",
    "markets",
    "Sources of prices, pools and volatility as the price-feed monitor sees them: what the market says beside the oracles",
  ],
  ["analytics", "analytics", "What the treasury earned, by agent, strategy, venue and cause, beside its benchmarks"],
  ["opportunities", "opportunities", "What the fleet found, took and left"],
  ["payments", "payments", "Ledger, channels and jobs"],
  ["alerts", "alerts", "What is wrong, since when, who has it and what to do"],
  ["system", "system", "The gateway's process and the chain that it reads"],
] as const;

const READ_ONLY = { readOnlyHint: true, openWorldHint: false } as const;
const MAX_PROPOSALS = 50;

const told = (asked: Asked<unknown>) => {
  if (asked.kind === "answered") return answerOf(asked.document);
  const why = asked.kind === "unreachable" ? asked.why : (asked.problem?.detail ?? `it answers ${asked.status}`);
  return refusalOf(`The gateway does not tell: ${why}`);
};

/**
 * The server by which an assistant reads a deployment. It asks a gateway for what every member sees there, and has no tool that
 * writes, signs or sends. [NX-MCP-01]
 */
export const createReadingServer = (client: GatewayClient, version: string): McpServer => {
  const server = new McpServer(
    { name: "nexus", version },
    { instructions: `Reads a deployment of NEXUS. ${UNTRUSTED}` },
  );
  for (const [name, route, description] of DOCUMENTS) {
    const tool = {
      description: `${description}. ${UNTRUSTED}`,
      inputSchema: z.strictObject({}),
      annotations: READ_ONLY,
    };
    server.registerTool(name, tool, async () => told(await client.document(route)));
  }
  const list = {
    description: `Proposals of agents and of the DAO, newest first, each with its state and its votes. ${UNTRUSTED}`,
    inputSchema: z.strictObject({
      limit: z.int().min(1).max(MAX_PROPOSALS).default(10),
      path: z.enum(["fast", "slow", "dao"]).optional(),
    }),
    annotations: READ_ONLY,
  };
  server.registerTool("proposals", list, async ({ limit, path }) =>
    told(await client.proposals({ limit, ...(path === undefined ? {} : { path }) })),
  );
  const one = {
    description: `One proposal explained: what its calls do in words, what is guaranteed, its dangers, its class and why, who voted and why not. ${UNTRUSTED}`,
    inputSchema: z.strictObject({ id: z.string().regex(/^0x[0-9a-fA-F]{1,64}$/) }),
    annotations: READ_ONLY,
  };
  server.registerTool("explain_proposal", one, async ({ id }) => told(await client.proposal(id)));
  return server;
};
