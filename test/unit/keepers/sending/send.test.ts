import { expect } from "chai";
import { RetryableError } from "../../../../keepers/core/errors.ts";
import { unixSeconds } from "../../../../keepers/core/units.ts";
import type { OperationResult, SendOperation } from "../../../../keepers/sending/operation.ts";
import { type NowAnswer, inFlight, sendNow } from "../../../../keepers/sending/send.ts";
import { type RigOptions, type SendingRig, createSendingRig, operationOf } from "../../../support/sendingRig.ts";
import { accountOf, hashOf } from "../../../support/storeBuilders.ts";

type Terms = Omit<Parameters<typeof sendNow>[2], "now">;

const setUp = async (options: RigOptions = {}) => {
  const rig = await createSendingRig(options);
  const send = (operation: SendOperation, terms: Terms = {}): Promise<NowAnswer> =>
    sendNow(rig.pipeline(), operation, { now: rig.chain.now(), ...terms });
  return { rig, send };
};

const kindsOf = ({ told }: SendingRig): readonly OperationResult["kind"][] => told.map(([, { kind }]) => kind);

describe("An operation that is to be sent at once", () => {
  it("is in flight when the answer comes, and its result is told with the note of its asker, after a restart too", async () => {
    const notes: string[] = [];
    const { rig, send } = await setUp({
      policy: { gasReserve: 7n },
      ports: { onResult: (_, { kind }, note) => void notes.push(`${kind} ${note}`) },
    });
    expect(await send(operationOf(1, { note: "for what it is" }))).to.deep.equal({ kind: "sent" });
    expect(rig.sent).to.have.length(1);
    // What was simulated, a fifth more, and what must be there and is not used.
    expect(rig.signed.map(({ gasLimit }) => gasLimit)).to.deep.equal([50_000n + 10_000n + 7n]);
    await rig.restart();
    await rig.blocks(2);
    expect(notes).to.deep.equal(["mined for what it is"]);
  });

  it("is not sent twice: while it is on its way, in this life or another, and after it was mined [NX-SND-01]", async () => {
    const { rig, send } = await setUp({ lanes: 2 });
    await send(operationOf(1));
    expect(await send(operationOf(1))).to.deep.equal({ kind: "pending" });
    await rig.restart();
    expect(await send(operationOf(1))).to.deep.equal({ kind: "pending" });
    expect(rig.signed).to.have.length(1);
    await rig.blocks(2);
    expect(await send(operationOf(1))).to.deep.equal({ kind: "done" });
    await rig.restart();
    expect(await send(operationOf(1))).to.deep.equal({ kind: "done" });
    expect([new Set(rig.sent).size, rig.chain.effects.get(hashOf(1))]).to.deep.equal([1, 1]);
  });

  it("waits for nothing: without a free lane it is told so, and forgotten", async () => {
    const { rig, send } = await setUp();
    await send(operationOf(1));
    expect(await send(operationOf(2))).to.deep.equal({ kind: "busy" });
    await rig.blocks(4);
    expect([kindsOf(rig), rig.chain.effects.get(hashOf(2))]).to.deep.equal([["mined"], undefined]);
    expect(await send(operationOf(2))).to.deep.equal({ kind: "sent" });
  });

  it("is refused with the contract's own error by name, when it is too dear, too late, or not worth its gas", async () => {
    const reverted = await setUp({
      ports: { simulate: () => Promise.resolve({ kind: "reverted", why: "OverLimit(5)", reason: "OverLimit" }) },
    });
    const refusalOf = async (answer: Promise<NowAnswer>): Promise<unknown> => {
      const found = await answer;
      return found.kind === "refused" ? found.obstacle : found.kind;
    };
    expect(await refusalOf(reverted.send(operationOf(1)))).to.deep.equal({
      reason: "OverLimit",
      detail: "OverLimit(5)",
    });
    const { rig, send } = await setUp();
    const seen: bigint[] = [];
    const weigh = (gas: bigint, gasPrice: bigint): string => {
      seen.push(gas, gasPrice);
      return "too-dear";
    };
    expect(await refusalOf(send(operationOf(1), { weigh }))).to.deep.equal({ reason: "too-dear", detail: "too-dear" });
    expect(seen).to.deep.equal([50_000n, 21n]);
    const late = operationOf(2, { deadline: unixSeconds(999n) });
    expect(await refusalOf(send(late))).to.deep.include({ reason: "expired" });
    rig.chain.setBaseFee(1_001n);
    expect(await refusalOf(send(operationOf(3)))).to.deep.include({ reason: "gas-too-dear" });
    expect([rig.signed, rig.sent]).to.deep.equal([[], []]);
  });

  it("signs nothing when something cannot be read, and is free to be asked for again", async () => {
    const { rig, send } = await setUp();
    rig.trouble.nodes = true;
    const error: unknown = await send(operationOf(1)).catch((reason: unknown) => reason);
    expect([error instanceof RetryableError, rig.signed.length]).to.deep.equal([true, 0]);
    rig.trouble.nodes = false;
    expect(await send(operationOf(1))).to.deep.equal({ kind: "sent" });
  });

  it("has what must come before it on the disk first, and only if there is something to send", async () => {
    const order: string[] = [];
    const { rig, send } = await setUp();
    const before = (): Promise<void> => {
      order.push(`${rig.signed.length} signed, ${rig.sent.length} sent`);
      return Promise.resolve();
    };
    rig.chain.setBaseFee(1_001n);
    await send(operationOf(1), { before });
    rig.chain.setBaseFee(10n);
    await send(operationOf(1), { before });
    expect(order).to.deep.equal(["1 signed, 0 sent"]);
  });

  it("that could not be stored before its deadline was never sent, and is told so [NX-STO-05] [NX-SND-02]", async () => {
    const { rig, send } = await setUp();
    rig.trouble.store = true;
    expect(await send(operationOf(1, { deadline: unixSeconds(1_001n), endsOnChain: true }))).to.deep.equal({
      kind: "sent",
    });
    for (let i = 0; i < 6; i += 1) await rig.block();
    expect([rig.sent, rig.told]).to.deep.equal([[], [[hashOf(1), { kind: "expired", why: "it could not be stored" }]]]);
    expect(inFlight(rig.pipeline())).to.deep.equal([]);
  });

  it("is not tried again by itself when another transaction used its nonce", async () => {
    const { rig, send } = await setUp();
    await send(operationOf(1));
    rig.chain.forget();
    rig.chain.useNonce(accountOf(1));
    await rig.blocks(15);
    expect([kindsOf(rig), rig.signed.length]).to.deep.equal([["superseded"], 1]);
  });

  it("is neither sent nor cancelled in a dry run, nor is what an earlier life left behind [NX-KEE-05]", async () => {
    const { rig, send } = await setUp();
    await send(operationOf(1, { deadline: unixSeconds(1_002n) }));
    rig.chain.forget();
    const sent = rig.sent.length;
    Object.assign(rig.pipeline(), { policy: { ...rig.pipeline().policy, isDryRun: true } });
    for (let i = 0; i < 40; i += 1) await rig.block();
    expect([rig.sent.length, rig.signed.length]).to.deep.equal([sent, 1]);
  });
});
