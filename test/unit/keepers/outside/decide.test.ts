import { expect } from "chai";
import fc from "fast-check";
import { type MindAnswer, readWish } from "../../../../keepers/agents/outside/answer.ts";
import { mindFault, settings } from "../../../../keepers/agents/outside/config.ts";
import { type OutsideDecision, type OutsideTrade, decide } from "../../../../keepers/agents/outside/decide.ts";
import { conditionsOf, reasonOf } from "../../../../keepers/agents/outside/plan.ts";
import { questionOf } from "../../../../keepers/agents/outside/question.ts";
import { entryOf, outsideAgain } from "../../../../keepers/agents/outside/recorded.ts";
import { type OutsidePolicy, seenOf } from "../../../../keepers/agents/outside/seen.ts";
import { type ChainSnapshot, valueAt } from "../../../../keepers/core/chainSnapshot.ts";
import { firstInvalid } from "../../../../keepers/core/conditionRule.ts";
import { hex } from "../../../../keepers/core/hex.ts";
import { CONDITION_KIND } from "../../../../keepers/core/proposal.ts";
import { seconds } from "../../../../keepers/core/units.ts";
import { replayLogged } from "../../../../keepers/backtest/replayLogged.ts";
import {
  keccak,
  TREASURY,
  USDC,
  WAD,
  WSEI,
  account,
  chainSnapshot,
  tokenState,
} from "../../../support/keeperBuilders.ts";
import { POOL, hostileTexts } from "./hostile.ts";

const POLICY: OutsidePolicy = { base: USDC, maxTradeUsd: 5_000n * WAD, slippageBps: 200n, lifetime: seconds(600n) };
const answered = (value: unknown): MindAnswer => ({
  kind: "answered",
  text: typeof value === "string" ? value : JSON.stringify(value),
});
/** 900 dollars for WSEI at 0.30, at 1 % below the middle. */
const BUY = {
  kind: "trade",
  pool: POOL.address,
  tokenIn: USDC,
  amountIn: "900000000",
  minOut: String(2_970n * WAD),
  why: "it is cheap",
};
const SELL = { ...BUY, tokenIn: WSEI, amountIn: String(3_000n * WAD), minOut: "891000000", why: undefined };
const on = (answer: MindAnswer, view: ChainSnapshot = chainSnapshot(), policy = POLICY): OutsideDecision =>
  decide(seenOf(view, [POOL]), answer, policy);
const tradeOf = (wish: unknown, view?: ChainSnapshot): OutsideTrade => {
  const decision = on(answered(wish), view);
  if (decision.kind !== "trade") throw new Error(JSON.stringify(decision));
  return decision.trade;
};
const whyNot = (wish: unknown, view?: ChainSnapshot): string => {
  const decision = on(answered(wish), view);
  return decision.kind === "refused" ? decision.why : decision.kind;
};

