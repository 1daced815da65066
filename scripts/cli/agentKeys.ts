import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { Wallet, hexlify } from "ethers";
import { OPERATOR_KEY, SIGNER_KEY } from "./agentContext.ts";
import { type Command, type Values, UsageError, needed, required } from "./command.ts";
import { say, sayJson } from "./output.ts";
import { EXIT } from "./program.ts";

/** A key pair of OKP as hex: the 32 bytes that JWK keeps of each. */
const okpPair = (curve: "ed25519" | "x25519"): { readonly secret: string; readonly open: string } => {
  const pair = curve === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("x25519");
  const { d = "", x = "" } = pair.privateKey.export({ format: "jwk" });
  return { secret: hexlify(Buffer.from(d, "base64url")), open: hexlify(Buffer.from(x, "base64url")) };
};

/** Only the owner of the file may read it. */
const PRIVATE = 0o600;

const run = async (values: Values): Promise<number> => {
  const path = required(values, "out");
  const [operator, signer] = [Wallet.createRandom(), Wallet.createRandom()];
  const [message, box] = [okpPair("ed25519"), okpPair("x25519")];
  const lines = [
    `export ${OPERATOR_KEY}=${operator.privateKey}`,
    `export ${SIGNER_KEY}=${signer.privateKey}`,
    `# Ed25519, signs the agent's messages; its public half is ${message.open}`,
    `# message key: ${message.secret}`,
    `# X25519, opens what is sealed for the agent; its public half is ${box.open}`,
    `# box key: ${box.secret}`,
  ];
  await writeFile(path, `${lines.join("\n")}\n`, { flag: "wx", mode: PRIVATE }).catch((cause: unknown) => {
    throw new UsageError(`cannot write ${path}; a file that is there is never written over`, { cause });
  });
  const told = { operator: operator.address, signer: signer.address, messageKey: message.open, boxKey: box.open };
  if (values.has("json")) sayJson({ ...told, file: path });
  else {
    for (const [name, value] of Object.entries(told)) say(`${name.padEnd(18)} ${value}`);
    say(`the secrets are in ${path}: put them into the environment by . ${path}, and keep the file to yourself`);
  }
  return EXIT.done;
};

/** Makes the keys that an agent needs. */
export const keys: Command = {
  about: "make an operator's and an agent's keys, in a file that only you can read; their public halves are printed",
  example: "--out agent.env",
  options: {
    out: needed({ value: "FILE", about: "where the secrets go, as lines for a shell; must not be there yet" }),
    json: { value: "FILE", isOptional: true, about: "the public halves in JSON, printed or into FILE" },
  },
  run,
};
