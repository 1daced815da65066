import { expect } from "chai";
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
const sentBetween = async (blocks: number): Promise<{ readonly tx: StoredTransaction; readonly now: BlockNumber }> => {
  const [, signer] = await ethers.getSigners();
  if (signer === undefined) throw new Error("no account");
  const block = await head();
  const accountNonce = BigInt(await signer.getNonce());
  await mineNothing(blocks);
  const sent = await signer.sendTransaction({ to: account(1), value: 1n });
  await mineNothing(blocks);
  const tx: StoredTransaction = {
    transaction: hex(sent.hash),
    raw: "0x00",
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

describe("Who used a nonce [NX-NET-01]", () => {
  it("is told by the block that used it, wherever that lies", async () => {
    for (const blocks of [0, 1, 2, 7, 50]) {
      const { tx, now } = await sentBetween(blocks);
      expect(await whoUsed(node, tx, now), `${blocks} blocks`).to.equal("ours");
      expect(await whoUsed(node, { ...tx, transaction: hex(`0x${"ab".repeat(32)}`) }, now)).to.equal("another");
    }
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
