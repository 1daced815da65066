import { type HDNodeWallet, type Signer, type TransactionResponse, MaxUint256, id } from "ethers";
import { CONDITION_KIND } from "../../keepers/core/proposal.ts";
import {
  AgentRegistry__factory,
  Consensus__factory,
  NexusToken__factory,
  Reputation__factory,
} from "../../types/index.ts";
import { signBinding } from "../deploy/agents.ts";
import { buildMandateTree } from "../../deployments/mandateTree.ts";
import { testKeys } from "../sandbox/account.ts";
import { BOND, ROLE_INDICES } from "../sandbox/fleet.ts";
import type { SandboxNexus } from "../sandbox/nexus.ts";
import { demandsOf, transferLeaf } from "./guarded.ts";
import { type BenchProposal, deadlineFrom, callProofOf, proposalOf, transferCall, votesFor } from "./nexusFlows.ts";
import { CROSSED } from "./sharedSlots.ts";
import { GAS_LIMIT, type BenchWorld, equalFleet } from "./world.ts";
import { addressOf } from "../../deployments/lookup.ts";

/** Two agents do everything, side by side; four others lend them votes, and two made the proposals that are voted on. */
const PAIR = [0, 1] as const;
const LENDERS = [2, 3, 4, 5] as const;
const AUTHORS = [6, 7] as const;
const FLEET_SIZE = 8;
const VOTES = 5;
const ELEVATED = 1;
const FOR = 1;
const OVERLAP = 3_600n;
const ETHER = 10n ** 18n;
const GAS_MONEY = 100n * ETHER;
const PAYMENT = 10n ** 6n;
const MAX_LOSS = 10n * ETHER;
const FIRST_PAYEE = 450;
const FIRST_JOINER = 460;
const FIRST_NEW_KEY = 470;
const SCORING = { halfLife: 30 * 86_400, halfWeight: 1_000n * ETHER, lossWeightBps: 2_000 };
/** `RecorderRole.Proposals` of the contract. */
const PROPOSALS = 1;
const OUTCOME = { count: 1, result: 300n * ETHER, forecast: 400n * ETHER, maxLoss: 50n * ETHER, fee: 30n * ETHER };

/** Which of the pair acts: 0 or 1. */
export type Side = (typeof PAIR)[number];
export type SceneSender = (side: Side) => Promise<TransactionResponse>;

/** What each of the pair can do, in the order in which it is done: who rotates its key last cannot vote before. */
export type Scene = {
  readonly nexus: SandboxNexus;
  readonly reputation: string;
  readonly operations: ReadonlyMap<string, SceneSender>;
  /** Everybody whose address may be a key of a mapping, by what the reader knows it under. */
  readonly people: ReadonlyMap<string, string>;
  readonly proposalHashes: ReadonlyMap<string, string>;
};

const keyAt = testKeys();

const payeeOf = (side: Side): string => keyAt(FIRST_PAYEE + side).address;
const joinerOf = (side: Side): HDNodeWallet => keyAt(FIRST_JOINER + side);
const newKeyOf = (side: Side, offset: number): HDNodeWallet => keyAt(FIRST_NEW_KEY + 2 * offset + side);

const deployScene = async (world: BenchWorld): Promise<SandboxNexus> => {
  const usdc = world.sandbox.environment.tokens["USDC"]?.address ?? "";
  return world.deploy({
    fleet: equalFleet(FLEET_SIZE),
    adapt: (usual) => ({
      ...usual,
      permittedCalls: (book) => PAIR.map((side) => transferLeaf(book, usdc, payeeOf(side))),
      ...demandsOf(VOTES),
    }),
  });
};

