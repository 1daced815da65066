import { Transaction, keccak256 } from "ethers";
import { FatalError } from "../../core/errors.ts";
import { hex } from "../../core/hex.ts";
import type { Address } from "../../core/units.ts";
import type { PipelinePorts } from "../../sending/ports.ts";
import type { Key } from "../chain/keys.ts";

/** Signs a transaction of one of its accounts, for one chain. Keys in this process, or another process behind a socket. */
export type TransactionSigner = PipelinePorts["sign"];

/** Signs with keys in this process. Legacy transactions: on Sei their whole gas price decides their place in a block. */
export const localSigner = (keys: readonly Key[], chainId: bigint): TransactionSigner => {
  const byAddress = new Map<Address, Key>(keys.map((key) => [key.address, key]));
  return (account, { to, data, value, nonce, gasLimit, gasPrice }) => {
    const key = byAddress.get(account);
    if (key === undefined) return Promise.reject(new FatalError(`there is no key for the account ${account}`));
    const unsigned = { type: 0, chainId, to, data, value, nonce: Number(nonce), gasLimit, gasPrice };
    const transaction = Transaction.from(unsigned);
    transaction.signature = key.signingKey.sign(transaction.unsignedHash);
    const raw = hex(transaction.serialized);
    return Promise.resolve({ raw, transaction: hex(keccak256(raw)) });
  };
};
