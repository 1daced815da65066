/**
 * ERC-8183 by the organisation's draft (`eip.md` of erc-8183/base-contracts at 0167f46), each SHALL of its text; where we
 * differ the title says so, and docs/erc-8183.md why. [NX-STD-04]
 */
import { expect } from "chai";
import { type Signer, ZERO, ethers, loadFixture, now, time } from "../../support/chain.ts";
import { BUDGET, DELIVERABLE, REASON, STATUS, TERM, commerceFixture } from "../../support/commerce.ts";
import { NEWER } from "../../support/commerceStandard.ts";
import { netOf } from "../../support/jobs.ts";

const NOTHING = "0x";
const AGENT = 22n;
const FIVE_MINUTES = 300n;

const standardFixture = async () => {
  const f = await commerceFixture();
  const abi = new ethers.Interface(NEWER);
  const by = (who: Signer, name: string, ...args: readonly unknown[]): Promise<unknown> =>
    new ethers.Contract(f.adapterAt, abi, who).getFunction(name).send(...args);
  const job = async () => {
    const answer: unknown = await new ethers.Contract(f.adapterAt, abi, ethers.provider).getFunction("getJob")(1n);
    if (!(answer instanceof ethers.Result)) throw new Error("no job");
    return answer.toObject();
  };
  const standard = new ethers.Contract(f.adapterAt, abi, ethers.provider);
  const expiredAt = (await now()) + TERM;
  const create = (changes: Readonly<Record<string, unknown>> = {}) => {
    const wanted = { provider: f.provider.address, evaluator: f.evaluator.address, expiredAt, ...changes };
    return by(f.client, "createJob", wanted.provider, wanted.evaluator, wanted.expiredAt, "a job", ZERO, AGENT);
  };
  return { ...f, by, job, standard, expiredAt, create };
};

/** Job 1 stands where its name says. */
const openFixture = async () => {
  const f = await standardFixture();
  await f.create();
  await f.by(f.provider, "setBudget", 1n, f.addresses.usdc, BUDGET, NOTHING);
  return f;
};
const fundedFixture = async () => {
  const f = await openFixture();
  await f.by(f.client, "fund", 1n, BUDGET, NOTHING);
  return f;
};
const submittedFixture = async () => {
  const f = await fundedFixture();
  await f.by(f.provider, "submit", 1n, DELIVERABLE, NOTHING);
  return f;
};
const completedFixture = async () => {
  const f = await submittedFixture();
  await f.by(f.evaluator, "complete", 1n, REASON, NOTHING);
  return f;
};
const rejectedFixture = async () => {
  const f = await fundedFixture();
  await f.by(f.evaluator, "reject", 1n, REASON, NOTHING);
  return f;
};
const ENDED = [completedFixture, rejectedFixture] as const;

