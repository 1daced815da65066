import { expect } from "chai";
import { Consensus__factory } from "../../../../types/index.ts";
import { PAYMENT, enact, votedPayment } from "../../../support/votedProposals.ts";
import { ZERO, ethers, loadFixture } from "../../../support/chain.ts";
import { type Nexus, fundedFixture, callProofsOf } from "../../../support/nexus.ts";
import { hashOf, queuedFixture, waitDelay } from "../../../support/slowPath.ts";
import type { Proposal } from "../../../support/votes.ts";

const WORD = 32;
const GAS = { gasLimit: 6_000_000n } as const;
const abi = Consensus__factory.createInterface();
const coder = ethers.AbiCoder.defaultAbiCoder();

const wordOf = (value: bigint | number): string => ethers.toBeHex(BigInt.asUintN(256, BigInt(value)), WORD);

/** One argument of a dynamic type as it stands behind the place that names it. */
const tailOf = (name: "enact" | "execute", index: number, value: unknown): string => {
  const type = abi.getFunction(name).inputs[index];
  if (type === undefined) throw new Error(`${name} has no argument ${index}`);
  return ethers.dataSlice(coder.encode([type], [value]), WORD);
};

/** A call of `name` whose arguments lie in reverse order, with a word that nobody reads before each. */
const scattered = (name: "enact" | "execute", values: readonly unknown[]): string => {
  let end = values.length * WORD;
  const placed = values
    .map((value, index) => ({ index, tail: tailOf(name, index, value) }))
    .toReversed()
    .map(({ index, tail }) => {
      const at = end + WORD;
      end = at + ethers.dataLength(tail);
      return { index, at, bytes: ethers.concat([ethers.id("nobody reads this"), tail]) };
    });
  const head = placed.toSorted((a, b) => a.index - b.index).map(({ at }) => wordOf(at));
  return ethers.concat([abi.getFunction(name).selector, ...head, ...placed.map(({ bytes }) => bytes)]);
};

/** The calldata with the word at `at`, counted behind the selector, replaced. */
const withWord = (data: string, at: number, value: bigint | number): string =>
  ethers.concat([ethers.dataSlice(data, 0, 4 + at), wordOf(value), ethers.dataSlice(data, 4 + at + WORD)]);

const proposal = (changes: Partial<Proposal> = {}): Proposal => ({
  agentId: 1n,
  nonce: 1n,
  deadline: 1n,
  submitter: ZERO,
  maxLoss: 0n,
  forecast: 0n,
  calls: [{ target: ZERO, data: "0x" }],
  conditions: [],
  evidence: ethers.ZeroHash,
  ...changes,
});

/** Where what is named lies in the arguments of `hashProposal` with one call and no condition, in bytes. */
const AT = {
  proposal: 32,
  callsAt: 224,
  conditionsAt: 256,
  calls: 320,
  callAt: 352,
  call: 384,
  dataAt: 416,
  data: 448,
  conditions: 480,
};

/** Lays a word elsewhere and asks for the hash. */
const hashWith = async (f: Nexus, at: number, value: bigint | number): Promise<string> => {
  const data = withWord(abi.encodeFunctionData("hashProposal", [proposal()]), at, value);
  return f.anyone.call({ to: f.addresses.consensus, data });
};

describe("Consensus's calldata", () => {
  describe("when the lists lie elsewhere than a coder puts them", () => {
    it("enacts what was signed [NX-CON-11]", async () => {
      const f = await loadFixture(fundedFixture);
      const voted = await votedPayment(f);
      const data = scattered("enact", [voted.votes, voted.proposal, voted.callProofs]);
      await expect(f.anyone.sendTransaction({ to: f.addresses.consensus, data, ...GAS }))
        .to.emit(f.consensus, "ProposalEnacted")
        .withArgs(hashOf(f, voted.proposal), 1n, 1n, PAYMENT * 10n ** 12n, voted.proposal.evidence);
      expect(await f.usdc.balanceOf(f.payee)).to.equal(PAYMENT);
    });

    it("executes what was signed [NX-CON-11]", async () => {
      const f = await loadFixture(queuedFixture);
      await waitDelay();
      const data = scattered("execute", [f.proposal, callProofsOf(f, [f.leaves.payUsdc])]);
      await expect(f.anyone.sendTransaction({ to: f.addresses.consensus, data, ...GAS })).to.emit(
        f.consensus,
        "ProposalExecuted",
      );
      expect(await f.usdc.balanceOf(f.payee)).to.equal(PAYMENT);
    });
  });

  describe("when a list, a call or its data lies before what names it, or beyond the end", () => {
    it("reverts without a reason, whatever was signed [NX-CON-11]", async () => {
      const f = await loadFixture(fundedFixture);
      const wrong = [
        [AT.callsAt, -(AT.proposal + WORD)],
        [AT.callsAt, -1],
        [AT.callsAt, 10_000],
        [AT.conditionsAt, -(AT.proposal + WORD)],
        [AT.conditionsAt, 10_000],
        [AT.calls, 1_000],
        [AT.calls, 2n ** 251n],
        [AT.conditions, 2n ** 249n],
        [AT.callAt, -WORD],
        [AT.callAt, -1_000],
        [AT.callAt, 10_000],
        [AT.dataAt, -WORD],
        [AT.dataAt, 10_000],
        [AT.data, WORD + 1],
        [AT.data, 2n ** 255n],
      ] as const;
      for (const [at, value] of wrong) {
        await expect(hashWith(f, at, value), `${value} at ${at}`).to.be.revertedWithoutReason(ethers);
      }
      expect(await hashWith(f, AT.data, 0)).to.equal(hashOf(f, proposal()));
    });
  });

  describe("when the registry or the executor answers too little", () => {
    it("reverts without a reason", async () => {
      for (const name of ["registry", "treasury"] as const) {
        const f = await loadFixture(fundedFixture);
        const voted = await votedPayment(f);
        // A contract that stops at once and answers nothing.
        await ethers.provider.send("hardhat_setCode", [f.addresses[name], "0x00"]);
        await expect(enact(f, voted), name).to.be.revertedWithoutReason(ethers);
      }
    });
  });
});
