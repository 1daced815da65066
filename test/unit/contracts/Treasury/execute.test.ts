import { expect } from "chai";
import type { Interface } from "ethers";
import { netChanges } from "../../../../keepers/core/transfers.ts";
import { address } from "../../../../keepers/core/units.ts";
import { buildMandateTree } from "../../../../deployments/mandateTree.ts";
import { PAYMENT, enact, enactedFixture, votedPayment } from "../../../support/votedProposals.ts";
import { SELECTOR, approveCall, erc20Leaf, callProofOf, transferCall } from "../../../support/calls.ts";
import { USDC, WAD, ZERO, ethers, loadFixture, networkHelpers, takeSnapshot } from "../../../support/chain.ts";
import { BALANCES, LEVEL, QUOTE, RISK, SOURCE, TRANSFERS, refusal } from "../../../support/enums.ts";
import { buyOnV2, votedTrades, marketFixture } from "../../../support/market.ts";
import { LOSS_LIMIT, type Nexus, PRICE, WSEI_HELD, fundedFixture, callProofsOf } from "../../../support/nexus.ts";
import { hostileFixture } from "../../../support/vault.ts";
import type { Call } from "../../../support/votes.ts";

/** The treasury, called by Consensus itself: what is tested here needs no votes. */
const asConsensus = async (f: Nexus) => {
  await networkHelpers.setBalance(f.addresses.consensus, 10n ** 18n);
  return f.treasury.connect(await ethers.getImpersonatedSigner(f.addresses.consensus));
};

type Steps = readonly (readonly [Call, keyof Nexus["leaves"]])[];

const argsOf = (f: Nexus, steps: Steps, maxLoss: bigint) =>
  [
    RISK.routine,
    steps.map(([call]) => call),
    maxLoss,
    callProofsOf(
      f,
      steps.map(([, leaf]) => f.leaves[leaf]),
    ),
    1n,
  ] as const;

const execute = async (f: Nexus, steps: Steps, maxLoss = LOSS_LIMIT.perAction) =>
  (await asConsensus(f)).execute(...argsOf(f, steps, maxLoss));

/** What the execution says that it lost; nothing is done. */
const lossOf = async (f: Nexus, steps: Steps, maxLoss = LOSS_LIMIT.perAction): Promise<bigint> =>
  (await asConsensus(f)).execute.staticCall(...argsOf(f, steps, maxLoss));

const pay = (f: Nexus, amount = PAYMENT) =>
  [transferCall(f.addresses.usdc, f.payee.address, amount), "payUsdc"] as const;
const approve = (f: Nexus, amount: bigint) =>
  [approveCall(f.addresses.usdc, f.payee.address, amount), "approveUsdc"] as const;

/** The hostile asset may be paid to `payee`, in any amount. */
const evilMandateFixture = async () => {
  const f = await hostileFixture();
  const leaf = erc20Leaf(f.addresses.decoders, {
    token: f.evilAt,
    counterparty: f.payee.address,
    selector: SELECTOR.transfer,
  });
  const evilTree = buildMandateTree([leaf, f.leaves.payUsdc]);
  const most = { perAction: WSEI_HELD, perAgentDay: 2n * WSEI_HELD, perDay: 2n * WSEI_HELD };
  await f.mandate.connect(f.admin).setRoot(evilTree.root, "");
  await f.mandate.connect(f.admin).setTokenLimit(f.evilAt, most);
  const payEvil = async (amount: bigint) =>
    (await asConsensus(f)).execute(
      RISK.routine,
      [transferCall(f.evilAt, f.payee.address, amount)],
      LOSS_LIMIT.perAction,
      [callProofOf(evilTree, leaf)],
      1n,
    );
  return { ...f, payEvil };
};

