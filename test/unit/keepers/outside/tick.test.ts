import { expect } from "chai";
import { keccak256, toUtf8Bytes } from "ethers";
import type { MindAnswer } from "../../../../keepers/agents/outside/answer.ts";
import type { Arrived, OutsidePorts } from "../../../../keepers/agents/outside/ports.ts";
import { type Outsider, emptyOutsideMemory, tick } from "../../../../keepers/agents/outside/tick.ts";
import { replayLogged } from "../../../../keepers/backtest/replayLogged.ts";
import { createAsker } from "../../../../keepers/adapters/outside/asker.ts";
import type { TallyView } from "../../../../keepers/core/ballot.ts";
import type { BallotMessage, SlowProposalMessage } from "../../../../keepers/core/bus.ts";
import type { ChainSnapshot } from "../../../../keepers/core/chainSnapshot.ts";
import type { KeeperEvent } from "../../../../keepers/core/events.ts";
import { hex } from "../../../../keepers/core/hex.ts";
import type { Refusal } from "../../../../keepers/core/refusal.ts";
import { blockNumber, seconds, unixSeconds } from "../../../../keepers/core/units.ts";
import {
  TREASURY,
  USDC,
  WAD,
  account,
  callProofFor,
  chainSnapshot,
  hashOf,
  signerRecord,
} from "../../../support/keeperBuilders.ts";
import { SLOW_POLICY, tallyView } from "../../../support/slowBuilders.ts";
import { POOL, hostileTexts } from "./hostile.ts";

const { signer } = signerRecord(5);
const BUY: MindAnswer = {
  kind: "answered",
  text: JSON.stringify({
    kind: "trade",
    pool: POOL.address,
    tokenIn: USDC,
    amountIn: "900000000",
    minOut: String(2_970n * WAD),
  }),
};
const REST: MindAnswer = { kind: "answered", text: '{"kind":"rest"}' };

/** An agent with a mind that answers when the test says so, and a chain of a block a second. */
const world = (changes: Partial<OutsidePorts> = {}) => {
  const told = {
    asked: new Array<string>(),
    published: new Array<SlowProposalMessage>(),
    ballots: new Array<BallotMessage>(),
    records: new Array<readonly [string, string]>(),
    events: new Array<KeeperEvent>(),
  };
  let [block, read]: [bigint, Partial<ChainSnapshot>] = [100n, {}];
  let [waiting, tally]: [Arrived | undefined, TallyView] = [undefined, tallyView()];
  let refusal: Refusal = "None";
  const ports: OutsidePorts = {
    head: () => ({ block: blockNumber(block), seenAtMs: 7 }),
    readSnapshot: (at) => {
      const view = chainSnapshot({ block: at, time: unixSeconds(900n + at), ...read });
      return Promise.resolve({ view, pools: [POOL] });
    },
    ask: (question) => told.asked.push(question),
    takeAnswer: () => {
      const taken = waiting;
      waiting = undefined;
      return taken;
    },
    readTally: () => Promise.resolve({ tally, policy: SLOW_POLICY }),
    classify: () => Promise.resolve({ refusal, riskClass: 1 }),
    callOf: () => ({ call: { target: account(9), data: "0x" }, callProof: callProofFor("v2", USDC) }),
    hashProposal: hashOf,
    hashBallot: (hash) => hash,
    hashText: (text) => hex(keccak256(toUtf8Bytes(text))),
    sign: () => "0x",
    publishProposal: (message) => told.published.push(message),
    publishBallot: (ballot) => told.ballots.push(ballot),
    keepDecision: (evidence, record) => told.records.push([evidence, record]),
    symbolOf: (token) => token,
    emit: (event) => told.events.push(event),
    ...changes,
  };
  const config = {
    name: "mine",
    agentId: 5n,
    signer,
    treasury: TREASURY,
    policy: { base: USDC, maxTradeUsd: 5_000n * WAD, slippageBps: 200n, lifetime: seconds(600n) },
    everyBlocks: 5n,
    rest: seconds(100n),
  };
  const agent: Outsider = { ports, memory: emptyOutsideMemory(), config };
  const troubles = () => told.events.flatMap((event) => (event.kind === "trouble" ? [event.what] : []));
  const whys = () => told.events.flatMap((event) => (event.kind === "decision" ? [event.why] : []));
  const round = async (answer?: MindAnswer, forward = 1n): Promise<void> => {
    block += forward;
    if (answer !== undefined) waiting = { answer, tookMs: 12 };
    await tick(agent);
  };
  return {
    ...told,
    round,
    troubles,
    whys,
    see: (changes_: Partial<ChainSnapshot>) => (read = changes_),
    stand: (changes_: Partial<TallyView>) => (tally = tallyView(changes_)),
    refuse: (why: Refusal) => (refusal = why),
    hashText: ports.hashText,
  };
};

