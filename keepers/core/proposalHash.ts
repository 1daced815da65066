import { type Hex, type Keccak, addressWord, concat, word } from "./hex.ts";
import type { Proposal } from "./proposal.ts";
import { domainSeparator, typeHash, typedDigest } from "./typedData.ts";
import type { Address } from "./units.ts";

const CALL_TYPE = "Call(address target,bytes data)";
const CONDITION_TYPE = "Condition(uint8 kind,address subject,address holder,uint256 amount)";
const PROPOSAL_TYPE = `Proposal(uint32 agentId,uint40 nonce,uint40 deadline,address submitter,uint128 maxLoss,uint128 forecast,Call[] calls,Condition[] conditions,bytes32 evidence)${CALL_TYPE}${CONDITION_TYPE}`;

/** Where a signature counts: one chain, one Consensus. */
export type Domain = { readonly chainId: bigint; readonly consensus: Address };

/** The EIP-712 domain separator of Consensus. */
export const consensusSeparator = (keccak: Keccak, { chainId, consensus }: Domain): Hex =>
  domainSeparator(keccak, { name: "NEXUS Consensus", version: "1", chainId, verifyingContract: consensus });

/**
 * Makes the function that computes a proposal's EIP-712 digest: what voters sign, `Consensus.hashProposal` on the chain.
 * Type hashes and domain separator are computed once.
 */
export const proposalHasher = (keccak: Keccak, domain: Domain): ((proposal: Proposal) => Hex) => {
  const callType = typeHash(keccak, CALL_TYPE);
  const conditionType = typeHash(keccak, CONDITION_TYPE);
  const proposalType = typeHash(keccak, PROPOSAL_TYPE);
  const separator = consensusSeparator(keccak, domain);
  return (proposal) => {
    const calls = proposal.calls.map(({ target, data }) =>
      keccak(concat([callType, addressWord(target), keccak(data)])),
    );
    const conditions = proposal.conditions.map(({ kind, subject, holder, amount }) =>
      keccak(concat([conditionType, word(BigInt(kind)), addressWord(subject), addressWord(holder), word(amount)])),
    );
    const structHash = keccak(
      concat([
        proposalType,
        word(proposal.agentId),
        word(proposal.nonce),
        word(proposal.deadline),
        addressWord(proposal.submitter),
        word(proposal.maxLoss),
        word(proposal.forecast),
        keccak(concat(calls)),
        keccak(concat(conditions)),
        proposal.evidence,
      ]),
    );
    return typedDigest(keccak, separator, structHash);
  };
};

/**
 * Makes a hasher total: what a stranger sends may hold numbers that no proposal can, and then it has no digest. The empty
 * one that it gets equals none.
 */
export const safeHasher =
  (hash: (proposal: Proposal) => Hex): ((proposal: Proposal) => Hex) =>
  (proposal) => {
    try {
      return hash(proposal);
    } catch {
      return "0x";
    }
  };
