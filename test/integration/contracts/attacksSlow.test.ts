import { expect } from "chai";
import { CONDITION_KIND } from "../../../keepers/core/proposal.ts";
import { NexusLens__factory } from "../../../types/index.ts";
import { fillBond, rotate, spareKey } from "../../support/agents.ts";
import { transferCall } from "../../support/calls.ts";
import { DAY, USDC, at, ethers, loadFixture, networkHelpers, now, time } from "../../support/chain.ts";
import { RISK, refusal } from "../../support/enums.ts";
import { deployLens } from "../../support/keeperView.ts";
import { BOND, LOSS_LIMIT, WEIGHT, callProofsOf } from "../../support/nexus.ts";
import { report } from "../../support/report.ts";
import {
  TALLY,
  DELAY,
  type Slow,
  SUPPORT,
  castBy,
  execute,
  hashOf,
  openFixture,
  previewExecute,
  propose,
  queuedFixture,
  slowFixture,
  slowPayment,
  waitDelay,
} from "../../support/slowPath.ts";
import type { Proposal, Voter } from "../../support/votes.ts";

type Open = Awaited<ReturnType<typeof openFixture>>;

const cast = (f: Slow, proposal: Proposal, voters: readonly Voter[], support: bigint = SUPPORT.for) =>
  f.consensus.castVotes(hashOf(f, proposal), support, castBy(f, proposal, voters, { support }));

const weightsOf = async (f: Slow, hash: string) => {
  const { weightFor, weightAgainst } = await f.consensus.tallyOf(hash);
  return [weightFor, weightAgainst];
};

const refused = async (f: Slow, hash: string, attempt: Promise<unknown>, why: Parameters<typeof refusal>[0]) =>
  expect(attempt).to.be.revertedWithCustomError(f.consensus, "ProposalRefused").withArgs(hash, refusal(why), 0n);

const dollars = (wei: bigint): string => `${ethers.formatUnits(wei - (wei % 10n ** 16n), 18)} USD`;

describe("Attacks by votes on the slow path", () => {
  it("vote twice: the second vote counts nowhere, for or against, alone or in a batch [NX-CON-04]", async () => {
    const f: Open = await loadFixture(openFixture);
    const [first, second] = [at(f.voters, 0), at(f.voters, 1)];
    await refused(f, f.hash, cast(f, f.proposal, [first]), "AlreadyVoted");
    await refused(f, f.hash, cast(f, f.proposal, [first], SUPPORT.against), "AlreadyVoted");
    await cast(f, f.proposal, [second, second]);
    expect(await weightsOf(f, f.hash)).to.deep.equal([2n * WEIGHT, 0n]);
  });

  it("vote with old and new key: an agent has one bit in the ballot, whichever key sets it [NX-AGT-02] [NX-CON-04]", async () => {
    const f: Open = await loadFixture(openFixture);
    const [oldKey, newKey] = [at(f.voters, 0).key, spareKey()];
    await rotate(f, { agentId: 1n, key: newKey, overlap: 600n });
    // The old key has voted with the proposal; the new one comes too late, and with it both together.
    await refused(f, f.hash, cast(f, f.proposal, [{ agentId: 1n, key: newKey }]), "AlreadyVoted");
    await refused(f, f.hash, cast(f, f.proposal, [{ agentId: 1n, key: oldKey }]), "AlreadyVoted");
    expect(await weightsOf(f, f.hash)).to.deep.equal([WEIGHT, 0n]);
  });

  it("vote after rotation: a key whose overlap is over, and one that was revoked, have no vote [NX-AGT-02]", async () => {
    const f: Open = await loadFixture(openFixture);
    const voter = at(f.voters, 1);
    await rotate(f, { agentId: 2n, key: spareKey(), overlap: 10n });
    await time.increase(11n);
    await refused(f, f.hash, cast(f, f.proposal, [voter]), "SignerExpired");
    const stolen = at(f.voters, 2);
    await f.registry.connect(await ownerOf(f, 3n)).revokeKeys(3n);
    await refused(f, f.hash, cast(f, f.proposal, [stolen]), "SignerExpired");
  });

  it("borrowed weight: what is bonded after a proposal was made has no vote on it, in or out [NX-CON-10]", async () => {
    const f: Open = await loadFixture(openFixture);
    const voter = at(f.voters, 4);
    await fillBond(f, 5n, BOND, f.operatorC);
    await refused(f, f.hash, cast(f, f.proposal, [voter]), "WeightTooNew");
    await f.registry.connect(f.operatorC).unbond(5n, BOND);
    await refused(f, f.hash, cast(f, f.proposal, [voter]), "WeightTooNew");
    expect(await weightsOf(f, f.hash)).to.deep.equal([WEIGHT, 0n]);
  });

  it("weight changes mid-vote: a loss counts at once, and what was voted stays voted and slashable [NX-CON-10] [NX-AGT-05]", async () => {
    const f: Open = await loadFixture(openFixture);
    const [stays, leaves] = [at(f.voters, 1), at(f.voters, 2)];
    await f.registry.connect(f.admin).slash(3n, f.payee.address, BOND / 2n, await now(), ethers.id("operation"));
    await cast(f, f.proposal, [leaves]);
    expect(await weightsOf(f, f.hash)).to.deep.equal([WEIGHT + WEIGHT / 2n, 0n]);
    // Who leaves after the vote has voted; its bond stays within reach until long after the execution.
    const votedAt = await now();
    await f.registry.connect(await ownerOf(f, 3n)).terminate(3n);
    expect(await weightsOf(f, f.hash)).to.deep.equal([WEIGHT + WEIGHT / 2n, 0n]);
    expect(await f.registry.slashableOf(3n, votedAt)).to.equal(BOND / 2n);
    const unbonding = await f.registry.UNBONDING_DELAY();
    report(`a voter's bond can be slashed for ${unbonding} s after it leaves, the delay is ${DELAY} s`);
    expect(unbonding).to.be.greaterThan(DELAY);
    await cast(f, f.proposal, [stays, at(f.voters, 3)]);
    expect(await weightsOf(f, f.hash)).to.deep.equal([3n * WEIGHT + WEIGHT / 2n, 0n]);
  });

  it("replay on another chain or contract: a ballot signed there counts nowhere here [NX-CON-04]", async () => {
    const f: Open = await loadFixture(openFixture);
    for (const domain of [
      { ...f.domain, chainId: 1n },
      { ...f.domain, verifyingContract: f.addresses.treasury },
    ]) {
      const votes = castBy({ domain }, f.proposal, f.voters.slice(1, 2));
      await expect(f.consensus.castVotes(f.hash, SUPPORT.for, votes)).to.be.revertedWithCustomError(
        f.consensus,
        "ProposalRefused",
      );
    }
    expect(await weightsOf(f, f.hash)).to.deep.equal([WEIGHT, 0n]);
  });
});

