import { readFile } from "node:fs/promises";
import { expect } from "chai";
import fc from "fast-check";
import { firstInvalid } from "../../../keepers/core/conditionRule.ts";
import { CONDITION_KIND } from "../../../keepers/core/proposal.ts";
import { refusalAt } from "../../../keepers/core/refusal.ts";
import { expectRefused, votedPayment, preview } from "../../support/votedProposals.ts";
import { ZERO, ethers, loadFixture } from "../../support/chain.ts";
import { toProposal } from "../../support/keeperView.ts";
import { type Nexus, fundedFixture } from "../../support/nexus.ts";
import type { BenchCondition } from "../../support/votes.ts";

/** Mostly sound in each of its fields, so that lists of many can be. */
const aCondition = (f: Nexus, pool: string): fc.Arbitrary<BenchCondition> => {
  const mostly = <T>(usual: T, ...others: readonly T[]) =>
    fc.oneof({ weight: 40, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
  const amount = fc.constantFrom(1n, 9_999n);
  const most = 2n ** 256n - 1n;
  return fc
    .tuple(
      fc.constantFrom(...Object.values(CONDITION_KIND)),
      mostly(false, true),
      mostly("named", "other"),
      mostly("named", "other"),
      amount,
    )
    .chain(([kind, isOdd, subject, holder, plain]) => {
      const bare = kind === CONDITION_KIND.valueDecreasesAtMostBps;
      const alone = kind === CONDITION_KIND.onlyMoves;
      const usual = alone ? 0n : plain;
      const readable = kind === CONDITION_KIND.healthFactorAtLeast ? pool : f.addresses.usdc;
      return fc.constantFrom(0n, 1n, 10_000n, most).map((odd) => ({
        kind,
        subject: (subject === "named") === bare ? ZERO : readable,
        holder: (holder === "named") === (bare || alone) ? ZERO : f.payee.address,
        amount: isOdd ? odd : usual,
      }));
    });
};

describe("The keepers' rule of post-conditions beside the chain's", () => {
  it("number the kinds of conditions as Proposal.sol does", async () => {
    const source = await readFile("contracts/types/Proposal.sol", "utf8");
    const body = /enum ConditionKind \{([^}]*)\}/.exec(source)?.[1] ?? "";
    const names = body.split("\n").flatMap((line) => /^\s*([A-Z][A-Za-z]*),?\s*$/.exec(line)?.[1] ?? []);
    const ours = Object.entries(CONDITION_KIND).map(([name, value]) => [
      `${name[0]?.toUpperCase()}${name.slice(1)}`,
      value,
    ]);
    expect(ours).to.deep.equal(names.map((name, value) => [name, value]));
  });

  it("find the same invalid condition, but for what does not answer [NX-CON-08]", async () => {
    const f = await loadFixture(fundedFixture);
    const pool = await (await ethers.deployContract("MockPool")).getAddress();
    let found = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(aCondition(f, pool), { minLength: 1, maxLength: 18 }), async (conditions) => {
        const voted = await votedPayment(f, { proposal: { conditions } });
        const { refusal, index } = await preview(f, voted);
        const ours = firstInvalid(toProposal(voted.proposal).conditions);
        const isInvalid = refusalAt(Number(refusal)) === "InvalidCondition";
        if (isInvalid) found += 1;
        expect(ours).to.equal(isInvalid ? Number(index) : undefined);
      }),
      { numRuns: 150, seed: 712 },
    );
    expect(found).to.be.within(30, 120);
    // What only the chain knows: whether the subject is a contract, and answers.
    const stranger = { kind: CONDITION_KIND.onlyMoves, subject: f.attacker.address, holder: ZERO, amount: 0n };
    const voted = await votedPayment(f, { proposal: { conditions: [stranger] } });
    expect(firstInvalid(toProposal(voted.proposal).conditions)).to.equal(undefined);
    await expectRefused(f, voted, "InvalidCondition");
  });
});
