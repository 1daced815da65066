import { expect } from "chai";
import { unixSeconds } from "../../../../keepers/core/units.ts";
import { type SendingRig, createSendingRig, operationOf } from "../../../support/sendingRig.ts";
import { accountOf, hashOf } from "../../../support/storeBuilders.ts";

const kindsOf = ({ told }: SendingRig): readonly string[] => told.map(([, { kind }]) => kind);
const effectOf = ({ chain }: SendingRig, n: number): number => chain.effects.get(hashOf(n)) ?? 0;
const BLOCKS_PER_MINUTE = 150;

/** Failures of other relayers and payers, by the thread that reports them; none of them may happen here. */
describe("Published failures of senders", () => {
  it("OpenZeppelin Relayer #683, #818, #843: a nonce that others use up jams nothing", async () => {
    const rig = await createSendingRig();
    await rig.ask(operationOf(1));
    await rig.block(false);
    for (let i = 0; i < 633; i += 1) rig.chain.useNonce(accountOf(1));
    await rig.blocks(15);
    await rig.ask(operationOf(2));
    await rig.blocks(3);
    expect(kindsOf(rig)).to.deep.equal(["mined", "mined"]);
    expect(rig.signed.map(({ nonce }) => nonce)).to.deep.equal([0n, 633n, 634n]);
  });

  it("OpenZeppelin Relayer #843: a sender that lost all it knew signs with the chain's nonce", async () => {
    const rig = await createSendingRig();
    for (const n of [1, 2, 3]) await rig.ask(operationOf(n));
    await rig.blocks(5);
    await rig.restart(true);
    await rig.ask(operationOf(4));
    await rig.blocks(2);
    expect(rig.signed.map(({ nonce }) => nonce)).to.deep.equal([0n, 1n, 2n, 3n]);
    expect(kindsOf(rig)).to.deep.equal(["mined", "mined", "mined", "mined"]);
  });

  it("OpenZeppelin Monitor #394: blocks that come faster than rounds lose nothing", async () => {
    const rig = await createSendingRig();
    for (let n = 1; n <= 5; n += 1) {
      await rig.ask(operationOf(n));
      for (let i = 0; i < 20; i += 1) rig.chain.mine();
      await rig.block();
    }
    await rig.blocks(2);
    expect(kindsOf(rig)).to.deep.equal(["mined", "mined", "mined", "mined", "mined"]);
  });

  it("KeeperHub #985: what holds one sender up holds up no other", async () => {
    const rig = await createSendingRig({
      lanes: 2,
      ports: {
        simulate: ({ id }) =>
          id === hashOf(1) ? new Promise(() => undefined) : Promise.resolve({ kind: "ok", gas: 1n }),
      },
    });
    await rig.ask(operationOf(1, { priority: 9 }));
    // It never answers, so that the round never ends.
    void rig.block();
    await rig.ask(operationOf(2));
    for (let i = 0; i < 3; i += 1) {
      await new Promise(setImmediate);
      void rig.block();
    }
    await new Promise(setImmediate);
    expect(rig.told.map(([id, { kind }]) => [id, kind])).to.deep.equal([[hashOf(2), "mined"]]);
  });

  it("KeeperHub #990: a pending entry that no node has is sent and resolved, after a restart too", async () => {
    const rig = await createSendingRig();
    await rig.ask(operationOf(1));
    await rig.block(false);
    rig.chain.forget();
    await rig.restart();
    await rig.blocks(3);
    expect(rig.told.map(([id, { kind }]) => [id, kind])).to.deep.equal([[hashOf(1), "mined"]]);
    expect(rig.pipeline().lanes[0]?.flights).to.deep.equal([]);
    expect(new Set(rig.sent).size).to.equal(1);
  });

  it("KeeperHub #2274: a retry of what was mined sends nothing, after a restart too [NX-SND-01]", async () => {
    const rig = await createSendingRig();
    await rig.ask(operationOf(1));
    await rig.blocks(2);
    expect(await rig.ask(operationOf(1))).to.equal("done");
    await rig.restart();
    expect(await rig.ask(operationOf(1))).to.equal("done");
    await rig.blocks(3);
    expect(rig.signed).to.have.lengthOf(1);
    expect(effectOf(rig, 1)).to.equal(1);
  });

  it("agentkit #1483: an answer that is lost is followed by the same bytes, and by no others [NX-KEE-01]", async () => {
    const rig = await createSendingRig();
    rig.trouble.answers = true;
    await rig.ask(operationOf(1));
    for (let i = 0; i < 9; i += 1) await rig.block(false);
    expect(new Set(rig.sent).size).to.equal(1);
    expect(rig.sent.length).to.be.greaterThan(3);
    await rig.blocks(2);
    expect(kindsOf(rig)).to.deep.equal(["mined"]);
    expect(effectOf(rig, 1)).to.equal(1);
  });

  it("x402 #3208: whoever asks again while it is on its way is told so, and pays once [NX-SND-01]", async () => {
    const rig = await createSendingRig();
    expect(await rig.ask(operationOf(1))).to.equal("queued");
    expect(await rig.ask(operationOf(1))).to.equal("pending");
    await rig.block(false);
    expect(await rig.ask(operationOf(1))).to.equal("pending");
    await rig.restart();
    expect(await rig.ask(operationOf(1))).to.equal("pending");
    await rig.blocks(3);
    expect(await rig.ask(operationOf(1))).to.equal("done");
    expect(effectOf(rig, 1)).to.equal(1);
  });

  it("after a minute without nodes one lane at 12 a minute catches up within 10 s, and tells what is too late", async () => {
    const rig = await createSendingRig();
    rig.trouble.nodes = true;
    for (let n = 1; n <= 12; n += 1) {
      const isLate = n === 3;
      await rig.ask(operationOf(n, isLate ? { deadline: unixSeconds(rig.chain.now().time + 10n) } : {}));
      await rig.blocks(12);
    }
    expect(rig.told.map(([id, { kind }]) => [id, kind])).to.deep.equal([[hashOf(3), "expired"]]);
    rig.trouble.nodes = false;
    await rig.blocks(BLOCKS_PER_MINUTE / 6);
    expect(kindsOf(rig).filter((kind) => kind === "mined")).to.have.lengthOf(11);
    expect(effectOf(rig, 3)).to.equal(0);
  });

  it("after a minute without nodes 24 lanes at 25 a second catch up within 60 s, while as much comes in", async () => {
    const rig = await createSendingRig({ lanes: 24, policy: { capacity: 10_000 } });
    let n = 0;
    const minute = async (): Promise<void> => {
      for (let block = 0; block < BLOCKS_PER_MINUTE; block += 1) {
        for (let i = 0; i < 10; i += 1) await rig.ask(operationOf((n += 1)));
        await rig.block();
      }
    };
    rig.trouble.nodes = true;
    await minute();
    expect(rig.told).to.deep.equal([]);
    rig.trouble.nodes = false;
    await minute();
    await rig.blocks(2);
    expect(rig.told).to.have.lengthOf(3_000);
    expect(new Set(kindsOf(rig))).to.deep.equal(new Set(["mined"]));
  });
});
