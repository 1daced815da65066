import { id } from "ethers";
import { AgentRegistry__factory, SandboxToken__factory } from "../../types/index.ts";
import { registerAgent, signBinding } from "../deploy/agents.ts";
import { testKeys } from "../sandbox/account.ts";
import { BOND } from "../sandbox/fleet.ts";
import { deployBareConsensus } from "./enact.ts";
import { deadlineFrom } from "./nexusFlows.ts";
import type { Cost } from "./trace.ts";
import type { BenchWorld } from "./world.ts";
import { addressOf } from "../../deployments/lookup.ts";

const ETHER = 10n ** 18n;
const FIRST_KEY = 400;

/**
 * What the first registration of an operator takes: uri digest, vote signer, message key, box key and bond, approved
 * beforehand for exactly this bond, which is all the stake that the operator has. One other operator registered before.
 */
export const measureRegister = async (world: BenchWorld): Promise<Cost> => {
  const { provider, sandbox } = world;
  const book = await deployBareConsensus(world);
  const keyAt = testKeys();
  const [first, second] = [0, 2].map((offset) => keyAt(FIRST_KEY + offset).connect(provider));
  if (first === undefined || second === undefined) throw new Error("two operators are needed");
  for (const { address } of [first, second]) {
    await sandbox.setBalance(address, 100n * ETHER);
    await sandbox.mint("STAKE", address, BOND * ETHER);
  }
  await registerAgent(book, first, keyAt(FIRST_KEY + 1), BOND * ETHER);

  const registry = AgentRegistry__factory.connect(addressOf(book, "AgentRegistry"), second);
  const stake = SandboxToken__factory.connect(await registry.STAKE_TOKEN(), second);
  await (await stake.approve(registry, BOND * ETHER)).wait();
  const signer = keyAt(FIRST_KEY + 3);
  const proofDeadline = BigInt(await deadlineFrom(provider));
  return world.measure(
    registry.registerMember({
      signer: signer.address,
      proofDeadline,
      proof: await signBinding(book, signer, second.address, proofDeadline),
      bond: BOND * ETHER,
      profile: { uriDigest: id("uri"), messageKey: id("message"), boxKey: id("box") },
    }),
  );
};