describe("An agent with an outside mind, round by round", () => {
  it("asks once, waits for nobody, and proposes with its own vote and a record that is decided again [NX-OUT-01]", async () => {
    const it_ = world();
    await it_.round();
    expect([it_.asked.length, it_.events.length]).to.deep.equal([1, 0]);
    for (let i = 0; i < 20; i += 1) await it_.round();
    expect(it_.asked).to.have.length(1);
    await it_.round(BUY, 0n);
    const [message] = it_.published;
    const [[evidence, record] = ["", ""]] = it_.records;
    expect(message?.proposal).to.deep.include({
      agentId: 5n,
      nonce: 11n,
      maxLoss: message?.proposal.maxLoss,
      evidence,
    });
    // Judged on what was asked about, not on what came later.
    expect([message?.block, message?.proposal.deadline, message?.riskClass]).to.deep.equal([101n, 1_601n, 1]);
    expect(it_.ballots).to.deep.include({
      hash: message?.hash,
      signer,
      support: 1,
      signature: "0x",
      reason: "",
      detail: "",
    });
    expect(replayLogged(evidence, record, it_.hashText)).to.deep.equal({ kind: "same" });
    expect(it_.events.find(({ kind }) => kind === "decision")).to.deep.include({
      block: 101n,
      why: undefined,
      tookMs: 12,
    });
    expect(it_.asked).to.have.length(1);
  });

  it("asks again only once its proposal is over and its rest too", async () => {
    const it_ = world();
    await it_.round();
    await it_.round(BUY);
    it_.stand({ state: "Queued" });
    for (let i = 0; i < 40; i += 1) await it_.round(undefined, 5n);
    expect(it_.asked).to.have.length(1);
    it_.stand({ state: "Executed" });
    await it_.round(undefined, 5n);
    expect(it_.asked).to.have.length(2);
    await it_.round(BUY);
    it_.stand({ state: "Vetoed" });
    for (let i = 0; i < 19; i += 1) await it_.round(undefined, 5n);
    expect(it_.asked, "rests for 100 s").to.have.length(2);
    await it_.round(undefined, 10n);
    expect(it_.asked).to.have.length(3);
  });

  it("gives a proposal up that nobody brings to the chain, and one whose deadline passed", async () => {
    const it_ = world();
    await it_.round();
    await it_.round(BUY);
    await it_.round(undefined, 24n);
    expect(it_.asked).to.have.length(1);
    await it_.round(undefined, 100n);
    expect(it_.asked).to.have.length(2);
    await it_.round(BUY);
    it_.stand({ state: "Queued" });
    await it_.round(undefined, 500n);
    expect(it_.asked).to.have.length(2);
    await it_.round(undefined, 101n);
    expect(it_.asked).to.have.length(3);
  });

  it("says once why nothing comes of answers, and keeps what was refused but not silence", async () => {
    const it_ = world();
    const lie: MindAnswer = { kind: "answered", text: "trust me" };
    for (const answer of [
      lie,
      lie,
      { kind: "silent", why: "late" },
      { kind: "silent", why: "late" },
      REST,
      lie,
    ] as const) {
      await it_.round(undefined, 5n);
      await it_.round(answer, 0n);
    }
    expect(it_.troubles()).to.deep.equal([
      "nothing comes of the mind's answer: mind-unreadable (no JSON object: trust me)",
      "nothing comes of the mind's answer: mind-silent (late)",
      "nothing comes of the mind's answer: mind-unreadable (no JSON object: trust me)",
    ]);
    const unread = ["mind-unreadable", "mind-unreadable"];
    expect(it_.whys()).to.deep.equal([...unread, "mind-silent", "mind-silent", "mind-rests", "mind-unreadable"]);
    expect(it_.records).to.have.length(3);
    expect(it_.published).to.deep.equal([]);
  });

  it("proposes nothing without a seat, a permission or a class that it may propose", async () => {
    const seatless = world();
    seatless.see({ signerRecords: [signerRecord(5, { status: "Paused" })] });
    await seatless.round();
    await seatless.round(BUY);
    const lost = world({ callOf: () => undefined });
    await lost.round();
    await lost.round(BUY);
    const dear = world({ classify: () => Promise.resolve({ refusal: "None", riskClass: 2 }) });
    await dear.round();
    await dear.round(BUY);
    const tooMuch = world();
    tooMuch.refuse("OverDailyLimit");
    await tooMuch.round();
    await tooMuch.round(BUY);
    const worlds = [seatless, lost, dear, tooMuch];
    expect(worlds.map(({ whys }) => whys()[0])).to.deep.equal([
      "no-signer-record",
      "not-in-mandate",
      "needs-co-signer",
      "OverDailyLimit",
    ]);
    for (const { published, ballots } of worlds) expect([published, ballots]).to.deep.equal([[], []]);
  });

  it("takes no answer that it did not ask for", async () => {
    const it_ = world({ head: () => undefined });
    await it_.round(BUY);
    expect(it_.events).to.deep.equal([]);
    const other = world();
    await other.round(BUY);
    expect([other.published, other.asked.length]).to.deep.equal([[], 1]);
  });

  it("has at most one proposal under way, and never a loss beyond the rules, with a mind that lies a thousand times [NX-OUT-02]", async () => {
    const it_ = world();
    for (const text of hostileTexts(1_000)) {
      for (const answer of [{ kind: "answered", text }, BUY] as const) {
        await it_.round(undefined, 5n);
        await it_.round(answer, 0n);
      }
    }
    // Ten thousand seconds, and a rest of a hundred after each proposal, however eager the mind is.
    expect(it_.published.length).to.be.within(80, 100);
    for (const { proposal } of it_.published) {
      expect(proposal.maxLoss <= 250n * WAD).to.equal(true);
      expect([proposal.calls.length, proposal.agentId, proposal.submitter]).to.deep.equal([1, 5n, account(0)]);
    }
    expect(it_.ballots).to.have.length(it_.published.length);
  });
});

