import { expect } from "chai";
import { ZERO, loadFixture } from "../../../support/chain.ts";
import { slowFixture } from "../../../support/slowPath.ts";

describe("Consensus.setCoSigner", () => {
  it("is the administrator's, refuses a guardian, and tells [NX-CON-12]", async () => {
    const f = await loadFixture(slowFixture);
    await expect(f.consensus.connect(f.anyone).setCoSigner(ZERO))
      .to.be.revertedWithCustomError(f.consensus, "NotAdmin")
      .withArgs(f.anyone.address);
    await expect(f.consensus.connect(f.admin).setCoSigner(f.guardian))
      .to.be.revertedWithCustomError(f.consensus, "CoSignerIsGuardian")
      .withArgs(f.guardian.address);
    await expect(f.consensus.connect(f.admin).setCoSigner(f.payee))
      .to.emit(f.consensus, "CoSignerChanged")
      .withArgs(f.payee.address);
    expect(await f.consensus.coSigner()).to.equal(f.payee.address);
  });
});
