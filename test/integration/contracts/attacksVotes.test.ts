import { expect } from "chai";
import { rotate, spareKey } from "../../support/agents.ts";
import {
  type VotedProposal,
  PAYMENT,
  enact,
  enactedFixture,
  expectRefused,
  votedPayment,
} from "../../support/votedProposals.ts";
import { transferCall } from "../../support/calls.ts";
import { at, ethers, loadFixture, now, time } from "../../support/chain.ts";
import { type RefusalName } from "../../support/enums.ts";
import { type Nexus, registerAgent } from "../../support/nexus.ts";
import { type Voter, signVotesAsIs } from "../../support/votes.ts";

type Attack = {
  readonly name: string;
  readonly why: RefusalName;
  readonly index?: bigint;
  /** Prepares the chain if need be and gives the ballot to send. Nonce 1 is used, nonce 2 is not. */
  readonly voted: (f: Nexus) => Promise<VotedProposal>;
};

const NEXT = { nonce: 2n } as const;

const signedBy = async (f: Nexus, voters: readonly Voter[]): Promise<VotedProposal> => {
  const voted = await votedPayment(f, { proposal: NEXT });
  return { ...voted, votes: signVotesAsIs(f.domain, voted.proposal, voters) };
};

const altered = async (f: Nexus, change: Partial<VotedProposal["proposal"]>): Promise<VotedProposal> => {
  const voted = await votedPayment(f, { proposal: NEXT });
  return { ...voted, proposal: { ...voted.proposal, ...change } };
};

const stranger: Voter = { agentId: 9n, key: spareKey(7) };

const ATTACKS: readonly Attack[] = [
  { name: "no votes", why: "NoVotes", voted: async (f) => ({ ...(await signedBy(f, [])), votes: "0x" }) },
  {
    name: "duplicate votes",
    why: "VotesNotAscending",
    index: 3n,
    voted: (f) =>
      signedBy(
        f,
        [0, 1, 2, 2, 3].map((index) => at(f.voters, index)),
      ),
  },
  {
    name: "unsorted votes",
    why: "VotesNotAscending",
    index: 1n,
    voted: (f) => signedBy(f, [...f.voters].reverse()),
  },
  {
    name: "a foreign vote among good ones",
    why: "UnknownSigner",
    index: 5n,
    voted: (f) => signedBy(f, [...f.voters, stranger]),
  },
  {
    name: "two keys of one agent during rotation",
    why: "VotesNotAscending",
    index: 1n,
    voted: async (f) => {
      await rotate(f, { agentId: 1n, key: spareKey(), overlap: 3_600n });
      return signedBy(f, [at(f.voters, 0), { agentId: 1n, key: spareKey() }, at(f.voters, 2), at(f.voters, 4)]);
    },
  },
  {
    name: "a vote by a paused agent",
    why: "AgentNotActive",
    index: 4n,
    voted: async (f) => {
      const voted = await votedPayment(f, { proposal: NEXT });
      await f.registry.connect(f.operatorC).pause(5n);
      return voted;
    },
  },
  {
    name: "a vote by a seller of its id",
    why: "SignerExpired",
    index: 4n,
    voted: async (f) => {
      const voted = await votedPayment(f, { proposal: NEXT });
      await f.registry.connect(f.operatorC).transferFrom(f.operatorC.address, f.attacker.address, 5n);
      return voted;
    },
  },
  {
    name: "a high-s signature",
    why: "InvalidSignature",
    index: 0n,
    voted: async (f) => {
      const voted = await votedPayment(f, { proposal: NEXT });
      const high = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1n;
      const votes = ethers.concat([ethers.dataSlice(voted.votes, 0, 32), ethers.toBeHex(high, 32)]);
      return { ...voted, votes };
    },
  },
  { name: "a used nonce", why: "NonceUsed", voted: (f) => votedPayment(f, { proposal: { nonce: 1n } }) },
  {
    name: "a nonce far ahead",
    why: "NonceTooFarAhead",
    voted: (f) => votedPayment(f, { proposal: { nonce: 1n + 65_537n } }),
  },
  {
    name: "an expired deadline",
    why: "DeadlinePassed",
    voted: async (f) => {
      const voted = await votedPayment(f, { proposal: NEXT });
      await time.increaseTo(voted.proposal.deadline + 1n);
      return voted;
    },
  },
  {
    name: "the wrong executor",
    why: "WrongSubmitter",
    voted: (f) => votedPayment(f, { proposal: { ...NEXT, submitter: f.operatorA.address } }),
  },
  {
    name: "an amount altered by one unit",
    why: "UnknownSigner",
    voted: (f) => altered(f, { calls: [transferCall(f.addresses.usdc, f.payee.address, PAYMENT + 1n)] }),
  },
  { name: "a loss limit altered by one unit", why: "UnknownSigner", voted: (f) => altered(f, { maxLoss: 1n }) },
  {
    name: "a deadline altered by one second",
    why: "UnknownSigner",
    voted: async (f) => altered(f, { deadline: (await now()) + 31n }),
  },
  { name: "another agent's name on it", why: "UnknownSigner", voted: (f) => altered(f, { agentId: 2n }) },
  {
    name: "a minority",
    why: "BelowThreshold",
    voted: (f) => votedPayment(f, { proposal: NEXT, voters: [at(f.voters, 0), at(f.voters, 4)] }),
  },
];

