import { expect } from "chai";
import { getAddress } from "ethers";
import { type BookAggregator, parseAddressBook } from "../../../../deployments/schema.ts";
import { type RouteQuote, ROUTE_ASK, askSymphony } from "../../../../keepers/adapters/venues/symphony.ts";
import { readCall, routeCallsOf } from "../../../../keepers/core/protocols/all.ts";
import { hopThrough } from "../../../../keepers/market/routes/route.ts";
import { account, keccak } from "../../../support/keeperBuilders.ts";
import { type Answer, type PriceServer, startPriceServer } from "../../../support/signedPrices.ts";

const USDC = account(0xa);
const WSEI = account(0xb);
const V2_POOL = account(0x40);
const ROUTER = account(0x10);
const TREASURY = account(0x20);
const STRANGER = account(0x99);
const HASH = `0x${"12".repeat(32)}`;
const CENT = 10n ** 16n;

const ROUTES = routeCallsOf("symphony");
const HOP = hopThrough({ exchange: 1n, address: V2_POOL, tokens: [USDC, WSEI], feePips: 0n }, USDC);

/** An address book with one pool, and one leaf: the way through it from USDC to WSEI. */
const bookAt = (
  api: string,
  leaf: { readonly target?: string; readonly selector?: string; readonly key?: string } = {},
) =>
  parseAddressBook({
    chainId: 1329,
    name: "test",
    deployedAt: 1,
    environment: {
      tokens: {
        USDC: { address: USDC, symbol: "USDC", decimals: 6 },
        WSEI: { address: WSEI, symbol: "WSEI", decimals: 18 },
      },
      dexes: [{ name: "V1", kind: "v2", factory: account(0x50), router: account(0x51) }],
      pools: [{ address: V2_POOL, dex: "V1", kind: "v2", token0: USDC, token1: WSEI, feePips: 3_000 }],
      oracles: {},
      aggregators: [{ name: "Symphony", kind: "symphony", router: ROUTER, api, exchanges: [{ number: 1, dex: "V1" }] }],
    },
    contracts: { Treasury: { address: TREASURY, tx: HASH, block: 1, args: [], bytecodeHash: HASH } },
    mandate: {
      root: HASH,
      leaves: [
        {
          target: ROUTER,
          selector: ROUTES.selector,
          decoder: account(0x30),
          key: keccak(ROUTES.keyBytes([{ hops: [HOP] }])),
          minClass: 1,
          route: "USDC to WSEI",
          ...leaf,
        },
      ],
    },
  });

const ORDER = {
  spend: { address: USDC, decimals: 6, price: { middle: 100n * CENT, lower: 99n * CENT, upper: 101n * CENT } },
  buy: { address: WSEI, decimals: 18, price: { middle: 30n * CENT, lower: 29n * CENT, upper: 31n * CENT } },
  amountIn: 1_500_000n,
  toleranceBps: 0n,
} as const;
/** 1.5 at 0.99 for 0.31 each. */
const LEAST = (1_500_000n * 99n * 10n ** 12n) / 31n;

const hop = {
  poolAddress: `0x${"77".repeat(32)}`,
  tokenIn: USDC,
  tokenOut: WSEI,
  amountIn: "1500000",
  amountOutMin: String(5n * 10n ** 18n),
  swapType: 1,
  fee: 3_000,
};
const figures = { rebate: 0, tokenInUSD: "1.0", tokenOutUSD: 0.3, swapFee: null, priceImpactPercentage: "0.1" };

const sending =
  (body: string, status = 200, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_request, response) => {
    response.writeHead(status, headers).end(body);
  };
const answering = (data: unknown, more: object = figures): Answer => sending(JSON.stringify({ data, ...more }));

