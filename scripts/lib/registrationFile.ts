import { sha256, toUtf8Bytes } from "ethers";
import { z } from "zod";

/** What says of a file that it is one of ERC-8004. */
const TYPE = "https://eips.ethereum.org/EIPS/eip-8004#registration-v1";
const MAX_BYTES = 65_536;

const text = z.string().min(1).max(2_000);
const key = z.string().regex(/^0x[0-9a-f]{64}$/, "must be 32 bytes in lower-case hex");
const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, "must be a 20-byte hex address");
const endpoint = z.string().regex(/^[a-z][a-z0-9+.-]*:\S+$/i, "must be a uri");

/** Fields of other tools are let through: the standard invites them. */
const schema = z.looseObject({
  type: z.literal(TYPE),
  name: text,
  description: text,
  services: z.array(z.looseObject({ name: text, endpoint })).readonly(),
  capabilities: z.array(text).readonly(),
  keys: z.strictObject({ voteSigner: address, messageKey: key, boxKey: key }).readonly(),
  registrations: z
    .array(
      z.looseObject({ agentId: z.int().positive(), agentRegistry: z.string().regex(/^eip155:\d+:0x[0-9a-fA-F]{40}$/) }),
    )
    .readonly(),
  supportedTrust: z.array(text).readonly(),
});

/** An agent's registration file: ERC-8004's, with the agent's capabilities and keys. */
export type RegistrationFile = z.infer<typeof schema>;

/** What the operator says of an agent; `agentRegistry` is its registry's address on `chainId`. */
export type AgentDescription = {
  readonly name: string;
  readonly description: string;
  readonly services: readonly { readonly name: string; readonly endpoint: string }[];
  readonly capabilities: readonly string[];
  readonly keys: RegistrationFile["keys"];
};

/** A registration file that cannot be used; `faults` has one line for each thing wrong with it. */
export class RegistrationFileError extends Error {
  override readonly name = "RegistrationFileError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `the registration file has ${faults.length} fault${faults.length === 1 ? "" : "s"}:\n  ${faults.join("\n  ")}`,
    );
    this.faults = faults;
  }
}

/**
 * Checks the text of a registration file.
 * @throws RegistrationFileError naming every fault with its path
 */
export const parseRegistrationFile = (content: string): RegistrationFile => {
  const { length } = toUtf8Bytes(content);
  if (length > MAX_BYTES) throw new RegistrationFileError([`has ${length} bytes, ${MAX_BYTES} are the most`]);
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch (cause) {
    throw new RegistrationFileError([`is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`]);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new RegistrationFileError(
    parsed.error.issues.map(({ path, message }) => `${path.map(String).join(".") || "(top)"}: ${message}`),
  );
};

/**
 * The text of an agent's registration file. It names no id: an id is given by the registration that commits to this text.
 * @throws RegistrationFileError when the description makes none
 */
export const registrationFileOf = (description: AgentDescription): string => {
  const file = { type: TYPE, ...description, registrations: [], supportedTrust: ["reputation", "crypto-economic"] };
  const content = `${JSON.stringify(file, undefined, 2)}\n`;
  parseRegistrationFile(content);
  return content;
};

/** What the registry keeps of a registration file: the sha256 of its bytes. */
export const uriDigestOf = (content: string): string => sha256(toUtf8Bytes(content));
