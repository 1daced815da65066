import { expect } from "chai";
import { type TransactionRequest, Transaction, Wallet, parseUnits } from "ethers";
import { whoUsed } from "../../../../keepers/adapters/chain/nonceUser.ts";
import { RpcError } from "../../../../keepers/adapters/chain/rpc.ts";
import { RetryableError } from "../../../../keepers/core/errors.ts";
import type { StoredTransaction } from "../../../../keepers/core/store.ts";
import { hex } from "../../../../keepers/core/hex.ts";
import { type BlockNumber, address, blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import { ethers } from "../../../support/chain.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { account } from "../../../support/keeperBuilders.ts";

/** Asks the tests' own chain as a connection does. */
const node = {
  request: (method: string, params: readonly unknown[]): Promise<unknown> => ethers.provider.send(method, [...params]),
};

const mineNothing = async (blocks: number): Promise<void> => {
  for (let i = 0; i < blocks; i += 1) await ethers.provider.send("evm_mine", []);
};

const head = async (): Promise<BlockNumber> => blockNumber(BigInt(await ethers.provider.getBlockNumber()));

/** Sends one of an account's transactions some blocks after a block. @returns it as it is stored, and the newest block */
const sentBetween = async (
  blocks: number,
  how: Pick<TransactionRequest, "type"> = {},
): Promise<{ readonly tx: StoredTransaction; readonly now: BlockNumber }> => {
  const [, signer] = await ethers.getSigners();
  if (signer === undefined) throw new Error("no account");
  const block = await head();
  const accountNonce = BigInt(await signer.getNonce());
  await mineNothing(blocks);
  const sent = await signer.sendTransaction({ ...how, to: account(1), value: 1n });
  await mineNothing(blocks);
  const tx: StoredTransaction = {
    transaction: hex(sent.hash),
    raw: hex(Transaction.from(sent).serialized),
    account: address(signer.address),
    accountNonce,
    gasPrice: 1n,
    block,
    deadline: unixSeconds(0n),
    operation: "0x01",
    details: "",
  };
  return { tx, now: await head() };
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** A node that changes every transaction in the blocks that it shows. */
const changing = (change: (shown: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>) => ({
  request: async (method: string, params: readonly unknown[]): Promise<unknown> => {
    const answer = await node.request(method, params);
    if (method !== "eth_getBlockByNumber" || !isRecord(answer) || !Array.isArray(answer["transactions"])) return answer;
    return { ...answer, transactions: answer["transactions"].filter(isRecord).map(change) };
  },
});
const showing = (lie: Readonly<Record<string, unknown>>) => changing((shown) => ({ ...shown, ...lie }));
/** Hexadecimal digits in capitals are the same ones. */
const loud = changing((shown) => ({ ...shown, hash: `0x${String(shown["hash"]).slice(2).toUpperCase()}` }));

describe("Who used a nonce [NX-NET-01]", () => {
  it("is told by the block that used it, wherever that lies", async () => {
    for (const blocks of [0, 1, 2, 7, 50]) {
      const { tx, now } = await sentBetween(blocks);
      expect(await whoUsed(node, tx, now), `${blocks} blocks`).to.equal("ours");
      expect(await whoUsed(node, { ...tx, transaction: hex(`0x${"ab".repeat(32)}`) }, now)).to.equal("another");
    }
  });

  it("is told of transactions of every type, whatever letters a node writes hashes with", async () => {
    const price = parseUnits("100", "gwei");
    const fees = [
      { type: 0, gasPrice: price },
      { type: 1, gasPrice: price, accessList: [{ address: account(2), storageKeys: [`0x${"01".repeat(32)}`] }] },
      { type: 2, maxFeePerGas: price, maxPriorityFeePerGas: 1n },
    ];
    for (const how of fees) {
      const { tx, now } = await sentBetween(1, how);
      expect(await whoUsed(node, tx, now), `type ${how.type}`).to.equal("ours");
      expect(await whoUsed(loud, tx, now), `type ${how.type}`).to.equal("ours");
      expect(await whoUsed(node, { ...tx, transaction: hex(`0x${"ab".repeat(32)}`) }, now)).to.equal("another");
    }
  });

  it("is another's only where the account's own key signed that for this chain: no node makes it up", async () => {
    const { tx, now } = await sentBetween(1);
    const stranger = Wallet.createRandom();
    const made = {
      to: account(1),
      nonce: Number(tx.accountNonce),
      gasLimit: 21_000n,
      gasPrice: 1n,
      chainId: Transaction.from(tx.raw).chainId,
    };
    const signed = Transaction.from(await stranger.signTransaction({ ...made, type: 0 }));
    const lies: readonly Readonly<Record<string, unknown>>[] = [
      { hash: `0x${"ab".repeat(32)}` },
      { hash: `0x${"ab".repeat(32)}`, value: "0x2" },
      { hash: signed.hash, r: signed.signature?.r, s: signed.signature?.s, v: "0x1b" },
      { hash: `0x${"ab".repeat(32)}`, r: "0x", s: "lie", v: "0x1b" },
      { hash: 7 },
      { hash: `0x${"ab".repeat(32)}`, type: "0x7f" },
    ];
    for (const lie of lies) expect(await whoUsed(showing(lie), tx, now), JSON.stringify(lie)).to.equal("unknown");
    const elsewhere = Transaction.from(tx.raw).clone();
    elsewhere.chainId = 1n;
    const rival = { ...tx, transaction: hex(`0x${"ab".repeat(32)}`), raw: hex(elsewhere.unsignedSerialized) };
    expect(await whoUsed(node, rival, now), "signed for another chain").to.equal("unknown");
    expect(await whoUsed(node, { ...rival, raw: "0x00" }, now), "no bytes to compare with").to.equal("unknown");
  });

  it("is told of a transaction that was signed for a block of an endpoint that was late", async () => {
    const { tx, now } = await sentBetween(3);
    expect(await whoUsed(node, { ...tx, block: now }, now)).to.equal("ours");
  });

  it("is unknown while the nonce is not used, and where its use lies too far back", async () => {
    const { tx, now } = await sentBetween(2);
    expect(await whoUsed(node, { ...tx, accountNonce: tx.accountNonce + 1n }, now)).to.equal("unknown");
    await mineNothing(100);
    const later = await head();
    expect(await whoUsed(node, { ...tx, block: later }, later)).to.equal("unknown");
  });

  it("is unknown where a node refuses, or shows no such block, and nobody's where the connection breaks", async () => {
    const { tx, now } = await sentBetween(2);
    const refusing = { request: () => Promise.reject(new RpcError("missing trie node", -32_000, undefined)) };
    expect(await whoUsed(refusing, tx, now)).to.equal("unknown");
    const blind = {
      request: (method: string, params: readonly unknown[]) =>
        method === "eth_getBlockByNumber" ? Promise.resolve(null) : node.request(method, params),
    };
    expect(await whoUsed(blind, tx, now)).to.equal("unknown");
    const broken = { request: () => Promise.reject(new RetryableError("closed")) };
    expect(await failureOf(whoUsed(broken, tx, now))).to.be.instanceOf(RetryableError);
  });
});
