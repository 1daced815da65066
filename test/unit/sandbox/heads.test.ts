import { expect } from "chai";
import { type SandboxHead, followHeads } from "../../../scripts/sandbox/heads.ts";

const header = (number: number) => ({
  number: `0x${number.toString(16)}`,
  timestamp: "0x1",
  gasUsed: "0x0",
  baseFeePerGas: "0x1",
});

/** A node whose subscriptions end without a word whenever the test says so, and a clock that the test moves. */
const fakeNode = () => {
  const state = { block: 1, isWell: true, subscribed: 0, ended: 0 };
  let tell: ((value: unknown) => void) | undefined;
  let tick = (): void => undefined;
  return {
    state,
    mine: () => {
      state.block += 1;
      tell?.(header(state.block));
    },
    endQuietly: () => (tell = undefined),
    /** Half a silence limit. */
    half: async () => {
      tick();
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    },
    source: {
      subscribe: (listener: (value: unknown) => void) => {
        tell = listener;
        state.subscribed += 1;
        return Promise.resolve(() => {
          state.ended += 1;
          return Promise.reject(new Error("no such subscription"));
        });
      },
      latest: () => (state.isWell ? Promise.resolve(header(state.block)) : Promise.reject(new Error("busy"))),
    },
    every: (_ms: number, next: () => void) => {
      tick = next;
      return () => (tick = () => undefined);
    },
  };
};

const start = async () => {
  const node = fakeNode();
  const [seen, renewed]: [number[], number[]] = [[], []];
  const heads = await followHeads(node.source, {
    silenceMs: 2_000,
    every: node.every,
    onRenewed: (block) => void renewed.push(block),
  });
  heads.onHead(({ number }: SandboxHead) => void seen.push(number));
  return { node, heads, seen, renewed };
};

describe("The sandbox's heads", () => {
  it("go on within the silence limit when a subscription ends without a word", async () => {
    const { node, seen, renewed } = await start();
    node.mine();
    node.endQuietly();
    node.mine();
    node.mine();
    expect(seen).to.deep.equal([2]);
    await node.half();
    await node.half();
    expect(seen).to.deep.equal([2, 4]);
    expect(renewed).to.deep.equal([4]);
    node.mine();
    expect(seen).to.deep.equal([2, 4, 5]);
  });

  it("keep their subscription while no block is mined", async () => {
    const { node, seen, renewed } = await start();
    node.mine();
    for (let time = 0; time < 6; time += 1) await node.half();
    expect([node.state.subscribed, renewed.length]).to.deep.equal([1, 0]);
    node.mine();
    expect(seen).to.deep.equal([2, 3]);
  });

  it("ask again when the node did not answer", async () => {
    const { node, seen } = await start();
    node.mine();
    node.endQuietly();
    node.mine();
    node.state.isWell = false;
    await node.half();
    await node.half();
    expect(seen).to.deep.equal([2]);
    node.state.isWell = true;
    await node.half();
    expect(seen).to.deep.equal([2, 3]);
  });

  it("tell no block twice, follow a chain that is reverted, and end when they are stopped", async () => {
    const { node, heads, seen } = await start();
    node.mine();
    node.state.block -= 1;
    node.mine();
    expect(seen).to.deep.equal([2]);
    node.mine();
    node.state.block = 0;
    node.mine();
    expect(seen).to.deep.equal([2, 3, 1]);
    await heads.stop();
    expect(node.state.ended).to.equal(1);
  });
});
