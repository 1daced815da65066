import { once } from "node:events";
import { type Server, createServer } from "node:http";
import { type Socket, connect } from "node:net";
import { expect } from "chai";
import fc from "fast-check";
import { decodeHeader, encodeHeader } from "../../../../keepers/adapters/payments/codec.ts";
import type { IntakeSettings } from "../../../../keepers/adapters/payments/intake.ts";
import { paidListener } from "../../../../keepers/adapters/payments/httpServer.ts";
import type { Endpoint } from "../../../../keepers/adapters/payments/paywall.ts";
import { afterEntry } from "../../../../keepers/adapters/payments/entries.ts";
import type { Reply } from "../../../../keepers/adapters/payments/sales.ts";
import type { ChannelWallet } from "../../../../keepers/adapters/payments/wallet.ts";
import { channelWallet } from "../../../../keepers/adapters/payments/wallet.ts";
import { type Hex, word } from "../../../../keepers/core/hex.ts";
import { FatalError } from "../../../../keepers/core/errors.ts";
import { unixSeconds } from "../../../../keepers/core/units.ts";
import type { ChannelTerms, SignedVoucher, VoucherStore } from "../../../../keepers/agents/payments/ports.ts";
import {
  CHANNEL_SCHEME,
  HEADERS,
  type Requirements,
  channelPayload,
  networkOf,
  parseChannelPayment,
  parsePayment,
} from "../../../../keepers/agents/payments/x402.ts";
import { account } from "../../../support/keeperBuilders.ts";
import { ORIGIN, PRICE, buyerOf, countingEndpoint, shopOf, wire } from "../../../support/paidShop.ts";
import {
  DOLLARS,
  DOMAIN,
  RECEIVER,
  intakeOf,
  hashes,
  memoryStore,
  recover,
  signerFor,
  termsOf,
  viewOf,
  voucherFor,
} from "../../../support/payments.ts";

const TERMS = termsOf(1);
const CHANNEL = hashes.channelIdOf(TERMS);
const WORK = `${ORIGIN}/work`;
const ANY = { price: undefined, purchase: word(1n), isNamed: false };

const OURS: Requirements = {
  scheme: CHANNEL_SCHEME,
  network: networkOf(DOMAIN),
  asset: DOLLARS,
  amount: PRICE.toString(),
  payTo: RECEIVER,
  maxTimeoutSeconds: 1,
  extra: { channels: DOMAIN.channels },
};

/** A payment's header: a voucher of payer `n`'s channel for a total, or with another signature. */
const paymentOf = async (total: bigint, signature?: Hex, terms = TERMS): Promise<string> => {
  const voucher = await voucherFor(1, total, terms);
  const payload = channelPayload(terms, { ...voucher, signature: signature ?? voucher.signature });
  return encodeHeader({ x402Version: 2, accepted: OURS, payload });
};

const shop = (change: Partial<Endpoint> = {}, intake: Partial<IntakeSettings> = {}) => {
  const { endpoint, served } = countingEndpoint();
  const store = memoryStore();
  const wall = shopOf({ ...endpoint, ...change }, { store, ...intake });
  const send = wire(() => wall);
  const ask = async (payment: string, key = "one"): Promise<Response> =>
    send(WORK, { headers: { [HEADERS.payment]: payment, [HEADERS.key]: key } });
  return { served, store, send, ask, wall };
};

const walletWith = (maxPerRequest: bigint, store: VoucherStore = memoryStore()): ChannelWallet =>
  channelWallet({
    hashes,
    recover,
    sign: signerFor(1),
    store,
    findChannel: ({ receiver, token }) =>
      Promise.resolve(receiver === RECEIVER && token === DOLLARS ? TERMS : undefined),
    maxPerRequest,
  });

const refusalOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("Where a channel is", () => {
  it("is told to who shows a voucher of its signer, and to nobody else [NX-CHN-10]", async () => {
    const { ask } = shop();
    await ask(await paymentOf(PRICE));
    const newest = (await voucherFor(1, PRICE)).signature.slice(2);
    const foreign = (await signerFor(2)({ channelId: CHANNEL, maxClaimableAmount: 1n })).signature;
    for (const total of [1n, PRICE, PRICE + 1n, 2n * PRICE, 10n ** 30n]) {
      for (const signature of ["0x00", `0x${"11".repeat(65)}`, foreign] as const) {
        const response = await ask(await paymentOf(total, signature), "two");
        const said = `${await response.text()} ${JSON.stringify(decodeHeader(response.headers.get(HEADERS.required) ?? ""))}`;
        expect(response.status).to.equal(402);
        expect(said).to.not.include(newest);
        expect(said).to.not.include("channelState");
        expect(said).to.not.match(/"last"|"amount":"-/);
      }
    }
    const owner = await ask(await paymentOf(1n), "two");
    expect(await owner.text()).to.include(newest);
  });
});

/** The voucher that a request brings; undefined when there is none. */
const voucherIn = (init: RequestInit | undefined): SignedVoucher | undefined => {
  const header = new Headers(init?.headers).get(HEADERS.payment);
  const payment = parsePayment(header === null ? undefined : decodeHeader(header));
  const parsed = payment.kind === "parsed" ? parseChannelPayment(payment.value) : payment;
  return parsed.kind === "parsed" ? parsed.value.voucher : undefined;
};

/** A seller that keeps each voucher, says that it has it, and serves nothing. */
const keeper = (how: "spent" | "none" | "between" = "spent") => {
  let claimable = 0n;
  const send: typeof fetch = (_input, init) => {
    const voucher = voucherIn(init);
    const total = voucher?.maxClaimableAmount ?? 0n;
    claimable = total > claimable ? total : claimable;
    const soFar = how === "none" ? 0n : how === "between" && total > 0n ? total - 1n : claimable;
    const state =
      voucher === undefined
        ? {}
        : {
            channelState: { channelId: voucher.channelId, chargedCumulativeAmount: soFar.toString() },
            voucherState: { signedMaxClaimable: soFar.toString(), signature: voucher.signature },
          };
    const accepts = [{ ...OURS, extra: { ...OURS.extra, ...state } }];
    const headers = { [HEADERS.required]: encodeHeader({ x402Version: 2, resource: { url: WORK }, accepts }) };
    return Promise.resolve(new Response("", { status: 402, headers }));
  };
  return { send, claimable: () => claimable };
};

describe("What a seller gets that keeps each voucher and serves nothing", () => {
  for (const how of ["spent", "none", "between"] as const) {
    it(`is one price in a call, and two in a hundred calls, whatever it says (${how}) [NX-CHN-04]`, async () => {
      const { send, claimable } = keeper(how);
      const buy = buyerOf(walletWith(PRICE), send);
      expect((await buy(WORK)).status).to.equal(402);
      expect(claimable() <= PRICE, "in one call").to.equal(true);
      for (let call = 0; call < 100; call += 1) expect((await buy(WORK)).status).to.equal(402);
      expect(claimable() <= 2n * PRICE, `in all it has ${claimable()}`).to.equal(true);
    });
  }

  it("stays within the most of one request in each call, whatever the seller says and in any order [NX-CHN-04]", async () => {
    const most = 3n * PRICE;
    const says = fc.record({
      soFar: fc.bigInt({ min: 0n, max: 12n * PRICE }),
      price: fc.bigInt({ min: 1n, max: most }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(says, { maxLength: 30 }), async (script) => {
        const store = memoryStore();
        let [held, signature]: [bigint, Hex] = [0n, "0x00"];
        const lies = [...script];
        const send: typeof fetch = (_input, init) => {
          const voucher = voucherIn(init);
          const total = voucher?.maxClaimableAmount ?? 0n;
          if (total > held && voucher !== undefined) [held, signature] = [total, voucher.signature];
          const { soFar, price } = lies.shift() ?? { soFar: held, price: 1n };
          const shown = soFar > held ? held : soFar;
          const state = {
            channelState: { channelId: CHANNEL, chargedCumulativeAmount: shown.toString() },
            voucherState: { signedMaxClaimable: shown.toString(), signature },
          };
          const accepts = [{ ...OURS, amount: price.toString(), extra: { ...OURS.extra, ...state } }];
          const headers = { [HEADERS.required]: encodeHeader({ x402Version: 2, resource: { url: WORK }, accepts }) };
          return Promise.resolve(new Response("", { status: 402, headers }));
        };
        const buy = buyerOf(walletWith(most, store), send);
        for (let call = 0; call < 5; call += 1) {
          const before = held;
          await buy(`${WORK}/${call}`);
          expect(held - before <= most, `${held - before} in call ${call}`).to.equal(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("Of several ways to pay", () => {
  it("the first that can be used is used, and where there is none the 402 comes back [NX-CHN-04]", async () => {
    const useless: readonly Requirements[] = [
      { ...OURS, network: "eip155:1" },
      { ...OURS, amount: (PRICE + 1n).toString() },
      { ...OURS, amount: "0" },
      { ...OURS, extra: { channels: account(0x402) } },
      { ...OURS, asset: account(3) },
      { ...OURS, asset: "no address" },
      { ...OURS, payTo: "nobody" },
      { ...OURS, payTo: account(3) },
      { ...OURS, scheme: "exact" },
    ];
    for (const first of useless) {
      const store = memoryStore();
      const { wall } = shop({}, { store });
      const through = wire(() => wall);
      const offering =
        (accepts: readonly Requirements[]): typeof fetch =>
        (input, init) => {
          if (new Headers(init?.headers).has(HEADERS.payment)) return through(input, init);
          const headers = { [HEADERS.required]: encodeHeader({ x402Version: 2, resource: { url: WORK }, accepts }) };
          return Promise.resolve(new Response("", { status: 402, headers }));
        };
      const name = JSON.stringify(first);
      expect((await buyerOf(walletWith(PRICE), offering([first, OURS]))(WORK)).status, name).to.equal(200);
      expect((await buyerOf(walletWith(PRICE), offering([first]))(WORK)).status, name).to.equal(402);
      expect(store.last(CHANNEL)?.maxClaimableAmount).to.equal(PRICE);
    }
  });
});

describe("A node that stands still", () => {
  const at = (time: bigint, now: bigint) =>
    intakeOf({
      readChannel: (terms) => Promise.resolve(viewOf(terms, { time: unixSeconds(time) })),
      clock: () => unixSeconds(now),
    });

  it("makes the voucher intake refuse what is new, well within the shortest close, and nothing that was taken [NX-CHN-05]", async () => {
    const voucher = await voucherFor(1, 5n);
    // The shortest close takes 900 seconds.
    expect((await at(1_000n, 1_225n).receive(TERMS, voucher, ANY)).kind).to.equal("accepted");
    const late = await at(1_000n, 1_226n).receive(TERMS, voucher, ANY);
    expect(late).to.deep.include({ refusal: { reason: "StaleView", time: 1_000n, now: 1_226n } });
    let now = 1_000n;
    const intake = intakeOf({ clock: () => unixSeconds(now) });
    await intake.receive(TERMS, voucher, ANY);
    now += 86_400n;
    expect((await intake.receive(TERMS, voucher, ANY)).kind).to.equal("repeated");
  });

  it("is noticed though the clock is set back by an hour, and one that is set forward costs only time [NX-CHN-05]", async () => {
    let [now, ms] = [5_000n, 0];
    const intake = intakeOf({
      readChannel: (terms) => Promise.resolve(viewOf(terms, { time: unixSeconds(5_000n) })),
      clock: () => unixSeconds(now),
      nowMs: () => ms,
    });
    const kindOf = async (total: bigint): Promise<string> => {
      const answer = await intake.receive(TERMS, await voucherFor(1, total), ANY);
      return answer.kind === "refused" ? answer.refusal.reason : answer.kind;
    };
    expect(await kindOf(1n)).to.equal("accepted");
    now = 8_600n;
    expect(await kindOf(2n)).to.equal("StaleView");
    now = 5_000n;
    expect(await kindOf(2n)).to.equal("accepted");
    [now, ms] = [1_400n, 226_000];
    expect(await kindOf(3n)).to.equal("StaleView");
  });

  it("is asked again when the clock was set back: a view from the future has no age", async () => {
    let [ms, reads] = [3_600_000, 0];
    const intake = intakeOf({
      nowMs: () => ms,
      readChannel: (terms) => {
        reads += 1;
        return Promise.resolve(viewOf(terms));
      },
    });
    await intake.receive(TERMS, await voucherFor(1, 5n), ANY);
    ms = 0;
    await intake.receive(TERMS, await voucherFor(1, 6n), ANY);
    expect(reads).to.equal(2);
  });

  it("answers with 503, so that the same voucher is sent again and buys once the node is back", async () => {
    let now = 86_400n;
    const { wall, store, served } = shop({}, { clock: () => unixSeconds(now) });
    const buy = buyerOf(
      walletWith(PRICE),
      wire(() => wall),
      {
        pause: () => {
          now = 1_000n;
          return Promise.resolve();
        },
      },
    );
    expect((await buy(WORK)).status).to.equal(200);
    expect([store.last(CHANNEL)?.maxClaimableAmount, served.size]).to.deep.equal([PRICE, 1]);
  });
});

describe("An agreement to close", () => {
  it("holds until the later of two deadlines, in any order [NX-CHN-05]", async () => {
    for (const deadlines of [
      [10_000n, 1_500n],
      [1_500n, 10_000n],
    ]) {
      let time = 1_000n;
      const intake = intakeOf({
        maxAgeMs: -1,
        readChannel: (terms) => Promise.resolve(viewOf(terms, { time: unixSeconds(time) })),
      });
      for (const deadline of deadlines) await intake.freeze(TERMS, unixSeconds(deadline));
      time = 2_000n;
      const refused = await intake.receive(TERMS, await voucherFor(1, 5n), ANY);
      expect(refused).to.deep.include({ refusal: { reason: "CloseAgreed", deadline: 10_000n } });
      time = 10_001n;
      expect((await intake.receive(TERMS, await voucherFor(1, 5n), ANY)).kind).to.equal("accepted");
    }
  });
});

describe("A disk that is full", () => {
  it("lets a wallet give no voucher that is not on it, now and later [NX-CHN-06]", async () => {
    let syncs = 0;
    const memory = memoryStore(() => {
      syncs += 1;
      return syncs <= 2 ? Promise.resolve() : Promise.reject(new FatalError("no space left"));
    });
    // Like the store on disk, it writes what a channel is only once.
    const learn: VoucherStore["learn"] = (id, terms) =>
      memory.channel(id) === undefined ? memory.learn(id, terms) : Promise.resolve();
    const store = { ...memory, learn };
    const wallet = walletWith(PRICE, store);
    wallet.settled(await wallet.pay(OURS), {});
    for (let tries = 0; tries < 3; tries += 1) {
      expect(await refusalOf(wallet.pay(OURS)), `try ${tries}`).to.be.instanceOf(FatalError);
    }
  });
});

describe("Work that fails", () => {
  const failing = (answers: readonly (number | "throws")[]) => {
    const left = [...answers];
    return {
      serve: (): Promise<Reply> => {
        const answer = left.shift() ?? 200;
        if (answer === "throws") return Promise.reject(new Error("the work failed"));
        return Promise.resolve({ status: answer, headers: {}, body: String(answer) });
      },
    };
  };

  it("is free: three failures and a success owe one price, after a restart of either side too [NX-CHN-07]", async () => {
    for (const answers of [
      [404, 404, 404],
      [400, 404, 499],
      ["throws", "throws"],
      [500, 404, "throws", 503],
    ] as const) {
      for (const restarts of [false, true]) {
        const [theirs, mine] = [memoryStore(), memoryStore()];
        const endpoint = failing(answers);
        let buy = buyerOf(walletWith(PRICE), () => Promise.reject(new Error("not started")));
        const start = (isDue: boolean): void => {
          if (!isDue) return;
          const { wall } = shop(endpoint, { store: theirs });
          const through = wire(() => wall);
          buy = buyerOf(walletWith(PRICE, mine), through, { tries: 1 });
        };
        start(true);
        for (const answer of answers) {
          expect((await buy(WORK)).status).to.equal(answer === "throws" ? 500 : answer);
          expect(theirs.last(CHANNEL), "nothing is owed").to.equal(undefined);
          start(restarts);
        }
        for (const total of [PRICE, 2n * PRICE]) {
          expect((await buy(WORK)).status).to.equal(200);
          expect(theirs.last(CHANNEL)?.maxClaimableAmount).to.equal(total);
        }
        expect(mine.last(CHANNEL)?.maxClaimableAmount).to.equal(2n * PRICE);
      }
    }
  });

  it("does not take back what was earned in an earlier life, when the work is done once more and fails [NX-CHN-07]", async () => {
    const store = memoryStore();
    const payment = await paymentOf(PRICE);
    expect((await shop(failing([200]), { store }).ask(payment)).status).to.equal(200);
    expect((await shop(failing([404]), { store }).ask(payment)).status).to.equal(404);
    expect(store.last(CHANNEL)?.maxClaimableAmount).to.equal(PRICE);
  });

  it("says that nothing was charged, and leaves the channel where it was", async () => {
    const { ask, store } = shop(failing([200, 404]));
    await ask(await paymentOf(PRICE));
    const response = await ask(await paymentOf(2n * PRICE), "two");
    expect(response.status).to.equal(404);
    expect(decodeHeader(response.headers.get(HEADERS.response) ?? "")).to.deep.include({ success: true, amount: "0" });
    expect(decodeHeader(response.headers.get(HEADERS.response) ?? "")).to.have.nested.property(
      "extra.channelState.chargedCumulativeAmount",
      PRICE.toString(),
    );
    expect(store.last(CHANNEL)?.maxClaimableAmount).to.equal(PRICE);
  });

  it("is charged where the endpoint says so, and where a newer voucher has come meanwhile", async () => {
    const always = shop({ ...failing([404]), isCharged: () => true });
    expect((await always.ask(await paymentOf(PRICE))).status).to.equal(404);
    expect(always.store.last(CHANNEL)?.maxClaimableAmount).to.equal(PRICE);
    let release = (): void => undefined;
    const slow = shop({
      serve: async ({ header }) => {
        if (header(HEADERS.key) === "one") {
          await new Promise<void>((resolve) => {
            release = resolve;
          });
        }
        return { status: header(HEADERS.key) === "one" ? 404 : 200, headers: {}, body: "" };
      },
    });
    const first = slow.ask(await paymentOf(PRICE));
    await new Promise((resolve) => setImmediate(resolve));
    await slow.ask(await paymentOf(2n * PRICE), "two");
    release();
    const settlement = decodeHeader((await first).headers.get(HEADERS.response) ?? "");
    expect(settlement).to.deep.include({ amount: PRICE.toString() });
    expect(slow.store.last(CHANNEL)?.maxClaimableAmount).to.equal(2n * PRICE);
  });

  it("takes back only the last voucher, and knows the ones before it again", () => {
    const terms = { kind: "channel", channelId: CHANNEL, terms: TERMS } as const;
    const voucherOf = (total: bigint) =>
      ({
        kind: "voucher",
        voucher: {
          domain: DOMAIN,
          channelId: CHANNEL,
          maxClaimableAmount: total,
          signature: "0x12",
          purchase: word(total),
        },
      }) as const;
    const after = (...records: Parameters<typeof afterEntry>[1][]) =>
      [terms, ...records].reduce<ReturnType<typeof afterEntry>>((channel, one) => afterEntry(channel, one), undefined);
    const release = (total: bigint) => ({ kind: "released", channelId: CHANNEL, total }) as const;
    expect(after(voucherOf(1n), voucherOf(2n), release(2n))?.last?.maxClaimableAmount).to.equal(1n);
    expect(after(voucherOf(1n), voucherOf(2n), release(1n))?.last?.maxClaimableAmount).to.equal(2n);
    expect(after(voucherOf(1n), release(1n))?.last).to.equal(undefined);
    expect(after(voucherOf(1n), release(1n), voucherOf(1n))?.recent).to.have.length(1);
    const many = Array.from({ length: 20 }, (_, n) => voucherOf(BigInt(n + 1)));
    expect(after(...many, release(20n), voucherOf(20n), release(20n))?.last?.maxClaimableAmount).to.equal(19n);
  });
});

describe("A payment that was answered long ago", () => {
  it("does no work again, however many other sales lie between [NX-CHN-07]", async () => {
    const { ask, served, send } = shop();
    const payment = await paymentOf(PRICE);
    await ask(payment, "mine");
    const others = await Promise.all(
      Array.from({ length: 1_000 }, async (_, n) => {
        const terms: ChannelTerms = { ...termsOf(2), salt: word(BigInt(n)) };
        const voucher = await signerFor(2)({ channelId: hashes.channelIdOf(terms), maxClaimableAmount: PRICE });
        return encodeHeader({ x402Version: 2, accepted: OURS, payload: channelPayload(terms, voucher) });
      }),
    );
    for (const other of others)
      expect((await send(WORK, { headers: { [HEADERS.payment]: other } })).status).to.equal(200);
    for (let again = 0; again < 3; again += 1) {
      const response = await ask(payment, "mine");
      expect([response.status, await response.json()]).to.deep.equal([410, { error: "AnswerGone" }]);
    }
    expect(served.get("mine")).to.equal(1);
  });
});

describe("Strangers at the counter", () => {
  it("make it ask the chain nothing by vouchers that nobody signed, and little by channels of their own [NX-CHN-05]", async () => {
    let [reads, atOnce, most] = [0, 0, 0];
    const readChannel: IntakeSettings["readChannel"] = async (terms) => {
      reads += 1;
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise((resolve) => setTimeout(resolve, 2));
      atOnce -= 1;
      return viewOf(terms, { state: "None", deposited: 0n });
    };
    const intake = intakeOf({ readChannel });
    const flood = async (sign: (terms: ChannelTerms) => Promise<Awaited<ReturnType<typeof voucherFor>>>) =>
      Promise.all(
        Array.from({ length: 300 }, async (_, n) => {
          const terms = { ...TERMS, salt: word(BigInt(n) + 1n) };
          return intake.receive(terms, await sign(terms), ANY);
        }),
      );
    const unsigned = await flood(async (terms) => ({ ...(await voucherFor(1, 1n, terms)), signature: "0x00" }));
    expect(reads).to.equal(0);
    for (const answer of unsigned) expect(answer).to.have.nested.property("refusal.reason", "MalformedSignature");
    const own = await flood((terms) => voucherFor(1, 1n, terms));
    expect(most).to.be.at.most(16);
    const reasons = new Set(own.map((answer) => (answer.kind === "refused" ? answer.refusal.reason : answer.kind)));
    expect([...reasons].every((reason) => reason === "Busy" || reason === "ChannelUnknown")).to.equal(true);
    // Who is known is served beside them.
    expect((await intakeOf().receive(TERMS, await voucherFor(1, 5n), ANY)).kind).to.equal("accepted");
  });
});

describe("The listener", () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  const listen = async (maxBuffered?: number) => {
    const faults: unknown[] = [];
    const { wall, served } = shop();
    server = createServer(paidListener(wall, (error) => void faults.push(error), maxBuffered));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return { faults, served, port, url: `http://127.0.0.1:${port}/work` };
  };

  /** Sends the beginning of a request and keeps the connection open. @returns what is answered, as far as it came */
  const begin = async (port: number, head: string, body = ""): Promise<{ socket: Socket; said: () => string }> => {
    const socket = connect(port, "127.0.0.1");
    let said = "";
    socket.on("data", (data) => void (said += data.toString()));
    socket.on("error", () => undefined);
    await once(socket, "connect");
    socket.write(`POST /work HTTP/1.1\r\nhost: x\r\n${head}\r\n\r\n${body}`);
    return { socket, said: () => said };
  };

  const until = async (isDone: () => boolean): Promise<void> => {
    for (let i = 0; i < 200 && !isDone(); i += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  };

  it("answers who pays nothing from the headers, and who announces too much, without reading a body [NX-CHN-05]", async () => {
    const { port, faults } = await listen();
    const unpaid = await begin(port, "content-length: 1000000", "the beginning");
    await until(() => unpaid.said() !== "");
    expect(unpaid.said()).to.match(/^HTTP\/1.1 402/);
    const large = await begin(port, `${HEADERS.payment}: e30=\r\ncontent-length: 1048577`);
    await until(() => large.said() !== "");
    expect(large.said()).to.match(/^HTTP\/1.1 413/);
    for (const { socket } of [unpaid, large]) socket.destroy();
    expect(faults).to.deep.equal([]);
  });

  it("holds no more bodies than it may, and lets others in when they are gone [NX-CHN-05]", async () => {
    const { port, faults, url } = await listen(100_000);
    const uploads = await Promise.all(
      Array.from({ length: 5 }, () =>
        begin(port, `${HEADERS.payment}: e30=\r\ncontent-length: 900000`, "x".repeat(30_000)),
      ),
    );
    await until(() => uploads.some(({ said }) => said() !== ""));
    const busy = uploads.filter(({ said }) => said().startsWith("HTTP/1.1 503"));
    expect(busy.length).to.be.greaterThan(0);
    for (const { socket } of uploads) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const response = await fetch(url, {
      method: "POST",
      headers: { [HEADERS.payment]: await paymentOf(PRICE) },
      body: "b".repeat(50_000),
    });
    expect(response.status).to.equal(200);
    // Who cuts an upload off is no fault of ours.
    expect(faults).to.deep.equal([]);
  });
});
