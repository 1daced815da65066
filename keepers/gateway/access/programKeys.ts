import { z } from "zod";
import { PROPOSAL_ROUTE, ROUTES, type RouteName } from "../schema/routes.ts";

const NAMES = Object.keys(ROUTES);
const isRoute = (name: string): name is RouteName => NAMES.includes(name);

/** What a program's key opens: everything, or the routes of these names with the topics and pages below them. */
const scopesSchema = z.union([
  z.literal("all"),
  z.array(z.string().refine(isRoute, "must be the name of a route")).min(1),
]);
export type Scopes = "all" | readonly RouteName[];

/** A key as it is kept: `digest` is the SHA-256 of the secret in hex, `until` in Unix milliseconds. */
const keySchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "must be lower-case letters, digits and hyphens, at most 40"),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  scopes: scopesSchema,
  until: z.number().int().positive(),
});
export type ProgramKey = z.output<typeof keySchema>;

export const programKeysSchema = z.strictObject({ version: z.literal(1), keys: z.array(keySchema).max(1_000) });

/** The key with a digest that is valid now; undefined for none. */
export const keyOf = (keys: readonly ProgramKey[], digest: string, nowMs: number): ProgramKey | undefined =>
  keys.find((key) => key.digest === digest && key.until > nowMs);

const BY_PATTERN: ReadonlyMap<string, RouteName> = new Map([
  ...NAMES.filter(isRoute).map((name) => [ROUTES[name].path, name] as const),
  [PROPOSAL_ROUTE.path, "proposals"] as const,
]);

/** The route that opens a pattern of the router; undefined for what only a key of all scopes opens, such as the stream. */
export const routeOf = (pattern: string | undefined): RouteName | undefined => BY_PATTERN.get(pattern ?? "");

/** Whether a key opens a route. */
export const opens = ({ scopes }: Pick<ProgramKey, "scopes">, route: RouteName): boolean =>
  scopes === "all" || scopes.some((scope) => scope === route);
