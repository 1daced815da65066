import { z } from "zod";
import { address } from "../core/units.ts";
import { secret } from "./secret.ts";

/** A whole number as JSON or the environment gives it; amounts are too large for a JSON number. */
const amount = z
  .union([z.string().regex(/^[0-9]+$/, "must be a whole number"), z.int().nonnegative()])
  .transform((value) => BigInt(value));

/** A count, as a number or as text. */
const count = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^[0-9]+$/, "must be a whole number")
      .transform(Number),
  ])
  .pipe(z.int().min(0).max(1_000_000));

const flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((value) => value === "true")]);

const key = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, "must be a private key: 0x and 64 hex digits")
  .transform(secret);

const agent = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]{1,32}$/, "must be 1 to 32 of a-z, 0-9 and -"),
  kind: z.enum(["arbitrage", "risk", "execution", "rebalance", "steward", "payments"]),
  key,
  messageKey: key.optional(),
  boxKey: key.optional(),
});

/** A value, or its JSON as text. */
const jsonOr = <T extends z.ZodType>(shape: T) =>
  z.preprocess((value, context) => {
    if (typeof value !== "string") return value;
    try {
      const parsed: unknown = JSON.parse(value);
      return parsed;
    } catch {
      context.addIssue({ code: "custom", message: "is no JSON" });
      return z.NEVER;
    }
  }, shape);

const agents = jsonOr(z.array(agent).min(1, "must name at least one agent"));

/** Token symbols and the basis points of the treasury that each is to be; the base token is the rest. */
const targets = jsonOr(z.record(z.string(), amount))
  .refine((parts) => Object.values(parts).reduce((sum, part) => sum + part, 0n) <= 10_000n, "must not exceed 10000")
  .default({});

const arbitrage = z
  .strictObject({
    minProfit: amount.default(10_000n),
    gasOverhead: amount.default(325_000n),
    gasPerV2Hop: amount.default(92_000n),
    gasPerV3Hop: amount.default(104_000n),
    maxHops: count.pipe(z.union([z.literal(2), z.literal(3)])).default(3),
    lifetimeSeconds: amount.default(4n),
    tickReachWords: count.pipe(z.int().max(20)).default(2),
  })
  .prefault({});

/** One dollar, with 18 decimals. */
const USD = 10n ** 18n;

const risk = z
  .strictObject({
    maxDeadlineSeconds: amount.default(10n),
    maxAgeBlocks: amount.default(3n),
    maxLossUsd: amount.default(0n),
    minGainUsd: amount.default(0n),
    claimToleranceBps: amount.default(0n),
    maxPriceDeviationBps: amount.default(500n),
    ballotDeadlineSeconds: amount.default(86_400n),
    ballotLossUsd: amount.default(1_000n * USD),
    ballotPositionUsd: amount.default(50_000n * USD),
  })
  .prefault({});

const rebalance = z
  .strictObject({
    targets,
    bandBps: amount.default(100n),
    maxTradeUsd: amount.default(25_000n * USD),
    slippageBps: amount.default(200n),
    lifetimeSeconds: amount.default(600n),
    everyBlocks: amount.default(25n),
    cooldownSeconds: amount.default(3_600n),
  })
  .prefault({});

const steward = z.strictObject({ collectBlocks: amount.default(10n) }).prefault({});

const execution = z
  .strictObject({
    maxAgeBlocks: amount.default(2n),
    tipWei: amount.default(5_000_000_000n),
    maxGasPriceWei: amount.default(500_000_000_000n),
    gasMarginPercent: amount.default(30n),
    recordOutcomes: flag.default(true),
  })
  .prefault({});

const account = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "must be an address")
  .transform(address);

/** Words separated by commas, or a list of them. */
const listOf = <T extends z.ZodType<unknown, string>>(shape: T) =>
  z.preprocess(
    (value) => (typeof value === "string" ? value.split(",").filter((word) => word !== "") : value),
    z.array(shape),
  );

/** A channel that the agent opens and tops up. `token` as the address book names it; amounts in its units. */
const channel = z.strictObject({
  receiver: account,
  receiverAuthorizer: account.optional(),
  payerAuthorizer: account.optional(),
  token: z.string().min(1),
  withdrawDelaySeconds: amount,
  salt: amount.default(0n),
  deposit: amount,
  low: amount,
  limit: amount,
});

const payments = z
  .strictObject({
    channels: jsonOr(z.array(channel)).default([]),
    voucherStores: listOf(z.string()).default([]),
    fromBlock: amount.default(0n),
    claimMarginPercent: amount.default(100n),
    maxBatch: count.pipe(z.int().min(1).max(200)).default(50),
    watchOthers: flag.default(true),
    trustedWorkers: listOf(account).default([]),
    approveUpTo: amount.default(0n),
    recordResults: flag.default(true),
    recordBudgetWei: amount.default(10n ** 18n),
    divideFrom: amount.default(1_000_000n),
    lifetimeSeconds: amount.default(30n),
  })
  .prefault({});

/** A node's address. Heads come by WebSocket, so an HTTP address stands for the same host and port by WebSocket. */
const endpoint = z
  .string()
  .regex(/^(?:ws|http)s?:\/\/\S+$/, "must be a node's address: ws, wss, http or https")
  .transform((url) => url.replace(/^http/, "ws"));

const node = z
  .strictObject({
    requestTimeoutMs: count.default(3_000),
    reconnectDelayMs: count.default(200),
    readyTimeoutMs: count.default(10_000),
    silenceMs: count.pipe(z.int().min(1)).default(10_000),
    baseFeeFloor: amount.default(50_000_000_000n),
  })
  .prefault({});

/** A server shared with others. Its address holds a password, so it never prints. */
const bus = z
  .strictObject({
    redis: z
      .string()
      .regex(/^rediss?:\/\/\S+$/, "must be a Redis server's address: redis or rediss")
      .transform(secret),
    prefix: z
      .string()
      .regex(/^[a-zA-Z0-9_{}-]{1,32}$/, "must be 1 to 32 of letters, digits, _, -, { and }")
      .default("nexus"),
  })
  .optional();

/** What keepers are configured by, whether it comes from a file or the environment. */
export const configSchema = z
  .strictObject({
    rpcUrl: listOf(endpoint).pipe(z.array(z.string()).min(1, "must name at least one endpoint")),
    chainId: amount,
    addressBook: z.string().min(1),
    dataDir: z.string().min(1).default(".nexus"),
    dryRun: flag.default(true),
    tickDeadlineMs: count.default(1_000),
    busCapacity: count.pipe(z.int().min(1)).default(1_024),
    nativeToken: z.string().min(1).default("WSEI"),
    baseToken: z.string().min(1).default("USDC"),
    agents,
    arbitrage,
    risk,
    execution,
    rebalance,
    steward,
    payments,
    node,
    bus,
  })
  .superRefine(({ agents: list }, context) => {
    const names = list.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) context.addIssue({ code: "custom", path: ["agents"], message: `${twice} is named twice` });
  })
  .readonly();

/** The parsed configuration. Secrets print as `[secret]`. */
export type KeeperConfig = z.infer<typeof configSchema>;
export type AgentConfig = KeeperConfig["agents"][number];
/** What a file or a caller writes. */
export type KeeperConfigInput = z.input<typeof configSchema>;