describe("Who asks a mind behind an agent's back", () => {
  it("asks one question at a time, wakes the agent, and lets go when it closes [NX-OUT-02]", async () => {
    const open = new Array<{ question: string; answer: (answer: MindAnswer) => void; signal: AbortSignal }>();
    let [now, woken] = [0, 0];
    const asker = createAsker(
      (question, signal) => {
        const { promise, resolve } = Promise.withResolvers<MindAnswer>();
        open.push({ question, answer: resolve, signal });
        return promise;
      },
      () => now,
      () => (woken += 1),
    );
    asker.ask("one");
    asker.ask("two");
    expect(open.map(({ question }) => question)).to.deep.equal(["one"]);
    expect(asker.takeAnswer()).to.equal(undefined);
    now = 30;
    open[0]?.answer(REST);
    await Promise.resolve();
    await Promise.resolve();
    expect(woken).to.equal(1);
    expect(asker.takeAnswer()).to.deep.equal({ answer: REST, tookMs: 30 });
    expect(asker.takeAnswer()).to.equal(undefined);
    asker.ask("three");
    const closing = asker.close();
    expect(open[1]?.signal.aborted).to.equal(true);
    open[1]?.answer(REST);
    await closing;
    asker.ask("four");
    expect(open).to.have.length(2);
  });
});
