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

/**
 * Which transaction used a nonce, read from the block in which it was used. `unknown` where the node does not have that block's
 * state or content any more. @throws RetryableError when the connection breaks
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
    return user["hash"] === tx.transaction ? "ours" : "another";
  } catch (error) {
    if (error instanceof RpcError) return "unknown";
    throw error;
  }
};
