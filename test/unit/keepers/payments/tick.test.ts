import { expect } from "chai";
import { hex } from "../../../../keepers/core/hex.ts";
import { blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import type { PaymentSending } from "../../../../keepers/agents/payments/ports.ts";
import type { PaymentsPolicy } from "../../../../keepers/agents/payments/decide.ts";
import { textOf } from "../../../../keepers/agents/payments/operation.ts";
import { createPaymentsAgent, resume, tick } from "../../../../keepers/agents/payments/tick.ts";
import {
  POLICY,
  OTHER,
  SELF,
  SENDING,
  channelAt,
  createFakePayments,
  createMoneyChain,
  nothingPaid,
  seenChannel,
  seenJob,
  termsOf,
  voucherOver,
} from "../../../support/fakePayments.ts";
import { signedOn } from "../../../support/memoryLog.ts";

const SEEN = seenChannel(2, { voucher: voucherOver(700n) });
const CLAIM = `claim ${SEEN.channelId} up to 700`;

const setUp = (
  changes: { readonly policy?: Partial<PaymentsPolicy>; readonly sending?: Partial<PaymentSending> } = {},
) => {
  const chain = createMoneyChain([SEEN]);
  const remains = nothingPaid();
  const fake = createFakePayments(chain, remains);
  const agent = createPaymentsAgent(fake.ports, {
    policy: { ...POLICY, ...changes.policy },
    sending: { ...SENDING, ...changes.sending },
  });
  const round = async (): Promise<void> => {
    await tick(agent);
    chain.mine();
  };
  return { ...fake, agent, chain, remains, round };
};

describe("A round of the payments agent", () => {
  it("claims, and tells that it did with the gas", async () => {
    const { round, told, events, chain } = setUp();
    await round();
    expect(told("sent")).to.deep.equal([CLAIM]);
    await round();
    expect(told("done")).to.deep.equal([CLAIM]);
    expect(events.at(-1)).to.deep.include({ kind: "payment", detail: "gas 1 wei" });
    await round();
    expect([chain.done, told("sent")]).to.deep.equal([[CLAIM], [CLAIM]]);
  });

  it("waits for its first head", async () => {
    const { agent, remains } = setUp();
    await tick({ ...agent, ports: { ...agent.ports, head: () => undefined } });
    expect(remains.sent).to.deep.equal([]);
  });

  it("holds back for ten seconds what the dry run refuses, with the chain's reason", async () => {
    const { round, told, events, world, chain } = setUp();
    world.estimate = { kind: "reverted", why: "InvalidVoucher(…)" };
    for (let i = 0; i < 25; i += 1) await round();
    expect(told("refused")).to.deep.equal([CLAIM]);
    expect(events.at(-1)).to.deep.include({ detail: "InvalidVoucher(…)" });
    world.estimate = undefined;
    for (let i = 0; i < 3; i += 1) await round();
    expect(chain.done).to.deep.equal([CLAIM]);
  });

  it("does not do what turns out to cost more than it brings", async () => {
    const { round, told, world, events } = setUp({ sending: { tip: 10n ** 15n, maxGasPrice: 10n ** 16n } });
    world.estimate = { kind: "ok", gas: 10n ** 9n };
    await round();
    expect([...told("waits"), ...told("refused")]).to.deep.equal([CLAIM]);
    expect(events.at(-1)).to.deep.include({ detail: "too-dear" });
  });

  it("weighs again with the gas of the dry run", async () => {
    const { round, events, world } = setUp();
    world.estimate = { kind: "ok", gas: 10n ** 20n };
    await round();
    expect(events.at(-1)).to.deep.include({ step: "refused", detail: "too-dear" });
  });

  it("sends nothing in a dry run, what an earlier life signed included [NX-KEE-05]", async () => {
    const first = setUp();
    await first.round();
    const { agent, chain, remains } = first;
    expect(remains.sent).to.have.length(1);
    chain.forget();
    const sending = { ...SENDING, dryRun: true };
    const { ports } = createFakePayments(chain, remains);
    const second = createPaymentsAgent(ports, { ...agent.config, sending });
    await resume(second);
    for (let i = 0; i < 6; i += 1) {
      await tick(second);
      chain.mine();
    }
    const dry = setUp({ sending: { dryRun: true } });
    await dry.round();
    expect(dry.told("refused")).to.deep.equal([CLAIM]);
    expect([remains.sent.length, dry.remains.sent.length]).to.deep.equal([1, 0]);
  });

  it("gives up what is never mined, and pays more for what follows it with the same nonce", async () => {
    const { agent, chain, remains, told } = setUp();
    for (let i = 0; i < 16; i += 1) {
      await tick(agent);
      chain.mine(false);
    }
    // A transfer of nothing takes its nonce, so that what was given up has no effect later.
    expect(signedOn(remains.disk).map(({ gasPrice }) => gasPrice)).to.deep.equal([111n, 125n]);
    for (let i = 0; i < 4; i += 1) {
      chain.mine();
      await tick(agent);
    }
    expect(chain.done).to.deep.equal([CLAIM]);
    expect(told("expired")).to.deep.equal([CLAIM]);
  });

  it("tells of a node that refuses, and of a base fee that is too high", async () => {
    const { round, events, world } = setUp();
    world.refuses = "insufficient funds";
    await round();
    expect(events.at(-1)).to.deep.include({ kind: "trouble" });
    const dear = setUp({ sending: { maxGasPrice: 99n } });
    for (let i = 0; i < 3; i += 1) await dear.round();
    expect(dear.told("waits")).to.deep.equal(["everything"]);
  });

  it("does not repeat at once what was mined and reverted", async () => {
    const { agent, chain, told } = setUp();
    await tick(agent);
    // Somebody claims first.
    const { at } = chain;
    const before = at(SEEN.channelId);
    chain.operations.clear();
    chain.mine();
    await tick(agent);
    expect(told("reverted")).to.deep.equal([CLAIM]);
    for (let i = 0; i < 5; i += 1) await tick(agent);
    expect(told("sent")).to.deep.equal([CLAIM]);
    expect(at(SEEN.channelId)).to.deep.equal(before);
  });

  it("tops a channel up once, though the node leaves out the event and shows it as it was [NX-KEE-01]", async () => {
    const ours = seenChannel(1, {
      terms: termsOf(SELF, OTHER),
      channel: channelAt({ deposited: 1_000n }),
      voucher: voucherOver(1_000n),
    });
    const chain = createMoneyChain([ours]);
    const fake = createFakePayments(chain, nothingPaid());
    const plan = { channelId: ours.channelId, terms: ours.terms, deposit: 3_000n, low: 400n, limit: 4_000n };
    // What the agent remembers of the channel is what it read before the top-up.
    const ports = {
      ...fake.ports,
      readSnapshot: async (block: Parameters<typeof fake.ports.readSnapshot>[0]) => ({
        ...(await fake.ports.readSnapshot(block)),
        channels: [ours],
      }),
    };
    const agent = createPaymentsAgent(ports, { policy: { ...POLICY, plans: [plan] }, sending: SENDING });
    for (let round = 0; round < 60; round += 1) {
      await tick(agent);
      chain.mine();
    }
    expect(chain.at(ours.channelId).deposited).to.equal(4_000n);
    expect(chain.done).to.have.length(1);
    expect(fake.told("refused").length).to.be.greaterThan(0);
  });

  it("counts what records cost for a day, of transactions that were mined [NX-KEE-09]", async () => {
    const { agent, chain, world, told } = setUp({ policy: { recordBudget: 3n * 95_000n * 111n } });
    world.estimate = { kind: "ok", gas: 95_000n };
    let number = 0;
    const recordable = () => {
      number += 1;
      return {
        ...seenJob({}, { status: "Paid", reserved: 0n }),
        jobId: hex(`0x${String(number).padStart(64, "0")}`),
        isRecordable: true,
      };
    };
    const job = { current: recordable() };
    let time = 1_000n;
    const ports = {
      ...agent.ports,
      readSnapshot: async (block: Parameters<typeof agent.ports.readSnapshot>[0]) => ({
        ...(await agent.ports.readSnapshot(block)),
        time: unixSeconds(time),
        channels: [],
        jobs: [job.current],
      }),
      sending: {
        ...agent.ports.sending,
        readReceipt: () => {
          job.current = recordable();
          return Promise.resolve({ block: blockNumber(chain.block()), gasPaid: 95_000n * 111n, error: undefined });
        },
      },
    };
    const recording = createPaymentsAgent(ports, agent.config);
    for (let round = 0; round < 20; round += 1) {
      await tick(recording);
      // This chain knows no jobs: what it makes of the transaction is not asked.
      chain.operations.clear();
      chain.mine();
    }
    expect(told("sent")).to.have.length(3);
    expect(told("waits").length).to.be.greaterThan(0);
    time += 86_400n;
    for (let round = 0; round < 2; round += 1) {
      chain.operations.clear();
      chain.mine();
      await tick(recording);
    }
    expect(told("sent").length).to.be.greaterThan(3);
  });

  it("asks for what may be due again by the block too, and for all else by its name alone [NX-SND-01]", () => {
    const [at, later] = [blockNumber(100n), blockNumber(101n)];
    const divide = { kind: "divide", token: SEEN.terms.token, accounts: [], sum: 5n } as const;
    expect(textOf(divide, at)).not.to.equal(textOf(divide, later));
    const { channelId, terms } = SEEN;
    const claim = { kind: "claim", channelId, terms, total: 700n, signature: "0x" } as const;
    expect([textOf(claim, at), textOf(claim, later)]).to.deep.equal([CLAIM, CLAIM]);
  });
});
