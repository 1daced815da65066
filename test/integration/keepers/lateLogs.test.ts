import { expect } from "chai";
import { createReceiptReader } from "../../../keepers/adapters/chain/transactions.ts";
import { hex } from "../../../keepers/core/hex.ts";
import type { ChannelPlan } from "../../../keepers/agents/payments/ports.ts";
import { USDC, ethers, loadFixture, networkHelpers, time } from "../../support/chain.ts";
import { configOf } from "../../support/channels.ts";
import { failureOf } from "../../support/failureOf.ts";
import { inProcessNode } from "../../support/fakeNode.ts";
import { faultyNode, twoNodes } from "../../support/faultyNode.ts";
import { type Money, moneyFixture } from "../../support/money.ts";
import {
  answersAs,
  logsLate,
  prunedBefore,
  replyWith,
  spansUpTo,
  withoutReceipts,
} from "../../support/networkFaults.ts";
import { payingAgent, toTerms } from "../../support/payingAgent.ts";

const node = inProcessNode();

const planOf = (f: Money): ChannelPlan => {
  const terms = toTerms(configOf(f));
  const { channelIdOf } = payingAgent(f, f.depositor).hashes;
  return { channelId: channelIdOf(terms), terms, deposit: 6n * USDC, low: 3n * USDC, limit: 9n * USDC };
};

const kindsOf = (decisions: readonly { readonly kind: string }[]): readonly string[] =>
  decisions.map(({ kind }) => kind);

/** No log is ever given: an endpoint whose index is broken. */
const withoutLogs = answersAs("eth_getLogs", () => []);

