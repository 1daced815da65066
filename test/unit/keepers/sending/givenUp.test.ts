import { expect } from "chai";
import fc from "fast-check";
import { gasPriceFor } from "../../../../keepers/core/gasPrice.ts";
import { blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import { createPaymentsAgent, tick } from "../../../../keepers/agents/payments/tick.ts";
import { isLaneFree } from "../../../../keepers/sending/lane.ts";
import { emptyLane } from "../../../../keepers/sending/pipeline.ts";
import {
  POLICY,
  SENDING,
  createFakePayments,
  createMoneyChain,
  nothingPaid,
  seenChannel,
  voucherOver,
} from "../../../support/fakePayments.ts";
import { sendNow } from "../../../../keepers/sending/send.ts";
import { createSendingRig, operationOf } from "../../../support/sendingRig.ts";
import { accountOf } from "../../../support/storeBuilders.ts";

/** A sender whose operations the contract refuses after a second, and whose transactions no block takes. */
const setUp = async (ports: Parameters<typeof createSendingRig>[0] = {}) => {
  const rig = await createSendingRig(ports);
  let n = 0;
  /** Asks for the next operation and lets it end unmined. */
  const giveUp = async (): Promise<void> => {
    n += 1;
    await rig.ask(operationOf(n, { endsOnChain: true, deadline: unixSeconds(rig.chain.now().time + 1n) }));
    for (let i = 0; i < 6; i += 1) await rig.block(false);
  };
  const prices = (): readonly bigint[] => rig.signed.map(({ gasPrice }) => gasPrice);
  return { rig, giveUp, prices };
};

/** So long some mempools keep what is not mined, in blocks. */
const FORGOTTEN = 160;

describe("What a transaction pays after one that was given up", () => {
  it("is at most the cap, and today's price once no mempool has the old one any more [NX-KEE-06]", async () => {
    const { rig, giveUp, prices } = await setUp();
    rig.chain.setBaseFee(950n);
    await giveUp();
    rig.chain.setBaseFee(10n);
    await giveUp();
    expect(prices()).to.deep.equal([1_000n, 1_000n]);
    expect(new Set(rig.told.map(([, { kind }]) => kind))).to.deep.equal(new Set(["expired"]));
    for (let i = 0; i < FORGOTTEN; i += 1) await rig.block(false);
    rig.chain.forget();
    await giveUp();
    expect(prices().at(-1)).to.equal(21n);
  });

  it("does not rise for what no node took, however often it is refused [NX-KEE-06]", async () => {
    const why = "insufficient funds for gas * price + value";
    const { giveUp, prices } = await setUp({ ports: { broadcast: () => Promise.resolve({ kind: "refused", why }) } });
    for (let i = 0; i < 16; i += 1) await giveUp();
    expect(prices()).to.deep.equal(Array.from({ length: 16 }, () => 21n));
  });

  it("rises when a node says that another one pays as much [NX-KEE-06]", async () => {
    for (const why of ["replacement transaction underpriced", "insufficient fee for replacement"]) {
      const { giveUp, prices } = await setUp({ ports: { broadcast: () => Promise.resolve({ kind: "refused", why }) } });
      await giveUp();
      await giveUp();
      expect(prices(), why).to.deep.equal([21n, 24n]);
    }
  });

  it("rises when nobody knows whether a node took it: its answer was lost, or an earlier life sent it", async () => {
    const { rig, giveUp, prices } = await setUp();
    rig.trouble.answers = true;
    await giveUp();
    await giveUp();
    expect(prices()).to.deep.equal([21n, 24n]);
    rig.trouble.answers = false;
    const other = await setUp();
    await other.rig.ask(operationOf(9, { endsOnChain: true, deadline: unixSeconds(1_001n) }));
    await other.rig.block(false);
    await other.rig.restart();
    // No node answers to the second life before the deadline.
    other.rig.trouble.nodes = true;
    for (let i = 0; i < 6; i += 1) await other.rig.block(false);
    other.rig.trouble.nodes = false;
    await other.rig.block(false);
    await other.giveUp();
    expect(other.prices()).to.deep.equal([21n, 24n]);
  });

  it("is today's price where the nonce is another one", async () => {
    const { rig, giveUp, prices } = await setUp();
    await giveUp();
    rig.chain.useNonce(accountOf(1));
    await giveUp();
    expect(prices()).to.deep.equal([21n, 21n]);
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

/** A payments agent with `count` channels to claim from, each by itself. */
const claimer = (count: number) => {
  const seen = Array.from({ length: count }, (_, n) => seenChannel(n + 1, { voucher: voucherOver(700n) }));
  const chain = createMoneyChain(seen);
  const remains = nothingPaid();
  const fake = createFakePayments(chain, remains);
  return { ...fake, chain, remains, config: { policy: { ...POLICY, maxBatch: 1 }, sending: SENDING } };
};

describe("What is decided after a receipt", () => {
  it("never uses a nonce again, and loses no ten blocks, where the head is one behind the receipts [NX-KEE-06]", async () => {
    const { ports, chain, remains, told, config } = claimer(6);
    const seen = new Map<bigint, Awaited<ReturnType<typeof ports.readSnapshot>> & { readonly nonce: bigint }>();
    const keep = (): void => void seen.set(chain.block(), { ...chain.snapshot(), nonce: chain.accountNonce() });
    const lagging = createPaymentsAgent(
      {
        ...ports,
        head: () => ({ block: blockNumber(chain.block() - 1n), baseFee: 100n }),
        readSnapshot: (block) => Promise.resolve(seen.get(block) ?? chain.snapshot()),
        sending: { ...ports.sending, readNonce: (_, block) => Promise.resolve(seen.get(block)?.nonce ?? 0n) },
      },
      config,
    );
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

  it("waits for a view as new as the newest receipt", () => {
    const lane = { ...emptyLane(accountOf(1)), learntAt: blockNumber(101n) };
    expect([100n, 101n, 102n].map((block) => isLaneFree(lane, { block: blockNumber(block) }))).to.deep.equal([
      false,
      true,
      true,
    ]);
    expect(isLaneFree(emptyLane(accountOf(1)), { block: blockNumber(0n) })).to.equal(true);
  });
});

describe("A nonce that is said to be used", () => {
  /** Looks once at each block, whose answer about the nonce is used or not. @returns how many transactions were signed */
  const lookAt = async (isUsed: readonly boolean[]): Promise<number> => {
    let excess = 0n;
    const rig = await createSendingRig({
      ports: { readNonce: (account, block) => Promise.resolve(rig.chain.readNonce(account, block) + excess) },
    });
    await rig.ask(operationOf(1));
    await rig.block(false);
    for (const used of isUsed) {
      excess = used ? 1n : 0n;
      await rig.block(false);
    }
    return rig.signed.length;
  };
  const [YES, NO] = [true, false];

  it("ends a transaction without a receipt once all answers of ten blocks say so", async () => {
    expect(await lookAt(Array.from({ length: 10 }, () => YES))).to.equal(1);
    expect(await lookAt(Array.from({ length: 11 }, () => YES))).to.equal(2);
  });

  it("ends nothing by two wrong answers, however far apart they are [NX-KEE-01]", async () => {
    expect(await lookAt([YES, ...Array.from({ length: 20 }, () => NO), YES, YES])).to.equal(1);
  });
});

describe("A nonce that no receipt explains", () => {
  const setUpNonce = async () => {
    const nonce = { excess: 0n };
    const rig = await createSendingRig({
      ports: { readNonce: (account, block) => Promise.resolve(rig.chain.readNonce(account, block) + nonce.excess) },
    });
    await rig.ask(operationOf(1));
    await rig.blocks(3);
    return { rig, nonce };
  };

  it("is not signed with while an endpoint says one for a few seconds, so that nothing waits behind a gap [NX-SND-02]", async () => {
    const { rig, nonce } = await setUpNonce();
    nonce.excess = 1n;
    for (let i = 0; i < 15; i += 1) {
      expect(await sendNow(rig.pipeline(), operationOf(2), { now: rig.chain.now() })).to.deep.equal({ kind: "busy" });
      await rig.block();
    }
    expect(rig.signed.map((tx) => tx.nonce)).to.deep.equal([0n]);
    expect(rig.said.filter((what) => what.includes("our receipts explain 1"))).to.have.length(1);
    nonce.excess = 0n;
    await sendNow(rig.pipeline(), operationOf(2), { now: rig.chain.now() });
    await rig.block();
    expect(rig.signed.map((tx) => tx.nonce)).to.deep.equal([0n, 1n]);
    expect(rig.told.map(([, { kind }]) => kind)).to.deep.equal(["mined", "mined"]);
  });

  it("is signed with when another sender of the key used those before, as soon as the chain has said so for long [NX-SND-02]", async () => {
    const { rig } = await setUpNonce();
    for (let i = 0; i < 5; i += 1) rig.chain.useNonce(accountOf(1));
    await rig.ask(operationOf(2));
    await rig.blocks(19);
    expect(rig.signed.map((tx) => tx.nonce)).to.deep.equal([0n, 6n]);
    // A transaction that waited for long whether its nonce is used has waited for that.
    const other = await setUpNonce();
    await other.rig.ask(operationOf(2));
    await other.rig.block(false);
    other.rig.chain.useNonce(accountOf(1));
    other.rig.chain.forget();
    await other.rig.blocks(18);
    expect(other.rig.signed.map((tx) => tx.nonce)).to.deep.equal([0n, 1n, 2n]);
    // From the next receipt on it is explained.
    await rig.ask(operationOf(3));
    await rig.blocks(3);
    expect(rig.told.map(([, { kind }]) => kind)).to.deep.equal(["mined", "mined", "mined"]);
  });
});
