import { MockActor__factory } from "../../types/index.ts";
import { addressOf, knownReserves } from "../../deployments/lookup.ts";
import type { AddressBook, BookLeaf } from "../../deployments/schema.ts";
import { lendingCallsOf } from "../../keepers/core/protocols/all.ts";
import { address } from "../../keepers/core/units.ts";
import { arbitrageLeaves, lendingLeaves } from "../deploy/mandate.ts";
import { ROUTINE } from "../deploy/parameters.ts";
import { deployNexus } from "../sandbox/nexus.ts";
import { demandsOf, enactGuarded } from "./guarded.ts";
import type { BenchCall } from "./nexusFlows.ts";
import { type BenchTarget, atMost } from "./targets.ts";
import { type Cost, lessOf, seiGasOf } from "./trace.ts";
import { type BenchWorld, equalFleet, startWorld, withOneSource } from "./world.ts";

/** One row: what a call costs through `enact`, what from a bare contract, and what is between. */
export type VenueRow = {
  readonly flow: string;
  readonly gas: bigint;
  readonly newSlots: number;
  readonly seiGas: bigint;
};

const VOTERS = 5;
const USDC = 10n ** 6n;
const AMOUNT = 1_000n * USDC;
const FUNDS = 100_000n * USDC;
const SECONDS = 5;
/** Steps of one market. */
const STEPS = 5;
const ABOVE_GAS = 140_000;

type Action = "supply" | "withdraw";

const rowOf = (flow: string, cost: Cost): VenueRow => ({ flow, ...cost, seiGas: seiGasOf(cost) });

/** The markets that are measured, and what their rows are called. */
const MARKETS = [
  { name: "Yei", at: "" },
  { name: "Takara", at: " at Takara" },
] as const;

type Measured = (typeof MARKETS)[number];

/** The reserve that the treasury deals in, and how its calls are written. @throws Error when the sandbox has none */
const reserveOf = (book: Pick<AddressBook, "environment">, { name }: Measured) => {
  const found = knownReserves(book).find(({ market }) => market.name === name);
  if (found === undefined) throw new Error(`the sandbox has no lending market ${name}`);
  const { market, reserve } = found;
  const calls = lendingCallsOf(market.kind);
  const callOf = (action: Action, recipient: string): BenchCall =>
    calls[action].encode({
      pool: address(market.pool),
      asset: address(reserve.asset),
      position: address(reserve.position),
      amount: AMOUNT,
      recipient: address(recipient),
    });
  return { market, reserve, calls, callOf };
};

const leafOf = (book: AddressBook, selector: string): BookLeaf => {
  const leaf = book.mandate?.leaves.find((listed) => listed.selector === selector);
  if (leaf === undefined) throw new Error("the bench's mandate permits no such call");
  return leaf;
};

/** Lets the clock move: a pool that was touched in the same second brings no interest up to date, and is cheaper. */
const pass = async ({ sandbox }: BenchWorld): Promise<void> => {
  await sandbox.control("evm_increaseTime", [SECONDS]);
  await sandbox.control("evm_mine", []);
};

type Costs = Readonly<Record<Action, Cost>>;

/** NEXUS with a fleet that votes for both by the fast path, so that both are measured alike. */
const deployVoters = (world: BenchWorld) =>
  deployNexus(world.provider, world.sandbox, {
    fleet: equalFleet(VOTERS + 2),
    adapt: (usual) => ({
      ...withOneSource(usual),
      permittedCalls: (book) => [
        ...arbitrageLeaves(book),
        ...lendingLeaves(book).map((leaf) => ({ ...leaf, minClass: ROUTINE })),
      ],
      ...demandsOf(VOTERS),
    }),
  });

/** Through votes, mandate and treasury: each step twice, the second is measured. `used`: nonces of the steps before. */
const measureThrough = async (
  world: BenchWorld,
  nexus: Awaited<ReturnType<typeof deployVoters>>,
  { measured, used }: { readonly measured: Measured; readonly used: number },
): Promise<Costs> => {
  const { calls, callOf } = reserveOf(nexus.book, measured);
  const treasury = addressOf(nexus.book, "Treasury");
  const step = async (action: Action, nonce: number): Promise<Cost> => {
    await pass(world);
    const leaf = leafOf(nexus.book, calls[action].selector);
    return enactGuarded(world, nexus, { voters: VOTERS, nonce: used + nonce }, [
      { call: callOf(action, treasury), leaf },
    ]);
  };
  await step("supply", 1);
  await step("supply", 2);
  const supply = await step("supply", 3);
  await step("withdraw", 4);
  return { supply, withdraw: await step("withdraw", 5) };
};

/** The same calls of a contract that checks nothing and has a standing allowance. */
const measureBare = async (world: BenchWorld, measured: Measured): Promise<Costs> => {
  const { market, reserve, callOf } = reserveOf({ environment: world.sandbox.environment }, measured);
  const actor = await new MockActor__factory(world.anyone).deploy(await world.anyone.getAddress());
  const at = await actor.getAddress();
  await world.sandbox.mint("USDC", at, FUNDS);
  await (await actor.approve(reserve.asset, market.pool)).wait();
  const step = async (action: Action): Promise<Cost> => {
    await pass(world);
    return world.measure(actor.run([callOf(action, at)]));
  };
  await step("supply");
  await step("supply");
  const supply = await step("supply");
  await step("withdraw");
  return { supply, withdraw: await step("withdraw") };
};

const rowsOf = ({ at }: Measured, through: Costs, bare: Costs | undefined): readonly VenueRow[] => {
  if (bare === undefined) throw new Error("each market was measured from a bare contract before");
  return (["supply", "withdraw"] as const).flatMap((action) => [
    rowOf(`${action}${at} through enact`, through[action]),
    rowOf(`${action}${at} from a bare contract`, bare[action]),
    rowOf(`${action}${at}, above`, lessOf(through[action], bare[action])),
  ]);
};

/** Measures what supplies and withdrawals cost above what any contract pays for them. */
export const benchVenues = async (): Promise<readonly VenueRow[]> => {
  const world = await startWorld();
  try {
    const bare: Costs[] = [];
    for (const measured of MARKETS) bare.push(await measureBare(world, measured));
    const nexus = await deployVoters(world);
    const rows: VenueRow[] = [];
    for (const [index, measured] of MARKETS.entries()) {
      const through = await measureThrough(world, nexus, { measured, used: index * STEPS });
      rows.push(...rowsOf(measured, through, bare[index]));
    }
    return rows;
  } finally {
    await world.stop();
  }
};

/** What the rows on venues must say. */
export const venueTargets = (rows: readonly VenueRow[]): readonly BenchTarget[] =>
  rows
    .filter(({ flow }) => flow.endsWith("above"))
    .flatMap(({ flow, gas, newSlots }) => [
      atMost(`${flow} a bare contract, gas`, Number(gas), ABOVE_GAS),
      atMost(`${flow} a bare contract, new slots`, newSlots, 0),
    ]);
