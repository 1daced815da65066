import { type HDNodeWallet, type Provider, Signature, TypedDataEncoder, ZeroAddress, ZeroHash, concat } from "ethers";
import type { BookLeaf } from "../../deployments/schema.ts";
import { SandboxUSDC__factory } from "../../types/index.ts";
import type { LeafTree } from "../../deployments/mandateTree.ts";

/** A call as `BenchProposal` has it. */
export type BenchCall = { readonly target: string; readonly data: string };

/** A post-condition as `BenchProposal` has it; `kind` is a `ConditionKind`. */
export type BenchCondition = {
  readonly kind: number;
  readonly subject: string;
  readonly holder: string;
  readonly amount: bigint;
};

/** A proposal as the contracts take it. */
export type BenchProposal = {
  readonly agentId: number;
  readonly nonce: number;
  readonly deadline: number;
  readonly submitter: string;
  readonly maxLoss: bigint;
  readonly forecast: bigint;
  readonly calls: BenchCall[];
  readonly conditions: BenchCondition[];
  readonly evidence: string;
};

/** EIP-712 types of a proposal, as ethers takes them. */
export const PROPOSAL_TYPES = {
  Proposal: [
    { name: "agentId", type: "uint32" },
    { name: "nonce", type: "uint40" },
    { name: "deadline", type: "uint40" },
    { name: "submitter", type: "address" },
    { name: "maxLoss", type: "uint128" },
    { name: "forecast", type: "uint128" },
    { name: "calls", type: "Call[]" },
    { name: "conditions", type: "Condition[]" },
    { name: "evidence", type: "bytes32" },
  ],
  Call: [
    { name: "target", type: "address" },
    { name: "data", type: "bytes" },
  ],
  Condition: [
    { name: "kind", type: "uint8" },
    { name: "subject", type: "address" },
    { name: "holder", type: "address" },
    { name: "amount", type: "uint256" },
  ],
};

/** EIP-712 types of a vote on the slow path. */
export const BALLOT_TYPES = {
  Ballot: [
    { name: "proposalHash", type: "bytes32" },
    { name: "riskClass", type: "uint8" },
    { name: "support", type: "uint8" },
  ],
};

/** A proposal of agent 1 that anyone may send. */
export const proposalOf = (
  calls: readonly BenchCall[],
  nonce: number,
  deadline: number,
  maxLoss = 0n,
): BenchProposal => ({
  agentId: 1,
  nonce,
  deadline,
  submitter: ZeroAddress,
  maxLoss,
  forecast: 0n,
  calls: [...calls],
  conditions: [],
  evidence: ZeroHash,
});

const domainOf = (consensus: string) => ({
  name: "NEXUS Consensus",
  version: "1",
  chainId: 1329,
  verifyingContract: consensus,
});

const signedBy = (signers: readonly HDNodeWallet[], digest: string): string =>
  concat(signers.map((signer) => Signature.from(signer.signingKey.sign(digest)).compactSerialized));

/** What a proposal is known by. */
export const hashOf = (consensus: string, proposal: BenchProposal): string =>
  TypedDataEncoder.hash(domainOf(consensus), PROPOSAL_TYPES, proposal);

/** The votes of `signers`, who stand in the order of their agents' ids, to enact a proposal at once. */
export const votesFor = (consensus: string, proposal: BenchProposal, signers: readonly HDNodeWallet[]): string =>
  signedBy(signers, hashOf(consensus, proposal));

/** Their votes for it on the slow path, in a class. */
export const ballotsFor = (
  consensus: string,
  proposal: BenchProposal,
  riskClass: number,
  signers: readonly HDNodeWallet[],
): string => {
  const ballot = { proposalHash: hashOf(consensus, proposal), riskClass, support: 1 };
  return signedBy(signers, TypedDataEncoder.hash(domainOf(consensus), BALLOT_TYPES, ballot));
};

export const transferCall = (token: string, to: string, amount: bigint): BenchCall => ({
  target: token,
  data: SandboxUSDC__factory.createInterface().encodeFunctionData("transfer", [to, amount]),
});

/** The call proof that a leaf needs in a tree. */
export const callProofOf = (tree: LeafTree, leaf: BookLeaf) => ({
  decoder: leaf.decoder,
  minClass: leaf.minClass,
  proof: [...tree.proofOf(leaf)],
});

/** A deadline that a Routine proposal may have: well within a minute of the newest block, in seconds since the epoch. */
export const deadlineFrom = async (provider: Provider): Promise<number> => {
  const block = await provider.getBlock("latest");
  if (block === null) throw new Error("the node has no newest block");
  return block.timestamp + 30;
};
