import { network } from "hardhat";
import { Signature, TypedDataEncoder, ZeroAddress, ZeroHash, concat, getCreateAddress } from "ethers";
import { PROPOSAL_TYPES } from "./scripts/bench/nexusFlows.ts";
const { ethers, networkHelpers } = await network.create();
const [me, ...ops] = await ethers.getSigners();
const stake = await ethers.deployContract("SandboxToken", ["S", "S", 18]).catch(() => ethers.deployContract("SandboxToken", ["S", "S"]));
const n = await me!.getNonce(); const at = (o: number) => getCreateAddress({ from: me!.address, nonce: n + o });
const registry: any = await ethers.deployContract("AgentRegistry", [me!.address, at(1), ZeroAddress, await stake.getAddress(), 1n, 10_000, 10_000]);
const consensus: any = await ethers.deployContract("Consensus", [me!.address, at(0), at(2), at(3)]);
const actor: any = await ethers.deployContract("BareActor", [at(1)]);
const breaker: any = await ethers.deployContract("CircuitBreaker", [me!.address, me!.address]);
const usdc: any = await ethers.deployContract("SandboxToken", ["U", "U", 18]).catch(() => ethers.deployContract("SandboxToken", ["U", "U"]));
const keys = [];
for (let i = 0; i < 7; i++) {
  const op = ops[i]!; const key = ethers.Wallet.createRandom();
  await (stake as any).mint(op.address, 10n ** 20n); await (stake as any).connect(op).approve(at(0), 10n ** 20n);
  const deadline = 2n ** 40n;
  const proof = await key.signTypedData({ name: "NEXUS AgentRegistry", version: "1", chainId: 1329, verifyingContract: at(0) }, { SignerBinding: [{ name: "owner", type: "address" }, { name: "signer", type: "address" }, { name: "deadline", type: "uint256" }] }, { owner: op.address, signer: key.address, deadline });
  const r = await (await registry.connect(op).registerMember({ signer: key.address, proofDeadline: deadline, proof, bond: 10n ** 20n, profile: { uriDigest: ethers.id("a"), messageKey: ethers.id("b"), boxKey: ethers.id("c") } })).wait();
  if (i > 4) console.log("register", r.gasUsed);
  keys.push(key);
}
for (const c of [0, 1, 2]) await (await consensus.setPolicy(c, { threshold: 500, minVoters: 5, minOperators: 1, maxDeadline: c ? 86400 : 60, delay: c ? 60 : 0 })).wait();
const dest = ops[9]!.address; await usdc.mint(await actor.getAddress(), 10n ** 20n); await usdc.mint(dest, 1n);
const domain = { name: "NEXUS Consensus", version: "1", chainId: 1329, verifyingContract: at(1) };
const run = async (nonce: number) => {
  const p = { agentId: 1, nonce, deadline: (await networkHelpers.time.latest()) + 3600, executor: ZeroAddress, maxLoss: 0n, forecast: 0n, calls: [{ target: await usdc.getAddress(), data: usdc.interface.encodeFunctionData("transfer", [dest, 1000n]) }], conditions: [{ kind: 0, subject: await usdc.getAddress(), holder: dest, amount: 1n }], evidence: ZeroHash };
  const hash = TypedDataEncoder.hash(domain, PROPOSAL_TYPES, p);
  const sig = (k: any, support: number) => Signature.from(k.signingKey.sign(TypedDataEncoder.hash(domain, { Ballot: [{ name: "proposalHash", type: "bytes32" }, { name: "riskClass", type: "uint8" }, { name: "support", type: "uint8" }] }, { proposalHash: hash, riskClass: 1, support }))).compactSerialized;
  const r1 = await (await consensus.propose(p, 1, concat(keys.slice(0, 5).map((k) => sig(k, 1))))).wait();
  console.log(await consensus.ballotOf(hash));
  await me!.sendTransaction({ to: keys[5]!.address, value: 10n ** 18n });
  const rv = await (await consensus.connect(keys[5]!.connect(ethers.provider)).castVote(hash, 0)).wait();
  await networkHelpers.time.increase(61);
  const r2 = await (await consensus.connect(me).execute(p, [], "0x")).wait();
  if ((globalThis as any).prof) { console.log("PROPOSE"); await (globalThis as any).prof(ethers.provider, r1.hash); console.log("VOTE"); await (globalThis as any).prof(ethers.provider, rv.hash); console.log("EXECUTE"); await (globalThis as any).prof(ethers.provider, r2.hash); }
  console.log("propose", r1.gasUsed, "execute", r2.gasUsed, "sum", r1.gasUsed + r2.gasUsed, "vote", rv.gasUsed);
};
await run(1); const { profile } = await import("./zz_prof.ts"); (globalThis as any).prof = profile; await run(2);
console.log("sizes", (await ethers.provider.getCode(at(0))).length / 2, (await ethers.provider.getCode(at(1))).length / 2);
