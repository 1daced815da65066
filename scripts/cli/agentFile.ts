import { readFile, writeFile } from "node:fs/promises";
import { ZeroHash } from "ethers";
import type { AgentProfile } from "../deploy/agents.ts";
import {
  RegistrationFileError,
  keysOf,
  parseRegistrationFile,
  registrationFileOf,
  uriDigestOf,
} from "../lib/registrationFile.ts";
import { SIGNER_KEY } from "./agentContext.ts";
import { type Values, UsageError, needed, required } from "../lib/command.ts";

const listIn = (values: Values, name: string): readonly string[] =>
  (values.get(name) ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

const describe = (values: Values, voteSigner: string): string => {
  const services = listIn(values, "services").map((entry) => {
    const [name = "", ...endpoint] = entry.split("=");
    return { name, endpoint: endpoint.join("=") };
  });
  return registrationFileOf({
    name: required(values, "name"),
    description: required(values, "description"),
    image: values.get("image"),
    services,
    x402Support: values.has("x402"),
    capabilities: listIn(values, "capabilities"),
    keys: { voteSigner, messageKey: required(values, "message-key"), boxKey: required(values, "box-key") },
  });
};

/** The registration file: read and checked, or made of the options and written. @throws UsageError for a faulty one */
export const profileFrom = async (values: Values, voteSigner: string): Promise<AgentProfile> => {
  const path = required(values, "file");
  try {
    const content = values.has("name") ? describe(values, voteSigner) : await readFile(path, "utf8");
    const keys = keysOf(parseRegistrationFile(content));
    if (keys.voteSigner.toLowerCase() !== voteSigner.toLowerCase()) {
      throw new UsageError(`${path} names the vote signer ${keys.voteSigner}, ${SIGNER_KEY} is ${voteSigner}`);
    }
    if (values.has("name")) await writeFile(path, content, { flag: "wx" });
    return { uriDigest: uriDigestOf(content), messageKey: keys.messageKey, boxKey: keys.boxKey };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof RegistrationFileError) throw new UsageError(`${path}: ${error.message}`, { cause: error });
    throw new UsageError(`cannot use ${path}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
};

/** Options that say what stands in the registration file. */
export const FILE_OPTIONS = {
  file: needed({ value: "FILE", about: "the registration file; written when --name is given, else read" }),
  name: { value: "TEXT", about: "the agent's name" },
  description: { value: "TEXT", about: "what it does; with --name" },
  image: { value: "URI", about: "a picture of it; a coloured square unless given" },
  services: { value: "LIST", about: "name=endpoint, separated by commas" },
  x402: { about: "say that it takes payments by x402" },
  capabilities: { value: "LIST", about: "what others may ask of it, separated by commas" },
  "message-key": { value: "HEX", about: "Ed25519 public key of its messages; with --name" },
  "box-key": { value: "HEX", about: "X25519 public key to seal messages for; with --name" },
} as const;

/** The profile that the options name; the registration file's when there is one. */
export const profileIn = async (values: Values): Promise<AgentProfile> => {
  const path = values.get("file");
  if (path === undefined)
    return { uriDigest: ZeroHash, messageKey: required(values, "message-key"), boxKey: required(values, "box-key") };
  return profileFrom(values, keysOf(parseRegistrationFile(await readFile(path, "utf8"))).voteSigner);
};