describe("askSymphony", () => {
  let server: PriceServer;
  let answer: Answer = answering([[hop]]);
  before(async () => {
    server = await startPriceServer((...asked) => {
      answer(...asked);
    });
  });
  after(() => server.stop());

  const ask = (next: Answer, { leaf = {}, timeoutMs = 5_000 } = {}): Promise<RouteQuote> => {
    answer = next;
    const book = bookAt(server.url, leaf);
    const [aggregator] = book.environment.aggregators ?? [];
    if (aggregator === undefined) throw new Error("the book has an aggregator");
    return askSymphony(book, aggregator, { order: ORDER, terms: { ...ROUTE_ASK, timeoutMs } });
  };
  const fault = async (next: Answer, options = {}): Promise<string> => {
    const quote = await ask(next, options);
    return quote.kind === "refused" ? quote.fault : "none";
  };

  it("asks in Symphony's wire format, in whole tokens", async () => {
    await ask(answering([[hop]]));
    expect(server.asked.at(-1)?.url).to.equal(`/route?tokenIn=${USDC}&tokenOut=${WSEI}&amountIn=1.5`);
  });

  it("makes the treasury's call with its own router, pool and least output [NX-SYM-03]", async () => {
    const quote = await ask(answering([[hop]]));
    if (quote.kind === "refused") throw new Error(quote.detail);
    expect([quote.call.target, quote.minOut, quote.promised]).to.deep.equal([ROUTER, LEAST, 5n * 10n ** 18n]);
    expect(readCall(quote.call)?.reading).to.deep.equal({
      keyBytes: ROUTES.keyBytes([{ hops: [HOP] }]),
      tokenIn: USDC,
      amountIn: 1_500_000n,
      tokenOut: WSEI,
      recipient: TREASURY,
      spender: ROUTER,
    });
    expect(readCall(quote.call)?.protocol.minOut(quote.call)).to.equal(LEAST);
  });

  it("pitfall 9: takes no router's address from an answer: one that names any is of another shape", async () => {
    expect(await fault(answering([[hop]], { ...figures, router: STRANGER }))).to.equal("shape");
    expect(await fault(answering([[{ ...hop, to: STRANGER }]]))).to.equal("shape");
    expect(await fault(answering([[hop]], { ...figures, feeAddress: STRANGER }))).to.equal("shape");
  });

  it("refuses a route that no leaf permits", async () => {
    for (const leaf of [{ target: STRANGER }, { selector: "0x12345678" }, { key: HASH }])
      expect(await fault(answering([[hop]]), { leaf }), JSON.stringify(leaf)).to.equal("not-permitted");
  });

  it("refuses what is judged wrong, with the reason", async () => {
    const quote = await ask(answering([[{ ...hop, tokenOut: STRANGER }]]));
    expect(quote).to.deep.equal({ kind: "refused", fault: "ends-elsewhere", detail: `a path buys ${STRANGER}` });
    expect(await fault(answering([[{ ...hop, amountIn: "1500001" }]]))).to.equal("other-amount");
    expect(await fault(answering([[{ ...hop, amountIn: "1500000000000000000" }]]))).to.equal("decimals");
    expect(await fault(answering([]))).to.equal("no-route");
  });

  it("refuses another shape: numbers for amounts, negative and endless ones, no list, nothing", async () => {
    for (const change of [
      { amountIn: 1_500_000 },
      { amountIn: "-1" },
      { amountIn: "1.5" },
      { amountOutMin: "9".repeat(40) },
      { swapType: -1 },
      { swapType: 1.5 },
      { fee: 2 ** 24 },
      { tokenIn: "0x0" },
    ])
      expect(await fault(answering([[{ ...hop, ...change }]])), JSON.stringify(change)).to.equal("shape");
    expect(await fault(answering(undefined))).to.equal("shape");
    expect(await fault(answering("no route"))).to.equal("shape");
    expect(await fault(answering(Array.from({ length: 33 }, () => [hop])))).to.equal("shape");
    expect(await fault(sending("null"))).to.equal("shape");
  });

  it("pitfall 7: refuses a rate limit, HTML, a server that fails, a redirection and what is too long", async () => {
    const refusals = [
      [sending("slow down", 429), "unreachable", "it answers 429"],
      [sending("<!doctype html>", 200), "not-json", "it begins with <!doctype html>"],
      [sending("{}", 502), "unreachable", "it answers 502"],
      [sending("", 302, { location: "http://127.0.0.1:1/route" }), "unreachable", "it answers 302"],
      [sending(`"${"x".repeat(70_000)}"`), "too-long", "more than 65536 bytes"],
    ] as const;
    for (const [next, wrong, detail] of refusals)
      expect(await ask(next)).to.deep.equal({ kind: "refused", fault: wrong, detail });
  });

  it("refuses an answer that does not come in time, or not to its end", async () => {
    expect(await fault(() => undefined, { timeoutMs: 50 })).to.equal("late");
    const half: Answer = (_request, response) => void response.writeHead(200).write('{"data":[');
    expect(await fault(half, { timeoutMs: 50 })).to.equal("late");
  });

  it("goes on with the other orders of a round when one is refused [NX-SYM-03]", async () => {
    const quotes: string[] = [];
    for (const next of [sending("<html>"), answering([[hop]]), sending("{}", 429), answering([[hop]])])
      quotes.push((await ask(next)).kind);
    expect(quotes).to.deep.equal(["refused", "quoted", "refused", "quoted"]);
  });
});

describe("an aggregator in the address book", () => {
  const withEntry = (change: Partial<BookAggregator>) => {
    const { environment, ...book } = bookAt("http://127.0.0.1:1");
    const aggregators = (environment.aggregators ?? []).map((entry) => ({ ...entry, ...change }));
    return () => parseAddressBook({ ...book, environment: { ...environment, aggregators } });
  };

  it("is refused with the router of an exchange, an exchange that is none, or an endpoint that is none", () => {
    expect(withEntry({})).not.to.throw();
    const router = getAddress(account(0x51));
    expect(withEntry({ router })).to.throw(
      `environment.aggregators.0.router: stands for something else too: ${router}`,
    );
    expect(withEntry({ exchanges: [{ number: 1, dex: "V9" }] })).to.throw("names no entry of dexes: V9");
    expect(withEntry({ api: "file:///etc/passwd" })).to.throw("environment.aggregators.0.api");
  });
});
