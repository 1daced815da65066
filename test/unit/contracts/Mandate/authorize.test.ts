import { expect } from "chai";
import { buildMandateTree } from "../../../../deployments/mandateTree.ts";
import {
  type CallProof,
  SELECTOR,
  erc20Leaf,
  callProofOf,
  transferCall,
  v2Leaf,
  v2SwapCall,
} from "../../../support/calls.ts";
import { USDC, ZERO, ethers, loadFixture } from "../../../support/chain.ts";
import { RISK, type RefusalName, refusal } from "../../../support/enums.ts";
import { type Nexus, USDC_LIMIT, callProofsOf, nexusFixture } from "../../../support/nexus.ts";
import type { Call } from "../../../support/votes.ts";

const authorize = (
  f: Nexus,
  calls: readonly Call[],
  callProofs: readonly CallProof[],
  allowed: bigint = RISK.routine,
) => f.mandate.authorize([...callProofs], allowed, [...calls]);

const expectAnswer = async (
  answer: ReturnType<typeof authorize>,
  why: RefusalName,
  index = 0n,
): Promise<Awaited<ReturnType<typeof authorize>>> => {
  const given = await answer;
  expect([given.refusal, given.index]).to.deep.equal([refusal(why), index]);
  return given;
};

/** The fixture's mandate and a router whose swaps of USDC into WSEI and WETH are permitted. */
const swapFixture = async () => {
  const f = await nexusFixture();
  const { usdc, wsei, weth, decoders } = f.addresses;
  const router = f.anyone.address;
  const swapLeaves = {
    buyWsei: v2Leaf(decoders, router, [usdc, wsei]),
    buyWeth: v2Leaf(decoders, router, [usdc, weth]),
    buyStake: v2Leaf(decoders, router, [usdc, await f.stake.getAddress()]),
    sellWeth: v2Leaf(decoders, router, [weth, usdc]),
    payUsdc: f.leaves.payUsdc,
  };
  const swapTree = buildMandateTree(Object.values(swapLeaves));
  await f.mandate.connect(f.admin).setRoot(swapTree.root, "");
  const swap = (path: readonly string[], amountIn: bigint, recipient = f.addresses.treasury) =>
    v2SwapCall({ router, amountIn, recipient }, path);
  return { ...f, swapLeaves, swapTree, swap };
};

/** A mandate that permits anything one stand-in decoder says of any call to `target`. */
const permitDecoder = async (f: Nexus, decoder: string, target: string): Promise<CallProof> => {
  const leaf = { target, selector: SELECTOR.transfer, decoder, key: ethers.ZeroHash, minClass: 0 };
  const tree = buildMandateTree([leaf]);
  await f.mandate.connect(f.admin).setRoot(tree.root, "");
  return callProofOf(tree, leaf);
};

