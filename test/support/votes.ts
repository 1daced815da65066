import { type BenchCondition, PROPOSAL_TYPES } from "../../scripts/bench/nexusFlows.ts";
import { ethers, type VoteKey } from "./chain.ts";

export type { BenchCondition };

export type Call = { target: string; data: string };

/** What agents vote on, as `Proposal.sol` has it. */
export type Proposal = {
  agentId: bigint;
  nonce: bigint;
  deadline: bigint;
  submitter: string;
  maxLoss: bigint;
  forecast: bigint;
  calls: Call[];
  conditions: BenchCondition[];
  evidence: string;
};

/** An agent's key with the id under which it votes. */
export type Voter = { readonly agentId: bigint; readonly key: VoteKey };

/** The EIP-712 domain of a Consensus. */
export type VotingDomain = {
  readonly name: string;
  readonly version: string;
  readonly chainId: bigint;
  readonly verifyingContract: string;
};

/** What the owner of an id and its signer agree on. */
const BINDING_TYPES = {
  SignerBinding: [
    { name: "owner", type: "address" },
    { name: "signer", type: "address" },
    { name: "deadline", type: "uint256" },
  ],
};

export const votingDomain = (consensus: string, chainId = 1329n): VotingDomain => ({
  name: "NEXUS Consensus",
  version: "1",
  chainId,
  verifyingContract: consensus,
});

/** The digest that voters sign, computed by ethers and not by our contracts. */
export const proposalDigest = (domain: VotingDomain, proposal: Proposal): string =>
  ethers.TypedDataEncoder.hash(domain, PROPOSAL_TYPES, proposal);

/** One vote: 64 bytes, ERC-2098. */
export const signVote = (domain: VotingDomain, proposal: Proposal, key: VoteKey): string =>
  key.signingKey.sign(proposalDigest(domain, proposal)).compactSerialized;

/** Votes in the order given. */
export const signVotesAsIs = (domain: VotingDomain, proposal: Proposal, voters: readonly Voter[]): string =>
  ethers.concat(voters.map(({ key }) => signVote(domain, proposal, key)));

/** Votes in the order that Consensus wants: strictly ascending agent ids. */
export const signVotes = (domain: VotingDomain, proposal: Proposal, voters: readonly Voter[]): string =>
  signVotesAsIs(
    domain,
    proposal,
    [...voters].sort((a, b) => (a.agentId < b.agentId ? -1 : 1)),
  );

/** A signer's proof that it lets `owner` name it. */
export const signBinding = (
  registry: string,
  owner: string,
  key: VoteKey,
  deadline: bigint,
  signer = key.address,
): Promise<string> =>
  key.signTypedData(
    { name: "ERC8004IdentityRegistry", version: "1", chainId: 1329n, verifyingContract: registry },
    BINDING_TYPES,
    { owner, signer, deadline },
  );
