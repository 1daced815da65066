import { measureArbitrage } from "./arbitrage.ts";
import { measureEnact } from "./enact.ts";
import { measureGuarded, measureGuardedByThree } from "./guarded.ts";
import { measureRecord } from "./jobRecord.ts";
import { measureMandateChange } from "./mandateChange.ts";
import { measureMoney } from "./moneyFlows.ts";
import { type BenchCall, transferCall } from "./nexusFlows.ts";
import { measureGovernor } from "./openzeppelin.ts";
import { measureReputation } from "./reputation.ts";
import { QUOTED } from "./peers.ts";
import { measureRegister } from "./register.ts";
import { measureSablier } from "./sablier.ts";
import { measureSafe } from "./safe.ts";
import { measureClassCheck, measureSlow, measureSlowGuarded } from "./slow.ts";
import { type Cost, seiGasOf } from "./trace.ts";
import { type BenchWorld, startWorld } from "./world.ts";

/** One row of the gas table: gas units, and `newSlots` storage slots created. */
export type GasRow = {
  readonly flow: string;
  /** "nexus" is ours, "bare" the least that any system must do; the others are peers. */
  readonly system: string;
  readonly gas: bigint;
  readonly newSlots: number;
  readonly seiGas: bigint;
  /** Where the figure comes from: this run, or a measurement that is quoted. */
  readonly source: string;
};

const VOTER_COUNTS = [3, 5, 7, 10] as const;
const DAO_VOTERS = 5;
const ONE_USDC = 10n ** 6n;
const FUNDS = 1_000n * ONE_USDC;

const rowOf = (flow: string, system: string, cost: Cost): GasRow => ({
  flow,
  system,
  gas: cost.gas,
  newSlots: cost.newSlots,
  seiGas: seiGasOf(cost),
  source: "measured here",
});

/** Gives the timelock what the call spends, which is the same in each round. */
const fundThen = (fund: (holder: string) => Promise<void>, call: BenchCall) => async (timelock: string) => {
  await fund(timelock);
  return () => call;
};

/** One transfer of a token to somebody who has some, decided by `voters` in each system. */
const rowsWithVoters = async (world: BenchWorld, voters: number): Promise<readonly GasRow[]> => {
  const usdc = world.sandbox.environment.tokens["USDC"]?.address ?? "";
  const recipient = await world.anyone.getAddress();
  await world.sandbox.mint("USDC", recipient, ONE_USDC);
  const call = transferCall(usdc, recipient, ONE_USDC);
  const fund = (holder: string): Promise<void> => world.sandbox.mint("USDC", holder, FUNDS);
  const flow = `enact-${voters}`;
  const { enact, bare } = await measureEnact(world, voters, call, fund);
  return [
    rowOf(flow, "nexus", enact),
    rowOf(flow, "safe", await measureSafe(world, voters, call, fund)),
    rowOf(flow, "openzeppelin", await measureGovernor(world, voters, fundThen(fund, call))),
    rowOf(flow, "bare", bare),
    rowOf(`guarded-${voters}`, "nexus", await measureGuarded(world, voters, call)),
  ];
};

/** What waits for votes, delay and veto, and what is priced by three sources: the same transfer, by five of seven. */
const slowRows = async (world: BenchWorld): Promise<readonly GasRow[]> => {
  const usdc = world.sandbox.environment.tokens["USDC"]?.address ?? "";
  const recipient = await world.anyone.getAddress();
  const call = transferCall(usdc, recipient, ONE_USDC);
  // First what needs fresh prices.
  const byThree = await measureGuardedByThree(world, DAO_VOTERS, call);
  const fund = (holder: string): Promise<void> => world.sandbox.mint("USDC", holder, FUNDS);
  const { slow, vote, first, further } = await measureSlow(world, call, fund);
  const check = await measureClassCheck(world, call);
  return [
    rowOf("guarded-5-three-sources", "nexus", byThree),
    rowOf("slow-5", "nexus", slow),
    rowOf("slow-guarded-5", "nexus", await measureSlowGuarded(world, call)),
    rowOf("vote", "nexus", vote),
    rowOf("postcondition-first", "nexus", first),
    rowOf("postcondition-further", "nexus", further),
    rowOf("class-check-first", "nexus", { gas: check.first, newSlots: 0 }),
    rowOf("class-check-further", "nexus", { gas: check.further, newSlots: 0 }),
  ];
};

/** What a contract pays to write and to read an agent's score. */
const reputationRows = async (world: BenchWorld): Promise<readonly GasRow[]> => {
  const { write, firstWrite, read, coldRead } = await measureReputation(world);
  return [
    rowOf("reputation-write", "nexus", write),
    rowOf("reputation-first-write", "nexus", firstWrite),
    rowOf("reputation-read", "nexus", read),
    rowOf("reputation-cold-read", "nexus", coldRead),
  ];
};

/** What agents pay to pay each other. */
const moneyRows = async (world: BenchWorld): Promise<readonly GasRow[]> => {
  // First what needs fresh prices.
  const record = await measureRecord(world);
  const costs = await measureMoney(world);
  return [
    rowOf("escrow-life", "nexus", costs.escrowLife),
    rowOf("escrow-life-3tx", "nexus", costs.escrowThree),
    rowOf("escrow-life-agent-3tx", "nexus", record.life),
    rowOf("job-record-first", "nexus", record.first),
    rowOf("job-record", "nexus", record.further),
    rowOf("channel-life", "nexus", costs.channelLife),
    rowOf("channel-life", "sablier", await measureSablier(world)),
    rowOf("batch-claim-50", "nexus", costs.batchClaim),
    rowOf("ledger-deposit", "nexus", costs.deposit),
    rowOf("ledger-withdraw", "nexus", costs.withdrawal),
    rowOf("transfer", "bare", costs.bareTransfer),
    ...QUOTED.map((quoted) => ({ ...quoted, seiGas: seiGasOf(quoted) })),
  ];
};

const registerRows = async (world: BenchWorld): Promise<readonly GasRow[]> => [
  rowOf("register", "nexus", await measureRegister(world)),
];

const arbitrageRows = async (world: BenchWorld): Promise<readonly GasRow[]> => {
  const { guarded, bare } = await measureArbitrage(world);
  return [rowOf("guarded-arbitrage", "nexus", guarded), rowOf("guarded-arbitrage", "bare", bare)];
};

const mandateRows = async (world: BenchWorld): Promise<readonly GasRow[]> => {
  const { nexus, openzeppelin } = await measureMandateChange(world, DAO_VOTERS);
  return [rowOf("mandate-change", "nexus", nexus), rowOf("mandate-change", "openzeppelin", openzeppelin)];
};

const transferRows = async (world: BenchWorld): Promise<readonly GasRow[]> => {
  const rows: GasRow[] = [];
  for (const voters of VOTER_COUNTS) rows.push(...(await rowsWithVoters(world, voters)));
  return rows;
};

/**
 * Measures every gas flow, all systems in one process, what is compared on one chain. A chain each: some wait for days on
 * it, after which no price is fresh enough to deploy with. Takes about two minutes.
 */
export const benchGas = async (): Promise<readonly GasRow[]> => {
  const rows: GasRow[] = [];
  const flows = [transferRows, slowRows, registerRows, arbitrageRows, reputationRows, moneyRows, mandateRows];
  for (const measureRows of flows) {
    const world = await startWorld();
    try {
      rows.push(...(await measureRows(world)));
    } finally {
      await world.stop();
    }
  }
  return rows;
};
