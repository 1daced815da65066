import { expect } from "chai";
import {
  type PendingOptions,
  type PendingPoll,
  createPendingReader,
  readPool,
  watchPending,
} from "../../../../keepers/adapters/chain/pending.ts";
import { RpcError } from "../../../../keepers/adapters/chain/rpc.ts";
import { RetryableError } from "../../../../keepers/core/errors.ts";
import { blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import { txpoolContent } from "../../../../scripts/sandbox/txpool.ts";
import { addressOf } from "../../../support/pools.ts";
import { until } from "../../../support/until.ts";

const ROUTER = addressOf(0x21);
const OPTIONS: PendingOptions = { routers: new Set([ROUTER]), own: new Set() };
const hashOf = (index: number): string => `0x${index.toString(16).padStart(64, "0")}`;

const entry = (index: number, over: Readonly<Record<string, unknown>> = {}) => ({
  hash: hashOf(index),
  from: addressOf(0x900 + index),
  nonce: "0x5",
  to: ROUTER,
  input: "0x1234",
  gasPrice: "0x64",
  ...over,
});
const poolOf = (...entries: readonly unknown[]) => ({
  pending: { "0x1": Object.fromEntries(entries.entries()) },
  queued: {},
});
const read = (...entries: readonly unknown[]) => readPool(poolOf(...entries), OPTIONS);

describe("What a node says is pending", () => {
  it("is read with either kind of bid, and a creation has no target", () => {
    const from = addressOf(0x901);
    const answer = read(
      entry(1),
      entry(2, { from, nonce: "0x6", maxFeePerGas: "0x3e8", maxPriorityFeePerGas: "0x7", gasPrice: "0x1", to: null }),
    );
    expect(answer).to.deep.equal({
      unread: 0,
      transactions: [
        { hash: hashOf(1), from, nonce: 5n, to: ROUTER, data: "0x1234", maxFee: 100n, maxTip: 100n },
        { hash: hashOf(2), from, nonce: 6n, to: undefined, data: "0x1234", maxFee: 1_000n, maxTip: 7n },
      ],
    });
  });

  it("is of everybody who calls a router, all that they sent, and of nobody else nor ourselves", () => {
    const elsewhere = { to: addressOf(0x77) };
    const { from } = entry(1);
    const all = poolOf(entry(1), entry(2, elsewhere), entry(3, { ...elsewhere, from }), entry(4));
    const seen = readPool(all, { ...OPTIONS, own: new Set([addressOf(0x904)]) });
    expect(seen?.transactions.map(({ hash }) => Number(hash))).to.deep.equal([1, 3]);
  });

  const bad: readonly (readonly [string, unknown])[] = [
    ["no object", "0x"],
    ["nothing", null],
    ["no sender", entry(1, { from: "0x12" })],
    ["a nonce that is none", entry(1, { nonce: "5" })],
    ["a nonce without end", entry(1, { nonce: `0x${"1".repeat(65)}` })],
    ["no bid", entry(1, { gasPrice: undefined })],
    ["half a bid", entry(1, { gasPrice: undefined, maxFeePerGas: "0x1" })],
    ["a target that is none", entry(1, { to: "router" })],
    ["half a byte", entry(1, { input: "0x123" })],
    ["bytes that are none", entry(1, { input: "0xzz" })],
    ["a short hash", entry(1, { hash: "0x12" })],
  ];
  for (const [what, value] of bad) {
    it(`is left out and counted where it has ${what}`, () => {
      expect(read(value, entry(2))).to.deep.include({ unread: 1 });
      expect(read(value, entry(2))?.transactions).to.have.length(1);
    });
  }

  it("is bounded: entries, senders and the length of a call", () => {
    const many = Array.from({ length: 1_007 }, (_, index) => entry(index, { from: addressOf(0x900) }));
    expect([read(...many)?.transactions.length, read(...many)?.unread]).to.deep.equal([1_000, 7]);
    const crowd = Array.from({ length: 130 }, (_, index) => entry(index));
    expect([read(...crowd)?.transactions.length, read(...crowd)?.unread]).to.deep.equal([128, 2]);
    expect(read(entry(1, { input: `0x${"ab".repeat(4_097)}` }))?.transactions[0]?.data).to.equal("0x");
    expect(read(entry(1, { input: `0x${"ab".repeat(4_096)}` }))?.transactions[0]?.data).to.have.length(8_194);
  });

  for (const answer of [null, [], "pending", {}, { pending: 5 }]) {
    it(`is nothing where the answer is ${JSON.stringify(answer)}`, () => {
      expect(readPool(answer, OPTIONS)).to.equal(undefined);
    });
  }

  it("comes from the sandbox in Sei's form: everything pending, nothing queued", () => {
    const listed = [entry(1), entry(2, { from: entry(1).from, nonce: "0x9" }), "no entry", { from: 5, nonce: "0x1" }];
    const content = txpoolContent(listed);
    expect(content).to.deep.equal({ pending: { [entry(1).from]: { 5: listed[0], 9: listed[1] } }, queued: {} });
    expect(readPool(content, OPTIONS)?.transactions).to.have.length(2);
    expect(txpoolContent("nothing")).to.deep.equal({ pending: {}, queued: {} });
  });
});

const nodeThat = (request: (method: string, params: readonly unknown[]) => Promise<unknown>) => ({
  request,
  head: () => ({ block: blockNumber(7n), time: unixSeconds(1n), baseFee: 50n, seenAtMs: 0 }),
});

describe("A look at what is pending", () => {
  it("asks each sender's nonce once for a block", async () => {
    const asked: unknown[] = [];
    const request = (method: string, params: readonly unknown[]): Promise<unknown> => {
      asked.push([method, ...params]);
      return Promise.resolve(method === "txpool_content" ? poolOf(entry(1), entry(2)) : "0x5");
    };
    const poll = createPendingReader(nodeThat(request), OPTIONS);
    const [first] = [await poll(), await poll()];
    const nonces = [1, 2].map((index) => ["eth_getTransactionCount", addressOf(0x900 + index), "0x7"]);
    expect(asked).to.deep.equal([["txpool_content"], ...nonces, ["txpool_content"]]);
    expect(first.kind === "seen" ? [...first.view.nonces.values()] : first).to.deep.equal([5n, 5n]);
  });

  const failing: readonly (readonly [string, PendingPoll["kind"], () => Promise<unknown>])[] = [
    [
      "does not know the method",
      "unsupported",
      () => Promise.reject(new RpcError("no such method", -32_601, undefined)),
    ],
    ["does not serve the method", "unsupported", () => Promise.reject(new RpcError("not here", -32_004, undefined))],
    [
      "fails otherwise",
      "silent",
      () => Promise.reject(new RpcError("a sender cannot be recovered", -32_000, undefined)),
    ],
    ["says nothing in time", "silent", () => Promise.reject(new RetryableError("late"))],
    ["answers something else", "silent", () => Promise.resolve("0x")],
  ];
  for (const [what, kind, request] of failing) {
    it(`is ${kind} where the node ${what}`, async () => {
      expect((await createPendingReader(nodeThat(request), OPTIONS)()).kind).to.equal(kind);
    });
  }

  it("waits for the first head, and leaves a nonce out that is none", async () => {
    const request = (method: string): Promise<unknown> =>
      Promise.resolve(method === "txpool_content" ? poolOf(entry(1)) : "five");
    expect((await createPendingReader({ ...nodeThat(request), head: () => undefined }, OPTIONS)()).kind).to.equal(
      "silent",
    );
    const poll = await createPendingReader(nodeThat(request), OPTIONS)();
    expect(poll.kind === "seen" ? poll.view.nonces.size : poll).to.equal(0);
  });

  it("is taken again and again until it is ended, and says each change of support once", async () => {
    const polls: PendingPoll[] = [
      { kind: "unsupported" },
      { kind: "silent", why: "late" },
      { kind: "unsupported" },
      { kind: "seen", view: { block: blockNumber(7n), transactions: [], nonces: new Map(), unread: 0 } },
    ];
    const told: unknown[] = [];
    let calls = 0;
    const poll = (): Promise<PendingPoll> =>
      Promise.resolve(polls[Math.min(calls++, polls.length - 1)] ?? { kind: "unsupported" });
    const stop = watchPending(poll, {
      pollMs: 0,
      onSeen: ({ block }) => void told.push(block),
      onSupport: (isSupported) => void told.push(isSupported),
    });
    await until("some looks", () => calls > 6 || undefined);
    stop();
    expect(told.slice(0, 3)).to.deep.equal([false, 7n, true]);
    expect(told.slice(3).every((one) => one === 7n)).to.equal(true);
  });
});
