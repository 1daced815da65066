import { expect } from "chai";
import fc from "fast-check";
import { RetryableError } from "../../../../keepers/core/errors.ts";
import { cursorAfter, pageOf, placeOf } from "../../../../keepers/gateway/documents/page.ts";
import { addPoint } from "../../../../keepers/gateway/documents/whole.ts";
import { createCached } from "../../../../keepers/gateway/reading/cached.ts";
import type { ValuePoint } from "../../../../keepers/gateway/schema/whole.ts";
import { isArrivalAddress } from "../../../../keepers/adapters/metrics/arrival.ts";
import { isOwnHost, isOwnOrigin } from "../../../../keepers/gateway/server/hosts.ts";

const item = fc.record({ block: fc.nat(5), id: fc.nat(200).map((n) => `0x${n.toString(16).padStart(4, "0")}`) });
const byAge = (a: { block: number; id: string }, b: { block: number; id: string }): number =>
  b.block - a.block || (a.id < b.id ? 1 : -1);

describe("Answers of the gateway", () => {
  it("pages through a list without leaving an item out or telling one twice", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(item, { selector: ({ id }) => id }),
        fc.integer({ min: 1, max: 7 }),
        (items, limit) => {
          const all = items.toSorted(byAge);
          const seen: string[] = [];
          let cursor: string | undefined;
          do {
            const page = pageOf(all, limit, cursor === undefined ? undefined : placeOf(cursor));
            seen.push(...page.items.map(({ id }) => id));
            cursor = page.next ?? undefined;
          } while (cursor !== undefined);
          expect(seen).to.deep.equal(all.map(({ id }) => id));
        },
      ),
    );
  });

  it("goes on behind an item that is gone, and takes no cursor that it did not make", () => {
    const all = [9, 7, 5].map((block) => ({ block, id: "0x01" }));
    expect(
      pageOf(all, 5, placeOf(cursorAfter({ block: 8, id: "0x01" }))).items.map(({ block }) => block),
    ).to.deep.equal([7, 5]);
    for (const text of ["", "7", "7.", "x.0x01", "7.0x", "-1.0x01", "7.0x01; drop"])
      expect(placeOf(text)).to.equal(undefined);
  });

  it("keeps a bounded history of the value, the newest points dense, and no block twice", () => {
    let history: readonly ValuePoint[] = [];
    for (let block = 1; block <= 5_000; block += 1) {
      const point = { block, time: block, lower: "1", upper: "2" };
      history = addPoint(addPoint(history, point), point);
    }
    const blocks = history.map(({ block }) => block);
    expect(history.length).to.be.within(360, 720);
    expect(blocks.slice(-300)).to.deep.equal(Array.from({ length: 300 }, (_, i) => 4_701 + i));
    expect(blocks).to.deep.equal([...new Set(blocks)].toSorted((a, b) => a - b));
  });

  it("answers to its own addresses and to no other name, whatever resolves to them [NX-GTW-01]", () => {
    for (const host of ["127.0.0.1:8600", "localhost:8600", "LOCALHOST:8600", "[::1]:8600"]) {
      expect(isOwnHost(host, 8600), host).to.equal(true);
    }
    const strangers = [
      undefined,
      "",
      "evil.example",
      "evil.example:8600",
      "127.0.0.1",
      "127.0.0.1:8601",
      "localhost.evil:8600",
    ];
    for (const host of strangers) expect(isOwnHost(host, 8600), host).to.equal(false);
    expect(isOwnHost("nexus.example", 8600, ["nexus.example"])).to.equal(true);
  });

  it("answers a probe that calls it by the address that it arrived at, and by no other [NX-GTW-01]", () => {
    const local = { localAddress: "10.1.2.3", localPort: 8600 };
    expect(isArrivalAddress("10.1.2.3:8600", local)).to.equal(true);
    expect(isArrivalAddress("10.1.2.3:8600", { ...local, localAddress: "::ffff:10.1.2.3" })).to.equal(true);
    expect(isArrivalAddress("[fd00::1]:8600", { ...local, localAddress: "fd00::1" })).to.equal(true);
    for (const host of [undefined, "", "10.1.2.3", "10.1.2.4:8600", "10.1.2.3:8601", "evil.example:8600"]) {
      expect(isArrivalAddress(host, local), host).to.equal(false);
    }
    expect(isArrivalAddress("undefined:8600", { localPort: 8600 })).to.equal(false);
  });

  it("streams to programs and to its own page, and to no other page [NX-GTW-01]", () => {
    const host = "127.0.0.1:8600";
    for (const origin of [undefined, "http://127.0.0.1:8600", "https://127.0.0.1:8600"]) {
      expect(isOwnOrigin(origin, host), origin).to.equal(true);
    }
    for (const origin of ["null", "", "http://evil.example", "http://127.0.0.1:8601", "file://127.0.0.1:8600"]) {
      expect(isOwnOrigin(origin, host), origin).to.equal(false);
    }
  });
});

describe("A reading of the chain", () => {
  const setUp = (results: readonly (number | Error)[]) => {
    let [now, calls] = [0, 0];
    const told: number[] = [];
    const reading = createCached({
      onRead: (value) => void told.push(value),
      read: () => {
        const result = results[calls];
        calls += 1;
        return result instanceof Error || result === undefined
          ? Promise.reject(result ?? new Error("no more"))
          : Promise.resolve(result);
      },
      freshMs: 100,
      deadlineMs: 1_000,
      clock: { nowMs: () => now, within: (_ms, work) => work },
      reasonOf: (error) => (error instanceof Error ? error.message : String(error)),
    });
    return { reading, told, calls: () => calls, pass: (ms: number) => (now += ms) };
  };
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it("is made once for all who ask at the same time, and again when it is old", async () => {
    const { reading, told, calls, pass } = setUp([1, 2]);
    const [one, other] = await Promise.all([reading.get(), reading.get()]);
    expect([one.value, other.value, calls()]).to.deep.equal([1, 1, 1]);
    pass(100);
    expect((await reading.get()).value, "who asks does not wait").to.equal(1);
    await settle();
    expect(told, "though nobody waited for it").to.deep.equal([1, 2]);
    expect([(await reading.get()).value, calls()]).to.deep.equal([2, 2]);
  });

  it("stays as it was while the chain does not answer, says why, and fails only where there is none", async () => {
    const { reading, pass } = setUp([1, new Error("cut off"), 3]);
    await reading.get();
    pass(100);
    await reading.get();
    await settle();
    expect([reading.peek()?.value, reading.trouble()]).to.deep.equal([1, "cut off"]);
    await reading.get();
    await settle();
    expect([reading.peek()?.value, reading.trouble()]).to.deep.equal([3, undefined]);
    const failure = await setUp([new Error("nobody there")])
      .reading.get()
      .catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(RetryableError);
  });
});
