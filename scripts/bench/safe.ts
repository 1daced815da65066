import { testKeys } from "../sandbox/account.ts";
import { createSafe, deploySafeCode } from "../safe/create.ts";
import { callRequest, executionData, joinSignatures, readSigners, safeAt, safeDigest } from "../safe/sign.ts";
import type { BenchCall } from "./nexusFlows.ts";
import type { Cost } from "./trace.ts";
import type { BenchWorld } from "./world.ts";

const FIRST_OWNER = 200;
const CHAIN_ID = 1329n;

/**
 * What a Safe 1.5 of `signers + 2` owners takes for one call with `signers` signatures, its nonce warm.
 * @param fund gives the Safe what the call spends
 */
export const measureSafe = async (
  world: BenchWorld,
  signers: number,
  call: BenchCall,
  fund: (safe: string) => Promise<void>,
): Promise<Cost> => {
  const keyAt = testKeys();
  const keys = Array.from({ length: signers + 2 }, (_, index) => keyAt(FIRST_OWNER + index));
  const owners = keys.map(({ address }) => address);
  const { anyone } = world;
  const made = await createSafe(anyone, await deploySafeCode(anyone), { owners, threshold: signers, salt: signers });
  const safe = safeAt(made.address, anyone);
  const who = await readSigners(safe);
  const execute = async (): Promise<Cost> => {
    const request = await callRequest(safe, CHAIN_ID, { to: call.target, data: call.data });
    const digest = safeDigest(request);
    const signed = keys.slice(0, signers).map((key) => key.signingKey.sign(digest).serialized);
    const data = executionData({ to: call.target, data: call.data }, joinSignatures(digest, signed, who));
    return world.measure(anyone.sendTransaction({ to: made.address, data }));
  };
  await fund(made.address);
  await execute();
  return execute();
};
