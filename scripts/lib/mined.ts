import { setTimeout as sleep } from "node:timers/promises";
import { type Provider, type TransactionReceipt, type TransactionResponse, makeError } from "ethers";
import { reasonOf } from "../../keepers/adapters/readers/reason.ts";
import { NoChainError } from "./exitCode.ts";

/** So long a transaction is waited for, in milliseconds. */
const PATIENCE_MS = 60_000;
const POLLING_MS = 100;

const reverted = (receipt: TransactionReceipt): Error => {
  const details = { action: "sendTransaction", data: null, reason: null, invocation: null, revert: null } as const;
  const transaction = { to: receipt.to, from: receipt.from, data: "" };
  const cause = makeError("transaction execution reverted", "CALL_EXCEPTION", { ...details, transaction, receipt });
  return new Error(`${receipt.hash} did not go through: ${reasonOf(cause)}`, { cause });
};

/** The receipt, or why there is none. What a node cannot answer is told apart from what is not so. */
const lookAt = async (
  provider: Pick<Provider, "getTransactionReceipt">,
  hash: string,
): Promise<{ readonly receipt: TransactionReceipt | null; readonly trouble: string }> => {
  try {
    return { receipt: await provider.getTransactionReceipt(hash), trouble: "" };
  } catch (error) {
    return { receipt: null, trouble: `: ${reasonOf(error)}` };
  }
};

type Sent = Pick<TransactionResponse, "hash"> & { readonly provider: Pick<Provider, "getTransactionReceipt"> };

/**
 * Waits until a transaction that was sent is mined. What a node cannot answer meanwhile, as while it builds its index, is asked
 * again: it says nothing of the transaction.
 * @throws Error when it reverted; NoChainError when no node has said for too long, and it may have gone through
 */
export const untilMined = async ({ hash, provider }: Sent, patienceMs = PATIENCE_MS): Promise<TransactionReceipt> => {
  const started = performance.now();
  for (;;) {
    const { receipt, trouble } = await lookAt(provider, hash);
    if (receipt?.status === 0) throw reverted(receipt);
    if (receipt !== null) return receipt;
    if (performance.now() - started > patienceMs) {
      const waited = `${Math.round(patienceMs / 1_000)} s`;
      throw new NoChainError(
        `${hash} was sent, and the node does not say within ${waited} what became of it${trouble}: look at it before you send it again`,
      );
    }
    await sleep(POLLING_MS);
  }
};
