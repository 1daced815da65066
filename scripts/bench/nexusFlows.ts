import { type HDNodeWallet, type Provider, Signature, TypedDataEncoder, ZeroAddress, ZeroHash, concat } from "ethers";
import type { MandateLeaf } from "../../deployments/schema.ts";
import { SandboxUSDC__factory } from "../../types/index.ts";
import type { MandateTree } from "../../deployments/mandateTree.ts";

/** A call as `Proposal` has it. */
export type Call = { readonly target: string; readonly data: string };

/** A post-condition as `Proposal` has it; `kind` is a `ConditionKind`. */
export type Condition = {
  readonly kind: number;
  readonly subject: string;
  readonly holder: string;
  readonly amount: bigint;
};

/** A proposal as the contracts take it. */
export type Proposal = {
  readonly agentId: number;
  readonly nonce: number;
  readonly deadline: number;
  readonly executor: string;
  readonly maxLoss: bigint;
  readonly forecast: bigint;
  readonly calls: Call[];
  readonly conditions: Condition[];
  readonly evidence: string;
};

/** EIP-712 types of a proposal, as ethers takes them. */
export const PROPOSAL_TYPES = {
  Proposal: [
    { name: "agentId", type: "uint32" },
    { name: "nonce", type: "uint40" },
    { name: "deadline", type: "uint40" },
    { name: "executor", type: "address" },
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
export const proposalOf = (calls: readonly Call[], nonce: number, deadline: number, maxLoss = 0n): Proposal => ({
  agentId: 1,
  nonce,
  deadline,
  executor: ZeroAddress,
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
export const hashOf = (consensus: string, proposal: Proposal): string =>
  TypedDataEncoder.hash(domainOf(consensus), PROPOSAL_TYPES, proposal);

/** The votes of `signers`, who stand in the order of their agents' ids, to enact a proposal at once. */
export const votesFor = (consensus: string, proposal: Proposal, signers: readonly HDNodeWallet[]): string =>
  signedBy(signers, hashOf(consensus, proposal));

/** Their votes for it on the slow path, in a class. */
export const ballotsFor = (
  consensus: string,
  proposal: Proposal,
  riskClass: number,
  signers: readonly HDNodeWallet[],
): string => {
  const ballot = { proposalHash: hashOf(consensus, proposal), riskClass, support: 1 };
  return signedBy(signers, TypedDataEncoder.hash(domainOf(consensus), BALLOT_TYPES, ballot));
};

export const transferCall = (token: string, to: string, amount: bigint): Call => ({
  target: token,
  data: SandboxUSDC__factory.createInterface().encodeFunctionData("transfer", [to, amount]),
});

/** The grant that a leaf needs in a tree. */
export const grantOf = (tree: MandateTree, leaf: MandateLeaf) => ({
  decoder: leaf.decoder,
  leastClass: leaf.leastClass,
  proof: [...tree.proofOf(leaf)],
});

/** A deadline that a Routine proposal may have: well within a minute of the newest block, in seconds since the epoch. */
export const deadlineFrom = async (provider: Provider): Promise<number> => {
  const block = await provider.getBlock("latest");
  if (block === null) throw new Error("the node has no newest block");
  return block.timestamp + 30;
};
