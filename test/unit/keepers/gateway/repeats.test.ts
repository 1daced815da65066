import { expect } from "chai";
import { type Repeatable, createRepeats } from "../../../../keepers/gateway/access/repeats.ts";

const DAY_MS = 86_400_000;
const ASKED: Repeatable = { by: "me", route: "POST /x", key: "k", content: "a" };

/** Requests that are counted, and a clock of the test's own. */
const world = () => {
  let [now, count] = [0, 0];
  const repeats = createRepeats<string>(
    () => now,
    (answer) => answer !== "no",
  );
  const ask = (changes: Partial<Repeatable> = {}, answer?: string) =>
    repeats.once({ ...ASKED, ...changes }, () => {
      count += 1;
      return answer === "fails" ? Promise.reject(new Error("broken")) : Promise.resolve(answer ?? `done ${count}`);
    });
  return { repeats, ask, count: () => count, wait: (ms: number) => (now += ms) };
};

describe("Requests that may come twice [NX-GTW-17]", () => {
  it("are carried out once for each requester, route and key, and always without a key", async () => {
    const { ask, count } = world();
    expect([await ask(), await ask()]).to.deep.equal(["done 1", "done 1"]);
    for (const changes of [{ by: "you" }, { route: "DELETE /x" }, { key: "l" }, { key: undefined }, { key: undefined }])
      await ask(changes);
    expect(count()).to.equal(6);
    expect(await ask({ content: "b" })).to.equal("key-reused");
    expect(count()).to.equal(6);
  });

  it("wait for the first of them while it is under way", async () => {
    const { repeats } = world();
    const { promise, resolve } = Promise.withResolvers<string>();
    let count = 0;
    const work = () => {
      count += 1;
      return promise;
    };
    const both = Promise.all([repeats.once(ASKED, work), repeats.once(ASKED, work)]);
    resolve("done");
    expect([await both, count]).to.deep.equal([["done", "done"], 1]);
  });

  it("are carried out again once they were refused, failed, or a day is over", async () => {
    const { ask, count, wait } = world();
    expect(await ask({}, "no")).to.equal("no");
    expect(await ask({}, "fails").catch((error: unknown) => String(error))).to.equal("Error: broken");
    expect(await ask()).to.equal("done 3");
    wait(DAY_MS - 1);
    expect(await ask()).to.equal("done 3");
    wait(1);
    expect(await ask()).to.equal("done 4");
    expect(count()).to.equal(4);
  });

  it("are remembered ten thousand at the most: the oldest give way", async () => {
    const { ask } = world();
    expect(await ask()).to.equal("done 1");
    for (let i = 0; i < 9_999; i += 1) await ask({ key: `k${i}` });
    expect(await ask({ key: "k9998" })).to.equal("done 10000");
    expect(await ask()).to.equal("done 10001");
  });
});
