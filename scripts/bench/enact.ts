import { ZeroAddress, getCreateAddress } from "ethers";
import { parseAddressBook } from "../../deployments/schema.ts";
import type { AddressBook } from "../../deployments/schema.ts";
import { AgentRegistry__factory, MockActor__factory, Consensus__factory } from "../../types/index.ts";
import { registerAgent } from "../deploy/agents.ts";
import { deployContract } from "../deploy/context.ts";
import { ROUTINE } from "../deploy/parameters.ts";
import { testKeys } from "../sandbox/account.ts";
import { BOND, ROLE_INDICES } from "../sandbox/fleet.ts";
import { type BenchCall, deadlineFrom, proposalOf, votesFor } from "./nexusFlows.ts";
import type { Cost } from "./trace.ts";
import type { BenchWorld } from "./world.ts";
import { addressOf } from "../../deployments/lookup.ts";

const ETHER = 10n ** 18n;
const GAS_MONEY = 10_000n * ETHER;

/** Consensus and its registry in front of an actor without limits; `anyone` is the administrator. */
export const deployBareConsensus = async (world: BenchWorld): Promise<AddressBook> => {
  const { anyone, sandbox } = world;
  const me = await anyone.getAddress();
  const nonce = await anyone.getNonce();
  const at = (offset: number): string => getCreateAddress({ from: me, nonce: nonce + offset });
  const stake = sandbox.environment.tokens["STAKE"]?.address ?? "";
  const registryArgs = [me, at(1), ZeroAddress, stake, ETHER, 2_000, 2_500] as const;
  return parseAddressBook({
    chainId: 1329,
    name: "bench",
    deployedAt: 0,
    environment: sandbox.environment,
    contracts: {
      AgentRegistry: await deployContract(anyone, new AgentRegistry__factory(anyone), registryArgs),
      Consensus: await deployContract(anyone, new Consensus__factory(anyone), [me, at(0), at(2), ZeroAddress]),
      MockActor: await deployContract(anyone, new MockActor__factory(anyone), [at(1)]),
    },
  });
};

/** Registers `count` agents of as many operators. */
export const registerAll = async (world: BenchWorld, book: AddressBook, count: number) => {
  const keyAt = testKeys();
  const signers = [];
  for (let index = 0; index < count; index += 1) {
    const operator = keyAt(ROLE_INDICES.firstOperator + index).connect(world.provider);
    const signer = keyAt(ROLE_INDICES.firstSigner + index);
    await world.sandbox.setBalance(operator.address, GAS_MONEY);
    await world.sandbox.mint("STAKE", operator.address, BOND * ETHER);
    await registerAgent(book, operator, signer, BOND * ETHER);
    signers.push(signer);
  }
  return signers;
};

/**
 * What `enact` takes with `voters` of `voters + 2` votes in front of an actor without limits, and what that actor takes
 * when its owner calls it. Each after one warm-up.
 */
export const measureEnact = async (
  world: BenchWorld,
  voters: number,
  call: BenchCall,
  fund: (actor: string) => Promise<void>,
): Promise<{ readonly enact: Cost; readonly bare: Cost }> => {
  const book = await deployBareConsensus(world);
  const signers = await registerAll(world, book, voters + 2);
  const consensus = Consensus__factory.connect(addressOf(book, "Consensus"), world.anyone);
  const demands = { threshold: BOND * BigInt(voters), minVoters: voters, minOperators: 1, maxDeadline: 60, delay: 0 };
  await (await consensus.setPolicy(ROUTINE, demands)).wait();
  await fund(addressOf(book, "MockActor"));

  const send = async (nonce: number): Promise<Cost> => {
    const proposal = proposalOf([call], nonce, await deadlineFrom(world.provider));
    const votes = votesFor(await consensus.getAddress(), proposal, signers.slice(0, voters));
    return world.measure(consensus.enact(votes, proposal, []));
  };
  await send(1);
  const enact = await send(2);

  const actor = await new MockActor__factory(world.anyone).deploy(await world.anyone.getAddress());
  await fund(await actor.getAddress());
  await world.measure(actor.run([call]));
  return { enact, bare: await world.measure(actor.run([call])) };
};