describe("What is made of an outside mind's answer", () => {
  it("is the trade that it asked for, with loss, deadline and bounds that are ours to say [NX-OUT-01]", () => {
    const buy = tradeOf(BUY);
    expect([buy.tokenOut, buy.deadline, buy.why]).to.deep.equal([WSEI, 1_600n, "it is cheap"]);
    // Paid at the upper price, got at the lower one.
    expect(buy.maxLoss).to.equal(909n * WAD - (2_970n * 297n * WAD) / 1_000n);
    const before = valueAt(tokenState(WSEI), 1_000_000n * WAD, (303n * WAD) / 1_000n);
    expect([buy.ceilingUsd, buy.floor]).to.deep.equal([before + (909n * WAD * 3n) / 2n, 998_650n * 10n ** 6n]);
    const sell = tradeOf(SELL);
    expect([sell.tokenOut, sell.ceilingUsd, sell.floor]).to.deep.equal([USDC, undefined, 995_500n * WAD]);
  });

  it("is rest, silence or a refusal with its reason for everything else", () => {
    expect(whyNot({ kind: "rest", mood: "calm" })).to.equal("rest");
    expect(on({ kind: "silent", why: "it\u001b[2J sleeps" })).to.deep.equal({
      kind: "refused",
      why: "mind-silent",
      detail: "it\\u{1b}[2J sleeps",
    });
    for (const broken of ["", "{", "null", "[]", "7", '"trade"', {}, { kind: "buy" }])
      expect(whyNot(broken), JSON.stringify(broken)).to.equal("mind-unreadable");
    for (const change of [
      { pool: undefined },
      { pool: "0x12" },
      { tokenIn: 7 },
      { amountIn: 900_000_000 },
      { amountIn: "0" },
      { amountIn: "-5" },
      { amountIn: "9".repeat(39) },
      { minOut: "1e9" },
      { minOut: undefined },
      { why: ["x"] },
      { maxLoss: "1" },
      { recipient: account(66) },
    ])
      expect(whyNot({ ...BUY, ...change }), JSON.stringify(change)).to.equal("mind-unreadable");
  });

  it("is refused where pool, token, amount or price is not as it must be", () => {
    expect(whyNot({ ...BUY, pool: account(0x7009) })).to.equal("unknown-pool");
    expect(whyNot({ ...BUY, tokenIn: account(0x1009) })).to.equal("not-in-pool");
    expect(whyNot(BUY, chainSnapshot({ tokens: [tokenState(USDC)] }))).to.equal("not-in-pool");
    const poor = chainSnapshot({ tokens: [tokenState(USDC, { balance: 899_999_999n }), tokenState(WSEI)] });
    expect(whyNot(BUY, poor)).to.equal("more-than-held");
    // 4,950 dollars at the middle are 4,999.5 at the upper price; a little more is too much.
    expect(whyNot({ ...BUY, amountIn: "4950000000", minOut: String(16_500n * WAD) })).to.equal("trade");
    expect(whyNot({ ...BUY, amountIn: "4951000000", minOut: String(16_500n * WAD) })).to.equal("trade-too-large");
    // 3,000 WSEI are fair; 2 % less is the least.
    expect(whyNot({ ...BUY, minOut: String(2_940n * WAD) })).to.equal("trade");
    expect(whyNot({ ...BUY, minOut: String(2_940n * WAD - 1n) })).to.equal("price-off-oracle");
  });

  it("is refused while the breaker or an oracle says stop", () => {
    const tokens = (changes: object) => chainSnapshot({ tokens: [tokenState(USDC), tokenState(WSEI, changes)] });
    expect(whyNot(BUY, chainSnapshot({ everything: "ReduceOnly" }))).to.equal("breaker-tripped");
    expect(whyNot(BUY, tokens({ level: "Halted" }))).to.equal("breaker-tripped");
    expect(whyNot(SELL, tokens({ level: "ReduceOnly" }))).to.equal("breaker-tripped");
    expect(whyNot(BUY, tokens({ status: "SourcesDisagree" }))).to.equal("oracle-not-ready");
    expect(whyNot(BUY, tokens({ price: { lower: 0n, middle: 0n, upper: 0n } }))).to.equal("price-off-oracle");
  });

  it("promises voters only what they can check: two tokens move, by no more and no less than asked for", () => {
    const [buy, sell] = [conditionsOf(tradeOf(BUY), TREASURY), conditionsOf(tradeOf(SELL), TREASURY)];
    for (const conditions of [buy, sell]) {
      expect(firstInvalid(conditions)).to.equal(undefined);
      expect(conditions.filter(({ kind }) => kind === CONDITION_KIND.onlyMoves).map(({ subject }) => subject))
        .to.include(USDC)
        .and.include(WSEI);
    }
    const amounts = (conditions: typeof buy) => conditions.slice(2).map(({ kind, amount }) => [kind, amount]);
    expect(amounts(buy)).to.deep.equal([
      [CONDITION_KIND.balanceDecreasesAtMost, 900_000_000n],
      [CONDITION_KIND.balanceIncreasesAtLeast, 2_970n * WAD],
      [CONDITION_KIND.positionAtMost, tradeOf(BUY).ceilingUsd],
      [CONDITION_KIND.balanceAtLeast, 998_650n * 10n ** 6n],
    ]);
    expect(amounts(sell).map(([kind]) => kind)).to.not.include(CONDITION_KIND.positionAtMost);
    const all = { ...BUY, amountIn: "4000000000", minOut: String(13_300n * WAD) };
    for (const balance of [4_000_000_000n, 5_000_000_000n, 6_000_000_000n]) {
      const view = chainSnapshot({ tokens: [tokenState(USDC, { balance }), tokenState(WSEI)] });
      const kinds = conditionsOf(tradeOf(all, view), TREASURY).map(({ kind }) => kind);
      expect(kinds, String(balance)).to.not.include(CONDITION_KIND.balanceAtLeast);
    }
  });

  it("tells a mind's words as such, cut and harmless", () => {
    const loud = { ...BUY, why: `vote for this\u202e\n${"x".repeat(500)}` };
    const words = reasonOf(tradeOf(loud), (token) => (token === USDC ? "USDC" : "WSEI"));
    expect(words).to.match(/^an outside mind asks to trade USDC for WSEI; it says: “vote for this\\u\{202e\} x+”$/);
    expect(words.length).to.be.lessThan(350);
    expect(reasonOf(tradeOf(SELL), (token) => token)).to.equal(`an outside mind asks to trade ${WSEI} for ${USDC}`);
  });

  it("never is more than the rules allow, whatever a thousand hostile answers say [NX-OUT-02]", () => {
    const seen = seenOf(chainSnapshot(), [POOL]);
    const texts = hostileTexts(1_000);
    const kinds = new Map<string, number>();
    for (const text of texts) {
      const decision = decide(seen, { kind: "answered", text }, POLICY);
      const kind = decision.kind === "refused" ? decision.why : decision.kind;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      if (decision.kind !== "trade") continue;
      const { trade } = decision;
      expect(
        valueAt(tokenState(trade.tokenIn), trade.amountIn, tokenState(trade.tokenIn).price.upper) <= POLICY.maxTradeUsd,
      ).to.equal(true);
      expect(new Set([trade.tokenIn, trade.tokenOut])).to.deep.equal(new Set([USDC, WSEI]));
      expect(trade.maxLoss <= (POLICY.maxTradeUsd * 5n) / 100n, text).to.equal(true);
      expect(trade.deadline).to.equal(1_600n);
    }
    // The answers reach each rule, and those that stay within them are trades.
    expect([...kinds.keys()]).to.include.members([
      "trade",
      "rest",
      "mind-unreadable",
      "unknown-pool",
      "not-in-pool",
      "more-than-held",
      "trade-too-large",
      "price-off-oracle",
    ]);
  });

  it("reads any text without a throw", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(readWish(text).kind).to.be.oneOf(["rest", "unreadable"]);
      }),
    );
  });
});

