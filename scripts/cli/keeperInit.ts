import { writeFile } from "node:fs/promises";
import { type KeeperConfigInput, configSchema } from "../../keepers/wiring/config.ts";
import type { AddressBook } from "../../deployments/schema.ts";
import { fleetConfig } from "../sandbox/keepers.ts";
import { SIGNER_KEY, keyIn } from "./agentContext.ts";
import { type Values, UsageError, required } from "../lib/command.ts";
import { bookIn, bookPathIn, isLocal, rpcIn } from "./endpoint.ts";
import { say } from "../lib/output.ts";

/** Only the owner of the file may read it: it holds keys. */
const PRIVATE = 0o600;

type AgentInput = {
  readonly name: string;
  readonly kind: string;
  readonly key: string;
  readonly messageKey?: string | undefined;
  readonly boxKey?: string | undefined;
};

/** The sandbox's own agents, whose keys everybody knows. @throws UsageError where the book is not the sandbox's */
const fleetOf = (book: AddressBook, rpc: string): readonly AgentInput[] => {
  if (book.name !== "sandbox" || !isLocal(rpc))
    throw new UsageError("--fleet adds the sandbox's own agents, so it works with the sandbox on this machine only");
  return fleetConfig(rpc, ".nexus").agents.map(({ name, kind, key, messageKey, boxKey }) => ({
    name,
    kind,
    key: key.reveal(),
    messageKey: messageKey?.reveal(),
    boxKey: boxKey?.reveal(),
  }));
};

/** The configuration that a new operator begins with: every setting with its default. */
const sampleOf = async (values: Values): Promise<unknown> => {
  const [book, rpc, kind] = [await bookIn(values), rpcIn(values), values.get("kind") ?? "risk"];
  const mine: AgentInput = { name: "mine", kind, key: keyIn(SIGNER_KEY).privateKey };
  const agents = [mine, ...(values.has("fleet") ? fleetOf(book, rpc) : [])];
  const parsed = configSchema.safeParse({
    rpcUrl: [rpc],
    chainId: book.chainId,
    addressBook: bookPathIn(values),
    dataDir: values.get("data") ?? ".nexus/keeper",
    agents,
  });
  if (!parsed.success) throw new UsageError(parsed.error.issues.map(({ message }) => message).join("; "));
  const settings: Readonly<Partial<Record<keyof KeeperConfigInput, unknown>>> = { ...parsed.data, agents };
  return settings;
};

/** Writes a configuration for `nexus keeper`. @throws UsageError when the file exists or something is missing */
export const writeSample = async (values: Values): Promise<number> => {
  const path = required(values, "init");
  const sample = JSON.stringify(
    await sampleOf(values),
    (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value),
    2,
  );
  await writeFile(path, `${sample}\n`, { flag: "wx", mode: PRIVATE }).catch((cause: unknown) => {
    const exists = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    throw new UsageError(exists ? `${path} exists; name a new file` : String(cause), { cause });
  });
  say(`written: ${path}, for you alone since it holds keys. Next: npx nexus keeper --config ${path}`);
  return 0;
};
