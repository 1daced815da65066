import { type VoteKey, now, voteKey } from "./chain.ts";
import { type Nexus, nexusFixture } from "./nexus.ts";

/** The account that an agent names. */
export const wallet = voteKey(70);

const TYPES = {
  AgentWalletSet: [
    { name: "agentId", type: "uint256" },
    { name: "newWallet", type: "address" },
    { name: "owner", type: "address" },
    { name: "deadline", type: "uint256" },
  ],
};

export type Claim = {
  readonly agentId?: bigint;
  readonly newWallet?: string;
  readonly owner?: string;
  readonly key?: VoteKey;
};

/** The consent of `key`, the new wallet unless told otherwise, in the domain that ERC-5267 tells. */
export const consent = async (
  f: Pick<Nexus, "registry" | "operatorA">,
  deadline: bigint,
  claim: Claim = {},
): Promise<string> => {
  const { agentId = 1n, newWallet = wallet.address, owner = f.operatorA.address, key = wallet } = claim;
  const told = await f.registry.eip712Domain();
  const domain = {
    name: told.name,
    version: told.version,
    chainId: told.chainId,
    verifyingContract: told.verifyingContract,
  };
  return key.signTypedData(domain, TYPES, { agentId, newWallet, owner, deadline });
};

/** Agent 1 has the wallet. */
export const walletFixture = async () => {
  const f = await nexusFixture();
  const deadline = (await now()) + 100n;
  await f.registry.connect(f.operatorA).setAgentWallet(1n, wallet.address, deadline, await consent(f, deadline));
  return f;
};
