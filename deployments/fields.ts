import { getAddress, isAddress } from "ethers";
import { z } from "zod";

/** Any spelling of an address in, its checksummed form out; a wrong checksum is a fault. */
export const address = z
  .string()
  .refine(
    (value) => value.startsWith("0x") && isAddress(value),
    "must be a 20-byte address, all lower case or checksummed",
  )
  .transform((value) => getAddress(value));

/** What people call something by. */
export const name = z.string().min(1);
