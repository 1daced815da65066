import { expect } from "chai";
import { TransactionReceipt } from "ethers";
import { exitCodeOf } from "../../../scripts/lib/exitCode.ts";
import { untilMined } from "../../../scripts/lib/mined.ts";
import { EXIT } from "../../../scripts/lib/program.ts";
import { ethers } from "../../support/chain.ts";
import { failureOf } from "../../support/failureOf.ts";

/** A node that answers one thing after the other about a receipt, and the last one again and again. */
const answering = (...answers: readonly (TransactionReceipt | Error | null)[]) => {
  const left = [...answers];
  return {
    getTransactionReceipt: (): Promise<TransactionReceipt | null> => {
      const answer = (left.length > 1 ? left.shift() : left[0]) ?? null;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
};

/** A transaction of the tests' own chain, with its receipt. */
const mined = async (data = "0x") => {
  const [signer] = await ethers.getSigners();
  if (signer === undefined) throw new Error("no account");
  const sent = await signer.sendTransaction({ to: signer.address, data });
  const receipt = await sent.wait();
  if (receipt === null) throw new Error("not mined");
  return { hash: sent.hash, receipt };
};

const INDEXING = new Error("transaction indexing is in progress");
const BRIEF_MS = 250;

describe("Waiting until a transaction is mined [NX-NET-01]", () => {
  it("goes on while a node cannot say, and while it knows no receipt", async () => {
    const { hash, receipt } = await mined();
    const provider = answering(INDEXING, null, INDEXING, receipt);
    expect((await untilMined({ hash, provider })).hash).to.equal(hash);
  });

  it("tells in the end that it is not known, with the node's words, and not that it failed", async () => {
    const { hash } = await mined();
    for (const [answer, words] of [
      [INDEXING, "indexing is in progress"],
      [null, "what became of it: look at it before you send it again"],
    ] as const) {
      const failure = await failureOf(untilMined({ hash, provider: answering(answer) }, BRIEF_MS));
      expect(failure.message).to.include(`${hash} was sent, and the node does not say`).and.to.include(words);
      expect(exitCodeOf(failure)).to.equal(EXIT.unreachable);
    }
  });

  it("tells a revert as one", async () => {
    const { hash, receipt } = await mined();
    const { to, from, contractAddress, index, blockHash, blockNumber, logsBloom, gasUsed, cumulativeGasUsed, type } =
      receipt;
    const place = { to, from, contractAddress, hash, index, blockHash, blockNumber, logsBloom, logs: [], root: null };
    const paid = { gasUsed, cumulativeGasUsed, effectiveGasPrice: receipt.gasPrice };
    const failed = new TransactionReceipt({ ...place, ...paid, type, status: 0 }, ethers.provider);
    const failure = await failureOf(untilMined({ hash, provider: answering(null, failed) }));
    expect(failure.message).to.include(`${hash} did not go through`);
    expect(exitCodeOf(failure)).to.equal(EXIT.refused);
  });
});
