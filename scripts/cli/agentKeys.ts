import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { Wallet } from "ethers";
import { z } from "zod";
import { type RegistrationFile, registrationFileOf } from "../lib/registrationFile.ts";
import { OPERATOR_KEY, SIGNER_KEY, tell } from "./agentContext.ts";
import { type Command, type Values, UsageError, needed, required } from "../lib/command.ts";
import { JSON_OPTION } from "./endpoint.ts";
import { say } from "../lib/output.ts";

/** Only the owner of the file may read it. */
const PRIVATE = 0o600;
const PUBLIC = 0o644;

const jwk = z.object({ d: z.string(), x: z.string() });
const toHex = (base64url: string): string => `0x${Buffer.from(base64url, "base64url").toString("hex")}`;

/** A key pair for messages; both halves are 32 bytes in hex. */
type MessageKey = { readonly secret: string; readonly open: string };

const hexOf = (exported: unknown): MessageKey => {
  const { d, x } = jwk.parse(exported);
  return { secret: toHex(d), open: toHex(x) };
};

const messageKey = (): MessageKey => hexOf(generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }));
const boxKey = (): MessageKey => hexOf(generateKeyPairSync("x25519").privateKey.export({ format: "jwk" }));

/** Writes a file that is not there yet. @throws UsageError when it is, or cannot be written */
const writeNew = async (path: string, content: string, mode: number): Promise<void> => {
  await writeFile(path, content, { flag: "wx", mode }).catch((cause: unknown) => {
    const exists = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    throw new UsageError(exists ? `${path} exists; name a new file, since keys are never overwritten` : String(cause), {
      cause,
    });
  });
};

const registrationOf = (values: Values, keys: NonNullable<RegistrationFile["keys"]>): string =>
  registrationFileOf({
    name: required(values, "name"),
    description: required(values, "description"),
    services: [],
    capabilities: [],
    x402Support: false,
    keys,
  });

const run = async (values: Values): Promise<number> => {
  const [out, file] = [required(values, "out"), values.get("file")];
  const [operator, signer] = [Wallet.createRandom(), Wallet.createRandom()];
  const [message, box] = [messageKey(), boxKey()];
  const open = { voteSigner: signer.address, messageKey: message.open, boxKey: box.open };
  const registration = file === undefined ? undefined : { file, content: registrationOf(values, open) };
  const secrets: readonly (readonly [string, string])[] = [
    [OPERATOR_KEY, operator.privateKey],
    [SIGNER_KEY, signer.privateKey],
    ["NEXUS_MESSAGE_KEY", message.secret],
    ["NEXUS_BOX_KEY", box.secret],
  ];
  await writeNew(out, secrets.map(([name, value]) => `export ${name}=${value}\n`).join(""), PRIVATE);
  if (registration !== undefined) await writeNew(registration.file, registration.content, PUBLIC);
  tell(values, { operator: operator.address, ...open });
  if (!values.has("json")) say(`the secrets are in ${out}, for you alone; put them into the environment by . ${out}`);
  return 0;
};

/** Makes the keys of a new agent. Private keys go into a file that only its owner can read, and nowhere else. */
export const keys: Command = {
  about: "make the keys of an operator and a new agent, in a file that only you can read; prints their public halves",
  example: "--out .nexus/agent.env",
  options: {
    out: needed({ value: "FILE", about: "where the private keys go; read it into a shell with `. FILE`" }),
    file: { value: "FILE", about: "write the registration file too, with --name and --description" },
    name: { value: "TEXT", about: "the agent's name" },
    description: { value: "TEXT", about: "what the agent does" },
    json: JSON_OPTION,
  },
  run,
};
