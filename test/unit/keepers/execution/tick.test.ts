import { expect } from "chai";
import { FatalError, RetryableError } from "../../../../keepers/core/errors.ts";
import { blockNumber } from "../../../../keepers/core/units.ts";
import { emptyExecutionMemory } from "../../../../keepers/agents/execution/memory.ts";
import type { ExecutionConfig } from "../../../../keepers/agents/execution/ports.ts";
import { resume, tick } from "../../../../keepers/agents/execution/tick.ts";
import { type Remains, SEND_POLICY, createFakeChain, createFakeEngine } from "../../../support/fakeExecution.ts";
import { account, fakeSignature, honestProposal, messageOf, signerRecord } from "../../../support/keeperBuilders.ts";

const FIRST = messageOf();
const SECOND = messageOf(honestProposal({ nonce: 12n }));

const start = (config: ExecutionConfig = SEND_POLICY) => {
  const chain = createFakeChain([FIRST, SECOND]);
  const remains: Remains = { journal: [], sent: [] };
  const fake = createFakeEngine(chain, remains);
  const memory = emptyExecutionMemory();
  const engine = { ports: fake.ports, memory, config };
  return { chain, remains, memory, engine, ...fake };
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
    const { chain, engine, deliver, simulation, results } = start();
    deliver(FIRST);
    simulation.replyLost = true;
    const error: unknown = await tick(engine).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(RetryableError);
    chain.mine();
    await tick(engine);
    expect(results[0]?.result.kind).to.equal("enacted");
  });

  it("gives up what was never mined, and pays more for what follows it with the same nonce", async () => {
    const { chain, engine, deliver, memory, results } = start();
    deliver(FIRST);
    await tick(engine);
    const before = memory.inFlight?.pending;
    for (let i = 0; i < 14; i += 1) {
      chain.mine(false);
      await tick(engine);
    }
    expect(results.map(({ result }) => result.kind)).to.deep.equal(["expired"]);
    const block = blockNumber(chain.block());
    const deadline = honestProposal({ nonce: 12n, deadline: chain.view().time });
    deliver(messageOf(deadline, { block }));
    await tick(engine);
    const after = memory.inFlight?.pending;
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
    expect([remains.sent.length, remains.journal.length]).to.deep.equal([0, 0]);
    expect(events.map((event) => (event.kind === "refusal" ? event.message.reason : event.kind))).to.deep.equal([
      "dry-run",
    ]);

    const live = createFakeEngine(chain, remains);
    live.deliver(FIRST);
    await tick({ ports: live.ports, memory: emptyExecutionMemory(), config: SEND_POLICY });
    chain.forget();
    const sentBefore = remains.sent.length;
    const second = { ports: live.ports, memory: emptyExecutionMemory(), config: { ...SEND_POLICY, dryRun: true } };
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

  it("refuses a journal of another sender", async () => {
    const { engine, deliver } = start();
    deliver(FIRST);
    await tick(engine);
    const stranger = { ...engine, memory: emptyExecutionMemory(), config: { ...SEND_POLICY, sender: account(7) } };
    const error: unknown = await resume(stranger).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(FatalError);
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
