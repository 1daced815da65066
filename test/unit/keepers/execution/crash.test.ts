import { expect } from "chai";
import type { Hex } from "../../../../keepers/core/hex.ts";
import { createEngine, resume, tick } from "../../../../keepers/agents/execution/tick.ts";
import { Crash, type Fault, NEVER, withFault } from "../../../support/crash.ts";
import {
  type FakeChain,
  type Remains,
  SEND_POLICY,
  createFakeChain,
  createFakeEngine,
  nothingYet,
} from "../../../support/fakeExecution.ts";
import { unresolvedOn } from "../../../support/memoryLog.ts";
import { honestProposal, messageOf } from "../../../support/keeperBuilders.ts";

const MESSAGES = [
  messageOf(),
  // A rival with the same nonce: at most one of the two may ever be enacted.
  messageOf(honestProposal({ evidence: `0x${"cd".repeat(32)}` })),
];

type Habits = {
  readonly redelivers: boolean;
  readonly loses: boolean;
  readonly replyLost: boolean;
  /** The first question for a receipt in each life has no answer. */
  readonly receiptFails: boolean;
};

/** One life: ticks until it dies or `ticks` are over, with a block after every second tick. */
const live = async (
  chain: FakeChain,
  remains: Remains,
  options: { readonly fault: Fault; readonly ticks: number; readonly delivers: boolean; readonly habits: Habits },
): Promise<{ readonly crashed: boolean; readonly calls: number }> => {
  const fake = createFakeEngine(chain, remains);
  fake.simulation.replyLost = options.habits.replyLost;
  fake.simulation.receiptFaults = options.habits.receiptFails ? 1 : 0;
  if (options.delivers) for (const message of MESSAGES) fake.deliver(message);
  const { ports, calls } = withFault(fake.ports, options.fault);
  const engine = createEngine(ports, SEND_POLICY);
  try {
    await resume(engine);
    for (let turn = 0; turn < options.ticks; turn += 1) {
      // What the runtime does: a failed tick is forgotten, a crash is not survived.
      await tick(engine).catch((error: unknown) => {
        if (error instanceof Crash) throw error;
      });
      if (turn % 2 === 1) chain.mine();
      if (options.habits.loses && turn === 1) chain.forget();
    }
    return { crashed: false, calls: calls() };
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    return { crashed: true, calls: calls() };
  }
};

/** Enough for the deadline to pass and a lost receipt to be given up. */
const LONG = 34;

const distinctBytes = (remains: Remains, proposal: Hex): number =>
  new Set(remains.sent.filter((sent) => sent.proposal === proposal).map(({ raw }) => raw)).size;

/** Crashes at every single port call in turn; `visit` looks at what is left after a long second life. */
const crashEverywhere = async (
  habits: Habits,
  between: (remains: Remains) => void,
  visit: (chain: FakeChain, remains: Remains, fault: Fault) => void,
): Promise<number> => {
  let crashes = 0;
  for (const when of ["before", "after"] as const) {
    for (let atCall = 1; ; atCall += 1) {
      const chain = createFakeChain(MESSAGES);
      const remains = nothingYet();
      const fault = { atCall, when };
      const first = await live(chain, remains, { fault, ticks: LONG, delivers: true, habits });
      if (!first.crashed) break;
      crashes += 1;
      chain.mine(atCall % 2 === 0);
      between(remains);
      await live(chain, remains, { fault: NEVER, ticks: LONG, delivers: habits.redelivers, habits });
      visit(chain, remains, fault);
    }
  }
  return crashes;
};

const REDELIVERS: Habits = { redelivers: true, loses: false, replyLost: false, receiptFails: false };
const HABITS: readonly Habits[] = [
  REDELIVERS,
  { ...REDELIVERS, redelivers: false },
  { ...REDELIVERS, loses: true },
  { ...REDELIVERS, replyLost: true },
  { ...REDELIVERS, receiptFails: true },
  { ...REDELIVERS, redelivers: false, receiptFails: true },
];

describe("The execution engine, killed anywhere", () => {
  for (const habits of HABITS) {
    const title = Object.entries(habits)
      .filter(([, on]) => on)
      .map(([name]) => name)
      .join(", ");
    it(`never makes two transactions for one purpose and forgets none (${title || "plain"}) [NX-KEE-01]`, async () => {
      const crashes = await crashEverywhere(
        habits,
        () => undefined,
        (chain, remains, fault) => {
          const where = `after a crash ${fault.when} call ${fault.atCall}`;
          for (const { hash } of MESSAGES) expect(distinctBytes(remains, hash), where).to.be.at.most(1);
          expect(unresolvedOn(remains.disk), where).to.deep.equal([]);
          expect(chain.enacted.length, where).to.be.at.most(1);
          if (habits.redelivers) expect(chain.enacted.length, where).to.equal(1);
        },
      );
      expect(crashes).to.be.greaterThan(40);
    });
  }

  it("reaches the same state from the chain alone when the journal is lost too [NX-KEE-02]", async () => {
    const crashes = await crashEverywhere(
      REDELIVERS,
      (remains) => {
        remains.disk.lines = [];
      },
      (chain, remains, fault) => {
        const where = `after a crash ${fault.when} call ${fault.atCall}`;
        expect(chain.enacted.length, where).to.equal(1);
        expect(unresolvedOn(remains.disk), where).to.deep.equal([]);
        expect(chain.mempool.size, where).to.equal(0);
      },
    );
    expect(crashes).to.be.greaterThan(40);
  });
});
