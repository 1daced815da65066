import { expect } from "chai";
import fc from "fast-check";
import { gasPriceFor } from "../../../../keepers/core/gasPrice.ts";
import { blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import type { PaymentTransaction } from "../../../../keepers/agents/payments/ports.ts";
import { emptyPaymentsMemory, tick } from "../../../../keepers/agents/payments/tick.ts";
import {
  type OutboxSender,
  emptyOutbox,
  isFree,
  nextNonce,
  resolveInFlight,
  toOutbid,
} from "../../../../keepers/sending/outbox.ts";
import {
  type PaymentRemains,
  POLICY,
  SELF,
  SENDING,
  createFakePayments,
  createMoneyChain,
  seenChannel,
  voucherOver,
} from "../../../support/fakePayments.ts";

/** An agent with `count` channels to claim from. */
const setUp = ({ count = 1, maxGasPrice = 1_000_000n } = {}) => {
  const seen = Array.from({ length: count }, (_, n) => seenChannel(n + 1, { voucher: voucherOver(700n) }));
  const chain = createMoneyChain(seen);
  const remains: PaymentRemains = { journal: [], sent: [] };
  const fake = createFakePayments(chain, remains);
  const memory = emptyPaymentsMemory();
  // Each claim by itself, one transaction after the other.
  const agent = {
    ports: fake.ports,
    memory,
    config: { policy: { ...POLICY, maxBatch: 1 }, sending: { ...SENDING, maxGasPrice } },
  };
  /** Rounds with a block after each, which takes something in or not. */
  const rounds = async (blocks: number, willing = true): Promise<void> => {
    for (let i = 0; i < blocks; i += 1) {
      await tick(agent);
      chain.mine(willing);
    }
  };
  const prices = (): readonly bigint[] =>
    remains.journal.flatMap((entry) => (entry.kind === "signed" ? [entry.pending.gasPrice] : []));
  return { ...fake, agent, chain, remains, rounds, prices };
};

/** A lifetime of a transaction here, and of a mempool, in blocks and a few more. */
const LIFETIME = 14;
const FORGOTTEN = 200;

describe("What a transaction pays after one that was given up", () => {
  it("is at most the cap, and today's price once no mempool has the old one any more [NX-KEE-06]", async () => {
    const { rounds, prices, world, told, chain } = setUp({ maxGasPrice: 1_000n });
    world.baseFee = 950n;
    await rounds(LIFETIME, false);
    world.baseFee = 100n;
    expect([...new Set(prices())]).to.deep.equal([1_000n]);
    expect(told("waits"), "it does not wait for ever").to.deep.equal([]);
    world.estimate = { kind: "reverted", error: "not now" };
    await rounds(FORGOTTEN, false);
    chain.forget();
    world.estimate = undefined;
    await rounds(26);
    expect(prices().at(-1)).to.equal(111n);
    expect(chain.done).to.have.length(1);
  });

  it("does not rise for what no node took, however often it is refused [NX-KEE-06]", async () => {
    const { rounds, prices, world, chain } = setUp();
    world.refuses = "insufficient funds for gas * price + value";
    await rounds(20 * LIFETIME, false);
    expect(prices().length).to.be.greaterThan(15);
    expect([...new Set(prices())]).to.deep.equal([111n]);
    world.refuses = undefined;
    await rounds(LIFETIME);
    expect(chain.done).to.have.length(1);
  });

  it("rises when a node says that another one pays as much [NX-KEE-06]", async () => {
    for (const refuses of ["replacement transaction underpriced", "insufficient fee for replacement"]) {
      const { rounds, prices, world } = setUp();
      world.refuses = refuses;
      await rounds(2 * LIFETIME, false);
      expect(prices().slice(0, 2), refuses).to.deep.equal([111n, 125n]);
    }
  });

  it("rises when nobody knows whether a node took it: its answer was lost", async () => {
    const { agent, prices, world, chain } = setUp();
    world.replyLost = true;
    for (let i = 0; i < LIFETIME; i += 1) {
      await tick(agent).catch(() => undefined);
      chain.forget();
      chain.mine(false);
    }
    expect(prices().slice(0, 2)).to.deep.equal([111n, 125n]);
  });

  it("never exceeds the cap, is never below the base fee, and outbids where the cap allows it", () => {
    const wei = fc.bigInt({ min: 0n, max: 10n ** 12n });
    fc.assert(
      fc.property(wei, wei, wei, fc.option(wei, { nil: undefined }), (baseFee, tip, maxGasPrice, replaced) => {
        const price = gasPriceFor(baseFee, { tip, maxGasPrice }, replaced);
        if (price === undefined) return baseFee > maxGasPrice;
        const outbids = replaced === undefined || price * 100n >= replaced * 112n;
        return price <= maxGasPrice && price >= baseFee && (outbids || price === maxGasPrice);
      }),
    );
  });
});

describe("What is decided after a receipt", () => {
  it("never uses a nonce again, and loses no ten blocks, where the head is one behind the receipts [NX-KEE-06]", async () => {
    const { agent, chain, remains, told } = setUp({ count: 6 });
    const seen = new Map<bigint, Awaited<ReturnType<typeof agent.ports.readSnapshot>> & { readonly nonce: bigint }>();
    const keep = (): void => void seen.set(chain.block(), { ...chain.snapshot(), nonce: chain.accountNonce() });
    const lagging = {
      ...agent,
      ports: {
        ...agent.ports,
        head: () => ({ block: blockNumber(chain.block() - 1n), baseFee: 100n }),
        readSnapshot: (block: bigint) => Promise.resolve(seen.get(block) ?? chain.snapshot()),
        readAccountNonce: (block: bigint) => Promise.resolve(seen.get(block)?.nonce ?? 0n),
      },
    };
    keep();
    chain.mine();
    let blocks = 0;
    while (chain.done.length < 6 && blocks < 100) {
      keep();
      await tick(lagging);
      chain.mine();
      blocks += 1;
    }
    expect(new Set(remains.sent.map(({ nonce }) => nonce)).size).to.equal(6);
    expect([told("expired"), told("reverted")]).to.deep.equal([[], []]);
    expect(blocks).to.be.at.most(20);
  });

  it("waits for a view as new as the newest receipt, and takes no nonce that a receipt showed to be used", () => {
    const box = { ...emptyOutbox<never>(), learntAt: blockNumber(101n), minNonce: 6n, accountNonce: 5n };
    expect([100n, 101n, 102n].map((block) => isFree(box, { block: blockNumber(block) }))).to.deep.equal([
      false,
      true,
      true,
    ]);
    expect(isFree(emptyOutbox<never>(), { block: blockNumber(0n) })).to.equal(true);
    expect([nextNonce(box), nextNonce({ ...box, accountNonce: 9n })]).to.deep.equal([6n, 9n]);
  });

  it("outbids what was given up only at its own nonce, and until a mempool has forgotten it", () => {
    const kept = { accountNonce: 6n, gasPrice: 7n, until: unixSeconds(160n) };
    const box = { ...emptyOutbox<never>(), accountNonce: 6n, kept };
    expect([160n, 161n].map((time) => toOutbid(box, unixSeconds(time)))).to.deep.equal([7n, undefined]);
    expect(toOutbid({ ...box, accountNonce: 7n }, unixSeconds(100n))).to.equal(undefined);
    expect(toOutbid({ ...box, kept: undefined }, unixSeconds(100n))).to.equal(undefined);
  });
});

describe("A nonce that is said to be used", () => {
  /** Looks once at each block, whose answer about the nonce is used or not. @returns how it ended, if it did */
  const lookAt = async (isUsed: readonly boolean[]): Promise<string | undefined> => {
    const { agent, remains } = setUp();
    await tick(agent);
    const box = agent.memory;
    const { inFlight } = box;
    const ended: string[] = [];
    const sender: OutboxSender<PaymentTransaction, { readonly kind: "done" }> = {
      ports: {
        readReceipt: () => Promise.resolve(undefined),
        send: () => Promise.resolve({ kind: "accepted" }),
        append: () => Promise.resolve(),
      },
      box,
      account: SELF,
      dryRun: false,
      onSent: () => undefined,
      onRefused: () => undefined,
      onEnded: (_, { result }) => void ended.push(result.kind),
    };
    expect([inFlight === undefined, remains.sent.length]).to.deep.equal([false, 1]);
    for (const [i, used] of isUsed.entries()) {
      box.accountNonce = (inFlight?.pending.accountNonce ?? 0n) + (used ? 1n : 0n);
      await resolveInFlight(sender, { block: blockNumber(1_000n + BigInt(i)), time: unixSeconds(0n) });
    }
    return ended[0];
  };
  const [YES, NO] = [true, false];

  it("ends a transaction without a receipt once all answers of ten blocks say so", async () => {
    expect(await lookAt(Array.from({ length: 10 }, () => YES))).to.equal(undefined);
    expect(await lookAt(Array.from({ length: 11 }, () => YES))).to.equal("expired");
  });

  it("ends nothing by two wrong answers, however far apart they are [NX-KEE-01]", async () => {
    expect(await lookAt([YES, ...Array.from({ length: 20 }, () => NO), YES, YES])).to.equal(undefined);
  });
});
