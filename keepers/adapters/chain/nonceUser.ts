import { Signature, Transaction } from "ethers";
import type { StoredTransaction } from "../../core/store.ts";
import type { NonceUser } from "../../sending/ports.ts";
import type { ChainNode } from "./node.ts";
import { RpcError, isRecord, quantityOf } from "./rpc.ts";

const inHex = (n: bigint): string => `0x${n.toString(16)}`;

/** A transaction is not mined before the block at which it was signed, but that block may have been an endpoint's that was late. */
const LATE_BLOCKS = 64n;

/** The nonce of an account's next transaction at a block. @throws RetryableError when the node cannot say */
export const readNonce = async (node: Pick<ChainNode, "request">, account: string, block: bigint): Promise<bigint> =>
  quantityOf(await node.request("eth_getTransactionCount", [account, inHex(block)]), "nonce");

/** The first block after which an account has used a nonce; undefined where the node does not show it. */
const firstUse = async (
  node: Pick<ChainNode, "request">,
  { account, accountNonce, block: signedAt }: StoredTransaction,
  now: bigint,
): Promise<bigint | undefined> => {
  const isUsed = async (block: bigint): Promise<boolean> => (await readNonce(node, account, block)) > accountNonce;
  let [before, after] = [signedAt > LATE_BLOCKS ? signedAt - LATE_BLOCKS : 0n, now];
  if ((await isUsed(before)) || !(await isUsed(after))) return undefined;
  while (after - before > 1n) {
    const middle = (before + after) / 2n;
    if (await isUsed(middle)) after = middle;
    else before = middle;
  }
  return after;
};

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** What only a transaction of one of the newer types has. */
const feesOf = (shown: Readonly<Record<string, unknown>>, type: number) => {
  const accessList = Array.isArray(shown["accessList"]) ? shown["accessList"] : [];
  if (type === 0) return { gasPrice: textOf(shown["gasPrice"]) };
  if (type === 1) return { gasPrice: textOf(shown["gasPrice"]), accessList };
  const { maxFeePerGas, maxPriorityFeePerGas } = shown;
  return { maxFeePerGas: textOf(maxFeePerGas), maxPriorityFeePerGas: textOf(maxPriorityFeePerGas), accessList };
};

/** The transaction that a node shows, put together again; undefined where its fields make none. */
const rebuilt = (shown: Readonly<Record<string, unknown>>): Transaction | undefined => {
  const { v, r, s } = shown;
  try {
    const type = shown["type"] === undefined ? 0 : Number(quantityOf(shown["type"], "type"));
    const { serialized } = Transaction.from({
      type,
      to: textOf(shown["to"]),
      nonce: Number(quantityOf(shown["nonce"], "nonce")),
      gasLimit: textOf(shown["gas"]),
      data: textOf(shown["input"]),
      value: textOf(shown["value"]),
      chainId: textOf(shown["chainId"]),
      ...feesOf(shown, type),
      signature: Signature.from({ v: Number(quantityOf(v, "v")), r: textOf(r) ?? "", s: textOf(s) ?? "" }),
    });
    // Of the first type a node need not name the chain: the bytes do.
    return Transaction.from(serialized);
  } catch {
    return undefined;
  }
};

/** The chain that stored bytes are signed for; undefined where they are no transaction. */
const chainIdIn = ({ raw }: StoredTransaction): bigint | undefined => {
  try {
    return Transaction.from(raw).chainId;
  } catch {
    return undefined;
  }
};

/** Whether an account's own key signed another transaction than ours with the nonce. A node cannot make one up. */
const isSignedRival = (shown: Readonly<Record<string, unknown>>, tx: StoredTransaction): boolean => {
  const rival = rebuilt(shown);
  if (rival === undefined || rival.from?.toLowerCase() !== tx.account) return false;
  return BigInt(rival.nonce) === tx.accountNonce && rival.chainId === chainIdIn(tx) && rival.hash !== tx.transaction;
};

/**
 * Which transaction used a nonce, read from the block in which it was used. `another` only for one that the account's own key signed,
 * `unknown` where the node does not have that block's state or content any more. @throws RetryableError when the connection breaks
 */
export const whoUsed = async (
  node: Pick<ChainNode, "request">,
  tx: StoredTransaction,
  now: bigint,
): Promise<NonceUser> => {
  try {
    const at = await firstUse(node, tx, now);
    const found = at === undefined ? undefined : await node.request("eth_getBlockByNumber", [inHex(at), true]);
    const inside: readonly unknown[] =
      isRecord(found) && Array.isArray(found["transactions"]) ? found["transactions"] : [];
    const user = inside.filter(isRecord).find(({ from, nonce }) => {
      const isTheirs = typeof from === "string" && from.toLowerCase() === tx.account;
      return isTheirs && quantityOf(nonce, "nonce") === tx.accountNonce;
    });
    if (user === undefined) return "unknown";
    if (typeof user["hash"] === "string" && user["hash"].toLowerCase() === tx.transaction) return "ours";
    return isSignedRival(user, tx) ? "another" : "unknown";
  } catch (error) {
    if (error instanceof RpcError) return "unknown";
    throw error;
  }
};
