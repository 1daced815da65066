import process from "node:process";
import type { McpServer } from "@modelcontextprotocol/server";
import { gatewayClient } from "../../../keepers/client/client.ts";
import {
  type Command,
  type Commands,
  type Values,
  UsageError,
  needed,
  required,
  requiredArgument,
} from "../../lib/command.ts";
import { type Person, personHere, say, sayJson, untilStopped } from "../../lib/output.ts";
import { EXIT, version } from "../../lib/program.ts";
import { JSON_OPTION } from "../endpoint.ts";
import { draftLines, listDrafts, readDraft, writeApproved } from "./drafts.ts";

const DEFAULT_GATEWAY = "http://127.0.0.1:8600";
/** A key on the command line would stay in the shell's history. */
const KEY = "NEXUS_GATEWAY_KEY";
const DIGEST = "DIGEST";
const DRAFTS = { drafts: needed({ value: "FOLDER", about: "where drafts are kept" }) };
/** So many digits are typed to approve a draft. */
const TYPED_DIGITS = 8;

/** Serves by standard input and output until the assistant's program lets go of them, or a signal comes. */
const serve = async (server: McpServer): Promise<number> => {
  const { StdioServerTransport } = await import("@modelcontextprotocol/server/stdio");
  const signal = untilStopped();
  const ended = new Promise<void>((resolve) => {
    process.stdin.once("end", resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await server.connect(new StdioServerTransport());
  await ended;
  await server.close();
  return EXIT.done;
};

const mcp: Command = {
  about: "let an assistant read a deployment (Model Context Protocol on standard input and output); changes nothing",
  example: "--gateway http://127.0.0.1:8600",
  options: {
    gateway: {
      value: "URL",
      about: `the gateway that is asked (${DEFAULT_GATEWAY}); its key in ${KEY}, if it wants one`,
    },
  },
  run: async (values) => {
    const [url, key] = [values.get("gateway") ?? DEFAULT_GATEWAY, process.env[KEY]];
    if (!URL.canParse(url)) throw new UsageError(`--gateway must be an address like ${DEFAULT_GATEWAY}`);
    const { createReadingServer } = await import("./reading.ts");
    return serve(createReadingServer(gatewayClient({ url, ...(key === undefined ? {} : { key }) }), version()));
  },
};

const draft: Command = {
  about: "let an assistant draft proposals into a folder; no agent signs a draft, and an operator approves it first",
  example: "--drafts drafts",
  options: DRAFTS,
  run: async (values) => {
    const { createDraftingServer } = await import("./drafting.ts");
    return serve(createDraftingServer(required(values, "drafts"), version()));
  },
};

const drafts: Command = {
  about: "the drafts in a folder by their digests; reads only",
  example: "--drafts drafts",
  options: { ...DRAFTS, json: JSON_OPTION },
  run: async (values) => {
    const found = await listDrafts(required(values, "drafts"));
    if (values.has("json")) sayJson({ drafts: found });
    else found.forEach(say);
    return EXIT.done;
  },
};

const approve = async (values: Values, person: Person): Promise<number> => {
  const [folder, digest, out] = [required(values, "drafts"), requiredArgument(values, DIGEST), required(values, "out")];
  const found = await readDraft(folder, digest);
  if (!person.isThere) throw new UsageError("a draft is approved by a person at a terminal: this is none");
  draftLines(digest, found).forEach(say);
  const typed = await person.ask(`to approve it, type the first ${TYPED_DIGITS} digits of its digest: `);
  if (typed.trim() !== digest.slice(0, TYPED_DIGITS)) {
    say("these are not its digits: nothing is approved");
    return EXIT.refused;
  }
  await writeApproved(out, found);
  say(`${out} is the proposal now: nexus proposal create ${out} --as AGENT`);
  return EXIT.done;
};

/**
 * Shows a draft to a person, who types the first digits of its digest, and writes the proposal that it holds. What has no person
 * before it approves nothing. [NX-MCP-02]
 */
export const approvalBy = (person: () => Person): Command => ({
  about: "read a draft at a terminal and approve it by its digest: the proposal is written for nexus proposal create",
  takes: DIGEST,
  example: `${"ab".repeat(32)} --drafts drafts --out proposal.json`,
  options: { ...DRAFTS, out: needed({ value: "FILE", about: "where the proposal is written; it must not exist" }) },
  run: (values) => approve(values, person()),
});

/** `nexus mcp …`: what an assistant may read, what it may draft, and how a person approves that. */
export const MCP_COMMANDS: Commands = {
  mcp,
  "mcp draft": draft,
  "mcp drafts": drafts,
  "mcp approve": approvalBy(personHere),
};
