import { expect } from "chai";
import fc from "fast-check";
import { type BlockSpan, createLogReader } from "../../../../keepers/core/logReader.ts";

class Refused extends Error {}

type NodeLimits = {
  /** Blocks that it answers for at once. */
  readonly span?: bigint;
  /** Logs that it answers at once; each block has one. */
  readonly results?: bigint;
  /** The first block that it keeps. */
  readonly first?: bigint;
};

/** A node with limits, a log in each block, and a count of its questions. */
const nodeOf = ({ span = 10_000n, results = 10_000n, first = 0n }: NodeLimits) => {
  const asked: BlockSpan[] = [];
  const read = (question: BlockSpan): Promise<readonly bigint[]> => {
    asked.push(question);
    const { from, to } = question;
    const width = to - from + 1n;
    if (width > span) return Promise.reject(new Refused("exceed maximum block range"));
    if (width > results) return Promise.reject(new Refused(`query returned more than ${results} results`));
    if (from < first) return Promise.reject(new Refused("history has been pruned"));
    return Promise.resolve(Array.from({ length: Number(width) }, (_, index) => from + BigInt(index)));
  };
  const troubles: string[] = [];
  const reader = createLogReader({
    read,
    isRefusal: (error) => error instanceof Refused,
    widest: 2_000n,
    onTrouble: (what) => void troubles.push(what),
  });
  return { asked, troubles, reader };
};

const all = async (pieces: AsyncIterable<{ readonly logs: readonly bigint[] }>): Promise<readonly bigint[]> => {
  const found: bigint[] = [];
  for await (const { logs } of pieces) found.push(...logs);
  return found;
};

const blocks = (from: bigint, to: bigint): readonly bigint[] =>
  Array.from({ length: Number(to - from + 1n) }, (_, index) => from + BigInt(index));

describe("The reader of logs", () => {
  for (const span of [1_000n, 37n, 1n]) {
    it(`gets by with a node that answers for ${span} blocks at once`, async () => {
      const { asked, troubles, reader } = nodeOf({ span });
      expect(await all(reader.forward({ from: 5n, to: 400n }))).to.deep.equal(blocks(5n, 400n));
      expect(troubles).to.deep.equal([]);
      const before = asked.length;
      await all(reader.forward({ from: 401n, to: 401n }));
      expect(asked.length - before, "what it learnt it keeps").to.equal(1);
    });
  }

  it("gets by with a node that answers so many logs at once", async () => {
    const { reader } = nodeOf({ results: 60n });
    expect(await all(reader.forward({ from: 0n, to: 500n }))).to.deep.equal(blocks(0n, 500n));
  });

  it("asks for more again where the node answers", async () => {
    const { asked, reader } = nodeOf({});
    let isWell = false;
    const moody = createLogReader({
      read: async (span) =>
        isWell || span.from === span.to ? [span.to - span.from + 1n] : Promise.reject(new Refused("")),
      isRefusal: () => true,
      widest: 2_000n,
      onTrouble: () => undefined,
    });
    await all(moody.forward({ from: 0n, to: 3n }));
    isWell = true;
    const widths = await all(moody.forward({ from: 4n, to: 60_000n }));
    expect(widths.at(-2)).to.equal(2_000n);
    await all(reader.forward({ from: 0n, to: 1_999n }));
    expect(asked).to.have.length(1);
  });

  it("begins where the node begins, and says so once", async () => {
    const { asked, troubles, reader } = nodeOf({ first: 777n, span: 100n });
    expect(await all(reader.forward({ from: 3n, to: 1_000n }))).to.deep.equal(blocks(777n, 1_000n));
    expect(troubles).to.deep.equal(["the node has no logs before block 777: what happened earlier is not seen"]);
    const before = asked.length;
    expect(await all(reader.forward({ from: 3n, to: 800n }))).to.deep.equal(blocks(777n, 800n));
    expect(asked.slice(before).every(({ from }) => from >= 777n)).to.equal(true);
    expect(troubles).to.have.length(1);
  });

  it("ends where the node begins when it reads backwards, and says so", async () => {
    const { troubles, reader } = nodeOf({ first: 90n });
    const found = [...(await all(reader.backward({ from: 0n, to: 200n })))].sort((a, b) => Number(a - b));
    expect(found).to.deep.equal(blocks(90n, 200n));
    expect(troubles).to.deep.equal(["the node has no logs before block 90: what happened earlier is not seen"]);
  });

  it("skips nothing for a refusal that passes, nor for a block with more logs than the node answers", async () => {
    let refusals = 11;
    const passing = createLogReader({
      read: ({ from, to }) => {
        refusals -= 1;
        return refusals < 0 || from > 50n
          ? Promise.resolve([to - from])
          : Promise.reject(new Refused("internal error"));
      },
      isRefusal: () => true,
      widest: 8n,
      onTrouble: () => undefined,
    });
    const failure = await all(passing.forward({ from: 0n, to: 100n })).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Refused);
    const { reader } = nodeOf({ results: 0n });
    expect(await all(reader.forward({ from: 0n, to: 3n })).catch((error: unknown) => error)).to.be.instanceOf(Refused);
  });

  it("hands on what is no refusal, and asks for less the next time", async () => {
    const widths: bigint[] = [];
    const late = createLogReader<bigint>({
      read: ({ from, to }) => {
        widths.push(to - from + 1n);
        return Promise.reject(new Error("no answer within 3000 ms"));
      },
      isRefusal: () => false,
      widest: 2_000n,
      onTrouble: () => undefined,
    });
    for (let tries = 0; tries < 3; tries += 1) {
      expect(await all(late.forward({ from: 0n, to: 9_999n })).catch(String)).to.contain("no answer");
    }
    expect(widths).to.deep.equal([2_000n, 1_000n, 500n]);
  });

  it("gives each block once, whatever the limits, in both directions", async () => {
    const limits = fc.record({
      span: fc.bigInt({ min: 1n, max: 300n }),
      results: fc.bigInt({ min: 1n, max: 300n }),
      first: fc.bigInt({ min: 0n, max: 600n }),
    });
    await fc.assert(
      fc.asyncProperty(limits, fc.bigInt({ min: 0n, max: 500n }), async (of, from) => {
        const to = from + 700n;
        const expected = blocks(from > of.first ? from : of.first, to);
        expect(await all(nodeOf(of).reader.forward({ from, to }))).to.deep.equal(expected);
        const backward = [...(await all(nodeOf(of).reader.backward({ from, to })))];
        expect(backward.sort((a, b) => Number(a - b))).to.deep.equal(expected);
      }),
      { numRuns: 200 },
    );
  });
});
