import { expect } from "chai";
import { loadFixture } from "../../../support/chain.ts";
import { nexusFixture } from "../../../support/nexus.ts";

describe("AgentRegistry.isAuthorizedOrOwner", () => {
  it("is true for the owner and whom it approved, and for nobody else", async () => {
    const f = await loadFixture(nexusFixture);
    await f.registry.connect(f.operatorA).approve(f.payee.address, 1n);
    await f.registry.connect(f.operatorA).setApprovalForAll(f.anyone.address, true);
    const answers = await Promise.all(
      [f.operatorA, f.payee, f.anyone, f.attacker].map((who) => f.registry.isAuthorizedOrOwner(who, 1n)),
    );
    expect(answers).to.deep.equal([true, true, true, false]);
    await expect(f.registry.isAuthorizedOrOwner(f.anyone, 9n))
      .to.be.revertedWithCustomError(f.registry, "ERC721NonexistentToken")
      .withArgs(9n);
  });
});
