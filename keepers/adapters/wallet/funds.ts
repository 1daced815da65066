import { Transaction } from "ethers";
import type { TransactionStore } from "../../core/store.ts";
import type { WalletPorts } from "../../sending/ports.ts";
import type { ChainNode } from "../chain/node.ts";
import { quantityOf } from "../chain/rpc.ts";

/** So many of an account's transactions are looked through: a funding account makes a few an hour. */
const LOOKED_AT = 1_000;

/** Reads balances of accounts at one block. */
export const createBalanceReader =
  (node: Pick<ChainNode, "request">): WalletPorts["readBalances"] =>
  async (accounts, block) => {
    const at = `0x${block.toString(16)}`;
    const balances = await Promise.all(
      accounts.map(async (account) => quantityOf(await node.request("eth_getBalance", [account, at]), "balance")),
    );
    return new Map(accounts.map((account, i) => [account, balances[i] ?? 0n]));
  };

/** Sums up what an account's own transactions pay: those that were mined since a time, and those that are pending. */
export const createPaidReader =
  (store: Pick<TransactionStore, "pending" | "resolved">): WalletPorts["paidSince"] =>
  async (account, sinceMs) => {
    const [pending, resolved] = await Promise.all([store.pending(account), store.resolved(LOOKED_AT, account)]);
    const mined = resolved.filter(({ result, atMs }) => result.kind === "mined" && atMs >= sinceMs);
    return [...pending, ...mined].reduce((sum, { raw }) => sum + Transaction.from(raw).value, 0n);
  };
