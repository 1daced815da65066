import { network } from "hardhat";

const connection = await network.create();

/** One chain for all contract tests of a run; fixtures bring it back to where they began. */
export const { ethers, networkHelpers } = connection;

export const { time } = networkHelpers;

const MOVES_CLOCK = ["evm_setNextBlockTimestamp", "evm_increaseTime"];
const MAKES_BLOCK = ["eth_sendTransaction", "eth_sendRawTransaction", "evm_mine", "hardhat_mine"];

/**
 * Lets the chain's clock stand still but for a test that moves it. The node's clock follows the machine's, so that a slow
 * machine would reach the next second between two transactions, and by some tests' long fixtures the end of a proposal.
 */
const holdClock = (): void => {
  const { provider } = connection;
  const request = provider.request.bind(provider);
  let moved = false;
  let before: Promise<unknown> = Promise.resolve();
  const atHeldTime = async (call: Parameters<typeof request>[0]): Promise<unknown> => {
    if (!moved) await request({ method: "evm_setNextBlockTimestamp", params: [await time.latest()] });
    moved = false;
    return request(call);
  };
  provider.request = async (call): Promise<unknown> => {
    if (MOVES_CLOCK.includes(call.method)) moved = true;
    if (!MAKES_BLOCK.includes(call.method)) return request(call);
    // One after the other: a block in between would be later than the time that was read.
    const made = before.then(() => atHeldTime(call));
    before = made.catch(() => undefined);
    return made;
  };
};
holdClock();

/** The fixture's state, as if it had just been made, one second before the block that comes. */
export const loadFixture = async <T>(fixture: () => Promise<T>): Promise<T> => {
  const state = await networkHelpers.loadFixture(fixture);
  await time.setNextBlockTimestamp((await time.latest()) + 1);
  return state;
};

/** Where `restore` brings the chain back to, one second before the block that comes. */
export const takeSnapshot = async (): Promise<{ readonly restore: () => Promise<void> }> => {
  const snapshot = await networkHelpers.takeSnapshot();
  const restore = async (): Promise<void> => {
    await snapshot.restore();
    await time.setNextBlockTimestamp((await time.latest()) + 1);
  };
  return { restore };
};

export type Signer = Awaited<ReturnType<typeof ethers.getSigners>>[number];

const ROLES = [
  "deployer",
  "admin",
  "guardian",
  "operatorA",
  "operatorB",
  "operatorC",
  "depositor",
  "attacker",
  "payee",
  "anyone",
] as const;
export type Role = (typeof ROLES)[number];
export type Actors = Readonly<Record<Role, Signer>>;

/** Signers by role, so that no test counts them and none is undefined. */
export const actors = async (): Promise<Actors> => {
  const signers = await ethers.getSigners();
  const at = (role: Role): Signer => {
    const signer = signers[ROLES.indexOf(role)];
    if (signer === undefined) throw new Error(`the node has no signer for ${role}`);
    return signer;
  };
  return {
    deployer: at("deployer"),
    admin: at("admin"),
    guardian: at("guardian"),
    operatorA: at("operatorA"),
    operatorB: at("operatorB"),
    operatorC: at("operatorC"),
    depositor: at("depositor"),
    attacker: at("attacker"),
    payee: at("payee"),
    anyone: at("anyone"),
  };
};

const mnemonic = ethers.Mnemonic.fromPhrase("test test test test test test test test test test test junk");
const keys = ethers.HDNodeWallet.fromMnemonic(mnemonic, "m/44'/60'/0'/0");

/** A key that signs votes; index zero is the first one that no role above uses. */
export const voteKey = (index: number) => keys.deriveChild(100 + index);
export type VoteKey = ReturnType<typeof voteKey>;

/** The chain's clock, in seconds. */
export const now = async (): Promise<bigint> => BigInt(await time.latest());

/** The element at `index`. @throws RangeError when there is none */
export const at = <T>(list: readonly T[], index: number): T => {
  const item = list[index];
  if (item === undefined) throw new RangeError(`no element ${index} among ${list.length}`);
  return item;
};

/** 18 decimals: tokens, dollars of value, prices. */
export const WAD = 10n ** 18n;
/** One dollar of the base asset. */
export const USDC = 10n ** 6n;
export const DAY = 86_400n;
export const ZERO = ethers.ZeroAddress;
