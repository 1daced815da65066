import { expect } from "chai";
import { type Signer, ZERO, ethers, loadFixture, now, time } from "../../support/chain.ts";
import {
  type Commerce,
  BUDGET,
  CREATE,
  DELIVERABLE,
  REASON,
  STATUS,
  TERM,
  as,
  commerceFixture,
  leftInside,
  termsIn,
} from "../../support/commerce.ts";
import { NEWER, OLDER } from "../../support/commerceStandard.ts";
import { JOB, feeOf, netOf } from "../../support/jobs.ts";

const NOTHING = "0x";
const JOBS = 8n;
const STEPS = 120;

/** Calls one function of the standard, and names the events that it brought. */
const tellIn =
  (version: readonly string[]) =>
  async (f: Commerce, who: Signer, name: string, args: readonly unknown[]): Promise<readonly string[]> => {
    const standard = new ethers.Contract(f.adapterAt, [...version], who);
    const response: unknown = await standard.getFunction(name).send(...args);
    if (!(response instanceof ethers.ContractTransactionResponse)) throw new Error(`${name} sent nothing`);
    const receipt = await response.wait();
    return (receipt?.logs ?? []).flatMap((log) => {
      const parsed = log.address === f.adapterAt ? standard.interface.parseLog(log) : null;
      return log.address === f.adapterAt ? [parsed?.name ?? "unknown"] : [];
    });
  };
const tell = tellIn(NEWER);

const statusOf = async (f: Commerce, jobId: bigint): Promise<bigint> => (await f.adapter.getJob(jobId)).status;

describe("a client script of ERC-8183", () => {
  for (const { version, abi, agent, token } of [
    { version: "newer draft", abi: NEWER, agent: [7n], token: true },
    { version: "older text", abi: OLDER, agent: [], token: false },
  ]) {
    it(`leads a job through its life, by the functions, events and states of the ${version} alone`, async () => {
      const f = await loadFixture(commerceFixture);
      const { client, provider, evaluator } = f;
      const expiredAt = (await now()) + TERM;
      const before = { client: await f.usdc.balanceOf(client), provider: await f.usdc.balanceOf(provider) };
      const price = token ? [f.addresses.usdc, BUDGET] : [BUDGET];
      const described = [ZERO, evaluator.address, expiredAt, "Find the bug", ZERO, ...agent];
      const steps = [
        [client, "createJob", described, ["JobCreated"], STATUS.open],
        [client, "setProvider", [1n, provider.address, ...agent], ["ProviderSet"], STATUS.open],
        [provider, "setBudget", [1n, ...price, NOTHING], ["BudgetSet"], STATUS.open],
        [client, "fund", [1n, BUDGET, NOTHING], ["JobFunded"], STATUS.funded],
        [provider, "submit", [1n, DELIVERABLE, NOTHING], ["JobSubmitted"], STATUS.submitted],
        [evaluator, "complete", [1n, REASON, NOTHING], ["JobCompleted", "PaymentReleased"], STATUS.completed],
      ] as const;
      for (const [who, name, args, events, status] of steps) {
        expect(await tellIn(abi)(f, who, name, args), name).to.deep.equal(events);
        expect(await statusOf(f, 1n), name).to.equal(status);
      }
      expect(before.client - (await f.usdc.balanceOf(client))).to.equal(BUDGET);
      expect((await f.usdc.balanceOf(provider)) - before.provider).to.equal(netOf(BUDGET));
      expect(await leftInside(f)).to.equal(0n);
    });
  }

  it("finds each selector of the reference implementation, and of the older text", async () => {
    const f = await loadFixture(commerceFixture);
    const code = await ethers.provider.getCode(f.adapterAt);
    for (const selector of ["1c226749", "fac3246c", "f3302b89", "41528812", "d0fae591", "dd4ae9d4", "d2e13f50"]) {
      expect(code, selector).to.include(selector);
    }
  });

  it("gets its money back for work that was rejected or never came, without a fee", async () => {
    const f = await loadFixture(commerceFixture);
    const { client, provider, evaluator } = f;
    const before = await f.usdc.balanceOf(client);
    const expiredAt = (await now()) + TERM;
    for (const jobId of [1n, 2n]) {
      await tell(f, client, "createJob", [provider.address, evaluator.address, expiredAt, "Find the bug", ZERO, 0n]);
      await tell(f, client, "setBudget", [jobId, f.addresses.usdc, BUDGET, NOTHING]);
      await tell(f, client, "fund", [jobId, BUDGET, NOTHING]);
    }
    await tell(f, provider, "submit", [1n, DELIVERABLE, NOTHING]);
    expect(await tell(f, evaluator, "reject", [1n, REASON, NOTHING])).to.deep.equal(["JobRejected", "Refunded"]);
    await time.increaseTo(expiredAt);
    expect(await tell(f, f.anyone, "claimRefund", [2n])).to.deep.equal(["JobExpired", "Refunded"]);
    expect([await statusOf(f, 1n), await statusOf(f, 2n)]).to.deep.equal([STATUS.rejected, STATUS.expired]);
    expect(await f.usdc.balanceOf(client)).to.equal(before);
  });
});