/** Who may act for an agent. */
const ownerOf = async (f: Slow, agentId: bigint) => {
  const owner = await f.registry.ownerOf(agentId);
  const found = [f.operatorA, f.operatorB, f.operatorC].find(({ address }) => address === owner);
  if (found === undefined) throw new Error(`nobody here owns agent ${agentId}`);
  return found;
};

describe("Attacks on the delay", () => {
  it("veto race: in one block the dearer transaction wins, and a guardian has had the whole delay before it [NX-CON-05]", async () => {
    const f = await loadFixture(queuedFixture);
    const { since } = await f.consensus.tallyOf(f.hash);
    expect((await previewExecute(f, f.proposal)).refusal).to.equal(refusal("DelayNotPassed"));
    await waitDelay();
    const paid = (gwei: bigint) => ({ gasLimit: 6_000_000n, gasPrice: gwei * 10n ** 9n });
    await ethers.provider.send("evm_setAutomine", [false]);
    try {
      const executing = await f.consensus
        .connect(f.anyone)
        .execute(f.proposal, callProofsOf(f, [f.leaves.payUsdc]), paid(50n));
      const vetoing = await f.consensus.connect(f.guardian).veto(f.hash, "just in time", paid(60n));
      await networkHelpers.mine();
      const statuses = await Promise.all(
        [vetoing, executing].map(async ({ hash }) => (await ethers.provider.getTransactionReceipt(hash))?.status),
      );
      expect(statuses).to.deep.equal([1, 0]);
    } finally {
      await ethers.provider.send("evm_setAutomine", [true]);
    }
    expect((await f.consensus.tallyOf(f.hash)).state).to.equal(TALLY.vetoed);
    expect(await f.usdc.balanceOf(f.payee.address)).to.equal(0n);
    report(`a guardian has ${(await now()) - since} s before an execution can be in the same block, at least ${DELAY}`);
  });

  it("re-entry through a post-condition: what is read while it is judged can execute nothing again [NX-CON-06]", async () => {
    const f = await loadFixture(slowFixture);
    const meddler = await ethers.deployContract("MeddlingToken");
    const conditions = [
      { kind: CONDITION_KIND.balanceAtMost, subject: await meddler.getAddress(), holder: f.payee.address, amount: 0n },
    ];
    const proposal = await slowPayment(f, 5n * USDC, { conditions });
    await propose(f, proposal, f.voters.slice(0, 3));
    const data = f.consensus.interface.encodeFunctionData("execute", [proposal, callProofsOf(f, [f.leaves.payUsdc])]);
    await meddler.meddleWith(f.addresses.consensus, data);
    await waitDelay();
    // Its balance would be one if the call from within had gone through, and then the condition would fail.
    await execute(f, proposal);
    expect(await f.usdc.balanceOf(f.payee.address)).to.equal(5n * USDC);
  });

  it("a guardian that blocks its own removal: its veto reaches agents' proposals, and the DAO's no more [NX-CON-05]", async () => {
    const f = await loadFixture(queuedFixture);
    await f.consensus.connect(f.guardian).veto(f.hash, "everything");
    const data = f.breaker.interface.encodeFunctionData("setGuardian", [f.guardian.address, false]);
    await refused(
      f,
      ethers.keccak256(data),
      f.consensus.connect(f.guardian).veto(ethers.keccak256(data), "not me"),
      "WrongProposalState",
    );
    await f.breaker.connect(f.admin).setGuardian(f.guardian.address, false);
    const next = await slowPayment(f, 5n * USDC, { nonce: 2n });
    await propose(f, next, f.voters.slice(0, 3));
    await expect(f.consensus.connect(f.guardian).veto(hashOf(f, next), "still me"))
      .to.be.revertedWithCustomError(f.consensus, "NotVetoer")
      .withArgs(f.guardian.address);
    await waitDelay();
    await execute(f, next);
    expect(await f.usdc.balanceOf(f.payee.address)).to.equal(5n * USDC);
  });
});

