import { z } from "zod";
import { aggregator, checkAggregators } from "./aggregators.ts";
import { AddressBookError, faultsOf } from "./bookError.ts";
import { address, name } from "./fields.ts";
import { lendingSchema } from "./lending.ts";

export { AddressBookError } from "./bookError.ts";

/**
 * Our contracts that no proposal may call, by their names in an address book: all that hold money, rights or records. The
 * mandate is born with this list, and keepers refuse what calls one of them. Lens, decoders and price sources are left out:
 * they hold nothing, and calling them changes nothing.
 */
export const NEVER_TARGETS = [
  "Timelock",
  "NexusToken",
  "NexusGovernor",
  "OracleHub",
  "CircuitBreaker",
  "BreakerEvidence",
  "AgentRegistry",
  "Consensus",
  "Mandate",
  "Treasury",
  "Reputation",
  "PerformanceRecorder",
  "Accounts",
  "PaymentChannels",
  "Escrow",
  "FeeSplitter",
  "Erc8183Adapter",
  "Erc8183Worker",
  "TreasuryEvaluator",
] as const;

const bytes32 = z.string().regex(/^0x[0-9a-f]{64}$/, "must be 32 bytes in lower-case hex");
const blockNumber = z.int().nonnegative();

const token = z.strictObject({ address, symbol: name, decimals: z.int().min(0).max(36) }).readonly();

const dex = z
  .strictObject({ name, kind: z.enum(["v2", "v3"]), factory: address, router: address, quoter: address.optional() })
  .readonly();

/** `feePips`: hundredths of a basis point, so 3000 is 0.3 %. `dex` is the name of an entry in `dexes`. */
const pool = z
  .strictObject({
    address,
    dex: name,
    kind: z.enum(["v2", "v3"]),
    token0: address,
    token1: address,
    feePips: z.int().min(0).max(999_999),
  })
  .readonly();

/**
 * A price feed outside of NEXUS. A reader proxy of API3 is a source as it is; for each other kind a deployment makes a small
 * contract that reads it. `deviations`: standard deviations of Pyth's on each side of the price that make its interval.
 */
const oracle = z.union([
  z.strictObject({ proxy: address }).readonly(),
  z
    .strictObject({ kind: z.literal("pyth"), pyth: address, feedId: bytes32, deviations: z.int().min(1).max(10) })
    .readonly(),
  z.strictObject({ kind: z.enum(["redstone", "chainlink"]), feed: address }).readonly(),
]);

const environment = z
  .strictObject({
    tokens: z.record(name, token).readonly(),
    dexes: z.array(dex).readonly(),
    pools: z.array(pool).readonly(),
    oracles: z.record(name, oracle).readonly(),
    /** Books from before there were any have none. */
    lending: z.array(lendingSchema).readonly().optional(),
    /** Books from before there were any have none. */
    aggregators: z.array(aggregator).readonly().optional(),
    /** Uniswap's Permit2; on Sei it is not where it is elsewhere. Without it nobody deposits by Permit2. */
    permit2: address.optional(),
  })
  .readonly();

/** A constructor argument as JSON holds it; amounts are decimal strings. */
export type DeploymentArg =
  string | number | boolean | readonly DeploymentArg[] | { readonly [key: string]: DeploymentArg };

const arg: z.ZodType<DeploymentArg> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.array(arg).readonly(), z.record(z.string(), arg).readonly()]),
);

/** One deployed contract: where, by which transaction, in which block, with what, and the keccak256 of its runtime code. */
const contract = z
  .strictObject({ address, tx: bytes32, block: blockNumber, args: z.array(arg).readonly(), bytecodeHash: bytes32 })
  .readonly();

/** A leaf from before the renames says `leastClass` (ADR 0036). */
const withMinClass = (leaf: unknown): unknown => {
  if (typeof leaf !== "object" || leaf === null || !("leastClass" in leaf)) return leaf;
  const { leastClass, ...others } = leaf;
  return { ...others, minClass: leastClass };
};

/**
 * One permitted call: what the DAO's Merkle root stands for, leaf by leaf, so that proofs can be made off chain. `key` is
 * the decoder's hash of everything that the call names, `route` says the same in words.
 */
const mandateLeaf = z
  .preprocess(
    withMinClass,
    z.strictObject({
      target: address,
      selector: z.string().regex(/^0x[0-9a-f]{8}$/, "must be 4 bytes in lower-case hex"),
      decoder: address,
      key: bytes32,
      minClass: z.int().min(0).max(2),
      route: name,
    }),
  )
  .readonly();

const leaves = z.array(mandateLeaf).readonly();
const mandate = z.strictObject({ root: bytes32, leaves }).readonly();

