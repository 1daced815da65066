import { type HDNodeWallet, concat, dataSlice, keccak256, toBeHex, toTwos } from "ethers";

/** One price as Pyth publishes it: `price × 10^expo` dollars, give or take `conf × 10^expo`; seconds since the epoch. */
export type PythMessage = {
  readonly id: string;
  readonly price: bigint;
  readonly conf: bigint;
  readonly expo: number;
  readonly publishTime: number;
};

/** A signer by its place among all of them. */
export type IndexedSigner = { readonly index: number; readonly wallet: HDNodeWallet };

const ROUTER_CHAIN = 26n;
const NODE_BYTES = 20;
const EMPTY_NODE = "0x02";

const word = (value: bigint | number, bytes: number): string => toBeHex(value, bytes);
const signed = (value: bigint | number, bytes: number): string => toBeHex(toTwos(value, bytes * 8), bytes);
const nodeOf = (data: string): string => dataSlice(keccak256(data), 0, NODE_BYTES);

/** The bytes of a price message; the average that Pyth sends along is the price itself. */
const messageBytes = ({ id, price, conf, expo, publishTime }: PythMessage): string =>
  concat([
    word(0, 1),
    id,
    signed(price, 8),
    word(conf, 8),
    signed(expo, 4),
    word(publishTime, 8),
    word(publishTime - 1, 8),
    signed(price, 8),
    word(conf, 8),
  ]);

const parentOf = (a: string, b: string): string => nodeOf(concat([word(1, 1), ...[a, b].toSorted()]));

/** The rows of a merkle tree, leaves first, filled with empty leaves up to a power of two. */
const treeOf = (leaves: readonly string[]): readonly (readonly string[])[] => {
  const width = 2 ** Math.ceil(Math.log2(leaves.length));
  const padded = Array.from({ length: width }, (_, index) => leaves[index] ?? nodeOf(EMPTY_NODE));
  const rows: (readonly string[])[] = [padded];
  for (let row = padded; row.length > 1; rows.push(row)) {
    const below = row;
    row = Array.from({ length: below.length / 2 }, (_, index) =>
      parentOf(below[2 * index] ?? "", below[2 * index + 1] ?? ""),
    );
  }
  return rows;
};

const proofOf = (rows: readonly (readonly string[])[], index: number): readonly string[] =>
  rows.slice(0, -1).map((row, height) => row[(index >> height) ^ 1] ?? "");

const bytesOf = (hex: string): number => (hex.length - 2) / 2;

/** A verified action approval in Wormhole's format over a merkle root. */
const approvalOf = (root: string, time: number, signers: readonly IndexedSigner[]): string => {
  const payload = concat(["0x41555756", word(0, 1), word(time, 8), word(10_000, 4), root]);
  const head = [word(time, 4), word(0, 4), word(ROUTER_CHAIN, 2), word(0, 32), word(time, 8), word(1, 1)];
  const body = concat([...head, payload]);
  const digest = keccak256(keccak256(body));
  const signatures = signers.map(({ index, wallet }) => {
    const { r, s, yParity } = wallet.signingKey.sign(digest);
    return concat([word(index, 1), r, s, word(yParity, 1)]);
  });
  return concat([word(1, 1), word(0, 4), word(signatures.length, 1), ...signatures, body]);
};

/**
 * An update as Pyth's contract takes it: price messages as leaves of a merkle tree, whose root the signers approve.
 * @param signers in the order of their indices
 */
export const pythUpdate = (messages: readonly PythMessage[], signers: readonly IndexedSigner[]): string => {
  const encoded = messages.map(messageBytes);
  const rows = treeOf(encoded.map((message) => nodeOf(concat([word(0, 1), message]))));
  const time = Math.max(...messages.map(({ publishTime }) => publishTime));
  const approval = approvalOf(rows.at(-1)?.[0] ?? "", time, signers);
  const entries = encoded.map((message, index) => {
    const proof = proofOf(rows, index);
    return concat([word(bytesOf(message), 2), message, word(proof.length, 1), ...proof]);
  });
  const head = ["0x504e4155", word(1, 1), word(0, 1), word(0, 1), word(0, 1), word(bytesOf(approval), 2)];
  return concat([...head, approval, word(entries.length, 1), ...entries]);
};
