import { expect } from "chai";
import { type Ask, askBlock, pinnedProvider } from "../../../../keepers/adapters/readers/pinned.ts";

const CHAIN = 1329;
const BLOCK = 77;
const ACCOUNT = `0x${"12".repeat(20)}`;
const HASH = `0x${"34".repeat(32)}`;

const logAt = (block: number) => ({
  address: ACCOUNT,
  blockHash: HASH,
  blockNumber: `0x${block.toString(16)}`,
  data: "0x",
  logIndex: "0x0",
  removed: false,
  topics: [HASH],
  transactionHash: HASH,
  transactionIndex: "0x0",
});

describe("one endpoint seen at one block [NX-FAC-06]", () => {
  const asking = (answer: unknown) => {
    const asked: (readonly [string, readonly unknown[]])[] = [];
    const ask: Ask = (method, params) => {
      asked.push([method, params]);
      return Promise.resolve(answer);
    };
    return { asked, provider: pinnedProvider(ask, { chainId: CHAIN, block: BLOCK }), ask };
  };

  it("makes every call at that block, whichever it is asked for", async () => {
    const { asked, provider } = asking("0x");
    await provider.call({ to: ACCOUNT, data: "0x" });
    await provider.call({ to: ACCOUNT, data: "0x", blockTag: 12 });
    await provider.call({ to: ACCOUNT, data: "0x", blockTag: "pending" });
    expect(asked.map(([method, params]) => [method, params[1]])).to.deep.equal(
      Array.from({ length: 3 }, () => ["eth_call", "0x4d"]),
    );
    expect(await provider.getBlockNumber()).to.equal(BLOCK);
  });

  it("refuses logs of a block that it did not ask about", async () => {
    const filter = { fromBlock: 10, toBlock: 12 };
    for (const block of [10, 12]) expect(await asking([logAt(block)]).provider.getLogs(filter)).to.have.length(1);
    for (const block of [9, 13]) {
      const refusal = await asking([logAt(11), logAt(block)])
        .provider.getLogs(filter)
        .then(String, String);
      expect(refusal).to.match(new RegExp(`logs of blocks 10 to 12 it answers one of block ${block}`));
    }
  });

  it("refuses another block than the one that it asked for", async () => {
    const block = { number: "0x4d", hash: HASH, timestamp: "0x5" };
    expect(await askBlock(asking(block).ask, BLOCK)).to.deep.equal({ number: BLOCK, hash: HASH, time: 5n });
    const refusal = await askBlock(asking({ ...block, number: "0x4c" }).ask, BLOCK).then(String, String);
    expect(refusal).to.match(/asked for block 77 it tells of block 76/);
  });
});