describe("Treasury.execute", () => {
  describe("when anyone but Consensus calls", () => {
    it("reverts with NotExecutingConsensus, the administrator included [NX-TRE-01]", async () => {
      const f = await loadFixture(fundedFixture);
      for (const caller of [f.attacker, f.admin, f.guardian]) {
        await expect(f.treasury.connect(caller).execute(RISK.routine, [], 0n, [], 1n))
          .to.be.revertedWithCustomError(f.treasury, "NotExecutingConsensus")
          .withArgs(caller.address);
      }
    });
  });

  describe("when the mandate refuses", () => {
    it("reverts with ActionRefused and the mandate's reason [NX-TRE-01]", async () => {
      const f = await loadFixture(fundedFixture);
      const call = transferCall(f.addresses.usdc, f.attacker.address, PAYMENT);
      await expect(execute(f, [pay(f), [call, "payUsdc"]]))
        .to.be.revertedWithCustomError(f.treasury, "ActionRefused")
        .withArgs(refusal("NotInMandate"), 1n);
    });
  });

  describe("given the breaker is halted", () => {
    it("reverts with ActionRefused(BreakerHalted) for everything, the token and the target [NX-BRK-01]", async () => {
      const f = await loadFixture(fundedFixture);
      for (const scope of [ZERO, f.addresses.usdc]) {
        const snapshot = await takeSnapshot();
        await f.breaker.connect(f.guardian).trip(scope, LEVEL.halted, "drill");
        await expect(execute(f, [pay(f)]))
          .to.be.revertedWithCustomError(f.treasury, "ActionRefused")
          .withArgs(refusal("BreakerHalted"), 0n);
        await snapshot.restore();
      }
    });

    it("reverts for a router alone that is halted [NX-BRK-01]", async () => {
      const f = await loadFixture(marketFixture);
      await f.breaker.connect(f.guardian).trip(f.v2Router, LEVEL.halted, "drill");
      await expect(enact(f, await votedTrades(f, [buyOnV2(f, USDC)])))
        .to.be.revertedWithCustomError(f.treasury, "ActionRefused")
        .withArgs(refusal("BreakerHalted"), 0n);
    });

    it("executes when the halt is of something else", async () => {
      const f = await loadFixture(fundedFixture);
      await f.breaker.connect(f.guardian).trip(f.addresses.weth, LEVEL.halted, "drill");
      await execute(f, [pay(f)]);
      expect(await f.usdc.balanceOf(f.payee)).to.equal(PAYMENT);
    });
  });

  describe("given the breaker stands at ReduceOnly", () => {
    it("executes what only makes positions smaller [NX-BRK-01]", async () => {
      const f = await loadFixture(fundedFixture);
      await f.breaker.connect(f.guardian).trip(ZERO, LEVEL.reduceOnly, "drill");
      await execute(f, [[transferCall(f.addresses.wsei, f.payee.address, WAD), "payWsei"]]);
      expect(await f.wsei.balanceOf(f.payee)).to.equal(WAD);
    });

    it("reverts with PositionGrew for a single unit more, and not for none [NX-BRK-01]", async () => {
      const f = await loadFixture(evilMandateFixture);
      await f.breaker.connect(f.guardian).trip(ZERO, LEVEL.reduceOnly, "drill");
      await f.payEvil(0n);
      await f.evil.reenterWith(f.evilAt, f.evil.interface.encodeFunctionData("mint", [f.addresses.treasury, 1n]));
      await f.evil.behave(TRANSFERS.reentering, BALANCES.honest);
      await expect(f.payEvil(0n)).to.be.revertedWithCustomError(f.treasury, "PositionGrew").withArgs(f.evilAt, 1n);
    });
  });

  describe("when a call spends nothing and buys nothing", () => {
    it("executes, and touches no allowance", async () => {
      const f = await loadFixture(fundedFixture);
      const empty = {
        key: ethers.ZeroHash,
        tokenIn: ZERO,
        amountIn: 0n,
        tokenOut: ZERO,
        recipient: ZERO,
        spender: ZERO,
        form: 0n,
      };
      const decoder = await (await ethers.deployContract("MockDecoder", [empty])).getAddress();
      const call = transferCall(f.addresses.weth, f.payee.address, 0n);
      const leaf = { target: call.target, selector: SELECTOR.transfer, decoder, key: ethers.ZeroHash, minClass: 0 };
      const tree = buildMandateTree([leaf]);
      await f.mandate.connect(f.admin).setRoot(tree.root, "");
      await expect((await asConsensus(f)).execute(RISK.routine, [call], 0n, [callProofOf(tree, leaf)], 1n))
        .to.emit(f.weth, "Transfer")
        .withArgs(f.addresses.treasury, f.payee.address, 0n);
    });
  });

  describe("when a call reverts", () => {
    it("reverts with the call's own error", async () => {
      const f = await loadFixture(fundedFixture);
      await f.wsei.connect(f.deployer).mint(f.payee.address, 1n);
      await f.treasury
        .connect(f.admin)
        .executeAsAdmin([transferCall(f.addresses.usdc, f.anyone.address, 1_000_000n * USDC)]);
      await expect(execute(f, [pay(f)]))
        .to.be.revertedWithCustomError(f.usdc, "ERC20InsufficientBalance")
        .withArgs(f.addresses.treasury, 0n, PAYMENT);
    });
  });

  describe("when an ERC-20 call returns false", () => {
    it("reverts with CallReturnedFalse at its index", async () => {
      const f = await loadFixture(evilMandateFixture);
      await f.evil.behave(TRANSFERS.returningFalse, BALANCES.honest);
      await expect(f.payEvil(WAD)).to.be.revertedWithCustomError(f.treasury, "CallReturnedFalse").withArgs(0n);
    });
  });

  describe("when an ERC-20 call returns nothing", () => {
    it("executes", async () => {
      const f = await loadFixture(evilMandateFixture);
      await f.evil.behave(TRANSFERS.returningNothing, BALANCES.honest);
      await f.payEvil(WAD);
      expect(await f.evil.balanceOf(f.payee)).to.equal(WAD);
    });
  });

  describe("when a token calls back into the treasury", () => {
    it("finds every way in and out locked [NX-TRE-08]", async () => {
      const f = await loadFixture(evilMandateFixture);
      const { interface: abi } = f.treasury;
      const me = f.attacker.address;
      const entryPoints = [
        abi.encodeFunctionData("deposit", [USDC, me]),
        abi.encodeFunctionData("mint", [USDC, me]),
        abi.encodeFunctionData("withdraw", [USDC, me, me]),
        abi.encodeFunctionData("redeem", [USDC, me, me]),
        abi.encodeFunctionData("redeemInKind", [USDC, me, me]),
        abi.encodeFunctionData("payOut", [f.evilAt, me]),
        abi.encodeFunctionData("totalAssets"),
        abi.encodeFunctionData("assetsRange"),
      ];
      for (const data of entryPoints) {
        await f.evil.reenterWith(f.addresses.treasury, data);
        await f.evil.behave(TRANSFERS.reentering, BALANCES.honest);
        await f.payEvil(WAD);
        expect(await f.evil.reentered(), data.slice(0, 10)).to.equal(false);
        expect(await f.evil.reentryAnswer()).to.equal(abi.getError("TreasuryGuarded")?.selector);
      }
    });

    it("finds every maximum of ERC-4626 at zero: nothing can be put in or taken out", async () => {
      const f = await loadFixture(evilMandateFixture);
      const abi: Interface = f.treasury.interface;
      const holder = f.depositor.address;
      for (const name of ["maxDeposit", "maxMint", "maxWithdraw", "maxRedeem"] as const) {
        await f.evil.reenterWith(f.addresses.treasury, abi.encodeFunctionData(name, [holder]));
        await f.evil.behave(TRANSFERS.reentering, BALANCES.honest);
        await f.payEvil(WAD);
        expect(abi.decodeFunctionResult(name, await f.evil.reentryAnswer()).at(0), name).to.equal(0n);
      }
    });
  });

  describe("when a transfer takes a fee", () => {
    it("charges what left the treasury, not what arrived", async () => {
      const f = await loadFixture(evilMandateFixture);
      await f.evil.behave(TRANSFERS.takingFee, BALANCES.honest);
      const before = (await f.mandate.remainingOf(1n, f.evilAt)).forAgent;
      await f.payEvil(100n * WAD);
      expect((await f.mandate.remainingOf(1n, f.evilAt)).forAgent).to.equal(before - 90n * WAD);
    });
  });

  describe("given part of a token is owed", () => {
    it("reverts with OwedAssetsSpent when that would be spent [NX-TRE-01]", async () => {
      const f = await loadFixture(evilMandateFixture);
      await f.evil.behave(TRANSFERS.reverting, BALANCES.honest);
      const half = (await f.treasury.balanceOf(f.depositor)) / 2n;
      await f.treasury.connect(f.depositor).redeemInKind(half, f.depositor.address, f.depositor.address);
      const owed = await f.treasury.pendingPayoutOf(f.evilAt, f.depositor);
      await f.evil.behave(TRANSFERS.honest, BALANCES.honest);
      const held = await f.evil.balanceOf(f.addresses.treasury);
      await expect(f.payEvil(held - owed + 1n))
        .to.be.revertedWithCustomError(f.treasury, "OwedAssetsSpent")
        .withArgs(f.evilAt, owed - 1n, owed);
      await f.payEvil(held - owed);
      expect(await f.evil.balanceOf(f.addresses.treasury)).to.equal(owed);
    });
  });

  describe("given less of a token is left than is owed", () => {
    it("executes what does not take of it", async () => {
      const f = await loadFixture(evilMandateFixture);
      await f.evil.behave(TRANSFERS.reverting, BALANCES.honest);
      const half = (await f.treasury.balanceOf(f.depositor)) / 2n;
      await f.treasury.connect(f.depositor).redeemInKind(half, f.depositor.address, f.depositor.address);
      await f.evil.behave(TRANSFERS.honest, BALANCES.honest);
      const held = await f.evil.balanceOf(f.addresses.treasury);
      await f.treasury.connect(f.admin).executeAsAdmin([transferCall(f.evilAt, f.anyone.address, held)]);
      await f.payEvil(0n);
      expect(await f.treasury.pendingPayoutOf(f.evilAt, f.depositor)).to.be.greaterThan(0n);
    });
  });

  describe("when no balance falls", () => {
    it("reads no price: it executes with every oracle dead [NX-TRE-02]", async () => {
      const f = await loadFixture(fundedFixture);
      for (const source of [f.sources.usdc, f.sources.wsei, f.sources.weth]) await source.setMode(SOURCE.reverting);
      expect(await lossOf(f, [approve(f, USDC)], 0n)).to.equal(0n);
      await execute(f, [approve(f, USDC)], 0n);
    });
  });

  describe("when a balance falls and there is no price", () => {
    it("reverts with PriceUnavailable [NX-ORA-01]", async () => {
      const f = await loadFixture(fundedFixture);
      await f.sources.usdc.setMode(SOURCE.reverting);
      await expect(execute(f, [pay(f)]))
        .to.be.revertedWithCustomError(f.hub, "PriceUnavailable")
        .withArgs(f.addresses.usdc, QUOTE.quorumMissed, 0n);
    });
  });

  describe("when a token is touched whose balance stays, and that has no price", () => {
    it("executes: only what changed is valued [NX-TRE-02]", async () => {
      const f = await loadFixture(fundedFixture);
      await f.sources.usdc.setMode(SOURCE.reverting);
      const wsei = transferCall(f.addresses.wsei, f.payee.address, 10n * WAD);
      expect(await lossOf(f, [approve(f, USDC), [wsei, "payWsei"]])).to.equal((10n * 303n * WAD) / 1_000n);
    });
  });

  describe("when more is lost than allowed", () => {
    it("values what fell at the upper end of the band [NX-TRE-02]", async () => {
      const f = await loadFixture(fundedFixture);
      const call = transferCall(f.addresses.wsei, f.payee.address, 10n * WAD);
      const loss = (10n * 303n * WAD) / 1_000n;
      await expect(execute(f, [[call, "payWsei"]], loss - 1n))
        .to.be.revertedWithCustomError(f.mandate, "ActionLossExceeded")
        .withArgs(loss, loss - 1n);
      expect(await lossOf(f, [[call, "payWsei"]], loss)).to.equal(loss);
      await execute(f, [[call, "payWsei"]], loss);
    });

    it("reverts with ActionLossExceeded above the mandate's limit, whatever the proposal allows [NX-TRE-02]", async () => {
      const f = await loadFixture(fundedFixture);
      const loss = LOSS_LIMIT.perAction + WAD;
      await expect(execute(f, [pay(f, 10_001n * USDC)], 2n * loss))
        .to.be.revertedWithCustomError(f.mandate, "ActionLossExceeded")
        .withArgs(loss, LOSS_LIMIT.perAction);
    });

    it("values what rose at the lower end: a swap inside the band is a loss by its width [NX-TRE-02]", async () => {
      const f = await loadFixture(marketFixture);
      const [spent, treasury] = [10_000n * USDC, f.addresses.treasury];
      const before = await f.wsei.balanceOf(treasury);
      const voted = await votedTrades(f, [buyOnV2(f, spent)]);
      const receipt = await (await enact(f, voted)).wait();
      const bought = (await f.wsei.balanceOf(treasury)) - before;
      const [enacted] = await f.consensus.queryFilter(f.consensus.filters.ProposalEnacted(), receipt?.blockNumber);
      const lower = (bought * ((PRICE.wsei * 99n) / 100n)) / WAD;
      expect(enacted?.args.loss).to.equal(spent * 10n ** 12n - lower);
      expect(lower).to.be.lessThan(spent * 10n ** 12n);
    });

    it("sums the losses of several tokens [NX-TRE-07]", async () => {
      const f = await loadFixture(fundedFixture);
      const wsei = transferCall(f.addresses.wsei, f.payee.address, 10n * WAD);
      const loss = 5n * WAD + (10n * 303n * WAD) / 1_000n;
      expect(await lossOf(f, [pay(f), [wsei, "payWsei"]])).to.equal(loss);
    });

    it("counts a token once that several calls spend [NX-TRE-07]", async () => {
      const f = await loadFixture(fundedFixture);
      expect(await lossOf(f, [pay(f), pay(f), pay(f)])).to.equal(15n * WAD);
    });
  });

  describe("when an approval is made", () => {
    it("takes it back to one unit [NX-TRE-03]", async () => {
      const f = await loadFixture(fundedFixture);
      await execute(f, [approve(f, 500n * USDC)]);
      expect(await f.usdc.allowance(f.addresses.treasury, f.payee)).to.equal(1n);
    });

    it("leaves an approval of one unit or none as it is [NX-TRE-03]", async () => {
      const f = await loadFixture(fundedFixture);
      await execute(f, [approve(f, 500n * USDC), approve(f, 0n)]);
      expect(await f.usdc.allowance(f.addresses.treasury, f.payee)).to.equal(0n);
    });

    it("takes back one of two units [NX-TRE-03]", async () => {
      const f = await loadFixture(fundedFixture);
      await execute(f, [approve(f, 2n)]);
      expect(await f.usdc.allowance(f.addresses.treasury, f.payee)).to.equal(1n);
    });

    it("is one unit more than a swap spends, which leaves that one and is not made again [NX-TRE-03]", async () => {
      const f = await loadFixture(marketFixture);
      const { treasury } = f.addresses;
      const receipt = await (await enact(f, await votedTrades(f, [buyOnV2(f, USDC)]))).wait();
      const approvals = await f.usdc.queryFilter(f.usdc.filters.Approval(), receipt?.blockNumber);
      expect(approvals.map(({ args }) => [args.owner, args.spender, args.value])).to.deep.equal([
        [treasury, f.v2Router, USDC + 1n],
      ]);
    });

    it("takes back the sum of several, too [NX-TRE-03]", async () => {
      const f = await loadFixture(fundedFixture);
      await execute(f, [approve(f, 500n * USDC), pay(f), approve(f, 300n * USDC)]);
      expect(await f.usdc.allowance(f.addresses.treasury, f.payee)).to.equal(1n);
    });
  });

  describe("when all is well", () => {
    it("emits nothing of its own: the tokens' events net to what changed [NX-TRE-07]", async () => {
      const f = await loadFixture(fundedFixture);
      const { usdc, wsei, treasury } = f.addresses;
      const balances = async () => [await f.usdc.balanceOf(treasury), await f.wsei.balanceOf(treasury)];
      const before = await balances();
      const wseiPaid = [transferCall(wsei, f.payee.address, WAD), "payWsei"] as const;
      const receipt = await (await execute(f, [pay(f), pay(f), wseiPaid])).wait();
      const logs = (receipt?.logs ?? []).map(({ address: token, topics, data }) => ({
        address: address(token),
        topics,
        data,
      }));
      expect(logs.map((log) => log.address)).to.deep.equal([usdc, usdc, wsei].map(address));
      const changes = (await balances()).map((balance, index) => balance - (before[index] ?? 0n));
      expect(netChanges(logs, address(treasury), new Set([usdc, wsei].map(address)))).to.deep.equal([
        { token: address(usdc), change: changes[0] },
        { token: address(wsei), change: changes[1] },
      ]);
      expect(changes).to.deep.equal([-2n * PAYMENT, -WAD]);
    });

    it("charges the proposing agent's and the treasury's limits [NX-MAN-02]", async () => {
      const f = await loadFixture(fundedFixture);
      const before = await f.mandate.remainingOf(1n, f.addresses.usdc);
      await execute(f, [pay(f)]);
      const after = await f.mandate.remainingOf(1n, f.addresses.usdc);
      expect([before.forAgent - after.forAgent, before.forAll - after.forAll]).to.deep.equal([PAYMENT, PAYMENT]);
    });

    it("reports the maxima again", async () => {
      const f = await loadFixture(enactedFixture);
      await f.treasury.connect(f.depositor).withdraw(USDC, f.depositor.address, f.depositor.address);
      await enact(f, await votedPayment(f, { proposal: { nonce: 2n } }));
      expect(await f.usdc.balanceOf(f.payee)).to.equal(2n * PAYMENT);
    });
  });
});
