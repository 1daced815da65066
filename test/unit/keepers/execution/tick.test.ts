import { expect } from "chai";
import { blockNumber } from "../../../../keepers/core/units.ts";
import type { ExecutionConfig } from "../../../../keepers/agents/execution/ports.ts";
import { createEngine, resume, tick } from "../../../../keepers/agents/execution/tick.ts";
import { inFlight } from "../../../../keepers/sending/send.ts";
import { SEND_POLICY, createFakeChain, createFakeEngine, nothingYet } from "../../../support/fakeExecution.ts";
import {
  CONSENSUS,
  account,
  fakeSignature,
  honestProposal,
  messageOf,
  signerRecord,
} from "../../../support/keeperBuilders.ts";

const FIRST = messageOf();
const SECOND = messageOf(honestProposal({ nonce: 12n }));

const start = (config: ExecutionConfig = SEND_POLICY) => {
  const chain = createFakeChain([FIRST, SECOND]);
  const remains = nothingYet();
  const fake = createFakeEngine(chain, remains);
  const engine = createEngine(fake.ports, config);
  return { chain, remains, engine, ...fake };
};

const kinds = (events: readonly { readonly kind: string }[]): readonly string[] => events.map(({ kind }) => kind);

describe("A round of the execution engine", () => {
  it("sends what the votes carry, and tells the outcome with its latency", async () => {
    const { chain, engine, deliver, results, events } = start();
    deliver(FIRST);
    await tick(engine);
    chain.mine();
    await tick(engine);
    expect(results).to.have.length(1);
    expect(results[0]).to.deep.include({ hash: FIRST.hash, block: 101n, latencyBlocks: 1 });
    expect(results[0]?.result.kind).to.equal("enacted");
    expect(kinds(events)).to.deep.equal(["sent", "result"]);
  });

  it("sends as soon as the last vote that is needed comes in, without a new head", async () => {
    const { engine, deliver, votes, remains } = start();
    deliver(FIRST, 2);
    await tick(engine);
    expect(remains.sent).to.have.length(0);
    votes.put({ hash: FIRST.hash, signer: signerRecord(3).signer, signature: fakeSignature(signerRecord(3).signer) });
    await tick(engine);
    expect(remains.sent).to.have.length(1);
  });

  it("keeps votes that come before their proposal", async () => {
    const { engine, deliver, proposals, remains } = start();
    deliver(SECOND);
    proposals.inbox.take();
    await tick(engine);
    proposals.put(SECOND);
    await tick(engine);
    expect(remains.sent).to.have.length(1);
  });

  it("counts no vote that its signer did not sign, and no proposal under a wrong digest", async () => {
    const { engine, proposals, votes, remains } = start();
    const forged = [1, 2, 3].map((n) => ({
      hash: FIRST.hash,
      signer: signerRecord(n).signer,
      signature: fakeSignature(account(n)),
    }));
    proposals.put(FIRST, { ...FIRST, hash: "0x01" });
    votes.put(...forged);
    await tick(engine);
    expect(remains.sent).to.have.length(0);
    expect(engine.memory.candidates.size).to.equal(1);
  });

  it("signs nothing new while one is unresolved, and the next one after it", async () => {
    const { chain, engine, deliver, remains } = start();
    deliver(FIRST);
    await tick(engine);
    deliver(SECOND);
    await tick(engine);
    chain.mine(false);
    await tick(engine);
    expect(new Set(remains.sent.map(({ proposal }) => proposal))).to.deep.equal(new Set([FIRST.hash]));
    chain.mine();
    await tick(engine);
    expect(remains.sent.at(-1)?.proposal).to.equal(SECOND.hash);
  });

  it("sends the same bytes again when they were dropped", async () => {
    const { chain, engine, deliver, remains } = start();
    deliver(FIRST);
    await tick(engine);
    chain.forget();
    for (let i = 0; i < 2; i += 1) {
      chain.mine();
      await tick(engine);
    }
    expect(remains.sent).to.have.length(2);
    expect(remains.sent[0]?.raw).to.equal(remains.sent[1]?.raw);
    chain.mine();
    await tick(engine);
    expect(chain.enacted).to.deep.equal([FIRST.hash]);
  });

  it("loses nothing when the answer to the sending is lost", async () => {
    const { chain, engine, deliver, simulation, results, events } = start();
    deliver(FIRST);
    simulation.replyLost = true;
    await tick(engine);
    expect(events.map((event) => (event.kind === "trouble" ? event.what : event.kind))).to.deep.equal([
      `sending ${FIRST.hash}: the reply was lost`,
    ]);
    chain.mine();
    await tick(engine);
    expect(results[0]?.result.kind).to.equal("enacted");
  });

  it("gives up what was never mined, and pays more for what follows it with the same nonce", async () => {
    const { chain, engine, deliver, results } = start();
    deliver(FIRST);
    await tick(engine);
    const [before] = inFlight(engine.pipeline);
    for (let i = 0; i < 14; i += 1) {
      chain.mine(false);
      await tick(engine);
    }
    expect(results.map(({ result }) => result.kind)).to.deep.equal(["expired"]);
    const block = blockNumber(chain.block());
    const deadline = honestProposal({ nonce: 12n, deadline: chain.view().time });
    deliver(messageOf(deadline, { block }));
    await tick(engine);
    const [after] = inFlight(engine.pipeline);
    expect(after?.accountNonce).to.equal(before?.accountNonce);
    expect(Number(after?.gasPrice)).to.be.at.least(Number(before?.gasPrice) * 1.12);
  });

  it("gives up when something else used the account's nonce", async () => {
    const { chain, engine, deliver, results } = start();
    deliver(FIRST);
    await tick(engine);
    chain.useNonce();
    for (let i = 0; i < 12; i += 1) {
      chain.mine(false);
      await tick(engine);
    }
    expect(results.map(({ result }) => result)).to.deep.equal([
      { kind: "expired", why: "another transaction used the account's nonce" },
    ]);
  });

  it("puts a proposal aside whose dry run reverts, with the chain's reason", async () => {
    const { engine, deliver, simulation, events, remains } = start();
    const error = { name: "ActionRefused", text: "ActionRefused: BreakerHalted", refusal: "BreakerHalted" } as const;
    simulation.next = { kind: "reverted", block: blockNumber(100n), error };
    deliver(FIRST);
    await tick(engine);
    simulation.next = undefined;
    deliver(FIRST);
    await tick(engine);
    expect(remains.sent).to.have.length(0);
    expect(events.map((event) => (event.kind === "refusal" ? event.message.reason : event.kind))).to.deep.equal([
      "BreakerHalted",
    ]);
  });

  it("sends nothing in a dry run, what an earlier life signed included [NX-KEE-05]", async () => {
    const { chain, engine, deliver, remains, events } = start({ ...SEND_POLICY, dryRun: true });
    deliver(FIRST);
    await tick(engine);
    expect([remains.sent.length, remains.disk.lines.length]).to.deep.equal([0, 0]);
    expect(events.map((event) => (event.kind === "refusal" ? event.message.reason : event.kind))).to.deep.equal([
      "dry-run",
    ]);

    const live = createFakeEngine(chain, remains);
    live.deliver(FIRST);
    await tick(createEngine(live.ports, SEND_POLICY));
    chain.forget();
    const sentBefore = remains.sent.length;
    const { ports } = createFakeEngine(chain, remains);
    const second = createEngine(ports, { ...SEND_POLICY, dryRun: true });
    await resume(second);
    for (let i = 0; i < 20; i += 1) {
      chain.mine();
      await tick(second);
    }
    expect(remains.sent).to.have.length(sentBefore);
  });

  it("does not pay more than it may", async () => {
    const { engine, deliver, remains, events } = start({ ...SEND_POLICY, maxGasPrice: 99n });
    deliver(FIRST);
    await tick(engine);
    expect(remains.sent).to.have.length(0);
    expect(events.map((event) => (event.kind === "refusal" ? event.message.reason : event.kind))).to.deep.equal([
      "gas-too-dear",
    ]);
  });

  it("waits for its first head", async () => {
    const { engine, deliver, remains } = start();
    deliver(FIRST);
    await tick({ ...engine, ports: { ...engine.ports, head: () => undefined } });
    expect(remains.sent).to.have.length(0);
    await tick(engine);
    expect(remains.sent).to.have.length(1);
  });

  it("sends a proposal to Consensus itself where the recorder refuses it, and says that it leaves no record", async () => {
    const RECORDER = account(0x6009);
    const { chain, engine, deliver, simulation, signed, events, results } = start();
    const error = { name: "RecorderNotApproved", text: "RecorderNotApproved()" } as const;
    simulation.next = { kind: "reverted", block: blockNumber(100n), error };
    simulation.refuses = ({ target }) => target === RECORDER;
    const { encode } = engine.ports;
    const bothWays = createEngine(
      {
        ...engine.ports,
        encode: (...args) =>
          [RECORDER, CONSENSUS].flatMap((target) => encode(...args).map((call) => ({ ...call, target }))),
      },
      SEND_POLICY,
    );
    deliver(FIRST);
    await tick(bothWays);
    chain.mine();
    await tick(bothWays);
    expect(signed).to.deep.equal([CONSENSUS]);
    expect([chain.enacted, results.map(({ result }) => result.kind)]).to.deep.equal([[FIRST.hash], ["enacted"]]);
    expect(events.flatMap((event) => (event.kind === "trouble" ? [event.what] : []))).to.deep.equal([
      `${FIRST.hash} is enacted without a record: the recorder refuses it (RecorderNotApproved)`,
    ]);
    // What Consensus refuses as well is put aside with its own reason, and the recorder is asked first.
    const other = start();
    other.simulation.next = { kind: "reverted", block: blockNumber(100n), error };
    const tried: string[] = [];
    other.simulation.refuses = ({ target }) => tried.push(target) > 0;
    other.deliver(FIRST);
    await tick(createEngine({ ...bothWays.ports, ...other.ports, encode: bothWays.ports.encode }, SEND_POLICY));
    expect([tried, other.remains.sent]).to.deep.equal([[RECORDER, CONSENSUS], []]);
    expect(kinds(other.events)).to.deep.equal(["refusal"]);
  });

  it("enacts behind an update of prices what lacks a price, and pays for it once [NX-MON-05]", async () => {
    const MULTICALL = account(0x3333);
    const { chain, engine, deliver, simulation, signed, events, results } = start();
    const error = { name: "PriceUnavailable", text: "PriceUnavailable(asset: 0x…)" } as const;
    simulation.next = { kind: "reverted", block: blockNumber(100n), error };
    simulation.refuses = ({ target }) => target === CONSENSUS;
    let asked = 0;
    const withPrices: NonNullable<typeof engine.ports.withPrices> = (call) => {
      asked += 1;
      return Promise.resolve({ call: { ...call, target: MULTICALL }, value: 5n });
    };
    const paying = createEngine({ ...engine.ports, withPrices }, SEND_POLICY);
    deliver(FIRST);
    await tick(paying);
    chain.mine();
    await tick(paying);
    expect([signed, asked]).to.deep.equal([[MULTICALL], 1]);
    expect([chain.enacted, results.map(({ result }) => result.kind)]).to.deep.equal([[FIRST.hash], ["enacted"]]);
    expect(events.flatMap((event) => (event.kind === "evidence" ? [event.detail] : []))).to.deep.equal(["fee 5 wei"]);
  });

  it("asks for no prices where something else stands in the way, and puts aside what none are to be had for", async () => {
    const outcomes: (readonly [string, number, number])[] = [];
    for (const name of ["PriceUnavailable", "ActionRefused"]) {
      const { engine, deliver, simulation, events, remains } = start();
      simulation.next = { kind: "reverted", block: blockNumber(100n), error: { name, text: name } };
      let asked = 0;
      const withPrices = (): Promise<undefined> => {
        asked += 1;
        return Promise.resolve(undefined);
      };
      deliver(FIRST);
      await tick(createEngine({ ...engine.ports, withPrices }, SEND_POLICY));
      expect(kinds(events)).to.deep.equal(["refusal"]);
      outcomes.push([name, asked, remains.sent.length]);
    }
    expect(outcomes).to.deep.equal([
      ["PriceUnavailable", 1, 0],
      ["ActionRefused", 0, 0],
    ]);
  });

  it("asks for at most four things one after the other between a head and the broadcast", async () => {
    const { engine, deliver, remains } = start();
    const SLOW_MS = 1;
    let [depth, deepest] = [0, 0];
    /** Each call to a node takes a turn of its own, and turns that run side by side count once. */
    const turns = <A extends readonly unknown[], T>(call: (...args: A) => Promise<T>) => {
      return async (...args: A): Promise<T> => {
        const at = depth + 1;
        await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
        const answer = await call(...args);
        depth = Math.max(depth, at);
        deepest = Math.max(deepest, depth);
        return answer;
      };
    };
    const { sending, readSnapshot } = engine.ports;
    const ports = {
      ...engine.ports,
      readSnapshot: turns(readSnapshot),
      sending: {
        ...sending,
        readNonce: turns(sending.readNonce),
        readReceipt: turns(sending.readReceipt),
        simulate: turns(sending.simulate),
        check: turns(sending.check),
        broadcast: turns(sending.broadcast),
      },
    };
    deliver(FIRST);
    await tick(createEngine(ports, SEND_POLICY));
    expect(remains.sent).to.have.length(1);
    expect(deepest).to.equal(3);
  });

  it("enacts by an honest copy, whatever copies with another block, other call proofs or no expected profit came first [NX-KEE-08]", async () => {
    const copies = [
      { ...FIRST, block: blockNumber(1n) },
      { ...FIRST, callProofs: [] },
      { ...FIRST, expectedProfit: undefined },
      { ...FIRST, proposal: honestProposal({ maxLoss: 1n << 300n }) },
      { ...FIRST, hash: "0x" as const, proposal: honestProposal({ maxLoss: 1n << 300n }) },
    ];
    for (const copy of copies) {
      const { engine, deliver, proposals, simulation, remains } = start();
      const error = { name: "ActionRefused", text: "", refusal: "ProofCountMismatch" } as const;
      if (copy.callProofs.length === 0) simulation.next = { kind: "reverted", block: blockNumber(100n), error };
      // The votes come once, with the copy.
      deliver(FIRST);
      proposals.inbox.take();
      proposals.putAnything(copy);
      await tick(engine);
      simulation.next = undefined;
      expect(remains.sent).to.have.length(0);
      proposals.put(FIRST);
      await tick(engine);
      expect(remains.sent.map(({ proposal }) => proposal)).to.deep.equal([FIRST.hash]);
    }
  });

  it("remembers a bounded number of strangers' messages", async () => {
    const { engine, proposals, votes } = start();
    const flood = Array.from({ length: 300 }, (_, n) => messageOf(honestProposal({ nonce: BigInt(100 + n) })));
    proposals.put(...flood.slice(0, 100));
    votes.put(
      ...flood.map(({ hash }) => ({
        hash,
        signer: signerRecord(1).signer,
        signature: fakeSignature(signerRecord(1).signer),
      })),
    );
    await tick(engine);
    expect(engine.memory.candidates.size).to.be.at.most(64);
    expect(engine.memory.early.size).to.be.at.most(256);
  });
});
