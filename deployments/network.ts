import { Interface, getAddress, isAddress } from "ethers";
import { z } from "zod";

/** Which view of a contract tells that it is what it is taken for. */
const viewSignature = z.string().refine((text) => {
  const { fragments } = new Interface([text]);
  return fragments.length === 1 && fragments[0]?.type === "function";
}, "must be one function as Solidity declares it");

const entry = z
  .strictObject({
    name: z.string().min(1),
    address: z
      .string()
      .refine((text) => isAddress(text) && getAddress(text) === text, "must be a checksummed address")
      .readonly(),
    /** A function that answers; `arguments` and `answer` as text. Without `answer` anything but zero will do. */
    view: viewSignature,
    arguments: z.array(z.string()).readonly().optional(),
    answer: z.string().optional(),
    /** Where the address was read, and when. */
    source: z.string().min(10),
    /** The block at which code and view were read from the chain; false where nobody has. */
    verified: z.union([z.literal(false), z.strictObject({ block: z.int().positive() }).readonly()]),
  })
  .readonly();

const network = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9-]+$/),
    chainId: z.int().positive(),
    entries: z
      .array(entry)
      .readonly()
      .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, "a name stands twice"),
  })
  .readonly();

/** Contracts of others on a chain, each with where its address is from and whether the chain was asked. */
export type Network = z.output<typeof network>;
export type NetworkEntry = Network["entries"][number];

/** Checks a network. @throws ZodError naming every fault */
export const parseNetwork = (value: unknown): Network => network.parse(value);
