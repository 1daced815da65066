import { keccak256, toUtf8Bytes } from "ethers";
import { type Hex, hex } from "../../keepers/core/hex.ts";

/** What every fake transaction carries, as text in its bytes. */
export type Content = { readonly nonce: number; readonly gasPrice: number };
type Mined = { readonly block: bigint; readonly isWell: boolean };

/** A fake transaction's bytes. */
export const toRaw = (content: Content & Readonly<Record<string, unknown>>): Hex =>
  hex(`0x${Buffer.from(JSON.stringify(content)).toString("hex")}`);
/** What such bytes hold. */
export const fromRaw = (raw: Hex): unknown => JSON.parse(Buffer.from(raw.slice(2), "hex").toString());
export const hashText = (text: string): Hex => hex(keccak256(toUtf8Bytes(text)));

/**
 * The rules of a chain that matter to a sender, in memory: one account's nonces, and a mempool that may lose things.
 * `include` takes a transaction into the block of a time and says whether it took effect.
 */
export const createMempool = <C extends Content>(
  read: (raw: Hex) => C,
  include: (content: C, time: bigint) => boolean,
) => {
  const waiting = new Map<Hex, C>();
  const mined = new Map<Hex, Mined>();
  let block = 100n;
  let accountNonce = 0n;
  /** Sei's seconds: two or three blocks share one. */
  const time = (): bigint => 1_000n + ((block - 100n) * 2n) / 5n;
  return {
    waiting,
    block: () => block,
    accountNonce: () => accountNonce,
    time,
    receive: (raw: Hex): void => {
      const content = read(raw);
      if (BigInt(content.nonce) < accountNonce) return;
      const rival = [...waiting].find(([, other]) => other.nonce === content.nonce);
      if (rival !== undefined && rival[1].gasPrice * 1.1 > content.gasPrice) return;
      if (rival !== undefined) waiting.delete(rival[0]);
      waiting.set(hashText(raw), content);
    },
    /** A block with everything that fits, or, when the proposer is unwilling, an empty one. */
    mine: (willing = true): void => {
      block += 1n;
      for (const [transaction, content] of willing ? [...waiting] : []) {
        if (BigInt(content.nonce) !== accountNonce) continue;
        accountNonce += 1n;
        waiting.delete(transaction);
        mined.set(transaction, { block, isWell: include(content, time()) });
      }
    },
    /** A transaction of the same account that is none of ours. */
    useNonce: (): void => {
      accountNonce += 1n;
    },
    forget: (): void => waiting.clear(),
    receipt: (transaction: Hex): Mined | undefined => mined.get(transaction),
  };
};
