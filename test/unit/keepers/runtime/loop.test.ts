import { expect } from "chai";
import { FatalError, RetryableError } from "../../../../keepers/core/errors.ts";
import { deferred } from "../../../../keepers/core/deferred.ts";
import { startLoop } from "../../../../keepers/runtime/loop.ts";

const nextTask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const start = (tick: () => Promise<void>, nowMs = () => 0) => {
  const ending = new AbortController();
  const trouble: string[] = [];
  const onTrouble = (what: string): void => void trouble.push(what);
  const loop = startLoop({ tick, signal: ending.signal, deadlineMs: 100, nowMs, onTrouble });
  return { loop, ending, trouble };
};

/** A tick that waits until it is let go, and knows how many of it run at once. */
const gated = () => {
  const gates: { readonly resolve: (value: undefined) => void }[] = [];
  let running = 0;
  let most = 0;
  const tick = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    const gate = deferred<undefined>();
    gates.push(gate);
    await gate.promise;
    running -= 1;
  };
  return { tick, most: () => most, started: () => gates.length, letGo: (n: number) => gates[n]?.resolve(undefined) };
};

describe("The loop", () => {
  it("does nothing until it is woken", async () => {
    const { tick, started } = gated();
    const { ending, loop } = start(tick);
    await nextTask();
    expect(started()).to.equal(0);
    ending.abort();
    await loop.done;
  });

  it("never runs two ticks at once, and makes one more of all wakes that came meanwhile", async () => {
    const { tick, started, most, letGo } = gated();
    const { ending, loop } = start(tick);
    for (let i = 0; i < 5; i += 1) loop.wake();
    expect(started()).to.equal(1);
    letGo(0);
    await nextTask();
    expect(started()).to.equal(2);
    letGo(1);
    await nextTask();
    expect([started(), most()]).to.deep.equal([2, 1]);
    expect(loop.health()).to.deep.equal({ ticks: 2, failures: 0, coalesced: 3, late: 0 });
    ending.abort();
    await loop.done;
  });

  it("waits for the tick under way before it ends, and takes no new wake", async () => {
    const { tick, started, letGo } = gated();
    const { ending, loop } = start(tick);
    let ended = false;
    const done = loop.done.then(() => {
      ended = true;
    });
    loop.wake();
    loop.wake();
    ending.abort();
    await nextTask();
    expect(ended).to.equal(false);
    letGo(0);
    await done;
    loop.wake();
    expect(started()).to.equal(1);
  });

  it("ends at once when it is aborted before it began", async () => {
    const ending = new AbortController();
    ending.abort();
    const tick = (): Promise<void> => Promise.reject(new Error("must not run"));
    const loop = startLoop({ tick, signal: ending.signal, deadlineMs: 1, nowMs: () => 0, onTrouble: () => undefined });
    loop.wake();
    await loop.done;
    expect(loop.health().ticks).to.equal(0);
  });

  it("reports a failed tick with its cause, and goes on", async () => {
    let turn = 0;
    const { ending, loop, trouble } = start(() => {
      turn += 1;
      return turn === 1
        ? Promise.reject(new RetryableError("no answer", { cause: new Error("why") }))
        : Promise.resolve();
    });
    loop.wake();
    await nextTask();
    loop.wake();
    await nextTask();
    expect(trouble).to.deep.equal(["no answer: why"]);
    expect(loop.health()).to.deep.equal({ ticks: 2, failures: 1, coalesced: 0, late: 0 });
    ending.abort();
    await loop.done;
  });

  it("stops for good at a fatal error", async () => {
    const { loop } = start(() => Promise.reject(new FatalError("wrong chain")));
    loop.wake();
    const error: unknown = await loop.done.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(FatalError);
  });

  it("reports a tick that takes longer than its deadline", async () => {
    const times = [0, 250];
    const { ending, loop, trouble } = start(
      () => Promise.resolve(),
      () => times.shift() ?? 0,
    );
    loop.wake();
    await nextTask();
    expect(trouble).to.deep.equal(["a tick took 250 ms"]);
    expect(loop.health().late).to.equal(1);
    ending.abort();
    await loop.done;
  });
});
