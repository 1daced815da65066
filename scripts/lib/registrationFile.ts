import { sha256, toUtf8Bytes } from "ethers";
import { z } from "zod";

/** What says of a file that it is one of ERC-8004. */
const TYPE = "https://eips.ethereum.org/EIPS/eip-8004#registration-v1";
const MAX_BYTES = 65_536;

const text = z.string().min(1);
const key = z.string().regex(/^0x[0-9a-f]{64}$/, "must be 32 bytes in lower-case hex");
const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, "must be a 20-byte hex address");
/** A uri, or whatever its name asks for: an ENS name, an e-mail address. */
const service = z.looseObject({ name: text, endpoint: text });
const keys = z.strictObject({ voteSigner: address, messageKey: key, boxKey: key }).readonly();

/**
 * What is read: the standard's file as others write it, which lacks what only we write, and may lack what is optional. Its
 * first drafts called the services endpoints. Fields of other tools are let through: the standard invites them.
 */
const schema = z.looseObject({
  type: z.literal(TYPE),
  name: text,
  description: text,
  image: z.string().optional(),
  services: z.array(service).readonly().optional(),
  endpoints: z.array(service).readonly().optional(),
  x402Support: z.boolean().optional(),
  active: z.boolean().optional(),
  registrations: z
    .array(z.looseObject({ agentId: z.int().nonnegative(), agentRegistry: text }))
    .readonly()
    .optional(),
  supportedTrust: z.array(text).readonly().optional(),
  capabilities: z.array(text).readonly().optional(),
  keys: keys.optional(),
});

/** An agent's registration file as ERC-8004 has it; ours name the agent's capabilities and keys too. */
export type RegistrationFile = z.infer<typeof schema> & {
  readonly services: readonly z.infer<typeof service>[];
  readonly capabilities: readonly string[];
};

/** The keys that a member's file names. */
export type AgentKeys = z.infer<typeof keys>;

/** What the operator says of an agent. */
export type AgentDescription = {
  readonly name: string;
  readonly description: string;
  /** A uri; a square in the colour of the vote signer's first bytes where none is given. */
  readonly image?: string | undefined;
  readonly services: readonly { readonly name: string; readonly endpoint: string }[];
  /** Whether it takes payments by x402. */
  readonly x402Support: boolean;
  readonly capabilities: readonly string[];
  readonly keys: AgentKeys;
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
 * Checks the text of a registration file: liberally, so that the files of other tools are read.
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
  if (parsed.success) {
    const { endpoints = [], services = endpoints, capabilities = [], ...rest } = parsed.data;
    return { ...rest, services, capabilities };
  }
  throw new RegistrationFileError(
    parsed.error.issues.map(({ path, message }) => `${path.map(String).join(".") || "(top)"}: ${message}`),
  );
};

/**
 * The keys of a member's file.
 * @throws RegistrationFileError when it names none: it is a file for discovery alone
 */
export const keysOf = (file: RegistrationFile): AgentKeys => {
  if (file.keys !== undefined) return file.keys;
  throw new RegistrationFileError(["keys: is missing; a member's file names voteSigner, messageKey and boxKey"]);
};

const imageOf = (voteSigner: string): string =>
  "data:image/svg+xml," +
  encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">` +
      `<rect width="1" height="1" fill="#${voteSigner.slice(2, 8).toLowerCase()}"/></svg>`,
  );

/**
 * The text of an agent's registration file, with every field of the standard. It names no id: an id is given by the
 * registration that commits to this text.
 * @throws RegistrationFileError when the description makes none
 */
export const registrationFileOf = ({ keys: named, capabilities, ...description }: AgentDescription): string => {
  const { name, description: about, image = imageOf(named.voteSigner), services, x402Support } = description;
  const file = {
    type: TYPE,
    name,
    description: about,
    image,
    services,
    x402Support,
    active: true,
    registrations: [],
    supportedTrust: ["reputation", "crypto-economic"],
    capabilities,
    keys: named,
  };
  const content = `${JSON.stringify(file, undefined, 2)}\n`;
  keysOf(parseRegistrationFile(content));
  return content;
};

/** What the registry keeps of a registration file: the sha256 of its bytes. */
export const uriDigestOf = (content: string): string => sha256(toUtf8Bytes(content));
