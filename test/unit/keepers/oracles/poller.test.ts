import { expect } from "chai";
import { startPoller } from "../../../../keepers/adapters/oracles/poller.ts";
import { hex } from "../../../../keepers/core/hex.ts";
import type { SignedAnswer } from "../../../../keepers/market/prices/pullUpdate.ts";
import { ethers } from "../../../support/chain.ts";
import { signedUpdate } from "../../../support/signedPrices.ts";

const SEI = hex(ethers.id("SEI/USD"));
const signed = (price: bigint): SignedAnswer => ({
  kind: "signed",
  update: hex(signedUpdate([{ id: SEI, price, conf: 0n, expo: 0, publishTime: 1 }])),
});
const refused: SignedAnswer = { kind: "refused", refusal: { about: "host", fault: "late", detail: "" } };

/** A poller whose time is told by hand, and whose answers are given by hand. */
const start = () => {
  let tick = (): void => undefined;
  let isStopped = false;
  const waiting: ((answer: SignedAnswer) => void)[] = [];
  const poller = startPoller({
    ask: () => new Promise((resolve) => void waiting.push(resolve)),
    feedIds: [SEI],
    everyMs: 5,
    every: (_, run) => {
      tick = run;
      return () => {
        isStopped = true;
      };
    },
  });
  const settle = async (answer: SignedAnswer): Promise<void> => {
    waiting.shift()?.(answer);
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  return { poller, settle, tick: () => tick(), waiting, isStopped: () => isStopped };
};
const taken = ({ poller }: ReturnType<typeof start>) => {
  const { prices, refusals } = poller.take();
  return [prices.map(({ price }) => price), refusals.map(({ fault }) => fault)];
};

describe("Who polls an endpoint of prices", () => {
  it("gives what is new once, and nothing while there is no answer", async () => {
    const one = start();
    expect(taken(one)).to.deep.equal([[], []]);
    await one.settle(signed(5n));
    expect(taken(one)).to.deep.equal([[5n], []]);
    expect(taken(one)).to.deep.equal([[], []]);
  });

  it("asks for nothing more while an answer is on its way", async () => {
    const one = start();
    one.tick();
    one.tick();
    expect(one.waiting).to.have.length(1);
    await one.settle(refused);
    one.tick();
    expect(one.waiting).to.have.length(1);
  });

  it("keeps the newest prices and every refusal until they are taken, and goes on after one", async () => {
    const one = start();
    for (const answer of [signed(1n), refused, signed(2n), { kind: "signed", update: "0x00" } as const]) {
      await one.settle(answer);
      one.tick();
    }
    expect(taken(one)).to.deep.equal([[2n], ["late", "unreadable"]]);
    const update = signedUpdate([{ id: SEI, price: 3n, conf: 0n, expo: 0, publishTime: 1 }]);
    // The emitter's chain stands behind three signatures of 66 bytes, and time and nonce.
    const at = 2 + 2 * (10 + 6 + 3 * 66 + 8);
    await one.settle({ kind: "signed", update: hex(`${update.slice(0, at)}0001${update.slice(at + 4)}`) });
    expect(taken(one)).to.deep.equal([[], ["another-chain"]]);
  });

  it("stops when it is closed", () => {
    const one = start();
    one.poller.close();
    expect(one.isStopped()).to.equal(true);
  });
});
