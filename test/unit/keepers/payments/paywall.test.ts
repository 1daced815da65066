import { expect } from "chai";
import { decodeHeader, encodeHeader } from "../../../../keepers/adapters/payments/codec.ts";
import type { OtherScheme } from "../../../../keepers/adapters/payments/paywall.ts";
import type { ChannelWallet } from "../../../../keepers/adapters/payments/wallet.ts";
import { word } from "../../../../keepers/core/hex.ts";
import { account } from "../../../support/keeperBuilders.ts";
import {
  CHANNEL_SCHEME,
  HEADERS,
  type PaymentRequired,
  type Requirements,
  channelPayload,
  networkOf,
  parseRequired,
} from "../../../../keepers/agents/payments/x402.ts";
import { ORIGIN, PRICE, buyerOf, countingEndpoint, shopOf, walletOf, wire } from "../../../support/paidShop.ts";
import {
  DOLLARS,
  DOMAIN,
  RECEIVER,
  hashes,
  memoryStore,
  signerFor,
  termsOf,
  viewOf,
  voucherFor,
} from "../../../support/payments.ts";

const TERMS = termsOf(1);
const CHANNEL = hashes.channelIdOf(TERMS);
const WORK = `${ORIGIN}/work`;

const OURS: Requirements = {
  scheme: CHANNEL_SCHEME,
  network: networkOf(DOMAIN),
  asset: DOLLARS,
  amount: PRICE.toString(),
  payTo: RECEIVER,
  maxTimeoutSeconds: 1,
  extra: {
    channels: DOMAIN.channels,
    receiverAuthorizers: [account(0)],
    withdrawDelay: 900,
  },
};

const requiredOf = (response: Response): PaymentRequired => {
  const parsed = parseRequired(decodeHeader(response.headers.get(HEADERS.required) ?? ""));
  if (parsed.kind === "malformed") throw new Error(`${parsed.field} is malformed`);
  return parsed.value;
};

/** The header of a payment with this total, signed by payer `n`. */
const paymentOf = async (total: bigint, { n = 1, accepted = OURS } = {}): Promise<string> => {
  const voucher = await signerFor(n)({ channelId: CHANNEL, maxClaimableAmount: total });
  return encodeHeader({ x402Version: 2, accepted, payload: channelPayload(TERMS, voucher) });
};