const shape = z.strictObject({
  chainId: z.int().positive(),
  name,
  deployedAt: blockNumber,
  environment,
  contracts: z.record(name, contract).readonly(),
  mandate: mandate.optional(),
});

type Shape = z.infer<typeof shape>;
type Complain = (path: readonly (string | number)[], message: string) => void;

/** What single fields cannot say: references resolve, and no address stands for two things. */
const checkPools = ({ environment: { tokens, dexes, pools } }: Shape, complain: Complain): void => {
  const known = new Set(Object.values(tokens).map((entry) => entry.address));
  const seen = new Set<string>();
  pools.forEach((entry, index) => {
    const at = (field: string) => ["environment", "pools", index, field];
    const home = dexes.find((candidate) => candidate.name === entry.dex);
    if (home === undefined) complain(at("dex"), `names no entry of dexes: ${entry.dex}`);
    else if (home.kind !== entry.kind) complain(at("kind"), `is ${entry.kind} but ${home.name} is ${home.kind}`);
    if (!known.has(entry.token0)) complain(at("token0"), `is none of the tokens: ${entry.token0}`);
    if (!known.has(entry.token1)) complain(at("token1"), `is none of the tokens: ${entry.token1}`);
    if (BigInt(entry.token0) >= BigInt(entry.token1)) complain(at("token1"), "must sort above token0");
    if (seen.has(entry.address)) complain(at("address"), `appears twice: ${entry.address}`);
    seen.add(entry.address);
  });
};

const checkLending = ({ environment: { tokens, lending: markets = [] } }: Shape, complain: Complain): void => {
  const known = new Set(Object.values(tokens).map((entry) => entry.address));
  const seen = new Set<string>();
  markets.forEach(({ reserves }, index) => {
    reserves.forEach(({ asset, ...tokensOf }, place) => {
      const at = (field: string) => ["environment", "lending", index, "reserves", place, field];
      if (!known.has(asset)) complain(at("asset"), `is none of the tokens: ${asset}`);
      for (const [field, entry] of Object.entries(tokensOf)) {
        if (entry === asset || seen.has(entry)) complain(at(field), `stands for something else too: ${entry}`);
        seen.add(entry);
      }
    });
  });
};

/** A contract that only releases before the renames deployed (ADR 0036): its neighbours answer to other functions than ours. */
const OLD_CONTRACT = "OutcomeRecorder";

/** The one schema of `deployments/<chainId>.json`. Scripts write through it, keepers read through it. */
export const addressBookSchema = shape
  .superRefine((book, context) => {
    const complain: Complain = (path, message) => context.addIssue({ code: "custom", path: [...path], message });
    checkPools(book, complain);
    checkLending(book, complain);
    checkAggregators(book, complain);
    if (book.contracts[OLD_CONTRACT] === undefined) return;
    complain(
      ["contracts", OLD_CONTRACT],
      "was deployed by a release whose functions have other names: deploy again with nexus deploy, or use that release",
    );
  })
  .readonly();

/** The parsed address book: every address checksummed, every reference resolved. */
export type AddressBook = z.infer<typeof addressBookSchema>;
export type BookEnvironment = AddressBook["environment"];
export type BookOracle = BookEnvironment["oracles"][string];
export type BookToken = BookEnvironment["tokens"][string];
export type BookLending = NonNullable<BookEnvironment["lending"]>[number];
export type BookReserve = BookLending["reserves"][number];
export type BookPooledLending = Extract<BookLending, { readonly kind: "aaveV3" }>;
export type BookShareLending = Extract<BookLending, { readonly kind: "compoundV2" }>;
export type BookAggregator = NonNullable<BookEnvironment["aggregators"]>[number];
export type BookPool = BookEnvironment["pools"][number];
export type BookContract = AddressBook["contracts"][string];
export type BookLeaf = NonNullable<AddressBook["mandate"]>["leaves"][number];

/**
 * Checks the leaves of a mandate as a file holds them: a list, or an object with the list under `leaves`.
 * @throws AddressBookError naming every fault with its path
 */
export const parseMandateLeaves = (json: unknown): readonly BookLeaf[] => {
  const wrapped = z.object({ leaves }).safeParse(json);
  const parsed = wrapped.success ? { success: true as const, data: wrapped.data.leaves } : leaves.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new AddressBookError(faultsOf(parsed.error));
};

/**
 * Checks an address book and normalises its addresses.
 * @param json the result of `JSON.parse`
 * @throws AddressBookError naming every fault with its path; references are looked at once every field is sound
 */
export const parseAddressBook = (json: unknown): AddressBook => {
  const parsed = addressBookSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new AddressBookError(faultsOf(parsed.error));
};
