import { keccak256, toUtf8Bytes } from "ethers";
import type { AddressBook, BookLeaf } from "../../deployments/schema.ts";
import { Consensus__factory, SandboxUSDC__factory } from "../../types/index.ts";
import { arbitrageLeaves } from "../deploy/mandate.ts";
import type { DeployParameters } from "../deploy/parameters.ts";
import { buildMandateTree, erc20Key } from "../../deployments/mandateTree.ts";
import { BOND } from "../sandbox/fleet.ts";
import type { SandboxNexus } from "../sandbox/nexus.ts";
import { type BenchCall, deadlineFrom, callProofOf, proposalOf, votesFor } from "./nexusFlows.ts";
import type { Cost } from "./trace.ts";
import { GAS_LIMIT, type BenchWorld, equalFleet } from "./world.ts";
import { addressOf } from "../../deployments/lookup.ts";

/** The bench's mandate is a tree of depth six, as a strategy over some thirty pools has. */
const LEAVES = 64;
const TEN_USD = 10n ** 19n;

/** What permits transferring `token` to `to`. */
export const transferLeaf = (book: AddressBook, token: string, to: string): BookLeaf => ({
  target: token,
  selector: SandboxUSDC__factory.createInterface().getFunction("transfer").selector,
  decoder: addressOf(book, "Erc20Decoder"),
  key: erc20Key(to),
  minClass: 0,
  route: "one transfer",
});

/** The arbitrage strategy, the transfer, and leaves that nobody uses, to a depth of six. */
const benchLeaves =
  (token: string, to: string): DeployParameters["permittedCalls"] =>
  (book) => {
    const transfer = transferLeaf(book, token, to);
    const used = [...arbitrageLeaves(book), transfer];
    const unused = Array.from({ length: LEAVES - used.length }, (_, index) => ({
      ...transfer,
      key: keccak256(toUtf8Bytes(`unused ${index}`)),
    }));
    return [...used, ...unused];
  };

type Demands = Pick<DeployParameters, "policies" | "minHoldingTime" | "timelockDelay">;

/** The same weight for every class, and a minute of delay for those that have one; the other times suit that. */
export const demandsOf = (voters: number): Demands => {
  const votes = { threshold: BOND * BigInt(voters), minVoters: voters, minOperators: 1 };
  const slow = { ...votes, maxDeadline: 3_600, delay: 60 };
  const policies = { Routine: { ...votes, maxDeadline: 60, delay: 0 }, Elevated: slow, Critical: slow };
  return { policies, minHoldingTime: 90, timelockDelay: 120 };
};

/** NEXUS with `voters + 2` equal agents of which `voters` are needed, and a mandate of depth six. */
export const deployGuarded = async (
  world: BenchWorld,
  voters: number,
  deploy: BenchWorld["deploy"] = world.deploy,
): Promise<SandboxNexus> => {
  const token = world.sandbox.environment.tokens["USDC"]?.address ?? "";
  const to = await world.anyone.getAddress();
  return deploy({
    fleet: equalFleet(voters + 2),
    adapt: (usual) => ({
      ...usual,
      permittedCalls: benchLeaves(token, to),
      ...demandsOf(voters),
    }),
  });
};

/** Lets the first `voters` agents enact `calls`, and measures it. */
export const enactGuarded = async (
  world: BenchWorld,
  nexus: SandboxNexus,
  { voters, nonce }: { readonly voters: number; readonly nonce: number },
  calls: readonly { readonly call: BenchCall; readonly leaf: BookLeaf }[],
): Promise<Cost> => {
  const tree = buildMandateTree(nexus.book.mandate?.leaves ?? []);
  const consensus = Consensus__factory.connect(addressOf(nexus.book, "Consensus"), world.anyone);
  const proposal = proposalOf(
    calls.map(({ call }) => call),
    nonce,
    await deadlineFrom(world.provider),
    TEN_USD,
  );
  const signers = nexus.agents.slice(0, voters).map(({ signer }) => signer);
  const votes = votesFor(await consensus.getAddress(), proposal, signers);
  const callProofs = calls.map(({ leaf }) => callProofOf(tree, leaf));
  return world.measure(consensus.enact(votes, proposal, callProofs, GAS_LIMIT));
};

const measureIn = async (world: BenchWorld, nexus: SandboxNexus, { voters, call }: Guarded): Promise<Cost> => {
  const leaf = transferLeaf(nexus.book, call.target, await world.anyone.getAddress());
  const listed = nexus.book.mandate?.leaves.find(({ key }) => key === leaf.key);
  if (listed === undefined) throw new Error("the bench's mandate does not permit the transfer");
  await enactGuarded(world, nexus, { voters, nonce: 1 }, [{ call, leaf: listed }]);
  return enactGuarded(world, nexus, { voters, nonce: 2 }, [{ call, leaf: listed }]);
};

type Guarded = { readonly voters: number; readonly call: BenchCall };

/** What `call`, a transfer, takes through Mandate, Treasury, breaker and one price of one source, after one warm-up. */
export const measureGuarded = async (world: BenchWorld, voters: number, call: BenchCall): Promise<Cost> =>
  measureIn(world, await deployGuarded(world, voters), { voters, call });

/** The same where the price has three sources, two of which must agree. */
export const measureGuardedByThree = async (world: BenchWorld, voters: number, call: BenchCall): Promise<Cost> =>
  measureIn(world, await deployGuarded(world, voters, world.deployWithAllSources), { voters, call });
