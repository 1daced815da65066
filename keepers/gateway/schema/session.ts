import { z } from "zod";
import { addressSchema } from "./common.ts";

const MAX_MESSAGE = 1_000;
/** A contract's signature may be several of keys. */
const MAX_SIGNATURE_BYTES = 4_096;

/** The routes by which a person signs in and out where reading is not open. Times in Unix seconds. */
export const SESSION_ROUTES = {
  whoami: {
    path: "/v1/session",
    summary: "Who one is here: open where nobody needs to sign in",
    answer: z
      .strictObject({
        kind: z.enum(["open", "nobody", "member", "program"]),
        /** The account of a member, or the name of a program's key. */
        name: z.string().nullable(),
        until: z.int().nullable(),
      })
      .meta({ id: "Reader" }),
  },
  challenge: {
    path: "/v1/session/challenge",
    summary: "A message of Sign-In with Ethereum (EIP-4361) for an account to sign; it can be used once",
    body: z.strictObject({ account: addressSchema }),
    answer: z.strictObject({ message: z.string(), until: z.int() }).meta({ id: "Challenge" }),
  },
  begin: {
    path: "/v1/session",
    summary: "Sign in with the message and its signature, by a key or by a contract (ERC-1271); answers with a cookie",
    body: z.strictObject({
      message: z.string().max(MAX_MESSAGE),
      signature: z.string().regex(new RegExp(`^0x(?:[0-9a-fA-F]{2}){1,${MAX_SIGNATURE_BYTES}}$`)),
    }),
    answer: z.strictObject({ account: addressSchema, until: z.int() }).meta({ id: "Session" }),
  },
  end: { path: "/v1/session", summary: "Sign out", answer: z.null() },
} as const;
export type ReaderDocument = z.output<typeof SESSION_ROUTES.whoami.answer>;