/** Gives gas to all who send, and stake to the two who will join. */
const fundAll = async (world: BenchWorld, nexus: SandboxNexus): Promise<void> => {
  const holder = keyAt(ROLE_INDICES.holder).connect(world.provider);
  const token = NexusToken__factory.connect(addressOf(nexus.book, "NexusToken"), holder);
  const registry = addressOf(nexus.book, "AgentRegistry");
  for (const { signer } of nexus.agents) await world.sandbox.setBalance(signer.address, GAS_MONEY);
  for (const side of PAIR) {
    const joiner = joinerOf(side).connect(world.provider);
    await world.sandbox.setBalance(joiner.address, GAS_MONEY);
    await (await token.transfer(joiner.address, BOND * ETHER)).wait();
    await (await token.connect(joiner).approve(registry, BOND * ETHER)).wait();
  }
};

type Parts = { readonly world: BenchWorld; readonly nexus: SandboxNexus };

const agentAt = ({ nexus }: Parts, index: number) => {
  const agent = nexus.agents[index];
  if (agent === undefined) throw new Error(`the fleet has no agent ${index + 1}`);
  return agent;
};

const senderAt = (parts: Parts, index: number): Signer => agentAt(parts, index).signer.connect(parts.world.provider);
const operatorAt = (parts: Parts, index: number): Signer =>
  keyAt(ROLE_INDICES.firstOperator + agentAt(parts, index).operator).connect(parts.world.provider);

/** A payment that agent `index` proposes, to the payee of `side`. */
const paymentOf = async (parts: Parts, index: number, side: Side, nonce: number): Promise<BenchProposal> => {
  const usdc = parts.world.sandbox.environment.tokens["USDC"]?.address ?? "";
  const call = transferCall(usdc, payeeOf(side), PAYMENT);
  const plain = proposalOf([call], nonce, await deadlineFrom(parts.world.provider), MAX_LOSS);
  return { ...plain, agentId: agentAt(parts, index).agentId };
};

/** `enact` with the votes of the agents at `voters`, of whom the one at `side` proposes. */
const enactBy =
  (parts: Parts, nonce: number, votersOf: (side: Side) => readonly number[]): SceneSender =>
  async (side) => {
    const consensus = Consensus__factory.connect(addressOf(parts.nexus.book, "Consensus"), senderAt(parts, side));
    const proposal = await paymentOf(parts, side, side, nonce);
    const signers = votersOf(side).map((index) => agentAt(parts, index).signer);
    const leaves = parts.nexus.book.mandate?.leaves ?? [];
    const leaf = leaves[side];
    if (leaf === undefined) throw new Error("the mandate does not permit the payment");
    const votes = votesFor(await consensus.getAddress(), proposal, signers);
    return consensus.enact(votes, proposal, [callProofOf(buildMandateTree(leaves), leaf)], GAS_LIMIT);
  };

/** `propose` on the slow path by the agent at `index`, with its own vote alone. Answers with the proposal's hash, too. */
const proposeBy = async (parts: Parts, index: number, side: Side, nonce: number) => {
  const { signer } = agentAt(parts, index);
  const consensus = Consensus__factory.connect(addressOf(parts.nexus.book, "Consensus"), senderAt(parts, index));
  const payment = await paymentOf(parts, index, side, nonce);
  const condition = {
    kind: CONDITION_KIND.balanceIncreasesAtLeast,
    subject: parts.world.sandbox.environment.tokens["USDC"]?.address ?? "",
    holder: payeeOf(side),
    amount: PAYMENT,
  };
  const proposal = { ...payment, conditions: [condition] };
  const hash = await consensus.hashProposal(proposal);
  const vote = signer.signingKey.sign(await consensus.hashBallot(hash, ELEVATED, FOR)).compactSerialized;
  return { hash, sent: await consensus.propose(ELEVATED, vote, proposal, GAS_LIMIT) };
};

const rotateBy =
  (parts: Parts): SceneSender =>
  async (side) => {
    const operator = operatorAt(parts, side);
    const registry = AgentRegistry__factory.connect(addressOf(parts.nexus.book, "AgentRegistry"), operator);
    const signer = newKeyOf(side, 0);
    const proof = await signBinding(parts.nexus.book, signer, await operator.getAddress());
    return registry.rotateSigner(agentAt(parts, side).agentId, signer.address, OVERLAP, MaxUint256, proof);
  };

