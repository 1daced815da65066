import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { writeFile } from "node:fs/promises";
import process from "node:process";
import { z } from "zod";
import { addressOf } from "../../../deployments/lookup.ts";
import { type FleetStatus, askStatus, handIn } from "../../../keepers/adapters/orchestrator/control.ts";
import type { MessageSigner } from "../../../keepers/core/envelope/primitives.ts";
import { hex } from "../../../keepers/core/hex.ts";
import { address } from "../../../keepers/core/units.ts";
import { type Verb, writeCommand } from "../../../keepers/orchestrator/command.ts";
import { controlPathOf } from "../../../keepers/wiring/fleetControl.ts";
import { type Command, type Options, type Values, UsageError, needed, required } from "../../lib/command.ts";
import { say, sayJson } from "../../lib/output.ts";
import { EXIT } from "../../lib/program.ts";
import { CHAIN_OPTIONS, JSON_OPTION, bookIn } from "../endpoint.ts";

/** The secret half of the key that signs commands. */
export const COMMAND_KEY = "NEXUS_COMMAND_KEY";
const PRIVATE = 0o600;
const DEFAULT_DATA = ".nexus";
/** What stands before a raw Ed25519 key in the encoding that Node reads (RFC 8410). */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

const jwk = z.object({ d: z.string(), x: z.string() });
const toHex = (base64url: string): string => `0x${Buffer.from(base64url, "base64url").toString("hex")}`;

/** @throws UsageError when the environment has no such key */
const signerIn = (): MessageSigner => {
  const text = process.env[COMMAND_KEY];
  if (text === undefined || !/^0x[0-9a-fA-F]{64}$/.test(text)) {
    throw new UsageError(`the key that signs commands must be in ${COMMAND_KEY}: make one with nexus orchestrator key`);
  }
  const der = Buffer.concat([PKCS8, Buffer.from(text.slice(2), "hex")]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const { x } = z.object({ x: z.string() }).parse(createPublicKey(key).export({ format: "jwk" }));
  return { messageKey: hex(toHex(x)), sign: (bytes) => sign(null, bytes, key) };
};

const WHERE: Options = {
  data: { value: "FOLDER", about: `the fleet's data folder (NEXUS_DATA_DIR; else ${DEFAULT_DATA})` },
};

const pathIn = (values: Values): string =>
  controlPathOf(values.get("data") ?? process.env["NEXUS_DATA_DIR"] ?? DEFAULT_DATA);

/** The process that runs an agent. @throws UsageError naming those that there are */
const accountOf = ({ processes }: FleetStatus, agent: string): string => {
  const found = processes.find(({ agents }) => agents.includes(agent));
  if (found !== undefined) return found.account;
  const known = processes.flatMap(({ agents }) => agents).join(", ");
  throw new UsageError(`the fleet has no agent ${agent}; it has ${known}`);
};

const tell = async (values: Values, verb: Verb): Promise<number> => {
  const [agent, signer, path] = [required(values, "agent"), signerIn(), pathIn(values)];
  const book = await bookIn(values);
  const realm = { chainId: BigInt(book.chainId), registry: address(addressOf(book, "AgentRegistry")) };
  const account = address(accountOf(await askStatus(path), agent));
  const sentAtMs = Date.now();
  const refused = await handIn(
    path,
    writeCommand(realm, signer, { verb, account, sequence: BigInt(sentAtMs), sentAtMs }),
  );
  if (values.has("json")) sayJson({ agent, account, verb, refused: refused ?? null });
  else say(refused === undefined ? `${verb} ${agent}: accepted` : `${verb} ${agent}: refused, ${refused}`);
  return refused === undefined ? EXIT.done : EXIT.refused;
};

const teller = (verb: Verb, about: string): Command => ({
  about,
  example: "--agent risk-1",
  options: {
    agent: needed({ value: "NAME", about: "an agent of the process; all agents of its key share the process" }),
    ...WHERE,
    ...CHAIN_OPTIONS,
    json: JSON_OPTION,
  },
  run: (values) => tell(values, verb),
});

export const pause = teller(
  "pause",
  "stop an agent's process until it is resumed, also over restarts of the orchestrator",
);
export const resume = teller("resume", "let a paused process run again");
export const restart = teller("restart", "end an agent's process and start it again");
export const terminate = teller("terminate", "stop an agent's process for ever; on chain nothing changes");

const shownMs = (ms: number | undefined): string => (ms === undefined ? "–" : `${ms.toFixed(0)} ms`);

const runStatus = async (values: Values): Promise<number> => {
  const status = await askStatus(pathIn(values));
  if (values.has("json")) {
    sayJson(status);
    return EXIT.done;
  }
  say(status.token === 0 ? "this orchestrator does not lead" : `this orchestrator leads, with token ${status.token}`);
  for (const one of status.processes) {
    const place = one.pid ?? one.pod;
    const runs = place === undefined ? "does not run" : `runs as ${place}`;
    const counts = `${one.starts} starts, ${one.crashes} unasked ends, ${one.votes} votes, p99 ${shownMs(one.voteP99Ms)}`;
    say(`${one.agents.join(" with ").padEnd(24)} ${one.state}, ${runs}; ${counts}`);
  }
  const isWell = status.processes.every(
    ({ state, pid, pod }) => (state === "running") === ((pid ?? pod) !== undefined),
  );
  return isWell || status.token === 0 ? EXIT.done : EXIT.wrong;
};

export const status: Command = {
  about: "which processes run, how often they ended, and how fast they vote; exit code 1 where one is missing",
  example: "--json",
  options: { ...WHERE, json: JSON_OPTION },
  run: runStatus,
};

const runKey = async (values: Values): Promise<number> => {
  const out = required(values, "out");
  const { d, x } = jwk.parse(generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }));
  const lines = [`export ${COMMAND_KEY}=${toHex(d)}`, `export NEXUS_ORCHESTRATOR_OPERATOR_KEY=${toHex(x)}`];
  await writeFile(out, `${lines.join("\n")}\n`, { flag: "wx", mode: PRIVATE }).catch((cause: unknown) => {
    throw new UsageError(`${out} cannot be written: name a new file, since keys are never overwritten`, { cause });
  });
  if (values.has("json")) sayJson({ operatorKey: toHex(x), file: out });
  else say(`operator key ${toHex(x)}; both halves are in ${out}, for you alone`);
  return EXIT.done;
};

export const key: Command = {
  about: "make the key that signs commands to a fleet, in a file that only you can read; prints its public half",
  example: "--out .nexus/command.env",
  options: { out: needed({ value: "FILE", about: "where both halves go, as lines for a shell" }), json: JSON_OPTION },
  run: runKey,
};
