import { FatalError } from "../../core/errors.ts";
import type { CallEnvironment } from "../../core/callRule.ts";
import { hex } from "../../core/hex.ts";
import { type MandateLeaf, mandateTree } from "../../core/merkle.ts";
import type { RiskClass } from "../../core/proposal.ts";
import { type Address, address } from "../../core/units.ts";
import { knownReserves } from "../../../deployments/lookup.ts";
import { type AddressBook, NEVER_TARGETS } from "../../../deployments/schema.ts";
import { keccak } from "./keys.ts";
import { decodersAt } from "../../core/protocols/all.ts";

/** A pool as the address book describes it: what about it never changes. */
export type PoolInfo = {
  readonly address: Address;
  readonly kind: "v2" | "v3";
  readonly router: Address;
  readonly token0: Address;
  readonly token1: Address;
  readonly feePips: bigint;
};

/** A token that the treasury deals in. */
export type TokenInfo = { readonly address: Address; readonly symbol: string; readonly decimals: number };

/** What a keeper knows of its chain before it looks at it. */
export type Addresses = {
  readonly chainId: bigint;
  readonly lens: Address;
  readonly consensus: Address;
  /** Records what proposals gained; older deployments have none. */
  readonly recorder: Address | undefined;
  readonly mandate: Address;
  readonly registry: Address;
  readonly treasury: Address;
  readonly oracleHub: Address;
  readonly environment: CallEnvironment;
  readonly pools: readonly PoolInfo[];
  readonly tokens: readonly TokenInfo[];
  /** The protocols that are called. */
  readonly routers: readonly Address[];
  readonly leaves: readonly MandateLeaf[];
};

type BookLeaf = NonNullable<AddressBook["mandate"]>["leaves"][number];

const riskClass = (value: number): RiskClass => {
  if (value !== 0 && value !== 1 && value !== 2) throw new FatalError(`the address book has a leaf of class ${value}`);
  return value;
};

const toLeaf = (leaf: BookLeaf): MandateLeaf => ({
  target: address(leaf.target),
  selector: hex(leaf.selector),
  decoder: address(leaf.decoder),
  key: hex(leaf.key),
  minClass: riskClass(leaf.minClass),
});

const poolsOf = ({ environment }: AddressBook): readonly PoolInfo[] =>
  environment.pools.map((pool) => {
    const home = environment.dexes.find(({ name }) => name === pool.dex);
    if (home === undefined) throw new FatalError(`the address book's pool ${pool.address} has no dex`);
    return {
      address: address(pool.address),
      kind: pool.kind,
      router: address(home.router),
      token0: address(pool.token0),
      token1: address(pool.token1),
      feePips: BigInt(pool.feePips),
    };
  });

/** The tokens that some pool trades, and positions in lending markets; others are no business of the treasury. */
const tokensOf = (book: AddressBook, pools: readonly PoolInfo[]): readonly TokenInfo[] => {
  const positions = knownReserves(book).flatMap(({ reserve }) => [address(reserve.asset), address(reserve.position)]);
  const traded = new Set([...pools.flatMap(({ token0, token1 }) => [token0, token1]), ...positions]);
  return Object.values(book.environment.tokens)
    .map(({ address: at, symbol, decimals }) => ({ address: address(at), symbol, decimals }))
    .filter((token) => traded.has(token.address));
};

/** Our own contracts that the book has. */
const coreOf = ({ contracts }: AddressBook): ReadonlySet<Address> =>
  new Set(
    NEVER_TARGETS.flatMap((name) => {
      const entry = contracts[name];
      return entry === undefined ? [] : [address(entry.address)];
    }),
  );

/** The contracts of exchanges, aggregators and lending markets that the treasury calls. */
const calledOf = ({ environment: { dexes, lending = [], aggregators = [] } }: AddressBook): readonly Address[] => [
  ...[...dexes, ...aggregators].map(({ router }) => address(router)),
  ...lending.map(({ pool }) => address(pool)),
];

/**
 * Takes from an address book what keepers need.
 * @throws FatalError when a contract or the mandate is missing, or its leaves do not make its root
 */
export const addressesOf = (book: AddressBook): Addresses => {
  const at = (name: string): Address => {
    const entry = book.contracts[name];
    if (entry === undefined) throw new FatalError(`the address book has no contract ${name}; deploy first`);
    return address(entry.address);
  };
  if (book.mandate === undefined)
    throw new FatalError("the address book has no mandate; configure the deployment first");
  const leaves = book.mandate.leaves.map(toLeaf);
  const { root } = mandateTree(keccak, leaves);
  if (root !== book.mandate.root) throw new FatalError(`the mandate's leaves make ${root}, not ${book.mandate.root}`);
  const pools = poolsOf(book);
  return {
    chainId: BigInt(book.chainId),
    lens: at("NexusLens"),
    consensus: at("Consensus"),
    recorder: book.contracts["PerformanceRecorder"] === undefined ? undefined : at("PerformanceRecorder"),
    mandate: at("Mandate"),
    registry: at("AgentRegistry"),
    treasury: at("Treasury"),
    oracleHub: at("OracleHub"),
    environment: { treasury: at("Treasury"), core: coreOf(book), decoders: decodersAt(at) },
    pools,
    tokens: tokensOf(book, pools),
    routers: [...new Set(calledOf(book))],
    leaves,
  };
};
