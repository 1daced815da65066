import { expect } from "chai";
import fc from "fast-check";
import { id } from "ethers";
import { hex } from "../../../../keepers/core/hex.ts";
import { type Address, blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import { resumedFlight } from "../../../../keepers/sending/flight.ts";
import { createPipeline, emptyLane } from "../../../../keepers/sending/pipeline.ts";
import { type WalletManager, lookAfterWallets } from "../../../../keepers/sending/walletRound.ts";
import {
  type WalletPolicy,
  type WalletSnapshot,
  applyBalances,
  decideTopUp,
  laneTroubles,
  topUpOperation,
} from "../../../../keepers/sending/wallets.ts";
import { createSendingRig } from "../../../support/sendingRig.ts";
import { accountOf, storedTransaction } from "../../../support/storeBuilders.ts";

const POLICY: WalletPolicy = {
  minBalance: 100n,
  targetBalance: 300n,
  closeBelow: 20n,
  fundingReserve: 50n,
  maxPerDay: 1_000n,
  stuckAfter: 25n,
};

const balancesOf = (...balances: readonly bigint[]): ReadonlyMap<Address, bigint> =>
  new Map(balances.map((balance, i) => [accountOf(i + 1), balance]));

const snapshotOf = (changes: Partial<WalletSnapshot> = {}): WalletSnapshot => ({
  now: { block: blockNumber(200n), time: unixSeconds(1_000n), baseFee: 1n },
  balances: balancesOf(),
  fundingBalance: 10_000n,
  fundingNonce: 0n,
  spentToday: 0n,
  ...changes,
});

const hash = (text: string) => hex(id(text));

describe("Wallets of lanes", () => {
  it("top up the neediest lane to its target, one at a time", () => {
    const decide = (...balances: readonly bigint[]) =>
      decideTopUp(snapshotOf({ balances: balancesOf(...balances) }), POLICY);
    expect(decide(100n, 300n)).to.deep.equal({ kind: "none" });
    expect(decide(99n, 40n, 41n)).to.deep.equal({ kind: "pay", topUp: { lane: accountOf(2), amount: 260n } });
    expect(decide(40n, 40n)).to.deep.equal({ kind: "pay", topUp: { lane: accountOf(1), amount: 260n } });
  });

  it("refuse what the funding account has not, and what is above the day's limit", () => {
    const decide = (changes: Partial<WalletSnapshot>) =>
      decideTopUp(snapshotOf({ balances: balancesOf(0n), ...changes }), POLICY);
    const lane = accountOf(1);
    expect(decide({ fundingBalance: 350n })).to.deep.equal({ kind: "pay", topUp: { lane, amount: 300n } });
    expect(decide({ fundingBalance: 349n })).to.deep.equal({ kind: "refused", lane, why: "funding-empty" });
    expect(decide({ spentToday: 700n })).to.deep.equal({ kind: "pay", topUp: { lane, amount: 300n } });
    expect(decide({ spentToday: 701n })).to.deep.equal({ kind: "refused", lane, why: "daily-limit" });
  });

  it("never pay more than the day's limit nor from the reserve, whatever the balances [NX-WAL-03]", () => {
    const amount = fc.bigInt({ min: 0n, max: 2_000n });
    fc.assert(
      fc.property(fc.array(amount, { maxLength: 6 }), amount, amount, (balances, fundingBalance, spentToday) => {
        const snapshot = snapshotOf({ balances: balancesOf(...balances), fundingBalance, spentToday });
        const decision = decideTopUp(snapshot, POLICY);
        if (decision.kind !== "pay") return;
        const { lane, amount: paid } = decision.topUp;
        expect(paid > 0n && spentToday + paid <= POLICY.maxPerDay).to.equal(true);
        expect(fundingBalance - paid >= POLICY.fundingReserve).to.equal(true);
        expect((snapshot.balances.get(lane) ?? 0n) + paid).to.equal(POLICY.targetBalance);
      }),
    );
  });

  it("pay a top-up once while it is on its way, and again when it is needed again [NX-WAL-03]", async () => {
    const rig = await createSendingRig();
    const topUp = { lane: accountOf(7), amount: 5n };
    const ask = (): Promise<string> => {
      const { block, time } = rig.chain.now();
      return rig.ask(topUpOperation(topUp, rig.chain.readNonce(accountOf(1), block), { hash, time }));
    };
    expect(await ask()).to.equal("queued");
    expect(await ask()).to.equal("pending");
    await rig.block(false);
    expect(await ask()).to.equal("pending");
    await rig.block();
    expect(rig.signed.map(({ to, value, data }) => [to, value, data])).to.deep.equal([[accountOf(7), 5n, "0x"]]);
    expect(await ask()).to.equal("queued");
    const [first, second] = [0n, 1n].map((nonce) => topUpOperation(topUp, nonce, { hash, time: unixSeconds(0n) }));
    expect(first?.id).not.to.equal(second?.id);
  });

  it("close a lane that cannot pay, and open it when it can", () => {
    const lanes = [1, 2, 3].map((n) => emptyLane(accountOf(n)));
    applyBalances(lanes, balancesOf(19n, 20n), POLICY);
    expect(lanes.map(({ closedWhy }) => closedWhy)).to.deep.equal(["it has 19 wei", undefined, undefined]);
    applyBalances(lanes, balancesOf(20n, 0n), POLICY);
    expect(lanes.map(({ closedWhy }) => closedWhy)).to.deep.equal([undefined, "it has 0 wei", undefined]);
  });

  it("name what is wrong with a lane, and what to do [NX-SND-02]", () => {
    const poor = { ...emptyLane(accountOf(1)), closedWhy: "it has 0 wei" };
    const stuck = {
      ...emptyLane(accountOf(2)),
      flights: [resumedFlight(storedTransaction(3, { block: blockNumber(175n) }))],
    };
    const fresh = {
      ...emptyLane(accountOf(3)),
      flights: [resumedFlight(storedTransaction(4, { block: blockNumber(176n) }))],
    };
    const nonces = new Map([
      [accountOf(2), 3n],
      [accountOf(3), 2n],
    ]);
    const troubles = laneTroubles(
      [poor, stuck, fresh, emptyLane(accountOf(4))],
      { snapshot: snapshotOf(), nonces },
      POLICY,
    );
    expect(troubles.map(({ code, account }) => [code, account])).to.deep.equal([
      ["lane-unfunded", accountOf(1)],
      ["lane-stuck", accountOf(2)],
      ["lane-nonce-gap", accountOf(3)],
    ]);
    for (const { what, next } of troubles) expect(what.length > 5 && next.length > 5).to.equal(true);
  });

  describe("in rounds", () => {
    const lane = accountOf(11);
    const funding = accountOf(1);
    const start = async (balance: bigint) => {
      const rig = await createSendingRig();
      const senders = createPipeline(rig.pipeline().ports, rig.pipeline().policy, [lane]);
      const balances = new Map([
        [lane, balance],
        [funding, 10_000n],
      ]);
      const said: string[] = [];
      let paid = 0n;
      let seen = 0;
      let excess = 0n;
      const manager: WalletManager = {
        policy: POLICY,
        senders,
        funding: rig.pipeline(),
        raised: new Map(),
        ports: {
          readBalances: () => Promise.resolve(new Map(balances)),
          readNonce: (account, block) => Promise.resolve(rig.chain.readNonce(account, block) + excess),
          paidSince: () => Promise.resolve(paid),
          alerts: {
            raise: ({ code, subject, next }) => Promise.resolve(void said.push(`raise ${code} ${subject} ${next}`)),
            clear: (code, subject) => Promise.resolve(void said.push(`clear ${code} ${subject}`)),
          },
          hash,
          nowMs: () => 0,
        },
      };
      const round = async (isWilling = true) => {
        const result = await lookAfterWallets(manager, rig.chain.now());
        await rig.block(isWilling);
        if (!isWilling) return result;
        // What the funding account's transactions paid shows in balances.
        for (const { to, value } of rig.signed.slice(seen)) {
          balances.set(to, (balances.get(to) ?? 0n) + value);
          paid += value;
        }
        seen = rig.signed.length;
        return result;
      };
      const lie = (by: bigint): void => {
        excess = by;
      };
      return { rig, senders, said, round, lie };
    };

    it("a lane that cannot pay is closed and told, topped up once, opened and told so [NX-WAL-03]", async () => {
      const { rig, senders, said, round } = await start(0n);
      expect((await round()).answer).to.equal("queued");
      expect(senders.lanes[0]?.closedWhy).to.equal("it has 0 wei");
      for (let i = 0; i < 4; i += 1) await round();
      expect(rig.signed.map(({ to, value }) => [to, value])).to.deep.equal([[lane, 300n]]);
      expect(senders.lanes[0]?.closedWhy).to.equal(undefined);
      expect(said).to.deep.equal([
        `raise lane-unfunded ${lane} send funds to ${lane}, or to the funding account`,
        `clear lane-unfunded ${lane}`,
      ]);
    });

    it("a wrong nonce does not have a lane paid twice [NX-WAL-03]", async () => {
      const { rig, round, lie } = await start(0n);
      await round(false);
      lie(3n);
      for (let i = 0; i < 3; i += 1) expect((await round(false)).answer).to.equal("pending");
      for (let i = 0; i < 4; i += 1) await round();
      expect(rig.signed.map(({ value }) => value)).to.deep.equal([300n]);
    });

    it("nothing is paid where nothing is low", async () => {
      const { rig, said, round } = await start(100n);
      for (let i = 0; i < 3; i += 1) expect((await round()).decision).to.deep.equal({ kind: "none" });
      expect([rig.signed, said]).to.deep.equal([[], []]);
    });
  });
});
