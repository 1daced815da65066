import { expect } from "chai";
import { createHermes } from "../../../../keepers/adapters/oracles/hermes.ts";
import { hex } from "../../../../keepers/core/hex.ts";
import type { SignedAnswer } from "../../../../keepers/market/prices/pullUpdate.ts";
import { ethers } from "../../../support/chain.ts";
import { type Answer, hermesAnswer, idsIn, signedUpdate, startPriceServer } from "../../../support/signedPrices.ts";

const SEI = hex(ethers.id("SEI/USD"));
const ETH = hex(ethers.id("ETH/USD"));
const UPDATE = signedUpdate([{ id: SEI, price: 1n, conf: 0n, expo: 0, publishTime: 1 }]);
const MAX_BYTES = 20_000;

/** One question to a server that answers so. */
const ask = async (answer: Answer, changes: { readonly token?: string; readonly timeoutMs?: number } = {}) => {
  const server = await startPriceServer(answer);
  try {
    const { token, timeoutMs = 5_000 } = changes;
    const hermes = createHermes({
      url: `${server.url}/hermes/`,
      token: token === undefined ? undefined : { reveal: () => token },
      fetch,
      timeoutMs,
      maxBytes: MAX_BYTES,
    });
    return { got: await hermes([SEI, ETH]), asked: server.asked };
  } finally {
    await server.stop();
  }
};

const faultOf = (got: SignedAnswer): string => (got.kind === "refused" ? got.refusal.fault : got.kind);
const says =
  (body: string, status = 200): Answer =>
  (_, response) =>
    void response.writeHead(status, { location: "/elsewhere" }).end(body);

describe("An endpoint of signed prices [NX-MON-04]", () => {
  it("is asked for all feeds at once, with its key and nothing else", async () => {
    const { got, asked } = await ask(says(hermesAnswer(UPDATE)), { token: "the key" });
    expect(got).to.deep.equal({ kind: "signed", update: hex(UPDATE) });
    expect(asked).to.have.length(1);
    expect(asked[0]?.authorization).to.equal("Bearer the key");
    expect(asked[0]?.url.startsWith("/hermes/v2/updates/price/latest?")).to.equal(true);
    expect(idsIn(asked[0] ?? {})).to.deep.equal([SEI, ETH]);
    expect((await ask(says(hermesAnswer(UPDATE)))).asked[0]?.authorization).to.equal(undefined);
  });

  it("is not used where it answers anything else", async () => {
    const cases: readonly (readonly [string, Answer])[] = [
      ["not-json", says("<html><body>Rate limited</body></html>")],
      ["not-json", says('{"binary": NaN}')],
      ["not-json", says("")],
      ["shape", says("[]")],
      ["shape", says('{"binary":{"encoding":"hex","data":[17]}}')],
      ["shape", says('{"binary":{"encoding":"hex","data":["0xzz"]}}')],
      ["shape", says('{"binary":{"encoding":"hex","data":["abc"]}}')],
      ["shape", says('{"binary":{"encoding":"base64","data":["UE5BVQ=="]}}')],
      ["shape", says('{"binary":{"encoding":"hex","data":[]}}')],
      ["shape", says('{"binary":{"encoding":"hex","data":["aa","bb"]}}')],
      ["no-access", says(hermesAnswer(UPDATE), 401)],
      ["no-access", says(hermesAnswer(UPDATE), 403)],
      ["unreachable", says(hermesAnswer(UPDATE), 500)],
      ["unreachable", says(hermesAnswer(UPDATE), 302)],
      ["too-long", says(`{"binary":"${"a".repeat(MAX_BYTES)}"}`)],
    ];
    for (const [fault, answer] of cases) expect(faultOf((await ask(answer)).got)).to.equal(fault);
  });

  it("is not followed elsewhere, where its key would go along", async () => {
    const elsewhere: Answer = (request, response) => {
      const isFirst = request.url?.startsWith("/hermes/") === true;
      response.writeHead(isFirst ? 302 : 200, { location: "/elsewhere" }).end(hermesAnswer(UPDATE));
    };
    const { got, asked } = await ask(elsewhere, { token: "the key" });
    expect([faultOf(got), asked.length]).to.deep.equal(["unreachable", 1]);
  });

  it("is given up when it answers late, in whole or in part, and when nothing listens", async () => {
    const timeoutMs = 150;
    expect(faultOf((await ask(() => undefined, { timeoutMs })).got)).to.equal("late");
    const half: Answer = (_, response) => void response.writeHead(200).write('{"binary":');
    expect(faultOf((await ask(half, { timeoutMs })).got)).to.equal("late");
    const gone = createHermes({ url: "http://127.0.0.1:1", token: undefined, fetch, timeoutMs: 5_000, maxBytes: 10 });
    expect(faultOf(await gone([SEI]))).to.equal("unreachable");
  });

  it("puts nothing of a foreign answer on a terminal that obeys it", async () => {
    const { got } = await ask(says("\u001b[2J\u001b[31mboo"));
    expect(got.kind === "refused" ? got.refusal.detail : "").to.include("\\u{1b}");
  });
});
