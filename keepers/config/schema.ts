import { z } from "zod";
import { amount, count, flag, jsonOr, listOf } from "./shapes.ts";
import { secret } from "./secret.ts";
import { hex } from "../core/hex.ts";
import { busServerIn, hasHashTag } from "../core/envelope/server.ts";

const key = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, "must be a private key: 0x and 64 hex digits")
  .transform(secret);

/** The public half of an Ed25519 key. */
const publicKey = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, "must be a public key: 0x and 64 hex digits")
  .transform((text) => hex(text.toLowerCase()));

const agent = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]{1,32}$/, "must be 1 to 32 of a-z, 0-9 and -"),
  key,
  messageKey: key.optional(),
  boxKey: key.optional(),
  operatorKey: publicKey.optional(),
});

/** A node's address. Heads come by WebSocket, so an HTTP address stands for the same host and port by WebSocket. */
const endpoint = z
  .string()
  .regex(/^(?:ws|http)s?:\/\/\S+$/, "must be a node's address: ws, wss, http or https")
  .transform((url) => url.replace(/^http/, "ws"));

/** How a connection to a node behaves. */
export const nodeSettings = z.strictObject({
  requestTimeoutMs: count.default(3_000),
  reconnectDelayMs: count.default(200),
  readyTimeoutMs: count.default(10_000),
  silenceMs: count.pipe(z.int().min(1)).default(10_000),
  baseFeeFloor: amount.default(50_000_000_000n),
});

/** A server shared with others. Its address holds a password, so it never prints. */
export const busSettings = z.strictObject({
  redis: z
    .string()
    .refine((url) => busServerIn(url) !== undefined, "must be a Redis address: redis, redis+sentinel or redis+cluster")
    .transform(secret),
  prefix: z
    .string()
    .regex(/^[a-zA-Z0-9_{}-]{1,32}$/, "must be 1 to 32 of letters, digits, _, -, { and }")
    .default("nexus"),
  replicas: count.default(0),
});

/** One node of a cluster must have all keys of the bus. */
const bus = busSettings.transform((settings, context) => {
  if (busServerIn(settings.redis.reveal())?.kind === "cluster" && !hasHashTag(settings.prefix)) {
    const message = "must hold a hash tag such as {nexus}, so that one node of the cluster has all keys";
    context.addIssue({ code: "custom", path: ["prefix"], message });
  }
  return settings;
});

/** A Postgres server that the fleet keeps its history in, and its transactions if it is told so. Never prints. */
export const storeSettings = z.strictObject({
  url: z
    .string()
    .regex(/^postgres(?:ql)?:\/\/\S+$/, "must be a Postgres address: postgres://user:password@host:port/database")
    .transform(secret),
  transactions: z.enum(["disk", "replica"]).default("disk"),
});

/** How accounts that send are kept in funds, and how far they are looked after. Amounts in wei. */
export const walletSettings = z.strictObject({
  fundingKey: key.optional(),
  closeBelowWei: amount.default(20_000_000_000_000_000n),
  minBalanceWei: amount.default(1_000_000_000_000_000_000n),
  targetBalanceWei: amount.default(5_000_000_000_000_000_000n),
  fundingReserveWei: amount.default(1_000_000_000_000_000_000n),
  maxPerDayWei: amount.default(20_000_000_000_000_000_000n),
  stuckAfterBlocks: amount.default(50n),
  everyBlocks: amount.pipe(z.bigint().min(1n, "must be at least 1")).default(25n),
});

const wallets = walletSettings.refine(
  ({ closeBelowWei, minBalanceWei, targetBalanceWei }) =>
    closeBelowWei <= minBalanceWei && minBalanceWei < targetBalanceWei,
  "closeBelowWei must not be above minBalanceWei, nor minBalanceWei as high as targetBalanceWei",
);

/** At which age keys are replaced, in days; 0 for never. No renewal comes before the overlap of the one before is over. */
export const keySettings = z.strictObject({
  messageDays: count.pipe(z.int().refine((days) => days !== 1, "must be 0, or at least 2")).default(30),
  voteDays: count.default(90),
  everyBlocks: amount.pipe(z.bigint().min(1n, "must be at least 1")).default(150n),
});

