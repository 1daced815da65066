import { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { reasonOf } from "../../../keepers/adapters/readers/reason.ts";
import { type Draft, draftKeeper, draftSchema, listDrafts } from "./drafts.ts";
import { UNTRUSTED, answerOf, refusalOf } from "./harmless.ts";

const NEXT =
  "It is a draft: no agent signs it. An operator reads it and approves it by its digest at a terminal (nexus mcp approve), and proposes it then.";

const draft = async (keep: ReturnType<typeof draftKeeper>, input: Draft) => {
  try {
    return answerOf({ digest: await keep(input), next: NEXT });
  } catch (error) {
    return refusalOf(reasonOf(error));
  }
};

/**
 * The server by which an assistant drafts proposals into a folder. It reads nothing of a deployment, and has no tool that approves,
 * signs or sends: a draft is a file that no command which signs takes. [NX-MCP-02]
 */
export const createDraftingServer = (folder: string, version: string): McpServer => {
  const keep = draftKeeper(folder);
  const server = new McpServer(
    { name: "nexus-drafts", version },
    { instructions: `Drafts proposals. ${NEXT} ${UNTRUSTED}` },
  );
  const tool = {
    description: `Drafts a proposal in the form of nexus proposal create, and says why. ${NEXT}`,
    inputSchema: draftSchema,
    annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
  };
  server.registerTool("draft_proposal", tool, (input) => draft(keep, input));
  const list = { description: `The digests of the drafts that wait. ${NEXT}`, inputSchema: z.strictObject({}) };
  server.registerTool("list_drafts", list, async () => answerOf({ drafts: await listDrafts(folder) }));
  return server;
};
