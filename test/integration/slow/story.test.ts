import { expect } from "chai";
import { joinSignatures } from "../../../scripts/safe/sign.ts";
import { USDC, ethers, loadFixture, voteKey } from "../../support/chain.ts";
import { RISK, refusal } from "../../support/enums.ts";
import { CHAIN_ID, safeFixture, safeSends, safeSignature } from "../../support/safes.ts";
import { TALLY, coSignatureDigest, execute, hashOf, propose, slowPayment, waitDelay } from "../../support/slowPath.ts";

type World = Awaited<ReturnType<typeof safeFixture>>;

const vetoCall = (f: World, hash: string) => ({
  to: f.addresses.consensus,
  data: f.consensus.interface.encodeFunctionData("veto", [hash, "too much for one action"]),
});

const messageOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => "nothing was thrown",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

describe("the slow path with Safes as guardian and co-signer", () => {
  it("lets the guardian Safe veto an Elevated proposal once, and the next one pass [NX-CON-05]", async () => {
    const f = await loadFixture(safeFixture);
    const first = await slowPayment(f);
    await propose(f, first, f.voters);
    const hash = hashOf(f, first);
    await expect(safeSends(f, f.guardianSafe, vetoCall(f, hash)))
      .to.emit(f.consensus, "ProposalVetoed")
      .withArgs(hash, f.guardianSafe.address, "too much for one action");
    await waitDelay();
    await expect(execute(f, first))
      .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
      .withArgs(hash, refusal("WrongProposalState"), TALLY.vetoed);
    expect(await f.usdc.balanceOf(f.payee)).to.equal(0n);

    const second = await slowPayment(f, 4n * USDC, { nonce: 2n });
    await propose(f, second, f.voters);
    await waitDelay();
    await execute(f, second);
    expect(await f.usdc.balanceOf(f.payee)).to.equal(4n * USDC);
  });

  it("lets one owner of the guardian Safe veto nothing, nor the co-signing Safe", async () => {
    const f = await loadFixture(safeFixture);
    const proposal = await slowPayment(f);
    await propose(f, proposal, f.voters);
    const call = vetoCall(f, hashOf(f, proposal));
    const alone = safeSends(f, f.guardianSafe, call, f.guardianSafe.keys.slice(2));
    expect(await messageOf(alone)).to.equal("1 owners signed, 2 must");
    await expect(safeSends(f, f.coSafe, call))
      .to.be.revertedWithCustomError(f.consensus, "NotVetoer")
      .withArgs(f.coSafe.address);
    expect((await f.consensus.tallyOf(hashOf(f, proposal))).state).to.equal(TALLY.queued);
  });

  describe("of a Critical proposal", () => {
    const criticalFixture = async () => {
      const f = await safeFixture();
      const proposal = await slowPayment(f);
      await propose(f, proposal, f.voters, RISK.critical);
      const other = await slowPayment(f, 4n * USDC, { nonce: 2n });
      await propose(f, other, f.voters, RISK.critical);
      await waitDelay();
      return { ...f, proposal, other, hash: hashOf(f, proposal) };
    };
    type Critical = Awaited<ReturnType<typeof criticalFixture>>;

    /** What does not stand for two owners of the co-signing Safe about this proposal here. */
    const WRONG: readonly (readonly [what: string, signature: (f: Critical) => string])[] = [
      ["no co-signature", () => "0x"],
      [
        "a co-signature for another proposal",
        (f) => safeSignature(f.coSafe, coSignatureDigest(f.domain, hashOf(f, f.other)), f.coSafe.keys.slice(1)),
      ],
      [
        "one for the same proposal on another chain",
        (f) =>
          safeSignature(f.coSafe, coSignatureDigest({ ...f.domain, chainId: 1328n }, f.hash), f.coSafe.keys.slice(1)),
      ],
      [
        "one by the same Safe on another chain",
        (f) => safeSignature(f.coSafe, coSignatureDigest(f.domain, f.hash), f.coSafe.keys.slice(1), CHAIN_ID - 1n),
      ],
      [
        "one for another contract",
        (f) =>
          safeSignature(
            f.coSafe,
            coSignatureDigest({ ...f.domain, verifyingContract: f.addresses.treasury }, f.hash),
            f.coSafe.keys.slice(1),
          ),
      ],
      ["strangers'", (f) => safeSignature(f.coSafe, coSignatureDigest(f.domain, f.hash), [voteKey(95), voteKey(96)])],
      [
        "the guardian Safe's",
        (f) => safeSignature(f.guardianSafe, coSignatureDigest(f.domain, f.hash), f.guardianSafe.keys.slice(1)),
      ],
      [
        "one owner's alone",
        (f) => safeSignature(f.coSafe, coSignatureDigest(f.domain, f.hash), f.coSafe.keys.slice(2)),
      ],
      [
        "owners' signatures of the bare digest, which are not the Safe's",
        (f) => {
          const digest = coSignatureDigest(f.domain, f.hash);
          const keys = f.coSafe.keys.slice(1);
          return joinSignatures(
            digest,
            keys.map((key) => key.signingKey.sign(digest).serialized),
            { owners: keys.map(({ address }) => address), threshold: 2 },
          );
        },
      ],
    ];
    for (const [what, signature] of WRONG) {
      it(`refuses ${what} [NX-CON-02]`, async () => {
        const f = await loadFixture(criticalFixture);
        await expect(execute(f, f.proposal, signature(f)))
          .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
          .withArgs(f.hash, refusal("CoSignatureMissing"), 0n);
        expect(await f.usdc.balanceOf(f.payee)).to.equal(0n);
      });
    }

    it("executes with any two owners of the co-signing Safe, once [NX-CON-01] [NX-CON-02]", async () => {
      const f = await loadFixture(criticalFixture);
      const [a, b, c] = f.coSafe.keys;
      const digest = await f.consensus.hashCoSignature(f.hash);
      expect(digest).to.equal(coSignatureDigest(f.domain, f.hash));
      for (const pair of [
        [a, b],
        [c, b],
        [c, a],
      ]) {
        const keys = pair.filter((key) => key !== undefined);
        const answer = await f.consensus.previewExecute.staticCall(
          f.proposal,
          [f.leaves.payUsdc].map((leaf) => ({ ...leaf, proof: [...f.tree.proofOf(leaf)] })),
          safeSignature(f.coSafe, digest, keys),
        );
        expect(answer.refusal).to.equal(refusal("None"));
      }
      const coSignature = safeSignature(f.coSafe, digest, f.coSafe.keys.slice(0, 2));
      await execute(f, f.proposal, coSignature);
      expect(await f.usdc.balanceOf(f.payee)).to.equal(5n * USDC);
      await expect(execute(f, f.proposal, coSignature))
        .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
        .withArgs(f.hash, refusal("WrongProposalState"), TALLY.none);
    });

    it("refuses a Safe whose owners changed their mind: the guardian vetoes, and the co-signature is worth nothing", async () => {
      const f = await loadFixture(criticalFixture);
      const coSignature = safeSignature(f.coSafe, coSignatureDigest(f.domain, f.hash), f.coSafe.keys.slice(1));
      await safeSends(f, f.guardianSafe, vetoCall(f, f.hash));
      await expect(execute(f, f.proposal, coSignature))
        .to.be.revertedWithCustomError(f.consensus, "ProposalRefused")
        .withArgs(f.hash, refusal("WrongProposalState"), TALLY.vetoed);
    });
  });

  it("will not have the guardian Safe as co-signer", async () => {
    const f = await loadFixture(safeFixture);
    await expect(f.consensus.connect(f.admin).setCoSigner(f.guardianSafe.address))
      .to.be.revertedWithCustomError(f.consensus, "CoSignerIsGuardian")
      .withArgs(f.guardianSafe.address);
    expect(ethers.getAddress(await f.consensus.coSigner())).to.equal(f.coSafe.address);
  });
});
