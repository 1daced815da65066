import { expect } from "chai";
import { buildMandateTree } from "../../../deployments/mandateTree.ts";
import { type VotedProposal, enact, expectRefused, votedPayment, preview } from "../../support/votedProposals.ts";
import { SELECTOR, erc20Leaf, callProofOf, transferCall } from "../../support/calls.ts";
import { USDC, WAD, ZERO, loadFixture, now } from "../../support/chain.ts";
import { BALANCES, LEVEL, QUOTE, TRANSFERS, refusal } from "../../support/enums.ts";
import {
  type Market,
  attackerTrades,
  buyOnV2,
  buyOnV3,
  votedTrades,
  marketFixture,
  sellOnV2,
  sellOnV3,
} from "../../support/market.ts";
import { type Nexus, votedProposalOf, fundedFixture, proposalOf } from "../../support/nexus.ts";
import { report } from "../../support/report.ts";
import { hostileFixture } from "../../support/vault.ts";
import { proposalDigest } from "../../support/votes.ts";

const AMOUNT = 10_000n * USDC;

const nonceOf = async (f: Nexus): Promise<bigint> => {
  const [voter] = f.voters;
  return voter === undefined ? -1n : (await f.registry.signerRecordOf(voter.key.address)).highestNonce;
};

const holdings = async (f: Nexus) => [
  await f.usdc.balanceOf(f.addresses.treasury),
  await f.wsei.balanceOf(f.addresses.treasury),
  await nonceOf(f),
];

/** What the market gives now for `AMOUNT` on v2, asked as keepers ask: by simulation. */
const quoteV2 = async (f: Market): Promise<bigint> => {
  const path = [f.addresses.usdc, f.addresses.wsei];
  const amounts: unknown = await f.dexes.v2Router.getFunction("getAmountsOut").staticCall(AMOUNT, path);
  if (!Array.isArray(amounts)) throw new Error("the router gave no amounts");
  return BigInt(String(amounts[1]));
};

/** WSEI that is dear on v3 and cheap on v2: what one swap buys the other sells with a profit. */
const gapFixture = async () => {
  const f = await marketFixture();
  await attackerTrades(f, "sell", 8_000_000n * WAD);
  const bought = await quoteV2(f);
  const arbitrage = await votedTrades(
    f,
    [buyOnV2(f, AMOUNT, { least: bought }), sellOnV3(f, bought, { least: AMOUNT })],
    {
      maxLoss: 0n,
    },
  );
  return { ...f, arbitrage };
};

/** The hostile asset is listed and may be paid to `payee`. */
const hostileMandateFixture = async () => {
  const f = await hostileFixture();
  const leaf = erc20Leaf(f.addresses.decoders, {
    token: f.evilAt,
    counterparty: f.payee.address,
    selector: SELECTOR.transfer,
  });
  const evilTree = buildMandateTree([leaf, f.leaves.payUsdc]);
  await f.mandate.connect(f.admin).setRoot(evilTree.root, "");
  await f.mandate
    .connect(f.admin)
    .setTokenLimit(f.evilAt, { perAction: 100n * WAD, perAgentDay: 400n * WAD, perDay: 400n * WAD });
  const votedEvilCalls = async (): Promise<VotedProposal> => {
    const proposal = await proposalOf([transferCall(f.evilAt, f.payee.address, 10n * WAD)]);
    return {
      proposal,
      callProofs: [callProofOf(evilTree, leaf)],
      votes: votedProposalOf(f, proposal).votes,
      sender: f.anyone,
    };
  };
  return { ...f, votedEvilCalls };
};

