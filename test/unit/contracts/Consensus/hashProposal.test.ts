import { expect } from "chai";
import fc from "fast-check";
import { ethers, loadFixture } from "../../../support/chain.ts";
import { nexusFixture } from "../../../support/nexus.ts";
import { type Proposal, proposalDigest, votingDomain } from "../../../support/votes.ts";

const SEED = 712;

const bytes = (least: number, most: number) =>
  fc.uint8Array({ minLength: least, maxLength: most }).map((raw) => ethers.hexlify(raw));
const address = bytes(20, 20).map((raw) => ethers.getAddress(raw));
const uint = (bits: bigint) => fc.bigInt({ min: 0n, max: 2n ** bits - 1n });

const anyProposal: fc.Arbitrary<Proposal> = fc.record({
  agentId: uint(32n),
  nonce: uint(40n),
  deadline: uint(40n),
  submitter: address,
  maxLoss: uint(128n),
  forecast: uint(128n),
  calls: fc.array(fc.record({ target: address, data: bytes(0, 70) }), { maxLength: 4 }),
  conditions: fc.array(
    fc.record({ kind: fc.integer({ min: 0, max: 7 }), subject: address, holder: address, amount: uint(256n) }),
    { maxLength: 17 },
  ),
  evidence: bytes(32, 32),
});

describe("Consensus.hashProposal", () => {
  it("agrees with an independent EIP-712 implementation on any proposal", async () => {
    const f = await loadFixture(nexusFixture);
    await fc.assert(
      fc.asyncProperty(anyProposal, async (proposal) => {
        expect(await f.consensus.hashProposal(proposal)).to.equal(proposalDigest(f.domain, proposal));
      }),
      { numRuns: 150, seed: SEED },
    );
  });

  it("differs between chains and between contracts [NX-CON-04]", async () => {
    const f = await loadFixture(nexusFixture);
    await fc.assert(
      fc.asyncProperty(anyProposal, async (proposal) => {
        const digest = await f.consensus.hashProposal(proposal);
        expect(digest).to.not.equal(proposalDigest(votingDomain(f.addresses.consensus, 1328n), proposal));
        expect(digest).to.not.equal(proposalDigest(votingDomain(f.addresses.treasury), proposal));
      }),
      { numRuns: 10, seed: SEED },
    );
  });
});