describe("What an outside mind is asked", () => {
  const seen = seenOf(chainSnapshot(), [POOL]);
  const symbolOf = (token: string) => (token === USDC ? "USDC" : "WSEI");

  it("is one line of JSON with amounts in quotes, and nothing of keys, votes or agents [NX-OUT-03]", () => {
    const text = questionOf(seen, POLICY, symbolOf);
    expect(text).to.not.include("\n");
    const question: unknown = JSON.parse(text);
    expect(question).to.have.all.keys("version", "block", "time", "base", "limits", "everything", "tokens", "pools");
    expect(question).to.deep.include({ version: 1, block: "100", time: "1000", base: USDC, everything: "Normal" });
    expect(question).to.have.nested.property("tokens[1].symbol", "WSEI");
    expect(question).to.have.nested.property("tokens[1].remaining", String(100_000n * WAD));
    expect(question).to.have.nested.property("pools[0].reserve1", String(POOL.reserve1));
    for (const { signer } of chainSnapshot().signerRecords) expect(text).to.not.include(signer.slice(2));
    expect(text).to.not.match(/signer|nonce|vote|key"/i);
  });
});

describe("A record of what a mind answered", () => {
  const hashText = (text: string) => keccak(hex(`0x${Buffer.from(text).toString("hex")}`));

  it("is decided again from the recorded answer, and shows what was changed in it [NX-OUT-01]", () => {
    const seen = seenOf(chainSnapshot(), [POOL]);
    for (const answer of [
      answered(BUY),
      answered("5n"),
      answered({ ...BUY, amountIn: "9" }),
      { kind: "silent", why: "~" },
    ] as const) {
      const record = entryOf({ seen, answer, policy: POLICY }, decide(seen, answer, POLICY));
      expect(replayLogged(hashText(record), record, hashText)).to.deep.equal({ kind: "same" });
    }
    const record = entryOf({ seen, answer: answered(BUY), policy: POLICY }, on(answered(BUY)));
    const lie = record.replace('\\"amountIn\\":\\"900000000\\"', '\\"amountIn\\":\\"900000001\\"');
    expect(lie).to.not.equal(record);
    const verdict = replayLogged(hashText(lie), lie, hashText);
    expect(verdict.kind === "differs" ? verdict.difference.path : verdict.kind).to.equal("trade.amountIn");
    expect(() => outsideAgain({})).to.throw(TypeError);
  });
});

describe("The settings of an agent with an outside mind", () => {
  it("take a program by its whole path or an https endpoint, not both, and hide the token", () => {
    const ok = (value: unknown) => settings.safeParse(value).success;
    expect([ok({}), ok({ program: '["/bin/sh","mind.sh"]' }), ok({ url: "https://mind.example/ask" })]).to.deep.equal([
      true,
      true,
      true,
    ]);
    expect([
      ok({ program: ["sh"] }),
      ok({ program: [] }),
      ok({ url: "http://mind.example" }),
      ok({ url: "https://" }),
    ]).to.deep.equal([false, false, false, false]);
    const [program, url] = [["/bin/sh"], "https://mind.example"];
    expect([mindFault({ program, url: undefined }), mindFault({ program: undefined, url })]).to.deep.equal([
      undefined,
      undefined,
    ]);
    expect(mindFault({ program: undefined, url: undefined })).to.match(/no mind to ask/);
    expect(mindFault({ program, url })).to.match(/both set/);
    expect([ok({ timeoutMs: 60_001 }), ok({ maxAnswerBytes: 65_537 }), ok({ everyBlocks: 0 })]).to.deep.equal([
      false,
      false,
      false,
    ]);
    expect([ok({ privateAddresses: "127.0.0.1,::1" }), ok({ privateAddresses: "localhost" })]).to.deep.equal([
      true,
      false,
    ]);
    expect(String(settings.parse({ token: "hush" }).token)).to.equal("[secret]");
  });
});
