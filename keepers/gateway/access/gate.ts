import type { RouteName } from "../schema/routes.ts";
import { type ProgramKey, keyOf, opens } from "./programKeys.ts";
import type { Attempts, Sessions } from "./sessions.ts";
import type { SignInMessages } from "./signIn.ts";

/** What a gateway that asks who reads it is made of. */
export type Access = {
  readonly messages: SignInMessages;
  readonly sessions: Sessions;
  /** The keys of programs as they are now. */
  readonly keys: () => readonly ProgramKey[];
  readonly digest: (secret: string) => string;
  readonly nowMs: () => number;
  /** Attempts to sign in, by the account and by the caller's address. */
  readonly attempts: Attempts;
  /** Messages to sign, by the caller's address: nobody's may push out all others'. */
  readonly invitations: Attempts;
  /** Whether an account signed a text: by its key, or as a contract (ERC-1271). @throws RetryableError when the chain does not answer */
  readonly hasSigned: (account: string, text: string, signature: string) => Promise<boolean>;
  /** Whether an account may read here: it holds votes of the DAO or shares of the treasury. @throws RetryableError as above */
  readonly isMember: (account: string) => Promise<boolean>;
};

/** Who asks. */
export type Reader =
  | { readonly kind: "member"; readonly account: string; readonly untilMs: number }
  | { readonly kind: "program"; readonly name: string; readonly key: ProgramKey };

/** How a request says who it is of. */
export type Credentials = { readonly cookie: string | undefined; readonly authorization: string | undefined };

/** `__Host-` keeps a cookie to this host, to TLS and to the path of all. */
export const COOKIE = "__Host-nexus";

const secretIn = (cookie: string | undefined): string | undefined =>
  cookie
    ?.split(/; */)
    .map((pair) => pair.split("="))
    .find(([name]) => name === COOKIE)?.[1];

/** Who a request is of; undefined for nobody that is known. */
export const readerOf = (
  { sessions, keys, digest, nowMs }: Access,
  { cookie, authorization }: Credentials,
): Reader | undefined => {
  const bearer = /^Bearer ([A-Za-z0-9_-]{20,100})$/.exec(authorization ?? "")?.[1];
  if (bearer !== undefined) {
    const key = keyOf(keys(), digest(bearer), nowMs());
    return key === undefined ? undefined : { kind: "program", name: key.name, key };
  }
  const secret = secretIn(cookie);
  const session = secret === undefined ? undefined : sessions.find(secret);
  return session === undefined ? undefined : { kind: "member", ...session };
};

/** The secret of the session that a request belongs to. */
export const sessionSecret = ({ cookie }: Credentials): string | undefined => secretIn(cookie);

const WAY_IN: ReadonlySet<string> = new Set(["/v1/session", "/v1/session/challenge"]);

/** Paths that tell nothing of the deployment: pages, descriptions, health, and the way in itself. Figures tell of money. */
const isOpenPath = (path: string): boolean => (!path.startsWith("/v1/") && path !== "/metrics") || WAY_IN.has(path);

export type Admission = "allowed" | "sign-in-needed" | "scope-refused";

/** Whether a reader may have what stands at a path. `route`: the route that it belongs to, undefined for the stream and others. */
export const judge = (path: string, reader: Reader | undefined, route: RouteName | undefined): Admission => {
  if (isOpenPath(path)) return "allowed";
  if (reader === undefined) return "sign-in-needed";
  if (reader.kind === "member" || reader.key.scopes === "all") return "allowed";
  return route !== undefined && opens(reader.key, route) ? "allowed" : "scope-refused";
};
