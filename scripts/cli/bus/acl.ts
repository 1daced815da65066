import { createHash, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import type { BusPlace } from "../../../keepers/core/envelope/places.ts";
import { SERVER_SETTINGS, aclLine, permissionsOf } from "../../../keepers/core/envelope/permissions.ts";
import { AgentRegistry__factory } from "../../../types/index.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { type Command, type Values, UsageError, needed, required } from "../../lib/command.ts";
import { CHAIN_OPTIONS, JSON_OPTION, bookIn, checkChain, openProvider, rpcIn } from "../endpoint.ts";
import { say, sayJson, sayLines } from "../../lib/output.ts";
import { PLACE_OPTIONS, placeIn } from "./server.ts";

const PRIVATE = 0o600;
const PASSWORD_BYTES = 24;
const ACTIVE = 1n;

/** A user of the server and the agents whose streams it may write. */
export type BusUser = { readonly user: string; readonly agents: readonly bigint[] };

/** One user for each owner, or for each agent. Names say whose they are and are the same each time. */
export const usersOf = (
  members: readonly { readonly agentId: bigint; readonly owner: string }[],
  isEachAgent: boolean,
): readonly BusUser[] => {
  const users = new Map<string, bigint[]>();
  for (const { agentId, owner } of members) {
    const user = isEachAgent ? `agent-${agentId}` : `operator-${owner.toLowerCase()}`;
    users.set(user, [...(users.get(user) ?? []), agentId]);
  }
  return [...users].map(([user, agents]) => ({ user, agents }));
};

/** The file's lines and each user's password: the owner may do all, members their own, and nobody else anything. */
export const aclFile = (
  place: BusPlace,
  users: readonly BusUser[],
  password: () => string,
): { readonly lines: readonly string[]; readonly passwords: ReadonlyMap<string, string> } => {
  const passwords = new Map([["owner", password()], ...users.map(({ user }) => [user, password()] as const)]);
  const hashOf = (user: string): string =>
    createHash("sha256")
      .update(passwords.get(user) ?? "")
      .digest("hex");
  return {
    lines: [
      "user default off",
      `user owner on #${hashOf("owner")} ~* &* +@all`,
      ...users.map(({ user, agents }) => aclLine(user, hashOf(user), permissionsOf(place, agents))),
    ],
    passwords,
  };
};

const activeMembers = async (values: Values) => {
  const [url, book] = [rpcIn(values), await bookIn(values)];
  const provider = await openProvider(url, { chainId: book.chainId });
  try {
    await checkChain(provider, book, url);
    const registry = AgentRegistry__factory.connect(addressOf(book, "AgentRegistry"), provider);
    const ids = Array.from({ length: Number(await registry.agentCount()) }, (_, i) => BigInt(i + 1));
    const agents = await Promise.all(ids.map(async (agentId) => ({ agentId, agent: await registry.agentOf(agentId) })));
    return agents
      .filter(({ agent }) => agent.status === ACTIVE)
      .map(({ agentId, agent }) => ({ agentId, owner: agent.owner }));
  } finally {
    provider.destroy();
  }
};

const writeNew = async (path: string, lines: readonly string[]): Promise<void> => {
  await writeFile(path, lines.map((line) => `${line}\n`).join(""), { flag: "wx", mode: PRIVATE }).catch(
    (cause: unknown) => {
      const exists = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
      throw new UsageError(exists ? `${path} exists; name a new file` : `${path} cannot be written`, { cause });
    },
  );
};

const isEachAgentIn = (values: Values): boolean => {
  const each = values.get("each") ?? "operator";
  if (each === "agent" || each === "operator") return each === "agent";
  throw new UsageError(`--each must be operator or agent, got “${each}”`);
};

const run = async (values: Values): Promise<number> => {
  const [out, secrets] = [required(values, "out"), required(values, "secrets")];
  const users = usersOf(await activeMembers(values), isEachAgentIn(values));
  const { lines, passwords } = aclFile(await placeIn(values), users, () => randomBytes(PASSWORD_BYTES).toString("hex"));
  await writeNew(out, lines);
  await writeNew(
    secrets,
    [...passwords].map(([user, password]) => `${user} ${password}`),
  );
  const shown = users.map(({ user, agents }) => ({ user, agents: agents.map(String) }));
  if (values.has("json")) sayJson({ file: out, secrets, users: shown, settings: SERVER_SETTINGS });
  else {
    for (const { user, agents } of shown) say(`${user}: agents ${agents.join(", ")}`);
    sayLines([
      `written: ${out}, for the server's aclfile; ${secrets}, with each user's password, for you alone`,
      "Set beside it in the server's configuration, see docs/threats.md:",
      ...SERVER_SETTINGS.map((line) => `  ${line}`),
    ]);
  }
  return 0;
};

/** Writes who may do what on a shared server, by the registry's active members. */
export const acl: Command = {
  about: "write the file that holds each member of a shared Redis to its own agents' streams",
  example: "--out users.acl --secrets passwords.txt --rpc https://evm-rpc.sei-apis.com --book deployments/1329.json",
  options: {
    ...CHAIN_OPTIONS,
    ...PLACE_OPTIONS,
    out: needed({ value: "FILE", about: "a new file for the server's setting aclfile" }),
    secrets: needed({ value: "FILE", about: "a new file with each user's password" }),
    each: { value: "WHAT", about: "a user for each operator (the default) or for each agent" },
    json: JSON_OPTION,
  },
  run,
};
