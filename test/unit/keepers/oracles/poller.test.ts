import { expect } from "chai";
import { type StreamEnd, startPoller } from "../../../../keepers/adapters/oracles/poller.ts";
import type { HeardPrices } from "../../../../keepers/market/prices/samples.ts";

const priced = (price: bigint, source = "SEI/USD"): HeardPrices => ({
  answers: [{ source, price, interval: 0n, exponent: 0, publishTime: 1n }],
  refusals: [],
});
const refused: HeardPrices = { answers: [], refusals: [{ about: "host", fault: "late", detail: "" }] };

type Stream = {
  readonly hear: (heard: HeardPrices) => void;
  readonly end: (how: StreamEnd) => void;
  readonly signal: AbortSignal;
};

/** A poller whose time is told by hand, and whose answers are given by hand. */
const start = ({ withStream = false } = {}) => {
  let tick = (): void => undefined;
  let isStopped = false;
  const waiting: ((heard: HeardPrices) => void)[] = [];
  const streams: Stream[] = [];
  const listen = (hear: (heard: HeardPrices) => void, signal: AbortSignal): Promise<StreamEnd> =>
    new Promise((end) => void streams.push({ hear, end, signal }));
  const ask = (): Promise<HeardPrices> => new Promise((resolve) => void waiting.push(resolve));
  const poller = startPoller({
    endpoint: withStream ? { ask, listen } : { ask },
    everyMs: 5,
    every: (_, run) => {
      tick = run;
      return () => {
        isStopped = true;
      };
    },
  });
  const settle = async (answer?: HeardPrices): Promise<void> => {
    if (answer !== undefined) waiting.shift()?.(answer);
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  return { poller, settle, tick: () => tick(), waiting, streams, isStopped: () => isStopped };
};
const taken = ({ poller }: ReturnType<typeof start>) => {
  const { answers, refusals } = poller.take();
  return [answers.map(({ price }) => price), refusals.map(({ fault }) => fault)];
};

describe("Who follows an endpoint of prices", () => {
  it("gives what is new once, and nothing while there is no answer", async () => {
    const one = start();
    expect(taken(one)).to.deep.equal([[], []]);
    await one.settle(priced(5n));
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

  it("keeps the newest answer of each source and every refusal until they are taken, and goes on after one", async () => {
    const one = start();
    for (const answer of [priced(1n), refused, priced(2n), priced(7n, "ETH/USD")]) {
      await one.settle(answer);
      one.tick();
    }
    expect(taken(one)).to.deep.equal([[2n, 7n], ["late"]]);
  });

  it("hears a stream instead of asking, and asks again once the stream is over", async () => {
    const one = start({ withStream: true });
    await one.settle(priced(1n));
    one.streams[0]?.hear(priced(2n));
    one.tick();
    expect([one.streams.length, one.waiting.length]).to.deep.equal([1, 0]);
    expect(taken(one)).to.deep.equal([[2n], []]);
    one.streams[0]?.end("over");
    await one.settle();
    one.tick();
    await one.settle(priced(3n));
    expect([one.streams.length, ...taken(one)]).to.deep.equal([2, [3n], []]);
  });

  it("goes on asking an endpoint that has no stream, and tries for one again only after a hundred questions", async () => {
    const one = start({ withStream: true });
    const rounds = async (count: number): Promise<void> => {
      for (let round = 0; round < count; round += 1) {
        await one.settle(priced(BigInt(round + 1)));
        one.streams.at(-1)?.end("none");
        await one.settle();
        one.tick();
      }
    };
    await rounds(100);
    expect([one.streams.length, ...taken(one)]).to.deep.equal([1, [100n], []]);
    await rounds(1);
    expect(one.streams).to.have.length(2);
  });

  it("stops when it is closed, and its stream with it", async () => {
    const one = start({ withStream: true });
    await one.settle(priced(1n));
    one.poller.close();
    expect([one.isStopped(), one.streams[0]?.signal.aborted]).to.deep.equal([true, true]);
    one.streams[0]?.end("over");
    await one.settle();
    expect(one.streams).to.have.length(1);
  });
});