const shop = () => {
  const { endpoint, served } = countingEndpoint();
  const store = memoryStore();
  const wall = shopOf(endpoint, { store });
  const send = wire(() => wall);
  const ask = (payment?: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    send(WORK, { headers: { ...headers, ...(payment === undefined ? {} : { [HEADERS.payment]: payment }) } });
  return { served, store, send, ask, endpoint };
};

const refusal = async (response: Response): Promise<unknown> => {
  expect(response.status).to.equal(402);
  const body: unknown = await response.json();
  return body;
};

describe("The paywall", () => {
  it("says what a request costs, in the header and in the body", async () => {
    const response = await shop().ask();
    const required = {
      x402Version: 2,
      resource: { url: WORK, description: "says the key", mimeType: "text/plain" },
      accepts: [OURS],
    };
    expect(await refusal(response)).to.deep.equal(required);
    expect(decodeHeader(response.headers.get(HEADERS.required) ?? "")).to.deep.equal(required);
  });

  it("serves for a voucher, and says what was charged", async () => {
    const { ask, store, served } = shop();
    const response = await ask(await paymentOf(PRICE), { [HEADERS.key]: "one" });
    expect([response.status, await response.text()]).to.deep.equal([200, "one"]);
    expect(decodeHeader(response.headers.get(HEADERS.response) ?? "")).to.deep.equal({
      success: true,
      payer: TERMS.payer,
      transaction: "",
      network: "eip155:1329",
      amount: "10",
      extra: {
        chargedAmount: "10",
        channelState: { channelId: CHANNEL, balance: "1000000", totalClaimed: "0", chargedCumulativeAmount: "10" },
      },
    });
    expect(store.last(CHANNEL)?.maxClaimableAmount).to.equal(PRICE);
    expect([...served]).to.deep.equal([["one", 1]]);
  });

  it("keeps prices, receipts and what was sold out of every cache, whatever the work says of them", async () => {
    const { endpoint } = countingEndpoint();
    const shared = { "Cache-Control": "public, max-age=60", "content-type": "text/plain" };
    const wall = shopOf({ ...endpoint, serve: () => Promise.resolve({ status: 200, headers: shared, body: "sold" }) });
    const send = wire(() => wall);
    const ask = (payment?: string) =>
      send(WORK, { headers: payment === undefined ? {} : { [HEADERS.payment]: payment } });
    const answers = [await ask(), await ask("nonsense"), await ask(await paymentOf(PRICE))];
    expect(answers.map(({ status }) => status)).to.deep.equal([402, 402, 200]);
    for (const { headers } of answers) expect(headers.get("cache-control")).to.equal("no-store");
    expect(answers[2]?.headers.get("content-type")).to.equal("text/plain");
  });

  it("gives the same answer to the same voucher for the same request, and none for another", async () => {
    const { ask, served } = shop();
    const payment = await paymentOf(PRICE);
    const [first, second] = await Promise.all([1, 2].map(() => ask(payment, { [HEADERS.key]: "one" })));
    expect([await first?.text(), await second?.text()]).to.deep.equal(["one", "one"]);
    const other = await ask(payment, { [HEADERS.key]: "two" });
    expect(await refusal(other)).to.deep.include({
      error: "VoucherSpent",
      refusal: { reason: "VoucherSpent", total: "10" },
    });
    expect(requiredOf(other).accepts[0]?.extra).to.deep.include({
      channelState: { channelId: CHANNEL, chargedCumulativeAmount: "10" },
    });
    expect([...served]).to.deep.equal([["one", 1]]);
  });

  it("charges nothing for a named request that was paid before, and leaves the new voucher unused", async () => {
    const { ask, served, store } = shop();
    await ask(await paymentOf(PRICE), { [HEADERS.key]: "one" });
    await ask(await paymentOf(2n * PRICE), { [HEADERS.key]: "two" });
    const again = await ask(await paymentOf(3n * PRICE), { [HEADERS.key]: "one" });
    expect(await again.text()).to.equal("one");
    expect(decodeHeader(again.headers.get(HEADERS.response) ?? "")).to.have.nested.property("extra.chargedAmount", "0");
    expect(store.last(CHANNEL)?.maxClaimableAmount).to.equal(2n * PRICE);
    expect([...served.values()]).to.deep.equal([1, 1]);
    const stranger = await ask(await paymentOf(3n * PRICE, { n: 2 }), { [HEADERS.key]: "one" });
    expect(await refusal(stranger)).to.have.property("error", "ForeignSignature");
  });

  it("charges for an unnamed request each time", async () => {
    const { ask, store } = shop();
    for (const total of [1n, 2n, 3n]) expect((await ask(await paymentOf(total * PRICE))).status).to.equal(200);
    expect(store.last(CHANNEL)?.maxClaimableAmount).to.equal(3n * PRICE);
  });

  it("serves again without a payment when the work failed", async () => {
    let isBroken = true;
    const { endpoint, served } = countingEndpoint(() => isBroken);
    const wall = shopOf(endpoint);
    const send = wire(() => wall);
    const headers = { [HEADERS.payment]: await paymentOf(PRICE), [HEADERS.key]: "one" };
    const failed = await send(WORK, { headers });
    expect([failed.status, failed.headers.has(HEADERS.response)]).to.deep.equal([500, true]);
    isBroken = false;
    expect(await (await send(WORK, { headers })).text()).to.equal("one");
    expect([...served]).to.deep.equal([["one", 1]]);
  });

  it("serves what was paid before it died, once more and without a payment", async () => {
    const store = memoryStore();
    const { endpoint } = countingEndpoint();
    const headers = { [HEADERS.payment]: await paymentOf(PRICE), [HEADERS.key]: "one" };
    for (let life = 0; life < 2; life += 1) {
      const wall = shopOf(endpoint, { store });
      expect(await (await wire(() => wall)(WORK, { headers })).text()).to.equal("one");
    }
    expect(store.last(CHANNEL)?.maxClaimableAmount).to.equal(PRICE);
  });

  it("names what is wrong with a payment, and where the channel is", async () => {
    const { ask } = shop();
    await ask(await paymentOf(PRICE));
    const foreign = { ...OURS, network: "eip155:1" as const };
    const canonical = { ...OURS, extra: { ...OURS.extra, channels: account(0x402) } };
    const cases: readonly (readonly [string, string])[] = [
      ["", "MalformedPayment"],
      ["%%%", "MalformedPayment"],
      ["a".repeat(70_000), "MalformedPayment"],
      [encodeHeader({ x402Version: 2, accepted: OURS, payload: {} }), "MalformedPayment"],
      [encodeHeader({ x402Version: 2, accepted: { ...OURS, scheme: "exact" }, payload: {} }), "UnknownScheme"],
      [await paymentOf(2n * PRICE, { accepted: foreign }), "WrongChain"],
      [await paymentOf(2n * PRICE, { accepted: canonical }), "WrongContract"],
      [await paymentOf(PRICE - 1n), "NotAboveLast"],
      [await paymentOf(2n * PRICE + 1n), "WrongAmount"],
      [await paymentOf(2n * PRICE, { n: 2 }), "ForeignSignature"],
    ];
    for (const [payment, error] of cases) {
      expect(await refusal(await ask(payment)), error).to.have.property("error", error);
    }
    const behind = requiredOf(await ask(await paymentOf(PRICE - 1n))).accepts[0];
    const signature = (await voucherFor(1, PRICE)).signature;
    expect(behind?.extra).to.deep.include({
      channelState: { channelId: CHANNEL, chargedCumulativeAmount: "10" },
      voucherState: { signedMaxClaimable: "10", signature },
    });
  });

  it("settles by another scheme once for each payment, before the work, and sells nothing when that fails", async () => {
    let [settled, works] = [0, false];
    const exact: OtherScheme = {
      requirements: { ...OURS, scheme: "exact", extra: {} },
      settle: () => {
        settled += 1;
        const network = "eip155:1329" as const;
        return works
          ? Promise.resolve({ success: true, transaction: "0x12", network })
          : Promise.resolve({ success: false, errorReason: "insufficient_funds", transaction: "", network });
      },
    };
    const { endpoint, served } = countingEndpoint();
    const wall = shopOf(endpoint, { others: [exact] });
    const send = wire(() => wall);
    const payment = encodeHeader({ x402Version: 2, accepted: exact.requirements, payload: { nonce: word(1n) } });
    const ask = (key: string): Promise<Response> =>
      send(WORK, { headers: { [HEADERS.payment]: payment, [HEADERS.key]: key } });
    expect(await refusal(await ask("one"))).to.have.property("error", "insufficient_funds");
    expect([...served]).to.deep.equal([]);
    works = true;
    const replies = await Promise.all([ask("one"), ask("one")]);
    expect(await Promise.all(replies.map((reply) => reply.text()))).to.deep.equal(["one", "one"]);
    expect(settled).to.equal(2);
    expect(await refusal(await ask("two"))).to.have.property("error", "PaymentSpent");
    expect([...served]).to.deep.equal([["one", 1]]);
  });
});

describe("The paying fetch", () => {
  const send = (wallet: ChannelWallet, through: typeof fetch) => buyerOf(wallet, through);

  it("pays what it is asked for, and the next time without being asked", async () => {
    const { send: through, store } = shop();
    let sent = 0;
    const buy = send(walletOf(1), (...request) => {
      sent += 1;
      return through(...request);
    });
    for (let n = 1; n <= 3; n += 1) expect((await buy(WORK)).status).to.equal(200);
    expect(sent).to.equal(4);
    expect(store.last(CHANNEL)?.maxClaimableAmount).to.equal(3n * PRICE);
  });

  it("leaves alone what costs nothing, and what can be paid only otherwise", async () => {
    const free = await send(walletOf(1), () => Promise.resolve(new Response("free")))(WORK);
    expect(await free.text()).to.equal("free");
    const required = { x402Version: 2, resource: { url: WORK }, accepts: [{ ...OURS, scheme: "exact" }] };
    const headers = { [HEADERS.required]: encodeHeader(required) };
    for (const response of [new Response("", { status: 402, headers }), new Response("", { status: 402 })]) {
      expect((await send(walletOf(1), () => Promise.resolve(response))(WORK)).status).to.equal(402);
    }
  });

  it("follows a price that has changed", async () => {
    const store = memoryStore();
    let price = PRICE;
    const { endpoint } = countingEndpoint();
    const buy = send(
      walletOf(1),
      wire(() => shopOf({ ...endpoint, price }, { store })),
    );
    await buy(WORK);
    price = 7n;
    expect((await buy(WORK)).status).to.equal(200);
    expect(store.last(CHANNEL)?.maxClaimableAmount).to.equal(17n);
  });

  it("finds its place again when it lost its store, by its own signature", async () => {
    const { send: through, store } = shop();
    await send(walletOf(1), through)(WORK);
    await send(walletOf(1), through)(WORK);
    expect(store.last(CHANNEL)?.maxClaimableAmount).to.equal(2n * PRICE);
  });

  it("finds its place again when the seller lost its store", async () => {
    const mine = memoryStore();
    const buy = (theirs = memoryStore()) => {
      const { endpoint } = countingEndpoint();
      const wall = shopOf(endpoint, { store: theirs });
      return send(
        walletOf(1, mine),
        wire(() => wall),
      );
    };
    const first = buy();
    await first(WORK);
    await first(WORK);
    const fresh = memoryStore();
    expect((await buy(fresh)(WORK)).status).to.equal(200);
    expect(fresh.last(CHANNEL)?.maxClaimableAmount).to.equal(PRICE);
    expect(mine.last(CHANNEL)?.maxClaimableAmount).to.equal(2n * PRICE);
  });

  it("believes no total that it did not sign", async () => {
    const lie = (signature: string) => {
      const state = {
        channelState: { channelId: CHANNEL, chargedCumulativeAmount: "999" },
        voucherState: { signedMaxClaimable: "999", signature },
      };
      const accepts = [{ ...OURS, extra: { ...OURS.extra, ...state } }];
      const headers = { [HEADERS.required]: encodeHeader({ x402Version: 2, resource: { url: WORK }, accepts }) };
      return Promise.resolve(new Response("", { status: 402, headers }));
    };
    const foreign = await signerFor(2)({ channelId: CHANNEL, maxClaimableAmount: 999n });
    for (const signature of ["0x", foreign.signature]) {
      const mine = memoryStore();
      expect((await send(walletOf(1, mine), () => lie(signature))(WORK)).status).to.equal(402);
      expect(mine.last(CHANNEL)?.maxClaimableAmount).to.equal(PRICE);
    }
  });

  it("gives up where the server refuses for good, such as above the deposit, and pays nothing for it later", async () => {
    const { endpoint } = countingEndpoint();
    const store = memoryStore();
    let deposited = PRICE - 1n;
    const wall = shopOf(endpoint, { store, readChannel: (terms) => Promise.resolve(viewOf(terms, { deposited })) });
    const buy = send(
      walletOf(1),
      wire(() => wall),
    );
    expect((await buy(WORK)).status).to.equal(402);
    deposited = PRICE;
    expect((await buy(WORK)).status).to.equal(200);
    expect(store.last(CHANNEL)?.maxClaimableAmount).to.equal(PRICE);
  });

  it("pays no more than it may, only here, and only who the channel pays", async () => {
    const wallet = walletOf(1);
    const cases: readonly (readonly [string, Requirements])[] = [
      ["at most", { ...OURS, amount: "1000001" }],
      ["at most", { ...OURS, amount: "0" }],
      ["at most", { ...OURS, amount: "-1" }],
      ["not where", { ...OURS, network: "eip155:1" }],
      ["not where", { ...OURS, extra: { channels: account(0x402) } }],
      ["the channel found pays", { ...OURS, payTo: account(3) }],
      ["the channel found pays", { ...OURS, asset: account(3) }],
    ];
    for (const [why, requirements] of cases) {
      const error: unknown = await wallet.pay(requirements).catch((thrown: unknown) => thrown);
      expect(String(error)).to.include(why);
    }
    // None of them keeps the turn.
    expect((await wallet.pay(OURS)).voucher.maxClaimableAmount).to.equal("10");
  });

  it("gives the same voucher again until it knows that it arrived, after a restart too", async () => {
    const mine = memoryStore();
    let signed = 0;
    // A signer whose signatures of one voucher differ.
    const wallet = walletOf(1, mine, async (voucher) => {
      signed += 1;
      return { ...(await signerFor(1)(voucher)), signature: word(BigInt(signed)) };
    });
    const first = await wallet.pay(OURS);
    wallet.unanswered(first);
    expect(await wallet.pay(OURS)).to.deep.equal(first);
    wallet.unanswered(first);
    const restarted = walletOf(1, mine);
    expect(await restarted.pay(OURS)).to.deep.equal(first);
    restarted.settled(first, {});
    expect((await restarted.pay(OURS)).voucher.maxClaimableAmount).to.equal("20");
  });

  it("lets the next one pay when a payment was left without an end", async () => {
    const wallet = walletOf(1);
    const [first, second] = await Promise.all([1, 2].map(() => wallet.pay({ ...OURS, maxTimeoutSeconds: 0.01 })));
    expect(second).to.deep.equal(first);
  });
});