describe("Attacks between vote and execution", () => {
  it("the breaker trips: refused, nonce unused, and the same votes serve after it is restored in time [NX-BRK-01]", async () => {
    const f = await loadFixture(fundedFixture);
    const voted = await votedPayment(f);
    expect((await preview(f, voted)).refusal).to.equal(refusal("None"));
    await f.breaker.connect(f.guardian).trip(ZERO, LEVEL.halted, "something is wrong");
    await expectRefused(f, voted, "BreakerHalted");
    await f.breaker.connect(f.admin).restore(ZERO, LEVEL.normal, "false alarm");
    await enact(f, voted);
    expect(await nonceOf(f)).to.equal(1n);
  });

  it("the breaker trips for a router alone: only what goes through it is refused [NX-BRK-01]", async () => {
    const f = await loadFixture(marketFixture);
    await f.breaker.connect(f.guardian).trip(f.v3Router, LEVEL.halted, "router");
    await expectRefused(f, await votedTrades(f, [buyOnV2(f, AMOUNT), buyOnV3(f, AMOUNT)]), "BreakerHalted");
    await enact(f, await votedTrades(f, [buyOnV2(f, AMOUNT)]));
  });

  it("the breaker falls to ReduceOnly: buying is refused, selling goes on [NX-BRK-01]", async () => {
    const f = await loadFixture(marketFixture);
    const [buy, sell] = [await votedTrades(f, [buyOnV2(f, AMOUNT)]), await votedTrades(f, [sellOnV2(f, 1_000n * WAD)])];
    await f.breaker.connect(f.guardian).trip(f.addresses.wsei, LEVEL.reduceOnly, "thin market");
    const before = await holdings(f);
    const got = await quoteV2(f);
    await expect(enact(f, buy))
      .to.be.revertedWithCustomError(f.treasury, "PositionGrew")
      .withArgs(f.addresses.wsei, got);
    expect(await holdings(f)).to.deep.equal(before);
    await enact(f, sell);
    expect(await f.usdc.balanceOf(f.addresses.treasury)).to.be.greaterThan(before[0] ?? 0n);
  });

  it("the price moves before inclusion: the router's own bound reverts, the nonce stays unused and serves again [NX-CON-06]", async () => {
    const f = await loadFixture(gapFixture);
    expect((await preview(f, f.arbitrage)).refusal).to.equal(refusal("None"));
    await f.consensus
      .connect(f.anyone)
      .enact.staticCall(f.arbitrage.votes, f.arbitrage.proposal, f.arbitrage.callProofs);
    const before = await holdings(f);
    const funds = await f.wsei.balanceOf(f.attacker);
    await attackerTrades(f, "buy", 1_000_000n * USDC);
    await expect(enact(f, f.arbitrage)).to.be.revertedWith("UniswapV2Router: INSUFFICIENT_OUTPUT_AMOUNT");
    expect(await holdings(f)).to.deep.equal(before);
    await attackerTrades(f, "sell", (((await f.wsei.balanceOf(f.attacker)) - funds) * 101n) / 100n);
    const later = await votedTrades(f, [buyOnV2(f, AMOUNT), sellOnV3(f, (await quoteV2(f)) - 1n)], { maxLoss: 0n });
    expect(later.proposal.nonce).to.equal(f.arbitrage.proposal.nonce);
    await enact(f, later);
    expect((await holdings(f))[0]).to.be.greaterThan(before[0] ?? 0n);
  });

  it("the price moves and comes back in time: the very same votes are enacted", async () => {
    const f = await loadFixture(gapFixture);
    const before = await holdings(f);
    await enact(f, f.arbitrage);
    const [usdc = 0n, wsei = 0n, nonce] = await holdings(f);
    expect(usdc).to.be.greaterThan(before[0] ?? 0n);
    expect(wsei).to.equal(before[1]);
    expect(nonce).to.equal(1n);
  });

  it("a proposal without bounds of its own is caught by the bracket: maxLoss holds [NX-TRE-02]", async () => {
    const f = await loadFixture(gapFixture);
    const bought = await quoteV2(f);
    const naked = await votedTrades(f, [buyOnV2(f, AMOUNT), sellOnV3(f, bought)], { maxLoss: 0n });
    const before = await holdings(f);
    await attackerTrades(f, "buy", 12_000_000n * USDC);
    await expect(enact(f, naked)).to.be.revertedWithCustomError(f.mandate, "ActionLossExceeded");
    expect(await holdings(f)).to.deep.equal(before);
  });
});

describe("Attacks through the oracle [NX-ORA-01]", () => {
  for (const [name, change] of [
    ["stale by a second", { age: 86_401n, price: (3n * WAD) / 10n }],
    ["from the future", { age: -600n, price: (3n * WAD) / 10n }],
    ["zero", { age: 0n, price: 0n }],
    ["negative", { age: 0n, price: -1n }],
  ] as const) {
    it(`a price that is ${name} lets nothing fall, leaves the nonce unused, and the exit in kind stays open [NX-TRE-04]`, async () => {
      const f = await loadFixture(marketFixture);
      const voted = await votedTrades(f, [buyOnV2(f, AMOUNT)]);
      const updatedAt = (await now()) - change.age;
      await f.sources.wsei.setAnswer(change.price, updatedAt);
      const before = await holdings(f);
      await expect(enact(f, voted))
        .to.be.revertedWithCustomError(f.hub, "PriceUnavailable")
        .withArgs(f.addresses.wsei, QUOTE.quorumMissed, 0n);
      expect(await holdings(f)).to.deep.equal(before);
      expect(await f.treasury.maxDeposit(f.attacker)).to.equal(0n);
      const shares = (await f.treasury.balanceOf(f.depositor)) / 2n;
      await f.treasury.connect(f.depositor).redeemInKind(shares, f.depositor.address, f.depositor.address);
      expect(await f.wsei.balanceOf(f.depositor)).to.be.greaterThan(0n);
    });
  }

  it("an arbitrage in which no balance falls goes on with every oracle dead [NX-TRE-02]", async () => {
    const f = await loadFixture(gapFixture);
    for (const source of [f.sources.usdc, f.sources.wsei, f.sources.weth]) await source.setPrice(0n);
    const before = await holdings(f);
    await enact(f, f.arbitrage);
    expect((await holdings(f))[0]).to.be.greaterThan(before[0] ?? 0n);
  });
});