describe("ERC-8183", () => {
  it("creates an open job of the caller's, with or without a provider [NX-STD-04]", async () => {
    for (const provider of ["some", "none"] as const) {
      const f = await loadFixture(standardFixture);
      const address = provider === "some" ? f.provider.address : ZERO;
      await expect(f.create({ provider: address }))
        .to.emit(f.standard, "JobCreated")
        .withArgs(1n, f.client.address, address, f.evaluator.address, f.expiredAt, ZERO);
      expect(await f.job()).to.deep.include({
        id: 1n,
        client: f.client.address,
        provider: address,
        evaluator: f.evaluator.address,
        description: "a job",
        budget: 0n,
        expiredAt: f.expiredAt,
        status: STATUS.open,
        hook: ZERO,
        providerAgentId: provider === "some" ? AGENT : 0n,
      });
    }
  });

  it("creates none without an evaluator, or that expires within five minutes [NX-STD-04]", async () => {
    const f = await loadFixture(standardFixture);
    await expect(f.create({ evaluator: ZERO })).to.be.revert(ethers);
    await expect(f.create({ expiredAt: (await now()) + FIVE_MINUTES })).to.be.revert(ethers);
    await f.create({ expiredAt: (await now()) + FIVE_MINUTES + 10n });
  });

  it("lets the client alone name a provider, once, while the job is open [NX-STD-04]", async () => {
    const f = await loadFixture(standardFixture);
    await f.create({ provider: ZERO });
    await expect(f.by(f.anyone, "setProvider", 1n, f.provider.address, AGENT)).to.be.revert(ethers);
    await expect(f.by(f.client, "setProvider", 1n, ZERO, AGENT)).to.be.revert(ethers);
    await expect(f.by(f.client, "setProvider", 1n, f.provider.address, AGENT))
      .to.emit(f.standard, "ProviderSet")
      .withArgs(1n, f.provider.address, AGENT);
    expect(await f.job()).to.deep.include({ provider: f.provider.address, providerAgentId: AGENT });
    await expect(f.by(f.client, "setProvider", 1n, f.anyone.address, AGENT)).to.be.revert(ethers);
    await f.by(f.client, "reject", 1n, REASON, NOTHING);
    await expect(f.by(f.client, "setProvider", 1n, f.anyone.address, AGENT)).to.be.revert(ethers);
  });

  it("lets client and provider set token and amount while the job is open, and nobody else [NX-STD-04]", async () => {
    const f = await loadFixture(openFixture);
    const { usdc } = f.addresses;
    for (const [who, amount] of [
      [f.client, 5n],
      [f.provider, 6n],
    ] as const) {
      await expect(f.by(who, "setBudget", 1n, usdc, amount, NOTHING))
        .to.emit(f.standard, "BudgetSet")
        .withArgs(1n, usdc, amount);
      expect(await f.job()).to.deep.include({ budget: amount, paymentToken: usdc });
    }
    await expect(f.by(f.evaluator, "setBudget", 1n, usdc, 5n, NOTHING)).to.be.revert(ethers);
    await expect(f.by(f.client, "setBudget", 1n, ZERO, 5n, NOTHING)).to.be.revert(ethers);
    const funded = await loadFixture(fundedFixture);
    await expect(funded.by(funded.client, "setBudget", 1n, usdc, 5n, NOTHING)).to.be.revert(ethers);
  });

  it("pulls the expected budget from the client, in time and for a job with a provider [NX-STD-04]", async () => {
    const f = await loadFixture(openFixture);
    await expect(f.by(f.provider, "fund", 1n, BUDGET, NOTHING)).to.be.revert(ethers);
    await expect(f.by(f.client, "fund", 1n, BUDGET - 1n, NOTHING)).to.be.revert(ethers);
    const before = await f.usdc.balanceOf(f.client);
    await expect(f.by(f.client, "fund", 1n, BUDGET, NOTHING))
      .to.emit(f.standard, "JobFunded")
      .withArgs(1n, f.client.address, BUDGET);
    expect(before - (await f.usdc.balanceOf(f.client))).to.equal(BUDGET);
    expect(await f.job()).to.deep.include({ status: STATUS.funded });
    await expect(f.by(f.client, "fund", 1n, BUDGET, NOTHING)).to.be.revert(ethers);

    const bare = await loadFixture(standardFixture);
    await bare.create({ provider: ZERO });
    await bare.by(bare.client, "setBudget", 1n, bare.addresses.usdc, BUDGET, NOTHING);
    await expect(bare.by(bare.client, "fund", 1n, BUDGET, NOTHING)).to.be.revert(ethers);
    const late = await loadFixture(openFixture);
    await time.increaseTo(late.expiredAt);
    await expect(late.by(late.client, "fund", 1n, BUDGET, NOTHING)).to.be.revert(ethers);
  });

  it("lets the provider alone submit, funded work alone [NX-STD-04]", async () => {
    const f = await loadFixture(fundedFixture);
    await expect(f.by(f.client, "submit", 1n, DELIVERABLE, NOTHING)).to.be.revert(ethers);
    await expect(f.by(f.provider, "submit", 1n, DELIVERABLE, NOTHING))
      .to.emit(f.standard, "JobSubmitted")
      .withArgs(1n, f.provider.address, DELIVERABLE);
    expect(await f.job()).to.deep.include({ status: STATUS.submitted });
    await expect(f.by(f.provider, "submit", 1n, DELIVERABLE, NOTHING)).to.be.revert(ethers);
    const open = await loadFixture(openFixture);
    await expect(open.by(open.provider, "submit", 1n, DELIVERABLE, NOTHING)).to.be.revert(ethers);
  });

  it("lets the evaluator alone complete what was submitted, and takes its fee of that alone [NX-STD-04]", async () => {
    const funded = await loadFixture(fundedFixture);
    await expect(funded.by(funded.evaluator, "complete", 1n, REASON, NOTHING)).to.be.revert(ethers);
    const f = await loadFixture(submittedFixture);
    for (const who of [f.client, f.provider]) {
      await expect(f.by(who, "complete", 1n, REASON, NOTHING)).to.be.revert(ethers);
    }
    const before = await f.usdc.balanceOf(f.provider);
    await expect(f.by(f.evaluator, "complete", 1n, REASON, NOTHING))
      .to.emit(f.standard, "JobCompleted")
      .withArgs(1n, f.evaluator.address, REASON)
      .and.to.emit(f.standard, "PaymentReleased")
      .withArgs(1n, f.provider.address, netOf(BUDGET));
    expect((await f.usdc.balanceOf(f.provider)) - before).to.equal(netOf(BUDGET));
    expect(await f.job()).to.deep.include({ status: STATUS.completed });
  });

  for (const [state, fixture, rejector, refunded] of [
    ["open", openFixture, "client", 0n],
    ["funded", fundedFixture, "evaluator", BUDGET],
    ["submitted", submittedFixture, "evaluator", BUDGET],
  ] as const) {
    it(`lets the ${rejector} alone reject a job that is ${state}, and refunds all [NX-STD-04]`, async () => {
      const f = await loadFixture(fixture);
      for (const who of [f.client, f.provider, f.evaluator].filter((party) => party !== f[rejector])) {
        await expect(f.by(who, "reject", 1n, REASON, NOTHING)).to.be.revert(ethers);
      }
      const before = await f.usdc.balanceOf(f.client);
      await expect(f.by(f[rejector], "reject", 1n, REASON, NOTHING))
        .to.emit(f.standard, "JobRejected")
        .withArgs(1n, f[rejector].address, REASON);
      expect((await f.usdc.balanceOf(f.client)) - before).to.equal(refunded);
      expect(await f.job()).to.deep.include({ status: STATUS.rejected });
    });
  }

  it("gives anyone's call the client its money back once a funded job has expired, and not before [NX-STD-04]", async () => {
    const f = await loadFixture(fundedFixture);
    await expect(f.by(f.anyone, "claimRefund", 1n)).to.be.revert(ethers);
    await time.setNextBlockTimestamp(f.expiredAt);
    const before = await f.usdc.balanceOf(f.client);
    await expect(f.by(f.anyone, "claimRefund", 1n))
      .to.emit(f.standard, "JobExpired")
      .withArgs(1n)
      .and.to.emit(f.standard, "Refunded")
      .withArgs(1n, f.client.address, BUDGET);
    expect((await f.usdc.balanceOf(f.client)) - before).to.equal(BUDGET);
    expect(await f.job()).to.deep.include({ status: STATUS.expired });
  });

  it("has no way out of a state in which a job is over [NX-STD-04]", async () => {
    for (const fixture of ENDED) {
      const f = await loadFixture(fixture);
      await time.increaseTo(f.expiredAt + TERM);
      for (const [who, name, ...args] of [
        [f.client, "fund", BUDGET, NOTHING],
        [f.provider, "submit", DELIVERABLE, NOTHING],
        [f.evaluator, "complete", REASON, NOTHING],
        [f.evaluator, "reject", REASON, NOTHING],
        [f.client, "reject", REASON, NOTHING],
        [f.anyone, "claimRefund"],
      ] as const) {
        await expect(f.by(who, name, 1n, ...args), name).to.be.revert(ethers);
      }
    }
  });

  it("differs where the evaluator is silent: submitted work is paid, and not refunded [NX-STD-04] [NX-ESC-02]", async () => {
    const f = await loadFixture(submittedFixture);
    await time.increaseTo((await f.adapter.judgedBy(1n)) + 1n);
    await expect(f.by(f.anyone, "claimRefund", 1n)).to.be.revert(ethers);
    const before = await f.usdc.balanceOf(f.provider);
    await f.adapter.connect(f.anyone).claimPayment(1n);
    expect((await f.usdc.balanceOf(f.provider)) - before).to.equal(netOf(BUDGET));
  });

  it("differs for jobs without a price, or that nobody funded: they can be rejected and no more [NX-STD-04]", async () => {
    const f = await loadFixture(standardFixture);
    await f.create();
    await expect(f.by(f.client, "fund", 1n, 0n, NOTHING)).to.be.revert(ethers);
    await expect(f.by(f.provider, "submit", 1n, DELIVERABLE, NOTHING)).to.be.revert(ethers);
    await time.increaseTo(f.expiredAt);
    await expect(f.by(f.anyone, "claimRefund", 1n)).to.be.revert(ethers);
    await f.by(f.client, "reject", 1n, REASON, NOTHING);
  });
});