describe("What an endpoint does not show", () => {
  it("is seen later: a close whose log comes one block late is answered [NX-NET-01]", async () => {
    const f = await loadFixture(moneyFixture);
    const config = configOf(f);
    await f.channels.connect(f.depositor).open(config, 50n * USDC);
    const receiver = payingAgent(f, f.payee, { node: faultyNode(node, logsLate()) });
    await receiver.hold(config, 50n * USDC);
    expect((await receiver.see()).channels[0]?.channel.state).to.equal("Open");
    await f.channels.connect(f.depositor).initiateClose(config, 0n);
    await receiver.see();
    await networkHelpers.mine(1);
    expect((await receiver.see()).channels[0]?.channel.state).to.equal("Closing");
    const [decision] = await receiver.wants();
    expect(decision?.kind === "operate" ? decision.operation.kind : decision?.why).to.equal("claim");
  });

  it("is seen within a minute, also when its log never comes [NX-NET-01]", async () => {
    const f = await loadFixture(moneyFixture);
    const config = configOf(f);
    await f.channels.connect(f.depositor).open(config, 50n * USDC);
    const receiver = payingAgent(f, f.payee, { node: faultyNode(node, withoutLogs) });
    await receiver.hold(config, 50n * USDC);
    await receiver.see();
    await f.channels.connect(f.depositor).initiateClose(config, 0n);
    expect((await receiver.see()).channels[0]?.channel.state).to.equal("Open");
    await time.increase(60n);
    expect((await receiver.see()).channels[0]?.channel.state).to.equal("Closing");
  });

  it("is not done twice: a top-up whose log is missing is not made again [NX-KEE-01] [NX-NET-01]", async () => {
    const f = await loadFixture(moneyFixture);
    const payer = payingAgent(f, f.depositor, { plans: [planOf(f)], node: faultyNode(node, withoutLogs) });
    expect(await payer.work()).to.deep.equal(["open"]);
    await payer.hold(configOf(f), 4n * USDC);
    expect(await payer.work()).to.deep.equal(["topUp"]);
    expect((await f.channels.channelOf(configOf(f))).deposited).to.equal(9n * USDC);
  });

  it("counts when a second endpoint shows it: what was deposited is not deposited again [NX-NET-01]", async () => {
    const f = await loadFixture(moneyFixture);
    const config = configOf(f);
    await f.channels.connect(f.depositor).open(config, 6n * USDC);
    const [plan, before] = [planOf(f), await ethers.provider.getBlockNumber()];
    await f.channels.connect(f.depositor).topUp(config, 3n * USDC);
    // An endpoint that answers for each block as it was before the top-up.
    const late: typeof node = {
      ...node,
      request: (method, params) =>
        node.request(method, method === "eth_call" ? [params[0], `0x${before.toString(16)}`] : params),
    };
    const alone = payingAgent(f, f.depositor, { plans: [plan], node: late });
    await alone.hold(config, 4n * USDC);
    expect(kindsOf(await alone.wants())).to.include("operate");
    const both = payingAgent(f, f.depositor, { plans: [plan], node: twoNodes(late, node) });
    await both.hold(config, 4n * USDC);
    expect(kindsOf(await both.wants())).not.to.include("operate");
    const other = payingAgent(f, f.depositor, { plans: [plan], node: twoNodes(node, late) });
    await other.hold(config, 4n * USDC);
    expect(kindsOf(await other.wants())).not.to.include("operate");
  });

  it("is found where a node limits spans, and from where a node begins", async () => {
    const f = await loadFixture(moneyFixture);
    await networkHelpers.mine(40);
    await f.channels.connect(f.depositor).open(configOf(f), 50n * USDC);
    const newest = BigInt(await ethers.provider.getBlockNumber());
    for (const fault of [spansUpTo(3n), spansUpTo(1n), prunedBefore(newest - 5n)]) {
      const payer = payingAgent(f, f.depositor, { plans: [planOf(f)], node: faultyNode(node, fault) });
      expect((await payer.see()).channels[0]?.channel.deposited).to.equal(50n * USDC);
    }
  });

  it("is unknown: a receipt that one endpoint lacks another may have, and seen once it stays known [NX-NET-01]", async () => {
    const f = await loadFixture(moneyFixture);
    const transaction = hex((await f.channels.connect(f.depositor).open(configOf(f), 1n)).hash);
    const blind = faultyNode(node, withoutReceipts);
    const isKnownTo = async (asked: typeof node): Promise<boolean> =>
      (await createReceiptReader(asked)(transaction)) !== undefined;
    expect(await isKnownTo(blind)).to.equal(false);
    expect(await isKnownTo(twoNodes(blind, node))).to.equal(true);
    expect(await isKnownTo(twoNodes(node, blind))).to.equal(true);
    let isBlind = false;
    const read = createReceiptReader({ ...node, request: (...asked) => (isBlind ? blind : node).request(...asked) });
    const first = await read(transaction);
    isBlind = true;
    expect(await read(transaction)).to.deep.equal(first);
    expect(first?.error).to.equal(undefined);
    // One that a node has begun to write is none yet.
    const half = faultyNode(
      node,
      answersAs("eth_getTransactionReceipt", () => ({ blockNumber: null })),
    );
    expect(await isKnownTo(half)).to.equal(false);
  });

  it("is unknown: a receipt that one endpoint cannot look up another may have, and its failure is no answer [NX-NET-01]", async () => {
    const f = await loadFixture(moneyFixture);
    const transaction = hex((await f.channels.connect(f.depositor).open(configOf(f), 1n)).hash);
    const indexing = faultyNode(node, (frame) =>
      frame.kind === "request" && frame.method === "eth_getTransactionReceipt"
        ? replyWith(frame, { error: { code: -32_000, message: "transaction indexing is in progress" } })
        : undefined,
    );
    const known = await createReceiptReader(node)(transaction);
    expect(known?.block).to.be.a("bigint");
    expect(await createReceiptReader(twoNodes(indexing, node))(transaction)).to.deep.equal(known);
    const asked = createReceiptReader(twoNodes(indexing, faultyNode(node, withoutReceipts)))(transaction);
    expect((await failureOf(asked)).message).to.equal("transaction indexing is in progress");
  });

  it("is nothing where a node says null for no logs [NX-NET-01]", async () => {
    const f = await loadFixture(moneyFixture);
    const config = configOf(f);
    await f.channels.connect(f.depositor).open(config, 50n * USDC);
    const nulls = answersAs("eth_getLogs", (logs) => (Array.isArray(logs) && logs.length === 0 ? null : logs));
    const receiver = payingAgent(f, f.payee, { node: faultyNode(node, nulls) });
    await receiver.hold(config, 50n * USDC);
    expect((await receiver.see()).channels[0]?.channel.state).to.equal("Open");
    await networkHelpers.mine(1);
    expect((await receiver.see()).channels[0]?.channel.state).to.equal("Open");
  });
});
