import { type Signer, MaxUint256, ZeroHash } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import { AgentRegistry__factory, Mandate__factory, SandboxToken__factory } from "../../types/index.ts";
import { addressOf } from "../../deployments/lookup.ts";
import { untilMined } from "../lib/mined.ts";

/**
 * The vote signer's consent to be bound to an operator's agent, as `IAgentRegistry.registerMember` wants it.
 * @param deadline its last second; by default without end
 */
export const signBinding = async (
  book: AddressBook,
  signer: Signer,
  owner: string,
  deadline: bigint = MaxUint256,
): Promise<string> =>
  signer.signTypedData(
    {
      name: "ERC8004IdentityRegistry",
      version: "1",
      chainId: book.chainId,
      verifyingContract: addressOf(book, "AgentRegistry"),
    },
    {
      SignerBinding: [
        { name: "owner", type: "address" },
        { name: "signer", type: "address" },
        { name: "deadline", type: "uint256" },
      ],
    },
    { owner, signer: await signer.getAddress(), deadline },
  );

/** What an agent tells the others; 32 bytes of hex each, zero for none. See `Profile` of the contracts. */
export type AgentProfile = { readonly uriDigest: string; readonly messageKey: string; readonly boxKey: string };
const NO_PROFILE: AgentProfile = { uriDigest: ZeroHash, messageKey: ZeroHash, boxKey: ZeroHash };

/**
 * Registers an agent of `operator` that votes with `signer`, unless the key has a seat already. It has no message keys yet.
 * @param bond in the stake token's units; the operator must hold it
 * @returns the agent's id
 */
export const registerAgent = async (
  book: AddressBook,
  operator: Signer,
  signer: Signer,
  bond: bigint,
): Promise<number> => {
  const registry = AgentRegistry__factory.connect(addressOf(book, "AgentRegistry"), operator);
  const key = await signer.getAddress();
  if ((await registry.signerRecordOf(key)).agentId === 0n) {
    const stake = SandboxToken__factory.connect(await registry.STAKE_TOKEN(), operator);
    await untilMined(await stake.approve(registry, bond));
    const proof = await signBinding(book, signer, await operator.getAddress());
    const enrolment = { signer: key, proofDeadline: MaxUint256, proof, bond, profile: NO_PROFILE };
    await untilMined(await registry.registerMember(enrolment));
  }
  const { agentId } = await registry.signerRecordOf(key);
  return Number(agentId);
};

/** Creates the slots of an agent's limits for `tokens`, so that no trade pays for them; whoever sends it pays. */
export const primeLimits = async (
  book: AddressBook,
  payer: Signer,
  agentId: number,
  tokens: readonly string[],
): Promise<void> => {
  const mandate = Mandate__factory.connect(addressOf(book, "Mandate"), payer);
  for (const token of tokens) await untilMined(await mandate.prime(agentId, token));
};
