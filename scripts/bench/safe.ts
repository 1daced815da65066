import { type HDNodeWallet, Contract, ZeroAddress, concat, getAddress } from "ethers";
import { deployArtifact, readArtifact } from "../sandbox/dex.ts";
import { testKeys } from "../sandbox/account.ts";
import type { Call } from "./nexusFlows.ts";
import type { Cost } from "./trace.ts";
import type { World } from "./world.ts";

const BUILD = "@safe-global/safe-smart-account/build/artifacts/contracts";
const ARTIFACTS = {
  safe: `${BUILD}/Safe.sol/Safe.json`,
  factory: `${BUILD}/proxies/SafeProxyFactory.sol/SafeProxyFactory.json`,
} as const;
const FIRST_OWNER = 200;
const CALL = 0;

const createSafe = async (world: World, owners: readonly HDNodeWallet[], threshold: number): Promise<Contract> => {
  const singleton = await deployArtifact(world.anyone, readArtifact(ARTIFACTS.safe));
  const factory = await deployArtifact(world.anyone, readArtifact(ARTIFACTS.factory));
  const setup = singleton.interface.encodeFunctionData("setup", [
    owners.map(({ address }) => address),
    threshold,
    ZeroAddress,
    "0x",
    ZeroAddress,
    ZeroAddress,
    0n,
    ZeroAddress,
  ]);
  const create = factory.getFunction("createProxyWithNonce");
  const proxy: unknown = await create.staticCall(singleton.target, setup, threshold);
  const sent: { readonly wait: () => Promise<unknown> } = await create.send(singleton.target, setup, threshold);
  await sent.wait();
  return new Contract(getAddress(String(proxy)), singleton.interface, world.anyone);
};

/** Signatures of the owners in ascending order of their addresses, as Safe wants them. */
const signAll = (owners: readonly HDNodeWallet[], digest: string): string => {
  const ascending = [...owners].sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
  return concat(ascending.map((owner) => owner.signingKey.sign(digest).serialized));
};

const execute = async (world: World, safe: Contract, owners: readonly HDNodeWallet[], call: Call): Promise<Cost> => {
  const nonce: unknown = await safe.getFunction("nonce").staticCall();
  const rest = [0n, 0n, 0n, ZeroAddress, ZeroAddress] as const;
  const action = [call.target, 0n, call.data, CALL] as const;
  const digest: unknown = await safe.getFunction("getTransactionHash").staticCall(...action, ...rest, nonce);
  const args = [...action, ...rest, signAll(owners, String(digest))];
  return world.measure(safe.getFunction("execTransaction").send(...args));
};

/**
 * What a Safe 1.5 of `signers + 2` owners takes for one call with `signers` signatures, its nonce warm.
 * @param fund gives the Safe what the call spends
 */
export const measureSafe = async (
  world: World,
  signers: number,
  call: Call,
  fund: (safe: string) => Promise<void>,
): Promise<Cost> => {
  const keyAt = testKeys();
  const owners = Array.from({ length: signers + 2 }, (_, index) => keyAt(FIRST_OWNER + index));
  const safe = await createSafe(world, owners, signers);
  await fund(await safe.getAddress());
  await execute(world, safe, owners.slice(0, signers), call);
  return execute(world, safe, owners.slice(0, signers), call);
};
