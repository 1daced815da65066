import { expect } from "chai";
import { createPaymentsAgent, resume, tick } from "../../../../keepers/agents/payments/tick.ts";
import { Crash, type Fault, NEVER, withFault } from "../../../support/crash.ts";
import {
  type MoneyChain,
  type PaymentRemains,
  OTHER,
  POLICY,
  SELF,
  SENDING,
  channelAt,
  createFakePayments,
  createMoneyChain,
  nothingPaid,
  seenChannel,
  termsOf,
  voucherOver,
} from "../../../support/fakePayments.ts";

import { unresolvedOn } from "../../../support/memoryLog.ts";

/** A channel of ours that is opened and, since all of it is promised, topped up once; and one to us with a voucher. */
const OURS = seenChannel(1, {
  terms: termsOf(SELF, OTHER),
  channel: channelAt({ state: "None", deposited: 0n }),
  voucher: voucherOver(1_000n),
});
const THEIRS = seenChannel(2, { voucher: voucherOver(700n) });
const PLAN = { channelId: OURS.channelId, terms: OURS.terms, deposit: 1_000n, low: 400n, limit: 5_000n };
const CONFIG = { policy: { ...POLICY, plans: [PLAN] }, sending: SENDING };

type Habits = {
  readonly loses: boolean;
  readonly replyLost: boolean;
  readonly journalLost: boolean;
  /** The first question for a receipt in each life has no answer. */
  readonly receiptFails: boolean;
};

/** One life: ticks until it dies or `ticks` are over, with a block after every second tick. */
const live = async (
  chain: MoneyChain,
  remains: PaymentRemains,
  options: { readonly fault: Fault; readonly ticks: number; readonly habits: Habits },
): Promise<boolean> => {
  const fake = createFakePayments(chain, remains);
  fake.world.replyLost = options.habits.replyLost;
  fake.world.receiptFaults = options.habits.receiptFails ? 1 : 0;
  const agent = createPaymentsAgent(withFault(fake.ports, options.fault).ports, CONFIG);
  try {
    await resume(agent);
    for (let turn = 0; turn < options.ticks; turn += 1) {
      // What the runtime does: a failed tick is forgotten, a crash is not survived.
      await tick(agent).catch((error: unknown) => {
        if (error instanceof Crash) throw error;
      });
      if (turn % 2 === 1) chain.mine();
      if (options.habits.loses && turn === 1) chain.forget();
    }
    return false;
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    return true;
  }
};

const LONG = 34;

/** Crashes at every single port call in turn; `visit` looks at what is left after a long second life. */
const crashEverywhere = async (
  habits: Habits,
  visit: (chain: MoneyChain, remains: PaymentRemains, where: string) => void,
): Promise<number> => {
  let crashes = 0;
  for (const when of ["before", "after"] as const) {
    for (let atCall = 1; ; atCall += 1) {
      const chain = createMoneyChain([OURS, THEIRS]);
      const remains = nothingPaid();
      if (!(await live(chain, remains, { fault: { atCall, when }, ticks: LONG, habits }))) break;
      crashes += 1;
      chain.mine(atCall % 2 === 0);
      if (habits.journalLost) remains.disk.lines = [];
      await live(chain, remains, { fault: NEVER, ticks: LONG, habits });
      visit(chain, remains, `after a crash ${when} call ${atCall}`);
    }
  }
  return crashes;
};

const PLAIN: Habits = { loses: false, replyLost: false, journalLost: false, receiptFails: false };
const HABITS: readonly Habits[] = [
  PLAIN,
  { ...PLAIN, loses: true },
  { ...PLAIN, replyLost: true },
  { ...PLAIN, journalLost: true },
  { ...PLAIN, receiptFails: true },
];

describe("The payments agent, killed anywhere", () => {
  for (const habits of HABITS) {
    const title = Object.entries(habits).flatMap(([name, on]) => (on ? [name] : []));
    it(`pays everything once and forgets nothing (${title.join(", ") || "plain"}) [NX-KEE-01] [NX-KEE-02]`, async () => {
      const crashes = await crashEverywhere(habits, (chain, remains, where) => {
        expect([...chain.done].sort(), where).to.deep.equal(
          [`open ${OURS.channelId}`, `topUp ${OURS.channelId} to 2000`, `claim ${THEIRS.channelId} up to 700`].sort(),
        );
        expect(chain.available(), where).to.equal(8_000n);
        expect(chain.at(OURS.channelId), where).to.deep.include({ state: "Open", deposited: 2_000n });
        expect(chain.at(THEIRS.channelId).paid, where).to.equal(700n);
        expect(unresolvedOn(remains.disk), where).to.deep.equal([]);
        // Without its journal a second life may sign a nonce again: the chain takes one of the two.
        if (habits.journalLost) return;
        const bytes = new Map(remains.sent.map(({ nonce, raw }) => [nonce, raw]));
        for (const { nonce, raw } of remains.sent) expect(raw, where).to.equal(bytes.get(nonce));
      });
      expect(crashes).to.be.greaterThan(40);
    });
  }
});