const joinBy =
  ({ world, nexus }: Parts): SceneSender =>
  async (side) => {
    const joiner = joinerOf(side).connect(world.provider);
    const registry = AgentRegistry__factory.connect(addressOf(nexus.book, "AgentRegistry"), joiner);
    const signer = newKeyOf(side, 1);
    return registry.registerMember({
      signer: signer.address,
      proofDeadline: MaxUint256,
      proof: await signBinding(nexus.book, signer, joiner.address),
      bond: BOND * ETHER,
      profile: { uriDigest: id(`uri ${side}`), messageKey: id(`message ${side}`), boxKey: id(`box ${side}`) },
    });
  };

/** Scores are recorded by whom the administrator names; here, one recorder for each of the pair. */
const deployRecording = async (parts: Parts) => {
  const { world, nexus } = parts;
  const { halfLife, ...weighting } = SCORING;
  const registry = addressOf(nexus.book, "AgentRegistry");
  const factory = new Reputation__factory(world.anyone);
  const reputation = await factory.deploy(await world.anyone.getAddress(), registry, halfLife, weighting);
  for (const side of PAIR) {
    const recorder = await operatorAt(parts, side).getAddress();
    await (await reputation.setRecorder(recorder, PROPOSALS)).wait();
  }
  const record: SceneSender = (side) =>
    reputation.connect(operatorAt(parts, side)).record(agentAt(parts, side).agentId, OUTCOME);
  return { address: await reputation.getAddress(), record };
};

const peopleOf = async (parts: Parts): Promise<ReadonlyMap<string, string>> => {
  const people = new Map<string, string>(
    Object.entries(parts.nexus.book.contracts).map(([name, { address }]) => [name, address]),
  );
  for (const [name, { address }] of Object.entries(parts.world.sandbox.environment.tokens)) people.set(name, address);
  for (const [index, { agentId, signer }] of parts.nexus.agents.entries()) {
    people.set(`signer of agent ${agentId}`, signer.address);
    people.set(`operator of agent ${agentId}`, await operatorAt(parts, index).getAddress());
  }
  for (const side of PAIR) {
    people.set(`payee ${side + 1}`, payeeOf(side));
    people.set(`joiner ${side + 1}`, joinerOf(side).address);
    people.set(`next signer of agent ${side + 1}`, newKeyOf(side, 0).address);
    people.set(`signer of joiner ${side + 1}`, newKeyOf(side, 1).address);
  }
  return people;
};

/** Two proposals of others that are open to votes, in the order of the pair. */
const openBallots = async (parts: Parts): Promise<readonly string[]> => {
  const hashes = [];
  for (const side of PAIR) {
    const { hash, sent } = await proposeBy(parts, AUTHORS[side], side, 1);
    await sent.wait();
    hashes.push(hash);
  }
  return hashes;
};

/** NEXUS with two agents that share nothing, and what they will do. */
export const prepareScene = async (world: BenchWorld): Promise<Scene> => {
  const nexus = await deployScene(world);
  const parts = { world, nexus };
  await fundAll(world, nexus);
  const hashes = await openBallots(parts);
  const recording = await deployRecording(parts);
  const vote: SceneSender = (side) =>
    Consensus__factory.connect(addressOf(nexus.book, "Consensus"), senderAt(parts, side)).castVote(
      hashes[side] ?? "",
      FOR,
    );
  return {
    nexus,
    reputation: recording.address,
    operations: new Map<string, SceneSender>([
      ["enact", enactBy(parts, 1, (side) => [side, ...LENDERS])],
      [CROSSED, enactBy(parts, 2, () => [...PAIR, ...LENDERS])],
      ["propose", async (side) => (await proposeBy(parts, side, side, 3)).sent],
      ["castVote", vote],
      ["record", recording.record],
      ["registerMember", joinBy(parts)],
      ["rotateSigner", rotateBy(parts)],
    ]),
    people: await peopleOf(parts),
    proposalHashes: new Map(hashes.map((hash, side) => [`proposal ${side + 1}`, hash])),
  };
};
