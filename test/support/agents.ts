import { type VoteKey, at, ethers, networkHelpers, now, voteKey } from "./chain.ts";
import { BOND, type Nexus, nexusFixture, profileOf } from "./nexus.ts";
import { signBinding } from "./votes.ts";

/** Keys that no agent of the fixture has. */
export const spareKey = (index = 0): VoteKey => voteKey(50 + index);

/** The arguments of `register` after the signer: deadline and proof, good for ten minutes. */
export const proofOf = async (f: Pick<Nexus, "addresses">, owner: string, key: VoteKey) => {
  const deadline = (await now()) + 600n;
  return { deadline, proof: await signBinding(f.addresses.registry, owner, key, deadline) };
};

/** What `registerMember` and `join` take. */
export const enrolmentOf = (signer: string, proofDeadline: bigint, proof: string, bond: bigint) => ({
  signer,
  proofDeadline,
  proof,
  bond,
  profile: profileOf(signer),
});

/** Gives agent `agentId` the signer `key`; its owner calls. */
export const rotate = async (
  f: Nexus,
  change: { readonly agentId: bigint; readonly key: VoteKey; readonly overlap: bigint },
  owner = f.operatorA,
): Promise<void> => {
  const { deadline, proof } = await proofOf(f, owner.address, change.key);
  const registry = f.registry.connect(owner);
  await registry.rotateSigner(change.agentId, change.key.address, change.overlap, deadline, proof);
};

/** A contract that accepts by ERC-1271 what `key` signs. */
export const contractOf = async (key: VoteKey): Promise<string> =>
  (await ethers.deployContract("MockAccount", [key.address])).getAddress();

/** The attacker, an honest newcomer here, joins as agent 6 with a contract as signer, for which `key` signs. */
export const seatContract = async (f: Nexus, signer: string, key: VoteKey): Promise<void> => {
  await f.stake.connect(f.deployer).mint(f.attacker.address, BOND);
  await f.stake.connect(f.attacker).approve(f.addresses.registry, BOND);
  const deadline = (await now()) + 600n;
  const proof = await signBinding(f.addresses.registry, f.attacker.address, key, deadline, signer);
  await f.registry.connect(f.attacker).registerMember(enrolmentOf(signer, deadline, proof, BOND));
};

/** Agent 1 has a new signer, and its old one votes for another hour. */
export const OVERLAP = 3_600n;
export const rotatedFixture = async () => {
  const f = await nexusFixture();
  const [oldKey, newKey] = [at(f.voters, 0).key, spareKey()];
  await rotate(f, { agentId: 1n, key: newKey, overlap: OVERLAP });
  return { ...f, oldKey, newKey };
};

/** Where the registration file of agent 6 lies. */
export const URI = "ipfs://bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

/** The attacker, an honest newcomer here, has identity 6 and is no member. */
export const identityFixture = async () => {
  const f = await nexusFixture();
  await f.registry.connect(f.attacker)["register(string)"](URI);
  return f;
};

/** Agent 1 is paused. */
export const pausedFixture = async () => {
  const f = await nexusFixture();
  await f.registry.connect(f.operatorA).pause(1n);
  return f;
};

/** Agent 1 is terminated. */
export const terminatedFixture = async () => {
  const f = await nexusFixture();
  await f.registry.connect(f.operatorA).terminate(1n);
  return f;
};

/** The id of agent 1 was sold to `anyone`. */
export const transferredFixture = async () => {
  const f = await nexusFixture();
  await f.registry.connect(f.operatorA).transferFrom(f.operatorA.address, f.anyone.address, 1n);
  return f;
};

/** What the registry's own tests vote for: it does not care what a digest stands for. */
const DIGEST = ethers.id("a proposal");

/** Votes of `keys` for it, in their order. */
export const votesBy = (keys: readonly VoteKey[]): string =>
  ethers.concat(keys.map((key) => key.signingKey.sign(DIGEST).compactSerialized));

/** Who proposes what is voted for, and with which nonce; agent 1 with nonce 1 unless told otherwise. */
export type Ask = { readonly agentId?: bigint; readonly nonce?: bigint };

/** The arguments of the registry's counting. */
export const countArgs = (votes: string, { agentId = 1n, nonce = 1n }: Ask = {}) =>
  [nonce, votes, DIGEST, agentId] as const;

/** What the registry would say to votes of `keys`. */
export const previewVotes = (f: Pick<Nexus, "registry">, keys: readonly VoteKey[], ask?: Ask) =>
  f.registry.previewVotes(...countArgs(votesBy(keys), ask));

/** Counts votes of `keys`, as Consensus does. */
export const countVotes = async (f: Nexus, keys: readonly VoteKey[], ask?: Ask): Promise<void> => {
  await (await asConsensus(f)).countVotes(...countArgs(votesBy(keys), ask));
};

/** Lets Consensus itself call: the registry listens to nobody else. */
export const asConsensus = async (f: Nexus) => {
  const consensus = await ethers.getImpersonatedSigner(f.addresses.consensus);
  await networkHelpers.setBalance(f.addresses.consensus, 10n ** 18n);
  return f.registry.connect(consensus);
};

/** What a slash of these tests names as its reason. */
export const OPERATION = ethers.id("proposal 7");

/** The DAO slashes agent 1; the payee receives it. */
export const slash = async (f: Nexus, amount: bigint, offenceAt: bigint) =>
  f.registry.connect(f.admin).slash(1n, f.payee.address, amount, offenceAt, OPERATION);

/** Gives the owner of an agent stake, which it adds to the bond. */
export const fillBond = async (f: Nexus, agentId: bigint, amount: bigint, owner = f.operatorA): Promise<void> => {
  await f.stake.connect(f.deployer).mint(owner.address, amount);
  await f.stake.connect(owner).approve(f.addresses.registry, amount);
  await f.registry.connect(owner).addBond(agentId, amount);
};
