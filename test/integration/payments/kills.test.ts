import { expect } from "chai";
import { killSellers } from "../../../scripts/bench/vouchers/kills.ts";

describe("A seller that is killed while it takes vouchers in", () => {
  it("has every voucher that it acknowledged, each time it starts again", async () => {
    const { kills, lost, acknowledged, underLoad } = await killSellers(10, 7);
    expect({ kills, lost }).to.deep.equal({ kills: 10, lost: 0 });
    // Otherwise nothing was shown.
    expect(underLoad).to.be.at.least(1);
    expect(acknowledged).to.be.at.least(1);
  });
});
