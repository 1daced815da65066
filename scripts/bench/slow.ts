import type { HDNodeWallet } from "ethers";
import { CONDITION_KIND } from "../../keepers/core/proposal.ts";
import { type Consensus, MockActor__factory, Consensus__factory, Mandate__factory } from "../../types/index.ts";
import { ELEVATED, ROUTINE } from "../deploy/parameters.ts";
import { buildMandateTree } from "../../deployments/mandateTree.ts";
import { BOND } from "../sandbox/fleet.ts";
import { deployBareConsensus, registerAll } from "./enact.ts";
import { deployGuarded, transferLeaf } from "./guarded.ts";
import {
  type BenchCall,
  type BenchCondition,
  type BenchProposal,
  ballotsFor,
  deadlineFrom,
  callProofOf,
  hashOf,
  proposalOf,
  votesFor,
} from "./nexusFlows.ts";
import { type Cost, framesGas, lessOf, sumOf } from "./trace.ts";
import { GAS_LIMIT, type BenchWorld } from "./world.ts";
import { addressOf } from "../../deployments/lookup.ts";

const VOTERS = 5;
const DELAY = 60;
const AGAINST = 0;
const GAS_MONEY = 10n ** 18n;
const TEN_USD = 10n ** 19n;
type CallProofs = ReturnType<typeof callProofOf>[];

/** That the payee holds something afterwards: one reading of one balance. */
const paid = (call: BenchCall, payee: string): BenchCondition => ({
  kind: CONDITION_KIND.balanceAtLeast,
  subject: call.target,
  holder: payee,
  amount: 1n,
});

/** Five votes in one transaction, the delay, the execution in another. Answers both as one cost. */
const decideSlowly = async (
  world: BenchWorld,
  consensus: Consensus,
  proposal: BenchProposal,
  { signers, callProofs }: { readonly signers: readonly HDNodeWallet[]; readonly callProofs: CallProofs },
): Promise<Cost> => {
  const votes = ballotsFor(await consensus.getAddress(), proposal, ELEVATED, signers.slice(0, VOTERS));
  const proposed = await world.measure(consensus.propose(ELEVATED, votes, proposal));
  await world.sandbox.control("evm_increaseTime", [DELAY]);
  const executed = await world.measure(consensus.execute(proposal, callProofs, GAS_LIMIT));
  return sumOf([proposed, executed]);
};

/** What costs are taken apart into: `slow-5`, `vote`, and one post-condition on a balance. */
export type SlowCosts = { readonly slow: Cost; readonly vote: Cost; readonly first: Cost; readonly further: Cost };

/** Casts one vote of an agent that nobody of its operator voted before, and measures it. */
const castOne = async (
  world: BenchWorld,
  consensus: Consensus,
  proposalHash: string,
  signer: HDNodeWallet,
): Promise<Cost> => {
  await world.sandbox.setBalance(signer.address, GAS_MONEY);
  return world.measure(consensus.connect(signer.connect(world.provider)).castVote(proposalHash, AGAINST));
};