/** A number of a fixed row, so that a failing walk can be walked again. */
const dice = (seed: number) => {
  let state = seed;
  return (sides: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % sides;
  };
};

/** What somebody may try at a step: a call of the adapter, one past it, or letting time go by. */
const attempts = (f: Commerce, jobId: bigint): readonly (() => Promise<unknown>)[] => [
  () => as(f, f.client).fund(jobId, BUDGET),
  () => as(f, f.provider).submit(jobId),
  () => as(f, f.evaluator).complete(jobId),
  () => as(f, f.evaluator).reject(jobId),
  () => as(f, f.anyone).claimRefund(jobId),
  () => as(f, f.anyone).claimPayment(jobId),
  async () => f.escrow.connect(f.attacker).resolveTimeout(await termsIn(f, jobId)),
  () => time.increase(TERM / 3n),
];

/** What the escrow gave back or paid for a job past the adapter, which does not know yet. */
const endedPast = async (f: Commerce, jobId: bigint): Promise<bigint> => {
  const status = await statusOf(f, jobId);
  if (status !== STATUS.funded && status !== STATUS.submitted) return 0n;
  const job = await f.escrow.jobOf(await termsIn(f, jobId));
  if (job.status === JOB.paid) return netOf(BUDGET);
  return job.status === JOB.cancelled ? BUDGET : 0n;
};

describe("the ERC-8183 adapter, whatever is tried", () => {
  it("keeps no money but what a job of it still waits for [NX-ESC-01] [NX-ESC-02]", async () => {
    const f = await loadFixture(commerceFixture);
    const before = { client: await f.usdc.balanceOf(f.client), provider: await f.usdc.balanceOf(f.provider) };
    const expiredAt = (await now()) + 5n * TERM;
    for (let jobId = 1n; jobId <= JOBS; jobId += 1n) {
      await f.adapter.connect(f.client)[CREATE](f.provider, f.evaluator, expiredAt - jobId, "", ZERO, 0n);
      await as(f, f.provider).setBudget(jobId, BUDGET);
    }
    const roll = dice(8_183);
    const past = new Map<bigint, bigint>();
    let done = 0;

    for (let step = 0; step < STEPS; step += 1) {
      const jobId = BigInt(roll(Number(JOBS))) + 1n;
      const tries = attempts(f, jobId);
      const attempt = tries[roll(tries.length)];
      done += await (attempt?.() ?? Promise.reject(new Error("no attempt"))).then(
        () => 1,
        () => 0,
      );
      past.set(jobId, await endedPast(f, jobId));
      const awaited = [...past.values()].reduce((sum, part) => sum + part, 0n);
      expect(await leftInside(f), `step ${step}`).to.equal(awaited);
    }
    expect(done).to.be.greaterThan(20);

    // Whatever is left can be ended by anyone, and then nothing is left.
    await time.increase(11n * TERM);
    let completed = 0n;
    const ends = new Set<bigint>();
    for (let jobId = 1n; jobId <= JOBS; jobId += 1n) {
      const status = await statusOf(f, jobId);
      if (status === STATUS.funded) await as(f, f.anyone).claimRefund(jobId);
      if (status === STATUS.submitted) await as(f, f.anyone).claimPayment(jobId);
      ends.add(await statusOf(f, jobId));
      if ((await statusOf(f, jobId)) === STATUS.completed) completed += 1n;
    }
    expect([...ends]).to.include.members([STATUS.completed, STATUS.rejected, STATUS.expired]);
    expect(await leftInside(f)).to.equal(0n);
    expect(before.client - (await f.usdc.balanceOf(f.client))).to.equal(completed * BUDGET);
    expect((await f.usdc.balanceOf(f.provider)) - before.provider).to.equal(completed * netOf(BUDGET));
    expect(await f.accounts.feesOf(f.addresses.usdc, f.worker)).to.equal(completed * feeOf(BUDGET));
  });
});
