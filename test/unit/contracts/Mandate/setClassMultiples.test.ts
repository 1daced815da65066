import { expect } from "chai";
import { loadFixture } from "../../../support/chain.ts";
import { slowFixture } from "../../../support/slowPath.ts";

describe("Mandate.setClassMultiples", () => {
  it("is the administrator's, keeps its order, and tells", async () => {
    const f = await loadFixture(slowFixture);
    const mandate = f.mandate.connect(f.admin);
    await expect(f.mandate.connect(f.anyone).setClassMultiples({ elevated: 1n, critical: 1n }))
      .to.be.revertedWithCustomError(f.mandate, "NotAdmin")
      .withArgs(f.anyone.address);
    for (const [elevated, critical] of [
      [0n, 1n],
      [3n, 2n],
    ] as const) {
      await expect(mandate.setClassMultiples({ elevated, critical }))
        .to.be.revertedWithCustomError(f.mandate, "MultiplesOutOfOrder")
        .withArgs(elevated, critical);
    }
    await mandate.setClassMultiples({ elevated: 1n, critical: 1n });
    expect([...(await f.mandate.classMultiples())]).to.deep.equal([1n, 1n]);
    await expect(mandate.setClassMultiples({ elevated: 3n, critical: 9n }))
      .to.emit(f.mandate, "ClassMultiplesChanged")
      .withArgs([3n, 9n]);
    expect([...(await f.mandate.classMultiples())]).to.deep.equal([3n, 9n]);
  });
});
