import { createSafe, deploySafeCode } from "../../scripts/safe/create.ts";
import {
  type SafeRequest,
  callRequest,
  executionData,
  joinSignatures,
  readSigners,
  safeAt,
  safeDigest,
} from "../../scripts/safe/sign.ts";
import { ethers, voteKey } from "./chain.ts";
import { type Slow, slowFixture } from "./slowPath.ts";

type Key = ReturnType<typeof voteKey>;

/** A Safe of three, two of whom must sign. */
export type TestSafe = { readonly address: string; readonly keys: readonly Key[] };

const FIRST_KEY = { guardian: 80, coSigner: 85 } as const;
const THRESHOLD = 2;
export const CHAIN_ID = 1329n;

const makeSafe = async (f: Slow, code: Awaited<ReturnType<typeof deploySafeCode>>, first: number) => {
  const keys = [voteKey(first), voteKey(first + 1), voteKey(first + 2)];
  const owners = keys.map(({ address }) => address);
  const { address } = await createSafe(f.deployer, code, { owners, threshold: THRESHOLD, salt: 0 });
  return { address, keys };
};

/** The slow path with two Safes: one a guardian of the breaker, the other the co-signer. */
export const safeFixture = async () => {
  const f = await slowFixture();
  const code = await deploySafeCode(f.deployer);
  const guardianSafe = await makeSafe(f, code, FIRST_KEY.guardian);
  const coSafe = await makeSafe(f, code, FIRST_KEY.coSigner);
  await f.breaker.connect(f.admin).setGuardian(guardianSafe.address, true);
  await f.consensus.connect(f.admin).setCoSigner(coSafe.address);
  return { ...f, guardianSafe, coSafe };
};

const sign = (request: SafeRequest, keys: readonly Key[]): readonly string[] =>
  keys.map((key) => key.signingKey.sign(safeDigest(request)).serialized);

/** The signature by which a Safe answers for `hash`, of `keys`: as many as the Safe wants, or it will not answer. */
export const safeSignature = (
  { address }: Pick<TestSafe, "address">,
  hash: string,
  keys: readonly Key[],
  chainId = CHAIN_ID,
): string => {
  const request: SafeRequest = { kind: "hash", chainId, safe: address, hash };
  const owners = keys.map((key) => key.address);
  return joinSignatures(safeDigest(request), sign(request, keys), { owners, threshold: keys.length });
};

/** The Safe makes a call, signed by `keys`. */
export const safeSends = async (
  f: Pick<Slow, "anyone">,
  of: TestSafe,
  call: { readonly to: string; readonly data: string },
  keys = of.keys.slice(1),
) => {
  const safe = safeAt(of.address, ethers.provider);
  const request = await callRequest(safe, CHAIN_ID, call);
  const joined = joinSignatures(safeDigest(request), sign(request, keys), await readSigners(safe));
  return f.anyone.sendTransaction({ to: of.address, data: executionData(call, joined), gasLimit: 1_000_000n });
};
