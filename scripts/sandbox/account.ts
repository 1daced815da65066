import { type HDNodeWallet, HDNodeWallet as HdWallet, Mnemonic, getAddress } from "ethers";
import type { Control } from "./chain.ts";

/** The mnemonic that every test chain knows. Its keys are public: they hold nothing anywhere else. */
export const TEST_MNEMONIC = "test test test test test test test test test test test junk";

/** Which keys of the test mnemonic the sandbox uses itself; agents and deployers use low indices. */
export const SANDBOX_INDICES = {
  environment: 1000,
  oracleKeeper: 1001,
  pythKeeper: 1002,
  redstoneKeeper: 1003,
  firstTrader: 1010,
  firstAirnode: 1100,
  firstPythSigner: 1110,
  firstRedstoneSigner: 1120,
} as const;

/** What an account sends. `value` in wei, `gas` the limit. */
export type AccountCall = {
  readonly to: string | null;
  readonly data: string;
  readonly value?: bigint;
  readonly gas: bigint;
};

/** A key of the sandbox with its own count of nonces. It signs here and sends raw, as agents do. */
export type Account = {
  readonly address: string;
  readonly wallet: HDNodeWallet;
  /** Signs and sends without waiting for a block; the result is the hash. A refusal re-reads the nonce and throws. */
  readonly send: (call: AccountCall) => Promise<string>;
};

const CHAIN_ID = 1329n;
const MAX_FEE = 2_000_000_000_000n;

/** Derives keys `m/44'/60'/0'/0/index` of the test mnemonic; the slow part is done once. */
export const testKeys = (): ((index: number) => HDNodeWallet) => {
  const parent = HdWallet.fromMnemonic(Mnemonic.fromPhrase(TEST_MNEMONIC), "m/44'/60'/0'/0");
  return (index) => parent.deriveChild(index);
};

/** Text result of a request. @throws Error when the node answers otherwise */
export const textOf = (result: unknown, method: string): string => {
  if (typeof result !== "string") throw new Error(`the node answered ${method} with ${typeof result}`);
  return result;
};

/**
 * An account that sends through `control`.
 * @param tip priority fee in wei per gas; the block is ordered by it
 */
export const createAccount = (control: Control, wallet: HDNodeWallet, tip: bigint): Account => {
  let nonce: number | undefined;
  const readNonce = async (): Promise<number> =>
    Number(textOf(await control("eth_getTransactionCount", [wallet.address, "pending"]), "eth_getTransactionCount"));
  const send: Account["send"] = async ({ to, data, value = 0n, gas }) => {
    nonce ??= await readNonce();
    const used = nonce;
    nonce += 1;
    const raw = await wallet.signTransaction({
      type: 2,
      chainId: CHAIN_ID,
      nonce: used,
      ...(to === null ? {} : { to: getAddress(to) }),
      data,
      value,
      gasLimit: gas,
      maxFeePerGas: MAX_FEE,
      maxPriorityFeePerGas: tip,
    });
    try {
      return textOf(await control("eth_sendRawTransaction", [raw]), "eth_sendRawTransaction");
    } catch (error) {
      nonce = undefined;
      throw error;
    }
  };
  return { address: wallet.address, wallet, send };
};
