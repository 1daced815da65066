import { expect } from "chai";
import { unixSeconds } from "../../../../keepers/core/units.ts";
import { advance } from "../../../../keepers/sending/advance.ts";
import { readLaneNonce } from "../../../../keepers/sending/lane.ts";
import type { OperationResult } from "../../../../keepers/sending/operation.ts";
import { type SendingRig, createSendingRig, operationOf } from "../../../support/sendingRig.ts";
import { accountOf, hashOf } from "../../../support/storeBuilders.ts";

const kindsOf = ({ told }: SendingRig): readonly OperationResult["kind"][] => told.map(([, { kind }]) => kind);
const effectOf = ({ chain }: SendingRig, n: number): number => chain.effects.get(hashOf(n)) ?? 0;

describe("The sending pipeline", () => {
  it("simulates, signs, stores, broadcasts, confirms and tells", async () => {
    const rig = await createSendingRig();
    expect(await rig.ask(operationOf(1))).to.equal("queued");
    await rig.block();
    await rig.block();
    const [[id, result] = [hashOf(0), { kind: "done" }]] = rig.told;
    expect(id).to.equal(hashOf(1));
    expect(result).to.include({ kind: "mined", block: 102n, gasPaid: 100_000n * 21n });
    expect(rig.signed.map(({ nonce, gasPrice, gasLimit }) => [nonce, gasPrice, gasLimit])).to.deep.equal([
      [0n, 21n, 60_000n],
    ]);
  });

  it("tells why a transaction reverted, and does not try again by itself", async () => {
    const rig = await createSendingRig();
    const late = operationOf(1, { endsOnChain: true, deadline: unixSeconds(1_001n) });
    await rig.ask(late);
    await rig.block();
    for (let i = 0; i < 4; i += 1) rig.chain.mine(false);
    await rig.blocks(3);
    expect(rig.told.at(0)?.[1]).to.include({ kind: "reverted", why: "DeadlinePassed" });
    expect(rig.signed).to.have.lengthOf(1);
  });

  it("signs nothing for what somebody did first", async () => {
    const rig = await createSendingRig();
    const check = { kind: "equals", call: { target: accountOf(2), data: "0x" }, answer: "0x01" } as const;
    await rig.ask(operationOf(1, { doneWhen: check }));
    await rig.block();
    expect(rig.told).to.deep.equal([[hashOf(1), { kind: "done" }]]);
    expect(rig.signed).to.deep.equal([]);
  });

  it("signs nothing where a guard does not hold, and names the guard", async () => {
    const rig = await createSendingRig({ ports: { check: () => Promise.resolve(false) } });
    const check = { kind: "atLeast", call: { target: accountOf(2), data: "0x" }, amount: 5n } as const;
    await rig.ask(operationOf(1, { guards: [{ what: "the swap brings less than 5", check }] }));
    await rig.block();
    expect(rig.told).to.deep.equal([[hashOf(1), { kind: "refused", why: "the swap brings less than 5" }]]);
    expect(rig.signed).to.deep.equal([]);
  });

  it("signs nothing that its simulation sees revert", async () => {
    const simulate = () => Promise.resolve({ kind: "reverted", why: "OverLimit" } as const);
    const rig = await createSendingRig({ ports: { simulate } });
    await rig.ask(operationOf(1));
    await rig.block();
    expect(rig.told).to.deep.equal([[hashOf(1), { kind: "refused", why: "OverLimit" }]]);
    expect(rig.signed).to.deep.equal([]);
  });

  it("sends the higher priority first, then the earlier deadline, then what came first", async () => {
    const rig = await createSendingRig();
    const soon = unixSeconds(9_000n);
    await rig.ask(operationOf(1));
    await rig.ask(operationOf(2));
    await rig.ask(operationOf(3, { deadline: soon }));
    await rig.ask(operationOf(4, { priority: 1 }));
    await rig.blocks(6);
    expect(rig.told.map(([id]) => id)).to.deep.equal([4, 3, 1, 2].map(hashOf));
  });

  it("keeps a full queue for what goes first, and tells the one that has no place", async () => {
    const rig = await createSendingRig({ policy: { capacity: 2 } });
    expect(await rig.ask(operationOf(1))).to.equal("queued");
    expect(await rig.ask(operationOf(2))).to.equal("queued");
    expect(await rig.ask(operationOf(3))).to.equal("full");
    expect(await rig.ask(operationOf(4, { priority: 9 }))).to.equal("queued");
    expect(rig.told.map(([id, { kind }]) => [id, kind])).to.deep.equal([
      [hashOf(3), "refused"],
      [hashOf(2), "refused"],
    ]);
  });

  it("waits while the base fee is above the cap, and never pays more than the cap [NX-KEE-06]", async () => {
    const rig = await createSendingRig();
    rig.chain.setBaseFee(1_001n);
    await rig.ask(operationOf(1, { urgency: "urgent" }));
    await rig.blocks(5);
    expect(rig.signed).to.deep.equal([]);
    rig.chain.setBaseFee(990n);
    await rig.blocks(4);
    expect(rig.signed.map(({ gasPrice }) => gasPrice)).to.deep.equal([1_000n]);
    expect(kindsOf(rig)).to.deep.equal(["mined"]);
  });

  it("offers more for what is urgent", async () => {
    const rig = await createSendingRig({ lanes: 3 });
    for (const [n, urgency] of [
      [1, "patient"],
      [2, "normal"],
      [3, "urgent"],
    ] as const) {
      await rig.ask(operationOf(n, { urgency, priority: -n }));
    }
    await rig.block();
    expect(rig.signed.map(({ gasPrice }) => gasPrice)).to.deep.equal([11n, 21n, 51n]);
  });

  it("cancels by the same nonce what is too late and has no end of its own, and goes on [NX-SND-02]", async () => {
    const rig = await createSendingRig();
    await rig.ask(operationOf(1, { deadline: unixSeconds(1_003n) }));
    await rig.block(false);
    // Too cheap from now on, so that it would wait for ever.
    rig.chain.setBaseFee(500n);
    await rig.blocks(20);
    expect(rig.signed.map(({ nonce, data, value, to }) => ({ nonce, data: data.length > 2, value, to }))).to.deep.equal(
      [
        { nonce: 0n, data: true, value: 0n, to: accountOf(0xc0) },
        { nonce: 0n, data: false, value: 0n, to: accountOf(1) },
      ],
    );
    expect(rig.told.map(([id, { kind }]) => [id, kind])).to.deep.equal([[hashOf(1), "expired"]]);
    expect(effectOf(rig, 1)).to.equal(0);
    await rig.ask(operationOf(2));
    await rig.blocks(3);
    expect(kindsOf(rig)).to.deep.equal(["expired", "mined"]);
  });

  it("cancels what its operator asks it to, says so, and does not try again, after a restart too", async () => {
    const rig = await createSendingRig();
    await rig.ask(operationOf(1));
    await rig.block(false);
    const transaction = rig.pipeline().lanes[0]?.flights[0]?.tx.transaction ?? "0x";
    expect(await rig.cancel(transaction)).to.equal(true);
    expect(await rig.cancel(hashOf(9))).to.equal(false);
    await rig.restart();
    for (let i = 0; i < 6; i += 1) await rig.block(false);
    await rig.blocks(3);
    expect(rig.told).to.deep.equal([[hashOf(1), { kind: "refused", why: "cancelled by its operator" }]]);
    expect(rig.signed.map(({ nonce, data }) => [nonce, data.length > 2])).to.deep.equal([
      [0n, true],
      [0n, false],
    ]);
    expect(effectOf(rig, 1)).to.equal(0);
    expect(rig.pipeline().lanes[0]?.flights).to.deep.equal([]);
  });

  it("outbids with the same nonce what it gave up and a mempool may still have [NX-KEE-06]", async () => {
    const rig = await createSendingRig();
    await rig.ask(operationOf(1, { endsOnChain: true, deadline: unixSeconds(1_001n) }));
    await rig.block(false);
    for (let i = 0; i < 5; i += 1) await rig.block(false);
    await rig.ask(operationOf(2));
    await rig.block(false);
    await rig.blocks(2);
    expect(rig.signed.map(({ nonce, gasPrice }) => [nonce, gasPrice])).to.deep.equal([
      [0n, 21n],
      [0n, 24n],
    ]);
    expect(kindsOf(rig)).to.deep.equal(["expired", "mined"]);
  });

  it("with its store gone sends nothing new, and goes on confirming and telling [NX-STO-05]", async () => {
    const rig = await createSendingRig({ lanes: 2 });
    await rig.ask(operationOf(1));
    await rig.block(false);
    await rig.ask(operationOf(2));
    rig.trouble.store = true;
    await rig.block(false);
    await rig.block(false);
    expect(new Set(rig.sent).size).to.equal(1);
    expect(rig.sent.length).to.be.greaterThan(1);
    await rig.blocks(3);
    expect(rig.told.map(([id, { kind }]) => [id, kind])).to.deep.equal([[hashOf(1), "mined"]]);
    rig.trouble.store = false;
    await rig.blocks(3);
    expect(rig.told.map(([id, { kind }]) => [id, kind])).to.deep.equal([
      [hashOf(1), "mined"],
      [hashOf(2), "mined"],
    ]);
    expect(rig.signed).to.have.lengthOf(2);
  });

  it("decides nothing new on a view that is older than a receipt [NX-KEE-06]", async () => {
    const rig = await createSendingRig();
    await rig.ask(operationOf(1));
    await rig.block();
    const old = rig.chain.now();
    await rig.block();
    await rig.ask(operationOf(2));
    await advance(rig.pipeline(), old);
    expect(rig.signed).to.have.lengthOf(1);
    await rig.blocks(2);
    expect(rig.signed.map(({ nonce }) => nonce)).to.deep.equal([0n, 1n]);
  });

  describe("where a node says a wrong nonce", () => {
    let excess = 0n;
    let rig: SendingRig;
    beforeEach(async () => {
      excess = 0n;
      rig = await createSendingRig({
        ports: { readNonce: (account, block) => Promise.resolve(rig.chain.readNonce(account, block) + excess) },
      });
    });

    it("fills the gap with what comes next, and carries out what was signed too high [NX-SND-02]", async () => {
      excess = 2n;
      await rig.ask(operationOf(1));
      await rig.block();
      excess = 0n;
      await rig.ask(operationOf(2));
      await rig.ask(operationOf(3));
      await rig.blocks(20);
      expect(rig.signed.map(({ nonce }) => nonce)).to.deep.equal([2n, 0n, 1n]);
      expect([1, 2, 3].map((n) => effectOf(rig, n))).to.deep.equal([1, 1, 1]);
      expect(rig.pipeline().lanes[0]?.flights).to.deep.equal([]);
    });

    it("fills the gap with nothing where nothing comes, and leaves a wide one to a person [NX-SND-02]", async () => {
      excess = 2n;
      await rig.ask(operationOf(1));
      await rig.block();
      excess = 0n;
      await rig.blocks(60);
      expect(rig.signed.map(({ nonce, data }) => [nonce, data.length > 2])).to.deep.equal([
        [2n, true],
        [0n, false],
        [1n, false],
      ]);
      expect(kindsOf(rig)).to.deep.equal(["mined"]);
      excess = 17n;
      await rig.ask(operationOf(2));
      await rig.block();
      excess = 0n;
      await rig.blocks(60);
      expect(rig.signed).to.have.lengthOf(4);
    });

    it("never signs with a nonce that a receipt used, also where a node says one that is too low [NX-KEE-06]", async () => {
      await rig.ask(operationOf(1));
      await rig.blocks(2);
      excess = -1n;
      await rig.ask(operationOf(2));
      await rig.blocks(2);
      expect(rig.signed.map(({ nonce }) => nonce)).to.deep.equal([0n, 1n]);
    });

    it("does not make a nonce fall before the first receipt, for as long as well endpoints may differ [NX-NET-01]", async () => {
      for (let i = 0; i < 3; i += 1) rig.chain.useNonce(accountOf(1));
      const [lane] = rig.pipeline().lanes;
      if (lane === undefined) throw new Error("there is no lane");
      const read = (): Promise<bigint> => readLaneNonce({ pipeline: rig.pipeline(), lane, now: rig.chain.now() });
      expect(await read()).to.equal(3n);
      excess = -1n;
      for (let i = 0; i < 5; i += 1) {
        rig.chain.mine();
        expect(await read()).to.equal(3n);
      }
      rig.chain.mine();
      expect(await read()).to.equal(2n);
    });

    it("gives nothing up for wrong answers that lie far apart [NX-KEE-01]", async () => {
      await rig.ask(operationOf(1));
      await rig.block(false);
      for (let i = 0; i < 3; i += 1) {
        excess = 1n;
        await rig.block(false);
        excess = 0n;
        for (let block = 0; block < 12; block += 1) await rig.block(false);
      }
      await rig.blocks(2);
      expect(rig.signed).to.have.lengthOf(1);
      expect(kindsOf(rig)).to.deep.equal(["mined"]);
      expect(effectOf(rig, 1)).to.equal(1);
    });
  });
});
