import { id } from "ethers";
import {
  Accounts__factory,
  AgentRegistry__factory,
  Escrow__factory,
  PaymentChannels__factory,
} from "../../types/index.ts";
import { demandsOf } from "./guarded.ts";
import { moneyWorld, termsOf } from "./money.ts";
import { type Cost, sumOf } from "./trace.ts";
import { type BenchWorld, equalFleet } from "./world.ts";
import { addressOf } from "../../deployments/lookup.ts";

const FLEET_SIZE = 3;
/** Actors of other flows have the numbers below. */
const [CLIENT, WORKER] = [60, 61];

/** What an agent's job costs beside one without agent, and what it costs to record how it ended. */
export type RecordCosts = {
  /** Fund, deliver and approve, the terms naming an agent. */
  readonly life: Cost;
  /** The first result of an agent, which creates the slot of its rating, and any other one. */
  readonly first: Cost;
  readonly further: Cost;
};

/** Measures jobs of an agent in NEXUS as it is deployed, where the escrow is the recorder of jobs. */
export const measureRecord = async (world: BenchWorld): Promise<RecordCosts> => {
  const { book } = await world.deploy({
    fleet: equalFleet(FLEET_SIZE),
    adapt: (usual) => ({ ...usual, ...demandsOf(FLEET_SIZE) }),
  });
  const { anyone, measure } = world;
  const at = (name: string): string => addressOf(book, name);
  const escrow = Escrow__factory.connect(at("Escrow"), anyone);
  const money = moneyWorld(world, {
    accounts: Accounts__factory.connect(at("Accounts"), anyone),
    channels: PaymentChannels__factory.connect(at("PaymentChannels"), anyone),
    escrow,
  });
  const [client, worker] = [await money.actor(CLIENT), await money.actor(WORKER)];
  const registry = AgentRegistry__factory.connect(at("AgentRegistry"), worker);
  const agentId = await registry.getFunction("register()").staticCall();
  await (await registry["register()"]()).wait();

  const live = async (name: string) => {
    const terms = { ...(await termsOf(money, client.address, worker.address, name)), agentId };
    const life = sumOf([
      await measure(escrow.connect(client).fund(terms)),
      await measure(escrow.connect(worker).deliver(terms, id("the work"))),
      await measure(escrow.connect(client).approve(terms, 0)),
    ]);
    return { life, record: await measure(escrow.record(terms)) };
  };
  const first = await live("an agent's first job");
  const further = await live("an agent's second job");
  return { life: further.life, first: first.record, further: further.record };
};