/** The slow path in front of an actor without limits: what Consensus itself takes. */
export const measureSlow = async (
  world: BenchWorld,
  call: BenchCall,
  fund: (actor: string) => Promise<void>,
): Promise<SlowCosts> => {
  const book = await deployBareConsensus(world);
  const signers = await registerAll(world, book, VOTERS + 2);
  const consensus = Consensus__factory.connect(addressOf(book, "Consensus"), world.anyone);
  const address = await consensus.getAddress();
  const votes = { threshold: BOND * BigInt(VOTERS), minVoters: VOTERS, minOperators: 1 };
  await (await consensus.setPolicy(ROUTINE, { ...votes, maxDeadline: 60, delay: 0 })).wait();
  await (await consensus.setPolicy(ELEVATED, { ...votes, maxDeadline: 3_600, delay: DELAY })).wait();
  await fund(addressOf(book, "MockActor"));
  const payee = await world.anyone.getAddress();

  const on = async (nonce: number, conditions: number): Promise<BenchProposal> => ({
    ...proposalOf([call], nonce, await deadlineFrom(world.provider)),
    conditions: Array.from({ length: conditions }, () => paid(call, payee)),
  });
  const slowly = async (nonce: number): Promise<BenchProposal> => {
    const proposal = await on(nonce, 1);
    return { ...proposal, deadline: proposal.deadline + DELAY * 10 };
  };
  const enact = async (nonce: number, conditions: number): Promise<Cost> => {
    const proposal = await on(nonce, conditions);
    return world.measure(consensus.enact(votesFor(address, proposal, signers.slice(0, VOTERS)), proposal, []));
  };

  await decideSlowly(world, consensus, await slowly(1), { signers, callProofs: [] });
  const slow = await decideSlowly(world, consensus, await slowly(2), { signers, callProofs: [] });
  const open = await slowly(3);
  await (await consensus.propose(ELEVATED, ballotsFor(address, open, ELEVATED, signers.slice(0, 3)), open)).wait();
  const hash = hashOf(address, open);
  const [sixth, seventh] = signers.slice(VOTERS);
  if (sixth === undefined || seventh === undefined) throw new Error("seven agents are needed");
  await castOne(world, consensus, hash, sixth);
  const vote = await castOne(world, consensus, hash, seventh);
  await enact(4, 0);
  const [none, one, two] = [await enact(5, 0), await enact(6, 1), await enact(7, 2)];
  return { slow, vote, first: lessOf(one, none), further: lessOf(two, one) };
};

/** The same decision through Mandate, Treasury, breaker and one price. */
export const measureSlowGuarded = async (world: BenchWorld, call: BenchCall): Promise<Cost> => {
  const nexus = await deployGuarded(world, VOTERS);
  const payee = await world.anyone.getAddress();
  const tree = buildMandateTree(nexus.book.mandate?.leaves ?? []);
  const consensus = Consensus__factory.connect(addressOf(nexus.book, "Consensus"), world.anyone);
  const signers = nexus.agents.map(({ signer }) => signer);
  const run = async (nonce: number): Promise<Cost> => {
    const proposal = proposalOf([call], nonce, (await deadlineFrom(world.provider)) + DELAY * 10, TEN_USD);
    const callProofs = [callProofOf(tree, transferLeaf(nexus.book, call.target, payee))];
    return decideSlowly(world, consensus, { ...proposal, conditions: [paid(call, payee)] }, { signers, callProofs });
  };
  await run(1);
  return run(2);
};

/**
 * What a contract pays to learn the class of calls and that they fit every limit: the frame of `Mandate.classify`, which
 * reads no price and writes nothing, for one transfer and for the second of two.
 */
export const measureClassCheck = async (
  world: BenchWorld,
  call: BenchCall,
): Promise<{ readonly first: bigint; readonly further: bigint }> => {
  const nexus = await deployGuarded(world, VOTERS);
  const tree = buildMandateTree(nexus.book.mandate?.leaves ?? []);
  const callProof = callProofOf(tree, transferLeaf(nexus.book, call.target, await world.anyone.getAddress()));
  const asker = await new MockActor__factory(world.anyone).deploy(await world.anyone.getAddress());
  const mandate = addressOf(nexus.book, "Mandate");
  const checked = async (count: number): Promise<bigint> => {
    const calls = Array.from({ length: count }, () => call);
    const args = [1, calls.map(() => callProof), calls] as const;
    const data = Mandate__factory.createInterface().encodeFunctionData("classify", [...args]);
    const sent = await asker.run([{ target: mandate, data }]);
    await sent.wait();
    const frames = await framesGas(world.sandbox.control, sent.hash, mandate);
    return frames.reduce((sum, gas) => sum + gas, 0n);
  };
  const [one, two] = [await checked(1), await checked(2)];
  return { first: one, further: two - one };
};
