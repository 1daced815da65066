import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { expect } from "chai";
import { pythEndpoint } from "../../../../keepers/adapters/oracles/pythEndpoint.ts";
import type { StreamEnd } from "../../../../keepers/adapters/oracles/poller.ts";
import { hex } from "../../../../keepers/core/hex.ts";
import type { HeardPrices } from "../../../../keepers/market/prices/samples.ts";
import { ethers } from "../../../support/chain.ts";
import { type Answer, hermesAnswer, signedUpdate, startPriceServer } from "../../../support/signedPrices.ts";
import { until } from "../../../support/until.ts";
import { addressOf } from "../../../support/pools.ts";

const SEI = hex(ethers.id("SEI/USD"));
const MAX_BYTES = 20_000;
const PATIENCE_MS = 60_000;
const update = (price: bigint): string =>
  hermesAnswer(signedUpdate([{ id: SEI, price, conf: 2n, expo: -8, publishTime: 7 }]));
const pyth = { kind: "pyth", pyth: addressOf(1), feedId: SEI, deviations: 3 } as const;
const BOOK = { oracles: { "SEI/USD": { proxy: addressOf(2) }, "SEI/USD by Pyth": pyth, "SEI twice": pyth } };

const endpointAt = (url: string, silenceMs = PATIENCE_MS) => {
  const token = { reveal: () => "the key" };
  const found = pythEndpoint({ url, token, fetch, timeoutMs: 5_000, maxBytes: MAX_BYTES, silenceMs }, BOOK);
  if (found?.listen === undefined) throw new Error("an endpoint with a stream");
  return { ...found, listen: found.listen };
};

/** Listens to a server of which the test writes the stream. */
const listen = async (
  speak: (response: ServerResponse) => void,
  { type = "text/event-stream", silenceMs = PATIENCE_MS } = {},
) => {
  const answer: Answer = (_, response) => {
    response.writeHead(200, { "content-type": type });
    response.flushHeaders();
    speak(response);
  };
  const server = await startPriceServer(answer);
  const heard: HeardPrices[] = [];
  const ending = new AbortController();
  const end: Promise<StreamEnd> = endpointAt(server.url, silenceMs).listen(
    (one) => void heard.push(one),
    ending.signal,
  );
  return { heard, end, ending, server };
};
const prices = (heard: readonly HeardPrices[]) => heard.flatMap(({ answers }) => answers.map(({ price }) => price));
const faults = (heard: readonly HeardPrices[]) => heard.flatMap(({ refusals }) => refusals.map(({ fault }) => fault));

describe("Pyth's endpoint [NX-MON-07]", () => {
  it("tells a price to each oracle that reads its feed, and is none where no oracle reads one", async () => {
    const server = await startPriceServer((_, response) => void response.end(update(5n)));
    const { answers } = await endpointAt(server.url).ask();
    await server.stop();
    const told = { price: 5n, exponent: -8, publishTime: 7n, interval: 2n };
    expect(answers).to.deep.equal(["SEI/USD by Pyth", "SEI twice"].map((source) => ({ source, ...told })));
    const options = { url: server.url, token: undefined, fetch, timeoutMs: 1, maxBytes: 1, silenceMs: 1 };
    expect(pythEndpoint(options, { oracles: {} })).to.equal(undefined);
  });

  it("is refused where its answer holds none of Pyth's prices, or those of another chain", async () => {
    const whole = signedUpdate([{ id: SEI, price: 3n, conf: 0n, expo: 0, publishTime: 1 }]);
    // The emitter's chain stands behind three signatures of 66 bytes, and time and nonce.
    const at = 2 + 2 * (10 + 6 + 3 * 66 + 8);
    const foreign = `${whole.slice(0, at)}0001${whole.slice(at + 4)}`;
    for (const [fault, text] of [
      ["unreadable", hermesAnswer("0x00")],
      ["another-chain", hermesAnswer(foreign)],
    ] as const) {
      const server = await startPriceServer((_, response) => void response.end(text));
      expect(faults([await endpointAt(server.url).ask()])).to.deep.equal([fault]);
      await server.stop();
    }
  });

  it("is heard by its stream, in whatever pieces it comes, until the stream ends", async () => {
    const { heard, end, server } = await listen((response) => {
      const text = `: hello\n\ndata:${update(1n)}\n\ndata:<html>\n\ndata:${update(2n)}\n\n`;
      for (const part of text.match(/[^]{1,100}/g) ?? []) response.write(part);
      response.end();
    });
    expect(await end).to.equal("over");
    expect([prices(heard), faults(heard)]).to.deep.equal([[1n, 1n, 2n, 2n], ["not-json"]]);
    expect(server.asked.map(({ url, authorization }) => [url.split("?")[0], authorization])).to.deep.equal([
      ["/v2/updates/price/stream", "Bearer the key"],
    ]);
    await server.stop();
  });

  it("has no stream where it answers with anything else, and is not followed elsewhere", async () => {
    const plain = await listen((response) => void response.end(update(1n)), { type: "application/json" });
    expect([await plain.end, plain.heard]).to.deep.equal(["none", []]);
    await plain.server.stop();
    const moving = await startPriceServer((_, response) => void response.writeHead(302, { location: "/other" }).end());
    expect(await endpointAt(moving.url).listen(() => expect.fail("heard"), new AbortController().signal)).to.equal(
      "none",
    );
    expect(moving.asked).to.have.length(1);
    await moving.stop();
  });

  it("is given up where its stream falls silent, says too much at once, breaks, or nobody listens any more", async () => {
    const silent = await listen((response) => void response.write(`data:${update(1n)}\n\n`), { silenceMs: 300 });
    expect([await silent.end, prices(silent.heard)]).to.deep.equal(["over", [1n, 1n]]);
    await silent.server.stop();

    // A server whose prices stopped still says that it lives, and what cannot be read is of no use.
    const idle = await listen(
      (response) => {
        const timer = setInterval(() => response.write(": alive\n\ndata:<html>\n\n"), 20);
        response.once("close", () => clearInterval(timer));
      },
      { silenceMs: 300 },
    );
    expect([await idle.end, prices(idle.heard)]).to.deep.equal(["over", []]);
    await idle.server.stop();

    const long = await listen((response) => void response.write(`data:${"a".repeat(2 * MAX_BYTES)}`));
    expect([await long.end, long.heard]).to.deep.equal(["over", []]);
    await long.server.stop();

    const broken = await listen((response) => void response.destroy());
    expect(await broken.end).to.equal("over");
    await broken.server.stop();

    const left = await listen((response) => {
      response.write(`data:${update(3n)}\n\n`);
      void once(response, "close").then(() => response.end());
    });
    await until("the first price", () => left.heard.at(0), PATIENCE_MS);
    left.ending.abort();
    expect(await left.end).to.equal("over");
    await left.server.stop();
  });
});