describe("Takeover by a bonded majority", () => {
  it("drains no more in a day than the worst case said, and every depositor can leave before the first of it [NX-TRE-02] [NX-TRE-04]", async () => {
    const f = await loadFixture(slowFixture);
    const before = await f.usdc.balanceOf(f.addresses.treasury);
    const lens = NexusLens__factory.connect(await deployLens(f), ethers.provider);
    const { inADay: worst } = await lens.worstCase(RISK.elevated);
    // All that the loss limit holds at once, and then every three hours of a rolling day what has drained meanwhile.
    const start = await now();
    let nonce = 0n;
    const tries = async (amount: bigint): Promise<boolean> => {
      nonce += 1n;
      const agentId = (nonce % 5n) + 1n;
      const payment = await slowPayment(f, amount, { agentId, nonce, calls: [payOut(f, amount)] });
      await propose(f, payment, f.voters);
      await waitDelay();
      return execute(f, payment).then(
        () => true,
        () => false,
      );
    };
    for (const size of [20_000n, 20_000n, 1_000n]) await tries(size * USDC);
    for (let part = 1n; part < 8n; part += 1n) {
      await time.increaseTo(start + (part * DAY) / 8n);
      for (const size of [4_000n, 2_450n]) await tries(size * USDC);
    }
    const taken = (before - (await f.usdc.balanceOf(f.addresses.treasury))) * 10n ** 12n;
    // Twice half of Routine's daily limit fits at once, and half of it drains in a day.
    expect(worst).to.equal((LOSS_LIMIT.perDay / 2n) * 3n);
    report(`bonded majority, Elevated: ${dollars(taken)} in a day, the worst case said ${dollars(worst)}`);
    expect(taken > (worst * 9n) / 10n && taken <= worst).to.equal(true);
  });

  it("can wait for nobody: a depositor leaves in kind while the first proposal waits [NX-TRE-04]", async () => {
    const f = await loadFixture(queuedFixture);
    const shares = await f.treasury.balanceOf(f.depositor.address);
    await time.increase((await f.treasury.MIN_HOLDING_TIME()) + 1n);
    await f.treasury.connect(f.depositor).redeemInKind(shares, f.depositor.address, f.depositor.address);
    expect(await f.treasury.balanceOf(f.depositor.address)).to.equal(0n);
  });

  it("needs the co-signer for what is Critical, however many it is [NX-CON-02]", async () => {
    const f = await loadFixture(slowFixture);
    const payment = await slowPayment(f);
    await propose(f, payment, f.voters, RISK.critical);
    await waitDelay();
    await refused(f, hashOf(f, payment), execute(f, payment), "CoSignatureMissing");
  });
});

const payOut = (f: Slow, amount: bigint) => transferCall(f.addresses.usdc, f.payee.address, amount);

describe("Endless proposals", () => {
  const MANY = 60;

  it("cost their sender a slot each, hinder no other proposal, and end with the agent's key [NX-CON-05] [NX-CON-09]", async () => {
    const f = await loadFixture(slowFixture);
    let gas = 0n;
    for (let n = 1n; n <= BigInt(MANY); n += 1n) {
      const spam = await slowPayment(f, 1n, { nonce: n, evidence: ethers.zeroPadValue(ethers.toBeHex(n), 32) });
      const receipt = await (await propose(f, spam, f.voters.slice(0, 1))).wait();
      gas = receipt?.gasUsed ?? 0n;
    }
    const honest = await slowPayment(f, 5n * USDC, { agentId: 2n, nonce: 1n });
    await propose(f, honest, f.voters.slice(1, 4));
    await waitDelay();
    await execute(f, honest);
    expect(await f.usdc.balanceOf(f.payee.address)).to.equal(5n * USDC);
    await f.registry.connect(await ownerOf(f, 1n)).pause(1n);
    const late = await slowPayment(f, 1n, { nonce: BigInt(MANY + 1) });
    await refused(f, hashOf(f, late), propose(f, late, f.voters.slice(0, 1)), "AgentNotActive");
    report(`${MANY} proposals of one agent: ${gas} gas each to whoever sends them, nothing for anyone else`);
    expect(gas).to.be.lessThan(200_000n);
  });
});