describe("Mandate.authorize", () => {
  describe("when there are no calls", () => {
    it("refuses with BadCallCount", async () => {
      const f = await loadFixture(nexusFixture);
      await expectAnswer(authorize(f, [], []), "BadCallCount");
    });
  });

  describe("when there are more calls than the limit", () => {
    it("refuses with BadCallCount", async () => {
      const f = await loadFixture(nexusFixture);
      const calls = Array.from({ length: 17 }, () => transferCall(f.addresses.usdc, f.payee.address, 1n));
      await expectAnswer(authorize(f, calls, callProofsOf(f, Array(17).fill(f.leaves.payUsdc))), "BadCallCount");
    });
  });

  describe("when call proofs are too few or too many", () => {
    it("refuses with ProofCountMismatch", async () => {
      const f = await loadFixture(nexusFixture);
      const call = transferCall(f.addresses.usdc, f.payee.address, 1n);
      const [callProof] = callProofsOf(f, [f.leaves.payUsdc]);
      await expectAnswer(authorize(f, [call], []), "ProofCountMismatch");
      if (callProof !== undefined)
        await expectAnswer(authorize(f, [call], [callProof, callProof]), "ProofCountMismatch");
    });
  });

  describe("when a target is one of our own contracts", () => {
    it("refuses with CoreTarget, whatever the tree says [NX-MAN-01]", async () => {
      const f = await loadFixture(nexusFixture);
      const { treasury, consensus, registry, hub, breaker, mandate, decoders } = f.addresses;
      const reputation = await f.reputation.getAddress();
      for (const token of [treasury, consensus, registry, hub, breaker, reputation, mandate, f.admin.address]) {
        expect(await f.mandate.isCore(token)).to.equal(true);
        const leaf = erc20Leaf(decoders, { token, counterparty: f.payee.address, selector: SELECTOR.transfer });
        const tree = buildMandateTree([leaf]);
        await f.mandate.connect(f.admin).setRoot(tree.root, "");
        const call = transferCall(token, f.payee.address, 1n);
        await expectAnswer(authorize(f, [call], [callProofOf(tree, leaf)]), "CoreTarget");
      }
    });
  });

  describe("when a target only looks like one of our own contracts", () => {
    it("is no core target: the filter of two bytes decides nothing alone [NX-MAN-01]", async () => {
      const f = await loadFixture(nexusFixture);
      const { treasury } = f.addresses;
      const alike = ethers.getAddress(`0x${"11".repeat(18)}${treasury.slice(-4).toLowerCase()}`);
      const nextAlike = ethers.getAddress(`0x${"11".repeat(18)}${treasury.slice(-4, -2).toLowerCase()}00`);
      for (const other of [alike, nextAlike, f.addresses.usdc, f.payee.address, ZERO]) {
        expect(await f.mandate.isCore(other), other).to.equal(false);
      }
    });
  });

  describe("when the decoder is no contract", () => {
    it("refuses with UndecodableCall", async () => {
      const f = await loadFixture(nexusFixture);
      const callProofs = callProofsOf(f, [f.leaves.payUsdc]).map((callProof) => ({
        ...callProof,
        decoder: f.anyone.address,
      }));
      const call = transferCall(f.addresses.usdc, f.payee.address, 1n);
      await expectAnswer(authorize(f, [call], callProofs), "UndecodableCall");
    });
  });

  describe("when the decoder refuses the call", () => {
    it("refuses with UndecodableCall [NX-CON-03]", async () => {
      const f = await loadFixture(nexusFixture);
      const callProofs = callProofsOf(f, [f.leaves.payUsdc]);
      const unknown = {
        target: f.addresses.usdc,
        data: f.usdc.interface.encodeFunctionData("transferFrom", [f.payee.address, f.payee.address, 1n]),
      };
      await expectAnswer(authorize(f, [unknown], callProofs), "UndecodableCall");
      await expectAnswer(authorize(f, [{ ...unknown, data: "0xa9059c" }], callProofs), "UndecodableCall");
    });
  });

  describe("when the decoder is a contract of another kind", () => {
    it("refuses with UndecodableCall", async () => {
      const f = await loadFixture(nexusFixture);
      const callProofs = callProofsOf(f, [f.leaves.payUsdc]).map((callProof) => ({
        ...callProof,
        decoder: f.addresses.usdc,
      }));
      const call = transferCall(f.addresses.usdc, f.payee.address, 1n);
      await expectAnswer(authorize(f, [call], callProofs), "UndecodableCall");
    });
  });

  describe("when the tree has no leaf for the call", () => {
    it("refuses another counterparty with NotInMandate [NX-MAN-01]", async () => {
      const f = await loadFixture(nexusFixture);
      const call = transferCall(f.addresses.usdc, f.attacker.address, 1n);
      await expectAnswer(authorize(f, [call], callProofsOf(f, [f.leaves.payUsdc])), "NotInMandate");
    });

    it("refuses another selector of the same contract with NotInMandate [NX-MAN-01]", async () => {
      const f = await loadFixture(nexusFixture);
      const data = f.wsei.interface.encodeFunctionData("approve", [f.payee.address, 1n]);
      const call = { target: f.addresses.wsei, data };
      await expectAnswer(authorize(f, [call], callProofsOf(f, [f.leaves.payWsei])), "NotInMandate");
    });

    it("refuses another target with NotInMandate [NX-MAN-01]", async () => {
      const f = await loadFixture(nexusFixture);
      const call = transferCall(await f.stake.getAddress(), f.payee.address, 1n);
      await expectAnswer(authorize(f, [call], callProofsOf(f, [f.leaves.payUsdc])), "NotInMandate");
    });

    it("refuses another proof with NotInMandate", async () => {
      const f = await loadFixture(nexusFixture);
      const call = transferCall(f.addresses.usdc, f.payee.address, 1n);
      await expectAnswer(authorize(f, [call], callProofsOf(f, [f.leaves.payWsei])), "NotInMandate");
    });

    it("names the call at fault", async () => {
      const f = await loadFixture(nexusFixture);
      const calls = [f.payee, f.payee, f.attacker].map(({ address }) => transferCall(f.addresses.usdc, address, 1n));
      const { payUsdc } = f.leaves;
      await expectAnswer(authorize(f, calls, callProofsOf(f, [payUsdc, payUsdc, payUsdc])), "NotInMandate", 2n);
    });
  });

  describe("given no root was set", () => {
    it("refuses every call with NotInMandate, a proof of nothing included", async () => {
      const f = await loadFixture(nexusFixture);
      await f.mandate.connect(f.admin).setRoot(ethers.ZeroHash, "");
      const call = transferCall(f.addresses.usdc, f.payee.address, 1n);
      const callProofs = callProofsOf(f, [f.leaves.payUsdc]);
      await expectAnswer(authorize(f, [call], callProofs), "NotInMandate");
      await expectAnswer(
        authorize(
          f,
          [call],
          callProofs.map((callProof) => ({ ...callProof, proof: [] })),
        ),
        "NotInMandate",
      );
    });
  });

  describe("when what is bought goes elsewhere", () => {
    it("refuses with RecipientNotTreasury [NX-MAN-01]", async () => {
      const f = await loadFixture(swapFixture);
      const call = f.swap([f.addresses.usdc, f.addresses.wsei], USDC, f.attacker.address);
      await expectAnswer(authorize(f, [call], [callProofOf(f.swapTree, f.swapLeaves.buyWsei)]), "RecipientNotTreasury");
    });
  });

  describe("when the class is higher than allowed", () => {
    it("refuses with ClassNotAllowed [NX-CON-03]", async () => {
      const f = await loadFixture(nexusFixture);
      const call = transferCall(f.addresses.weth, f.payee.address, 1n);
      await expectAnswer(authorize(f, [call], callProofsOf(f, [f.leaves.payWeth])), "ClassNotAllowed");
    });

    it("refuses a leaf claimed to be of a lower class with NotInMandate [NX-CON-03]", async () => {
      const f = await loadFixture(nexusFixture);
      const call = transferCall(f.addresses.weth, f.payee.address, 1n);
      const callProofs = callProofsOf(f, [f.leaves.payWeth]).map((callProof) => ({ ...callProof, minClass: 0 }));
      await expectAnswer(authorize(f, [call], callProofs), "NotInMandate");
    });
  });

  describe("when the class is allowed", () => {
    it("permits Elevated calls to Elevated and Critical votes [NX-CON-03]", async () => {
      const f = await loadFixture(nexusFixture);
      const limits = { perAction: 5n, perAgentDay: 5n, perDay: 5n };
      await f.mandate.connect(f.admin).setTokenLimit(f.addresses.weth, limits);
      const call = transferCall(f.addresses.weth, f.payee.address, 1n);
      for (const allowed of [RISK.elevated, RISK.critical]) {
        await expectAnswer(authorize(f, [call], callProofsOf(f, [f.leaves.payWeth]), allowed), "None");
      }
    });
  });

  describe("when a token without limits is spent", () => {
    it("refuses with TokenNotInMandate", async () => {
      const f = await loadFixture(swapFixture);
      const call = f.swap([f.addresses.weth, f.addresses.usdc], 1n);
      await expectAnswer(authorize(f, [call], [callProofOf(f.swapTree, f.swapLeaves.sellWeth)]), "TokenNotInMandate");
    });
  });

  describe("when a token without limits is bought", () => {
    it("refuses with TokenNotInMandate: what is not valued may not be bought [NX-TRE-07]", async () => {
      const f = await loadFixture(swapFixture);
      const call = f.swap([f.addresses.usdc, await f.stake.getAddress()], USDC);
      await expectAnswer(authorize(f, [call], [callProofOf(f.swapTree, f.swapLeaves.buyStake)]), "TokenNotInMandate");
    });

    it("refuses it even when a later call spends it", async () => {
      const f = await loadFixture(swapFixture);
      const calls = [
        f.swap([f.addresses.usdc, f.addresses.weth], USDC),
        f.swap([f.addresses.weth, f.addresses.usdc], 1n),
      ];
      const callProofs = [f.swapLeaves.buyWeth, f.swapLeaves.sellWeth].map((leaf) => callProofOf(f.swapTree, leaf));
      await expectAnswer(authorize(f, calls, callProofs), "TokenNotInMandate", 0n);
    });
  });

  describe("when a token is spent beyond its limit per action", () => {
    it("refuses one call with OverActionLimit", async () => {
      const f = await loadFixture(nexusFixture);
      const call = transferCall(f.addresses.usdc, f.payee.address, USDC_LIMIT.perAction + 1n);
      await expectAnswer(authorize(f, [call], callProofsOf(f, [f.leaves.payUsdc])), "OverActionLimit");
    });

    it("refuses the call with which the sum goes over [NX-MAN-02]", async () => {
      const f = await loadFixture(nexusFixture);
      const half = transferCall(f.addresses.usdc, f.payee.address, USDC_LIMIT.perAction / 2n);
      const one = transferCall(f.addresses.usdc, f.payee.address, 1n);
      const { payUsdc } = f.leaves;
      const callProofs = callProofsOf(f, [payUsdc, payUsdc, payUsdc]);
      await expectAnswer(authorize(f, [half, half, one], callProofs), "OverActionLimit", 2n);
    });

    it("counts approvals like payments", async () => {
      const f = await loadFixture(nexusFixture);
      const data = f.usdc.interface.encodeFunctionData("approve", [f.payee.address, 2n ** 256n - 1n]);
      const call = { target: f.addresses.usdc, data };
      await expectAnswer(authorize(f, [call], callProofsOf(f, [f.leaves.approveUsdc])), "OverActionLimit");
    });

    it("survives amounts whose sum would overflow", async () => {
      const f = await loadFixture(nexusFixture);
      const most = transferCall(f.addresses.usdc, f.payee.address, 2n ** 256n - 1n);
      const one = transferCall(f.addresses.usdc, f.payee.address, 1n);
      const { payUsdc } = f.leaves;
      await expectAnswer(authorize(f, [one, most], callProofsOf(f, [payUsdc, payUsdc])), "OverActionLimit", 1n);
    });
  });

  describe("when there are as many calls as the limit", () => {
    it("permits them", async () => {
      const f = await loadFixture(nexusFixture);
      const calls = Array.from({ length: 16 }, () => transferCall(f.addresses.usdc, f.payee.address, 1n));
      await expectAnswer(authorize(f, calls, callProofsOf(f, Array(16).fill(f.leaves.payUsdc))), "None");
    });
  });

  describe("when a call spends nothing and buys nothing", () => {
    it("permits it without limits", async () => {
      const f = await loadFixture(nexusFixture);
      const empty = {
        key: ethers.ZeroHash,
        tokenIn: ZERO,
        amountIn: 0n,
        tokenOut: ZERO,
        recipient: ZERO,
        spender: ZERO,
        form: 0n,
      };
      const decoder = await ethers.deployContract("MockDecoder", [empty]);
      const target = f.addresses.weth;
      const callProof = await permitDecoder(f, await decoder.getAddress(), target);
      await expectAnswer(authorize(f, [transferCall(target, f.payee.address, 1n)], [callProof]), "None");
    });
  });

  describe("when all is well", () => {
    it("answers what the decoders say, up to the limit per action", async () => {
      const f = await loadFixture(nexusFixture);
      const call = transferCall(f.addresses.usdc, f.payee.address, USDC_LIMIT.perAction);
      const { decoded } = await expectAnswer(authorize(f, [call], callProofsOf(f, [f.leaves.payUsdc])), "None");
      expect(decoded.map((item) => [...item])).to.deep.equal([
        [f.leaves.payUsdc.key, f.addresses.usdc, USDC_LIMIT.perAction, ZERO, ZERO, ZERO, 1n],
      ]);
    });

    it("counts each token for itself", async () => {
      const f = await loadFixture(nexusFixture);
      const calls = [
        transferCall(f.addresses.usdc, f.payee.address, USDC_LIMIT.perAction),
        transferCall(f.addresses.wsei, f.payee.address, USDC_LIMIT.perAction),
      ];
      await expectAnswer(authorize(f, calls, callProofsOf(f, [f.leaves.payUsdc, f.leaves.payWsei])), "None");
    });

    it("permits a swap whose bought token has limits", async () => {
      const f = await loadFixture(swapFixture);
      const call = f.swap([f.addresses.usdc, f.addresses.wsei], USDC);
      await expectAnswer(authorize(f, [call], [callProofOf(f.swapTree, f.swapLeaves.buyWsei)]), "None");
    });
  });
});
