import { expect } from "chai";
import type { Bus, ResultMessage, VoteMessage } from "../../../../keepers/core/bus.ts";
import { word } from "../../../../keepers/core/hex.ts";
import { blockNumber } from "../../../../keepers/core/units.ts";
import { account } from "../../../support/keeperBuilders.ts";

/** How a transport is set up for its tests. `settle` resolves when what was published has arrived. */
export type Transport = {
  readonly create: (capacity: number) => Bus | Promise<Bus>;
  readonly settle: () => Promise<void>;
};

const vote = (n: number): VoteMessage => ({ hash: word(BigInt(n)), signer: account(n), signature: "0x" });

const result: ResultMessage = {
  hash: word(1n),
  result: { kind: "expired", why: "test" },
  block: blockNumber(1n),
  latencyMs: 1,
  latencyBlocks: 1,
};

/** What every transport of the bus must do, the one in this process and those between machines. */
export const describeBus = (name: string, { create, settle }: Transport): void => {
  describe(`The bus over ${name}`, () => {
    it("brings every message of a topic to every inbox of it, in order", async () => {
      const bus = await create(10);
      const inboxes = [bus.open("votes", () => undefined), bus.open("votes", () => undefined)];
      for (const n of [1, 2, 3]) bus.publish("votes", vote(n));
      await settle();
      for (const inbox of inboxes) expect(inbox.take()).to.deep.equal([vote(1), vote(2), vote(3)]);
      bus.close();
    });

    it("keeps topics apart", async () => {
      const bus = await create(10);
      const votes = bus.open("votes", () => undefined);
      bus.publish("results", result);
      await settle();
      expect(votes.take()).to.deep.equal([]);
      bus.close();
    });

    it("hands out a message once", async () => {
      const bus = await create(10);
      const inbox = bus.open("votes", () => undefined);
      bus.publish("votes", vote(1));
      await settle();
      expect(inbox.take()).to.have.length(1);
      expect(inbox.take()).to.deep.equal([]);
      bus.close();
    });

    it("drops the oldest when a reader is slow, and counts what it dropped", async () => {
      const bus = await create(2);
      const inbox = bus.open("votes", () => undefined);
      for (const n of [1, 2, 3, 4, 5]) bus.publish("votes", vote(n));
      await settle();
      expect(inbox.take()).to.deep.equal([vote(4), vote(5)]);
      expect(inbox.dropped()).to.equal(3);
      bus.close();
    });

    it("tells the reader that something came, never from within publish", async () => {
      const bus = await create(10);
      let told = 0;
      bus.open("votes", () => {
        told += 1;
      });
      bus.publish("votes", vote(1));
      bus.publish("votes", vote(2));
      expect(told).to.equal(0);
      await settle();
      expect(told).to.be.within(1, 2);
      bus.close();
    });

    it("lets a reader publish from within its own notice", async () => {
      const bus = await create(10);
      const results = bus.open("results", () => undefined);
      bus.open("votes", () => bus.publish("results", result));
      bus.publish("votes", vote(1));
      await settle();
      await settle();
      expect(results.take()).to.deep.equal([result]);
      bus.close();
    });

    it("delivers nothing to a closed inbox, nor calls it, and goes on with the others", async () => {
      const bus = await create(10);
      let told = 0;
      const closed = bus.open("votes", () => {
        told += 1;
      });
      const open = bus.open("votes", () => undefined);
      bus.publish("votes", vote(1));
      closed.close();
      bus.publish("votes", vote(2));
      await settle();
      expect(told).to.equal(0);
      expect(closed.take()).to.deep.equal([]);
      expect(open.take()).to.deep.equal([vote(1), vote(2)]);
      bus.close();
    });

    it("delivers nothing after it was closed, to old inboxes and to new ones", async () => {
      const bus = await create(10);
      const before = bus.open("votes", () => undefined);
      bus.publish("votes", vote(1));
      bus.close();
      const after = bus.open("votes", () => undefined);
      bus.publish("votes", vote(2));
      await settle();
      expect([before.take(), after.take()]).to.deep.equal([[], []]);
    });
  });
};
