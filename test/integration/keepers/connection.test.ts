import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { type ChainNode, type NodeOptions, connectNode } from "../../../keepers/adapters/chain/node.ts";
import { patiently } from "../../../keepers/adapters/chain/patience.ts";
import { RpcError } from "../../../keepers/adapters/chain/rpc.ts";
import { FatalError, RetryableError } from "../../../keepers/core/errors.ts";
import { type FaultyNetwork, createFaultyNetwork } from "../../support/faultyNetwork.ts";
import {
  answersLost,
  blocksAs,
  chainIdAs,
  delayed,
  doubled,
  headless,
  headsAs,
  html,
  lateBy,
  replyWith,
  swallowed,
  tooMany,
  truncated,
  withNullError,
} from "../../support/networkFaults.ts";
import { type TinyNode, startTinyNode } from "../../support/tinyNode.ts";
import { until } from "../../support/until.ts";

const SILENCE_MS = 500;
/** The silence limit, and two seconds. */
const SOON_MS = SILENCE_MS + 2_000;
const FLOOR = 50_000_000_000n;

/** What a connection told. */
const createEars = () => {
  const [ups, downs, troubles, heads]: [string[], string[], string[], bigint[]] = [[], [], [], []];
  return { ups, downs, troubles, heads };
};

describe("A keeper's connection", () => {
  let node: TinyNode;
  let network: FaultyNetwork;
  let open: ChainNode[] = [];
  let beat: NodeJS.Timeout;

  beforeEach(async () => {
    node = await startTinyNode();
    network = await createFaultyNetwork(node);
  });
  afterEach(async () => {
    clearInterval(beat);
    for (const one of open) one.close();
    open = [];
    await network.close();
    await node.close();
  });

  /** Blocks come by themselves. */
  const mineOn = (): void => {
    beat = setInterval(() => node.mine(), 40);
  };
  const connect = (more: Partial<NodeOptions> = {}) => {
    const ears = createEars();
    const chain = connectNode({
      urls: [network.wsUrl],
      chainId: 1329n,
      requestTimeoutMs: 200,
      reconnectDelayMs: 20,
      readyTimeoutMs: 3_000,
      silenceMs: SILENCE_MS,
      baseFeeFloor: FLOOR,
      nowMs: Date.now,
      onConnection: (up, what) => void (up ? ears.ups : ears.downs).push(what),
      onTrouble: (what) => void ears.troubles.push(what),
      ...more,
    });
    chain.onHead(({ block }) => void ears.heads.push(block));
    open.push(chain);
    return { chain, ears };
  };
  const faultOf = async (promise: Promise<unknown>): Promise<Error> =>
    promise.then(
      () => new Error("no fault"),
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );

  it("is replaced within the silence limit and two seconds when its bytes are swallowed [NX-NET-02]", async () => {
    mineOn();
    const { chain, ears } = connect();
    await chain.ready;
    await until("heads", () => ears.heads.at(3));
    network.freeze();
    const frozenAt = performance.now();
    await until("a new connection", () => ears.ups.at(1), SOON_MS);
    expect(performance.now() - frozenAt).to.be.lessThan(SOON_MS);
    expect(ears.downs[0]).to.match(/showed no new block for 500 ms|unanswered/);
    const seen = ears.heads.length;
    await until("heads again", () => ears.heads.at(seen + 2));
    expect(ears.heads).to.deep.equal([...ears.heads].sort((a, b) => Number(a - b)));
  });

  it("tries again when its opening is never answered [NX-NET-02]", async () => {
    mineOn();
    const { chain, ears } = connect();
    await chain.ready;
    network.entryPoint("mute");
    network.cut();
    await until("the cut", () => ears.downs.at(0));
    await sleep(600);
    network.entryPoint("open");
    await until("the connection", () => ears.ups.at(1), SOON_MS);
  });

  it("is replaced when heads come and requests are not answered [NX-NET-02]", async () => {
    mineOn();
    const { chain, ears } = connect();
    await chain.ready;
    network.set(swallowed());
    for (let asked = 0; asked < 3; asked += 1) {
      expect(await faultOf(chain.request("eth_call", []))).to.be.instanceOf(RetryableError);
    }
    await until("the end", () => ears.downs.at(0));
    expect(ears.downs[0]).to.contain("left 3 requests in a row unanswered");
    network.set();
    await until("the connection", () => ears.ups.at(1), SOON_MS);
    expect(await chain.request("eth_call", [])).to.equal("0x2a");
  });

  for (const [what, change] of [
    ["no timestamp", { timestamp: undefined }],
    ["a decimal timestamp", { timestamp: 1_700_000_000 }],
    ["an empty base fee", { baseFeePerGas: "0x" }],
    ["a number that is no number", { number: "latest" }],
  ] as const) {
    it(`passes over a head with ${what}, and says so once [NX-NET-02]`, async () => {
      const { chain, ears } = connect({ silenceMs: 5_000 });
      await chain.ready;
      network.set(headsAs((header) => ({ ...header, ...change })));
      node.mine(3);
      await until("the word", () => ears.troubles.at(0));
      network.set();
      node.mine();
      await until("the next head", () => ears.heads.find((block) => block === 104n));
      expect(ears.troubles).to.have.length(1);
      expect(ears.troubles[0]).to.contain("told of a head that cannot be read");
    });
  }

  it("does not believe a head that is far ahead until the node has its block [NX-NET-02]", async () => {
    const { chain, ears } = connect({ silenceMs: 5_000 });
    await chain.ready;
    network.set(headsAs((header) => ({ ...header, number: "0x7fffffff" })));
    node.mine();
    await until("the word", () => ears.troubles.at(0));
    expect(ears.troubles[0]).to.contain("told of block 2147483647, which it does not have");
    network.set();
    node.mine();
    await until("the next head", () => ears.heads.find((block) => block === 102n));
    // A real jump is believed.
    node.mine(0);
    network.set(headless);
    node.mine(40);
    network.set();
    node.mine();
    await until("the head after the jump", () => ears.heads.find((block) => block === 143n));
  });

  it("begins again from the node's own head when the first one was a lie [NX-NET-02]", async () => {
    mineOn();
    network.set(blocksAs((block) => ({ ...block, number: "0x7fffffff" })));
    const { chain, ears } = connect();
    await chain.ready;
    network.set();
    await until("a head of the chain", () => ears.heads.find((block) => block < 1_000n), 4 * SOON_MS);
    expect(ears.troubles.join()).to.contain("no endpoint has block 2147483647");
    const seen = ears.heads.length;
    await until("heads", () => ears.heads.at(seen + 2));
  });

  it("is replaced when heads come that are long past [NX-NET-02]", async () => {
    mineOn();
    const { chain, ears } = connect();
    await chain.ready;
    network.set(lateBy(90n));
    await until("the end", () => ears.downs.at(0), SOON_MS);
    expect(ears.downs[0]).to.contain("showed no new block");
  });

  it("asks nothing of an endpoint that turns out to be of another chain, and names both [NX-NET-02]", async () => {
    mineOn();
    const { chain, ears } = connect();
    await chain.ready;
    network.set(chainIdAs(1n));
    network.cut();
    await until("the word", () => ears.troubles.at(0));
    expect(ears.troubles[0]).to.match(/is on chain 1, the configuration says 1329/);
    const askedBefore = network.asked.get("eth_call") ?? 0;
    expect(await faultOf(chain.request("eth_call", []))).to.be.instanceOf(RetryableError);
    expect(network.asked.get("eth_call") ?? 0).to.equal(askedBefore);
    network.set();
    await until("the connection", () => ears.ups.at(1));
  });

  it("refuses to start on another chain", async () => {
    network.set(chainIdAs(1n));
    const fault = await faultOf(connect().chain.ready);
    expect(fault).to.be.instanceOf(FatalError);
    expect(fault.message).to.contain("is on chain 1, the configuration says 1329");
  });

  it("asks for blocks while a subscription delivers none, says so once, and stays [NX-NET-02]", async () => {
    mineOn();
    network.set(headless);
    const { chain, ears } = connect();
    await chain.ready;
    await until("heads", () => ears.heads.at(12));
    expect(ears.troubles.filter((what) => what.includes("does not tell of new blocks"))).to.have.length(1);
    expect(ears.downs).to.deep.equal([]);
  });

  it("asks for blocks where there are no subscriptions", async () => {
    mineOn();
    network.set((frame) =>
      frame.kind === "request" && frame.method === "eth_subscribe"
        ? replyWith(frame, { error: { code: -32_601, message: "the method does not exist" } })
        : undefined,
    );
    const { chain, ears } = connect();
    await chain.ready;
    await until("heads", () => ears.heads.at(3));
  });

  it("waits for the first answers as long as it may, and then says in one line what is wrong [NX-NET-02]", async () => {
    mineOn();
    network.set(tooMany());
    const { chain, ears } = connect();
    await sleep(300);
    network.set(answersLost("eth_chainId"));
    await sleep(300);
    network.set();
    await chain.ready;
    expect(ears.ups).to.have.length(1);
    network.entryPoint("429");
    const { chain: never } = connect({ readyTimeoutMs: 200 });
    expect((await faultOf(never.ready)).message).to.match(/^no node at ws:.* within 200 ms: .*429/);
  });

  it("asks again what an agent asks while it gets ready, and not afterwards [NX-NET-02]", async () => {
    mineOn();
    const { chain } = connect();
    await chain.ready;
    const { node: patient, done } = patiently(chain, 2_000);
    network.set(tooMany("eth_call"));
    const answer = patient.request("eth_call", []);
    await sleep(150);
    network.set();
    expect(await answer).to.equal("0x2a");
    network.set(tooMany("eth_call"));
    const impatient = patiently(chain, 100);
    expect(await faultOf(impatient.node.request("eth_call", []))).to.be.instanceOf(FatalError);
    done();
    expect(await faultOf(patient.request("eth_call", []))).to.be.instanceOf(RetryableError);
  });

  it("shows an endpoint without its secrets, whatever is wrong [NX-NET-03]", async () => {
    const { port } = new URL(network.wsUrl);
    const secret = "s3cr3t";
    const url = `ws://user:${secret}@127.0.0.1:${port}/v2/${secret}?key=${secret}`;
    const texts: string[] = [];
    const note = {
      onConnection: (_up: boolean, what: string) => void texts.push(what),
      onTrouble: texts.push.bind(texts),
    };
    mineOn();
    const { chain } = connect({ urls: [url], ...note });
    await chain.ready;
    network.freeze();
    texts.push((await faultOf(chain.request("eth_call", []))).message);
    await until("the end", () => texts.find((what) => /no new block|in a row/.test(what)), SOON_MS);
    network.set(chainIdAs(1n));
    network.cut();
    await until("the chain", () => texts.find((what) => what.includes("is on chain 1")), SOON_MS);
    for (const entryPoint of ["429", "closed", "html", "mute"] as const) {
      network.entryPoint(entryPoint);
      const { chain: never } = connect({ urls: [url], ...note, readyTimeoutMs: 300 });
      texts.push((await faultOf(never.ready)).message);
      texts.push((await faultOf(never.request("eth_call", []))).message);
    }
    expect(texts.join("\n")).not.to.contain(secret);
    expect(texts.join("\n")).to.contain(`ws://127.0.0.1:${port}/…`);
  });

  it("takes a result beside an error that is null, and a head without a base fee at the last one known", async () => {
    network.set(withNullError);
    const { chain, ears } = connect({ silenceMs: 5_000 });
    await chain.ready;
    expect(await chain.request("eth_call", [])).to.equal("0x2a");
    network.set(headsAs(({ baseFeePerGas: _none, ...header }) => header));
    node.mine();
    await until("the head", () => ears.heads.find((block) => block === 101n));
    expect(chain.head()?.baseFee).to.equal(0xba43b7400n);
    network.set(
      blocksAs(({ baseFeePerGas: _none, ...block }) => block),
      headsAs(({ baseFeePerGas: _none, ...header }) => header),
    );
    const { chain: second } = connect({ silenceMs: 5_000 });
    await second.ready;
    expect(second.head()?.baseFee).to.equal(FLOOR);
  });

  it("is not misled by answers that come twice, late, cut off, or as HTML", async () => {
    mineOn();
    const { chain, ears } = connect({ silenceMs: 5_000 });
    await chain.ready;
    network.set(doubled);
    expect(await chain.request("eth_call", [])).to.equal("0x2a");
    network.set(delayed(() => 100));
    expect(await chain.request("eth_call", [])).to.equal("0x2a");
    const waits = [150, 0];
    network.set((frame) => (frame.kind === "answer" ? delayed(() => waits.shift() ?? 0)(frame) : undefined));
    const both = await Promise.all([chain.request("eth_call", []), chain.request("eth_chainId", [])]);
    expect(both).to.deep.equal(["0x2a", "0x531"]);
    for (const fault of [truncated, html()]) {
      network.set(fault);
      expect(await faultOf(chain.request("eth_call", []))).to.be.instanceOf(RetryableError);
    }
    network.set();
    expect(await chain.request("eth_call", [])).to.equal("0x2a");
    expect(new Set(ears.heads).size).to.equal(ears.heads.length);
  });

  it("tells a refusal, which is the node's word, from a node that is busy", async () => {
    const { chain } = connect({ silenceMs: 5_000 });
    await chain.ready;
    const refuse = (error: Readonly<Record<string, unknown>>) =>
      network.set((frame) => (frame.kind === "request" ? replyWith(frame, { error }) : undefined));
    refuse({ code: 3, message: "execution reverted: rate limit", data: "0x08c379a0" });
    expect(await faultOf(chain.request("eth_call", []))).to.be.instanceOf(RpcError);
    refuse({ code: -32_005, message: "limit exceeded" });
    expect(await faultOf(chain.request("eth_call", []))).to.be.instanceOf(RetryableError);
  });
});