/** How an orchestrator treats the processes of its fleet; all times in milliseconds. */
export const orchestratorSettings = z.strictObject({
  startMs: count.default(60_000),
  graceMs: count.default(5_000),
  silenceMs: count.default(15_000),
  stallMs: count.default(60_000),
  healthyMs: count.default(60_000),
  firstPauseMs: count.pipe(z.int().min(1)).default(500),
  longestPauseMs: count.default(30_000),
  redis: z
    .string()
    .refine((url) => busServerIn(url) !== undefined, "must be a Redis address: redis, redis+sentinel or redis+cluster")
    .transform(secret)
    .optional(),
  prefix: z
    .string()
    .regex(/^[a-zA-Z0-9_-]{1,32}$/, "must be 1 to 32 of letters, digits, _ and -")
    .default("nexus-fleet"),
  operatorKey: publicKey.optional(),
  leaseMs: count.pipe(z.int().min(12_000)).default(15_000),
  kubernetesNamespace: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "must be a name of a namespace")
    .optional(),
  kubernetesImage: z.string().min(1).optional(),
  kubernetesDisk: z
    .string()
    .regex(/^[1-9][0-9]{0,5}[MG]i$/, "must be a size such as 1Gi")
    .default("1Gi"),
  kubernetesApi: z.url({ protocol: /^https?$/ }).default("https://kubernetes.default.svc"),
  kubernetesTokenFile: z.string().min(1).default("/var/run/secrets/kubernetes.io/serviceaccount/token"),
});

/** What all agents of a process share, beside the list of them and the connection. */
export const sharedSettings = z.strictObject({
  rpcUrl: listOf(endpoint).pipe(z.array(z.string()).min(1, "must name at least one endpoint")),
  chainId: amount,
  addressBook: z.string().min(1),
  dataDir: z.string().min(1).default(".nexus"),
  dryRun: flag.default(true),
  tickDeadlineMs: count.default(1_000),
  busCapacity: count.pipe(z.int().min(1)).default(1_024),
  nativeToken: z.string().min(1).default("WSEI"),
  baseToken: z.string().min(1).default("USDC"),
});

/** What every agent finds in the configuration, whatever kinds there are. */
export type SharedConfig = z.output<typeof sharedSettings> & {
  readonly node: z.output<typeof nodeSettings>;
  readonly wallets: z.output<typeof walletSettings>;
  readonly keys: z.output<typeof keySettings>;
  readonly agents: readonly z.output<typeof agent>[];
};

/** Kinds of agents by name, each with its group of settings. */
type Kinds = Readonly<Record<string, { readonly settings: z.ZodObject }>>;
const keysOf = <K extends Kinds>(kinds: K): readonly (keyof K & string)[] => Object.keys(kinds);

type Groups<K extends Kinds> = { readonly [N in keyof K]: z.ZodPrefault<K[N]["settings"]> };

const groupsOf = <K extends Kinds>(kinds: K): Groups<K> =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion, typescript/consistent-type-assertions -- what `Object.fromEntries` makes of a table has its keys, and the compiler cannot know it
  Object.fromEntries(Object.entries(kinds).map(([name, { settings }]) => [name, settings.prefault({})])) as Groups<K>;

/** The agents of a process: each kind is one of `kinds`, and no two have the same name. */
const agentsOf = <K extends Kinds>(kinds: K) =>
  z
    .array(agent.extend({ kind: z.enum(keysOf(kinds)) }))
    .min(1, "must name at least one agent")
    .superRefine((agents, context) => {
      const names: readonly string[] = agents.map(({ name }) => name);
      const twice = names.find((name, index) => names.indexOf(name) !== index);
      if (twice !== undefined) context.addIssue({ code: "custom", message: `${twice} is named twice` });
    });

/** What keepers of these kinds are configured by, whether it comes from a file or the environment. */
export const schemaOf = <K extends Kinds>(kinds: K) =>
  z
    .strictObject({
      ...sharedSettings.shape,
      agents: jsonOr(agentsOf(kinds)),
      ...groupsOf(kinds),
      node: nodeSettings.prefault({}),
      bus: bus.optional(),
      store: storeSettings.optional(),
      wallets: wallets.prefault({}),
      keys: keySettings.prefault({}),
      orchestrator: orchestratorSettings.prefault({}),
    })
    .readonly();
