import { expect } from "chai";
import { enact, votedPayment } from "../../../support/votedProposals.ts";
import { loadFixture, networkHelpers } from "../../../support/chain.ts";
import { USDC_LIMIT, fundedFixture } from "../../../support/nexus.ts";

const primedFixture = async () => {
  const f = await fundedFixture();
  await f.mandate.connect(f.anyone).prime(1n, f.addresses.usdc);
  return f;
};

const gasOfPayment = async (f: Awaited<ReturnType<typeof primedFixture>>): Promise<bigint> => {
  const receipt = await (await enact(f, await votedPayment(f))).wait();
  return receipt?.gasUsed ?? 0n;
};

describe("Mandate.prime", () => {
  describe("given the limits were never used", () => {
    it("leaves the room as it was, whoever calls", async () => {
      const f = await loadFixture(primedFixture);
      const { forAgent, forAll } = await f.mandate.remainingOf(1n, f.addresses.usdc);
      expect([forAgent, forAll]).to.deep.equal([USDC_LIMIT.perAgentDay / 2n, USDC_LIMIT.perDay / 2n]);
    });

    it("spares the first use a new slot", async () => {
      const cold = await gasOfPayment(await loadFixture(fundedFixture));
      const warm = await gasOfPayment(await loadFixture(primedFixture));
      expect(cold - warm).to.be.greaterThan(17_000n);
    });
  });

  describe("given the limits are in use", () => {
    it("changes nothing [NX-MAN-02]", async () => {
      const f = await loadFixture(primedFixture);
      await enact(f, await votedPayment(f));
      const before = await f.mandate.remainingOf(1n, f.addresses.usdc);
      await networkHelpers.time.setNextBlockTimestamp(await networkHelpers.time.latest());
      await f.mandate.connect(f.attacker).prime(1n, f.addresses.usdc);
      expect(await f.mandate.remainingOf(1n, f.addresses.usdc)).to.deep.equal(before);
    });
  });
});
