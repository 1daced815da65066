import { Reputation__factory, ScoreReader__factory } from "../../types/index.ts";
import { demandsOf } from "./guarded.ts";
import { type Cost, framesGas, lessOf } from "./trace.ts";
import { type BenchWorld, equalFleet } from "./world.ts";
import { addressOf } from "../../deployments/lookup.ts";

const USD = 10n ** 18n;
const HALF_LIFE = 30 * 86_400;
const WEIGHTING = { halfWeight: 1_000n * USD, lossWeightBps: 2_000 };
/** `RecorderRole.Proposals` of the contract. */
const PROPOSALS = 1;
const AGENT = 1;
const AGENTS = 3;
const OUTCOME = { count: 1, result: 300n * USD, forecast: 400n * USD, maxLoss: 50n * USD, fee: 30n * USD };
/** Long enough that reading has something to fade. */
const SECONDS_SINCE = 100_000;

/** What scores cost a contract that writes or reads them. */
export type ReputationCosts = {
  /** `record` in all, beyond what its caller does anyway: of an agent that has a slot, and of one that has none yet. */
  readonly write: Cost;
  readonly firstWrite: Cost;
  /** `scoreOf` in its own frame, first touch of its slot included. */
  readonly read: Cost;
  /** The same in all: with the first touch of the contract's account, 2,600, and what its caller does to ask. */
  readonly coldRead: Cost;
};

/** Measures reading and writing the score of a registered agent, each as the difference that the one call makes. */
export const measureReputation = async (world: BenchWorld): Promise<ReputationCosts> => {
  const { anyone, sandbox, measure } = world;
  const nexus = await world.deploy({
    fleet: equalFleet(AGENTS),
    adapt: (usual) => ({ ...usual, ...demandsOf(AGENTS) }),
  });
  const me = await anyone.getAddress();
  const registry = addressOf(nexus.book, "AgentRegistry");
  const reputation = await new Reputation__factory(anyone).deploy(me, registry, HALF_LIFE, WEIGHTING);
  const user = await new ScoreReader__factory(anyone).deploy(await reputation.getAddress());
  await (await reputation.setRecorder(await user.getAddress(), PROPOSALS)).wait();

  const idle = await measure(user.writeNothing(AGENT, OUTCOME));
  const firstWrite = lessOf(await measure(user.write(AGENT, OUTCOME)), idle);
  await sandbox.control("evm_increaseTime", [SECONDS_SINCE]);
  const write = lessOf(await measure(user.write(AGENT, OUTCOME)), idle);
  await sandbox.control("evm_increaseTime", [SECONDS_SINCE]);
  const reading = await user.read(AGENT);
  const coldRead = lessOf(await measure(Promise.resolve(reading)), await measure(user.readNothing(AGENT)));
  const [gas = 0n] = await framesGas(sandbox.control, reading.hash, await reputation.getAddress());
  return { write, firstWrite, read: { gas, newSlots: coldRead.newSlots }, coldRead };
};