/** An honest ballot of whoever is still able to vote must go through after the attack. */
const expectAlive = async (f: Nexus): Promise<void> => {
  const able: Voter[] = [];
  for (const voter of f.voters.slice(1, 4)) able.push(voter);
  const before = await f.usdc.balanceOf(f.payee);
  await enact(f, await votedPayment(f, { proposal: { agentId: 2n, nonce: 1n }, voters: able }));
  expect((await f.usdc.balanceOf(f.payee)) - before).to.equal(PAYMENT);
};

describe("Attacks by votes", () => {
  for (const { name, why, index, voted } of ATTACKS) {
    it(`${name}: refused with ${why}, funds and nonces untouched, and an honest proposal passes`, async () => {
      const f = await loadFixture(enactedFixture);
      await expectRefused(f, await voted(f), why, index);
      await expectAlive(f);
    });
  }

  it("a nonce that is never used does not block later ones [NX-CON-09]", async () => {
    const f = await loadFixture(enactedFixture);
    for (const nonce of [3n, 47n, 2n, 65_000n, 64_953n]) {
      await enact(f, await votedPayment(f, { proposal: { nonce } }));
    }
    expect(await f.usdc.balanceOf(f.payee)).to.equal(6n * PAYMENT);
  });

  it("an enacted proposal runs once, though its proposer passes its id through other hands [NX-CON-01]", async () => {
    const f = await loadFixture(enactedFixture);
    const [attacker, key] = [f.attacker, spareKey(3)];
    await f.registry.connect(f.operatorA).transferFrom(f.operatorA.address, attacker.address, 1n);
    await rotate(f, { agentId: 1n, key, overlap: 0n }, attacker);
    await f.registry.connect(attacker).resume(1n);
    const voters = [{ agentId: 1n, key }, ...f.voters.slice(1)];
    const votes = signVotesAsIs(f.domain, f.voted.proposal, voters);
    await expectRefused(f, { ...f.voted, votes }, "NonceUsed");
  });

  it("a newcomer's weight counts only as far as the absolute threshold lets it [NX-CON-02]", async () => {
    const f = await loadFixture(enactedFixture);
    await registerAgent(f, { operator: f.attacker, key: spareKey(4), bond: 1_000_000n * 10n ** 18n });
    const voters = [{ agentId: 6n, key: spareKey(4) }];
    await expectRefused(f, await votedPayment(f, { proposal: { agentId: 6n }, voters }), "BelowThreshold");
  });
});