describe("Attacks by tokens", () => {
  it("a token that reenters finds Consensus and treasury shut, and nothing moves twice [NX-TRE-08]", async () => {
    const f = await loadFixture(hostileMandateFixture);
    const inner = await votedPayment(f, { proposal: { nonce: 2n } });
    const data = f.consensus.interface.encodeFunctionData("enact", [inner.votes, inner.proposal, inner.callProofs]);
    await f.evil.reenterWith(f.addresses.consensus, data);
    await f.evil.behave(TRANSFERS.reentering, BALANCES.honest);
    const before = await f.usdc.balanceOf(f.payee);
    await enact(f, await f.votedEvilCalls());
    expect(await f.evil.reentered()).to.equal(false);
    expect(await f.evil.reentryAnswer()).to.equal(f.treasury.interface.getError("TreasuryGuarded")?.selector);
    expect(await f.usdc.balanceOf(f.payee)).to.equal(before);
    expect(await nonceOf(f)).to.equal(1n);
  });

  it("a token that calls the same proposal again finds the nonce used [NX-CON-01]", async () => {
    const f = await loadFixture(hostileMandateFixture);
    const voted = await f.votedEvilCalls();
    const data = f.consensus.interface.encodeFunctionData("enact", [voted.votes, voted.proposal, voted.callProofs]);
    await f.evil.reenterWith(f.addresses.consensus, data);
    await f.evil.behave(TRANSFERS.reentering, BALANCES.honest);
    await enact(f, voted);
    expect(await f.evil.reentered()).to.equal(false);
    const answer = f.consensus.interface.parseError(await f.evil.reentryAnswer());
    expect([answer?.name, answer?.args[1]]).to.deep.equal(["ProposalRefused", refusal("NonceUsed")]);
    expect(await f.evil.balanceOf(f.payee)).to.equal(10n * WAD);
  });

  it("a token that takes a fee costs what left, and no more than the limit", async () => {
    const f = await loadFixture(hostileMandateFixture);
    await f.evil.behave(TRANSFERS.takingFee, BALANCES.honest);
    const voted = await f.votedEvilCalls();
    const { nonce, evidence } = voted.proposal;
    await expect(enact(f, voted))
      .to.emit(f.consensus, "ProposalEnacted")
      .withArgs(proposalDigest(f.domain, voted.proposal), 1n, nonce, 9n * WAD, evidence);
  });

  it("a token that returns false stops the proposal, and the nonce is free for another", async () => {
    const f = await loadFixture(hostileMandateFixture);
    await f.evil.behave(TRANSFERS.returningFalse, BALANCES.honest);
    await expect(enact(f, await f.votedEvilCalls()))
      .to.be.revertedWithCustomError(f.treasury, "CallReturnedFalse")
      .withArgs(0n);
    await f.evil.behave(TRANSFERS.honest, BALANCES.honest);
    await enact(f, await f.votedEvilCalls());
    expect(await nonceOf(f)).to.equal(1n);
  });

  it("a token that turns hostile blocks no exit in kind: two bombs of its kind fit a Sei transaction [NX-TRE-04]", async () => {
    const f = await loadFixture(hostileFixture);
    await f.evil.behave(TRANSFERS.returningMuch, BALANCES.returningMuch);
    const shares = await f.treasury.balanceOf(f.depositor);
    const exit = await f.treasury.connect(f.depositor).redeemInKind(shares, f.depositor.address, f.depositor.address);
    const receipt = await exit.wait();
    report(`exit in kind with a return bomb: ${receipt?.gasUsed} gas of 12,500,000`);
    expect(receipt?.gasUsed).to.be.lessThan(12_500_000n);
    expect(await f.usdc.balanceOf(f.depositor)).to.be.greaterThan(0n);
  });
});
