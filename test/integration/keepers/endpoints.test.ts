import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { type ChainNode, connectNode } from "../../../keepers/adapters/chain/node.ts";
import { RetryableError } from "../../../keepers/core/errors.ts";
import { type FaultyNetwork, createFaultyNetwork } from "../../support/faultyNetwork.ts";
import { answersAs, blocksAs, chainIdAs, lateBy } from "../../support/networkFaults.ts";
import { type TinyNode, startTinyNode } from "../../support/tinyNode.ts";
import { until } from "../../support/until.ts";

const SILENCE_MS = 500;
const SOON_MS = SILENCE_MS + 2_000;

describe("Two endpoints of one chain", () => {
  let node: TinyNode;
  let first: FaultyNetwork;
  let second: FaultyNetwork;
  let chain: ChainNode;
  let beat: NodeJS.Timeout;
  let told: { ups: string[]; downs: string[]; troubles: string[]; heads: bigint[] };

  beforeEach(async () => {
    node = await startTinyNode();
    [first, second] = [await createFaultyNetwork(node), await createFaultyNetwork(node)];
    beat = setInterval(() => node.mine(), 40);
    told = { ups: [], downs: [], troubles: [], heads: [] };
  });
  afterEach(async () => {
    clearInterval(beat);
    chain.close();
    await Promise.all([first.close(), second.close()]);
    await node.close();
  });
  const connect = async (): Promise<void> => {
    chain = connectNode({
      urls: [first.wsUrl, second.wsUrl],
      chainId: 1329n,
      requestTimeoutMs: 200,
      reconnectDelayMs: 20,
      readyTimeoutMs: 3_000,
      silenceMs: SILENCE_MS,
      baseFeeFloor: 1n,
      nowMs: Date.now,
      onConnection: (up, what) => void (up ? told.ups : told.downs).push(what),
      onTrouble: (what) => void told.troubles.push(what),
    });
    chain.onHead(({ block }) => void told.heads.push(block));
    await chain.ready;
  };
  const upAt = (network: FaultyNetwork, from = 0): Promise<string> =>
    until("the connection", () => told.ups.slice(from).find((where) => where === network.wsUrl), 2 * SOON_MS);

  it("stand in for each other, and what was learnt is kept: heads go on where they were [NX-NET-02]", async () => {
    await connect();
    await upAt(first);
    await until("heads", () => told.heads.at(3));
    first.entryPoint("closed");
    first.cut();
    await upAt(second);
    const seen = told.heads.length;
    await until("heads", () => told.heads.at(seen + 3));
    expect(told.heads).to.deep.equal([...new Set(told.heads)].sort((a, b) => Number(a - b)));
  });

  it("ask nothing of the one that is behind until it has caught up [NX-NET-01]", async () => {
    await connect();
    await upAt(first);
    await until("heads", () => told.heads.at(25));
    second.set(lateBy(20n));
    second.cut();
    first.entryPoint("closed");
    first.cut();
    await until("the cut", () => told.downs.at(0));
    const before = second.asked.get("eth_call") ?? 0;
    const answer = await chain.request("eth_call", []).catch((error: unknown) => error);
    expect(answer).to.be.instanceOf(RetryableError);
    await sleep(200);
    expect(second.asked.get("eth_call") ?? 0).to.equal(before);
    expect(told.ups).to.deep.equal([first.wsUrl]);
    second.set();
    await upAt(second);
    expect(await chain.request("eth_call", [])).to.equal("0x2a");
  });

  it("disagree about the head: the one that stays twenty blocks behind the other is left [NX-NET-01]", async () => {
    first.set(lateBy(20n));
    await connect();
    await upAt(first);
    await upAt(second);
    expect(told.downs[0]).to.match(/stays \d+ blocks behind another endpoint/);
    const seen = told.heads.length;
    await until("heads", () => told.heads.at(seen + 3));
    expect(Number(told.heads.at(-1))).to.be.greaterThan(node.block() - 5);
  });

  it("are both behind what was seen: the chain goes on from what they have, and that is said [NX-NET-02]", async () => {
    let isLying = true;
    const lie = blocksAs((block) => (isLying ? { ...block, number: "0x7fffffff" } : block));
    first.set(lie);
    await connect();
    isLying = false;
    await until("a true head", () => told.heads.find((block) => block < 10_000n), 4 * SOON_MS);
    expect(told.troubles.join("\n")).to.contain("no endpoint has block 2147483647; going on from block");
  });

  it("are told apart when the second one leaps to a block that it does not have [NX-NET-02]", async () => {
    second.set((frame) =>
      frame.params[0] === "latest" ? blocksAs((block) => ({ ...block, number: "0x7fffffff" }))(frame) : undefined,
    );
    await connect();
    await upAt(first);
    await sleep(3 * SILENCE_MS);
    expect(told.downs).to.deep.equal([]);
    expect(told.troubles).to.deep.equal([]);
  });

  it("are of different chains: the wrong one is named and never used [NX-NET-02]", async () => {
    first.set(chainIdAs(1n));
    await connect();
    await upAt(second);
    expect(told.troubles[0]).to.contain("the node is on chain 1, the configuration says 1329");
    expect(first.asked.get("eth_getBlockByNumber")).to.equal(undefined);
  });

  it("are asked both for what needs two, and one where the other is away", async () => {
    second.set(answersAs("eth_call", () => "0x2b"));
    await connect();
    await until("the second's word", () => (second.asked.get("eth_getBlockByNumber") ?? 0) > 0 || undefined);
    await sleep(50);
    expect(await chain.request("eth_call", [])).to.equal("0x2a");
    expect(await chain.askSecond("eth_call", [])).to.deep.equal({ kind: "answer", result: "0x2b" });
    second.entryPoint("closed");
    second.cut();
    await sleep(50);
    expect(await chain.askSecond("eth_call", [])).to.deep.equal({ kind: "none" });
    expect(await chain.request("eth_call", [])).to.equal("0x2a");
    // It went over to the first one, where there is no second opinion.
    await until("its return", () => ((first.asked.get("eth_chainId") ?? 0) > 1 ? true : undefined));
    expect(await chain.askSecond("eth_call", [])).to.deep.equal({ kind: "none" });
  });

  it("do not mind a wall clock that jumps an hour [NX-NET-02]", async () => {
    const real = Date.now;
    let ahead = 0;
    Date.now = () => real() + ahead;
    try {
      await connect();
      await until("heads", () => told.heads.at(2));
      for (const jump of [3_600_000, -3_600_000]) {
        ahead = jump;
        await sleep(2 * SILENCE_MS);
      }
      expect(told.downs).to.deep.equal([]);
    } finally {
      Date.now = real;
    }
  });
});
