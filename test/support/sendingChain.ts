import { keccak256, toUtf8Bytes } from "ethers";
import { type Hex, hex } from "../../keepers/core/hex.ts";
import { type Address, type BlockNumber, blockNumber, unixSeconds } from "../../keepers/core/units.ts";
import type { MinedTransaction } from "../../keepers/sending/flight.ts";
import type { ChainTime, UnsignedTransaction } from "../../keepers/sending/operation.ts";

/** What a fake transaction carries, as text in its bytes. */
type Content = {
  readonly account: Address;
  readonly nonce: number;
  readonly gasPrice: string;
  /** The operation and its last second where the contract enforces one; absent in a cancellation. */
  readonly operation?: string;
  readonly until?: number;
  /** Whether the contract does it once, by its identity. */
  readonly isOnce?: boolean;
};

/** The calldata of a fake operation. */
export const callData = (content: Pick<Content, "operation" | "until" | "isOnce">): Hex =>
  hex(`0x${Buffer.from(JSON.stringify(content)).toString("hex")}`);

const readJson = (bytes: Hex): object => {
  const parsed: unknown = JSON.parse(Buffer.from(bytes.slice(2), "hex").toString() || "{}");
  return typeof parsed === "object" && parsed !== null ? parsed : {};
};

/** Signs as far as a fake chain cares. */
export const signFake = (account: Address, { data, nonce, gasPrice }: UnsignedTransaction) => {
  const text = JSON.stringify({ ...readJson(data), account, nonce: Number(nonce), gasPrice: gasPrice.toString() });
  const raw = hex(`0x${Buffer.from(text).toString("hex")}`);
  return { raw, transaction: hex(keccak256(toUtf8Bytes(text))) };
};

const isContent = (value: object): value is Content => "account" in value && "nonce" in value && "gasPrice" in value;

const GENESIS = 100n;
/** Mempools of Sei forget after so many blocks. */
const FORGOTTEN_AFTER = 10n;
const REPLACE_PERCENT = 110n;
const GAS = 100_000n;

/**
 * The rules of a chain that matter to senders, in memory: nonces and mempool of many accounts, contracts that do an
 * operation once or refuse it after a time, and what every operation brought about.
 */
export const createSendingChain = (accounts: readonly Address[]) => {
  let block = GENESIS;
  let baseFee = 10n;
  const mempool = new Map<Hex, { readonly content: Content; readonly since: bigint }>();
  const mined = new Map<Hex, MinedTransaction>();
  const effects = new Map<string, number>();
  /** The nonce of each account at each block. */
  const history = new Map<Address, bigint[]>(accounts.map((account) => [account, [0n]]));
  const time = (at: bigint): bigint => 1_000n + ((at - GENESIS) * 2n) / 5n;
  const nonceAt = (account: Address, at: bigint): bigint => history.get(account)?.[Number(at - GENESIS)] ?? 0n;

  const errorOf = ({ operation, until, isOnce }: Content): string | undefined => {
    if (operation === undefined) return undefined;
    if (until !== undefined && time(block) > BigInt(until)) return "DeadlinePassed";
    return isOnce === true && (effects.get(operation) ?? 0) > 0 ? "AlreadyDone" : undefined;
  };

  const include = (transaction: Hex, content: Content): void => {
    const error = errorOf(content);
    const { operation } = content;
    if (error === undefined && operation !== undefined) effects.set(operation, (effects.get(operation) ?? 0) + 1);
    mined.set(transaction, { block: blockNumber(block), gasPaid: GAS * BigInt(content.gasPrice), error });
  };

  /** Takes what fits into the new block: of each account the next nonces, as long as they pay the base fee. */
  const fill = (): void => {
    for (const account of accounts) {
      let nonce = nonceAt(account, block - 1n);
      for (;;) {
        const next = [...mempool].find(
          ([, { content }]) => content.account === account && content.nonce === Number(nonce),
        );
        if (next === undefined || BigInt(next[1].content.gasPrice) < baseFee) break;
        mempool.delete(next[0]);
        include(next[0], next[1].content);
        nonce += 1n;
      }
      history.get(account)?.push(nonce);
    }
  };

  return {
    effects,
    mempool,
    /** The newest block, or one that is so many blocks older. */
    now: (lag = 0n): ChainTime => {
      const at = block - lag < GENESIS ? GENESIS : block - lag;
      return { block: blockNumber(at), time: unixSeconds(time(at)), baseFee };
    },
    setBaseFee: (fee: bigint): void => {
      baseFee = fee;
    },
    readNonce: (account: Address, at: BlockNumber): bigint => nonceAt(account, at),
    receipt: (transaction: Hex): MinedTransaction | undefined => mined.get(transaction),
    receive: (raw: Hex): boolean => {
      const content = readJson(raw);
      if (!isContent(content)) throw new TypeError("not a fake transaction");
      const { account, nonce, gasPrice } = content;
      if (BigInt(nonce) < nonceAt(account, block)) return false;
      const transaction = hex(keccak256(toUtf8Bytes(JSON.stringify(content))));
      const rival = [...mempool].find(([, one]) => one.content.account === account && one.content.nonce === nonce);
      if (rival?.[0] === transaction) return true;
      if (rival !== undefined) {
        if ((BigInt(rival[1].content.gasPrice) * REPLACE_PERCENT) / 100n > BigInt(gasPrice)) return false;
        mempool.delete(rival[0]);
      }
      mempool.set(transaction, { content, since: block });
      return true;
    },
    /** The next block; `isWilling` says whether it takes anything. */
    mine: (isWilling = true): void => {
      block += 1n;
      for (const [transaction, { since }] of mempool) {
        if (block > since + FORGOTTEN_AFTER) mempool.delete(transaction);
      }
      if (isWilling) fill();
      else for (const account of accounts) history.get(account)?.push(nonceAt(account, block - 1n));
    },
    /** A transaction of the account that none of our processes sent. */
    useNonce: (account: Address): void => {
      const nonces = history.get(account);
      const last = nonces?.pop();
      if (last !== undefined) nonces?.push(last + 1n);
    },
    /** Nodes restart, and their mempools are empty. */
    forget: (): void => mempool.clear(),
  };
};

export type SendingChain = ReturnType<typeof createSendingChain>;
