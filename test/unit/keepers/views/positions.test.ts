import { expect } from "chai";
import { heldPositions, positionText } from "../../../../keepers/views/positions.ts";
import { USDC, WAD, WSEI, chainSnapshot, tokenState } from "../../../support/keeperBuilders.ts";

const symbolOf = (token: string): string => (token === USDC ? "USDC" : "WSEI");

describe("Positions of a treasury", () => {
  it("are worth what the band's two ends say, the largest part first", () => {
    const tokens = [
      tokenState(USDC, { balance: 250_000n * 10n ** 6n }),
      tokenState(WSEI, { balance: 2_500_000n * WAD }),
    ];
    const positions = heldPositions(chainSnapshot({ tokens }), symbolOf);
    expect(positions.map(({ symbol, worth }) => [symbol, worth])).to.deep.equal([
      ["WSEI", { lower: 742_500n * WAD, upper: 757_500n * WAD, partBps: 7_500n }],
      ["USDC", { lower: 247_500n * WAD, upper: 252_500n * WAD, partBps: 2_500n }],
    ]);
    expect(positions.map(positionText)[0]).to.match(
      /^2,?500,?000(\.0+)? WSEI: \$742,?500(\.00)? to \$757,?500(\.00)?, 75 %$/,
    );
  });

  it("have no worth without a price, which is no part of the whole, and are left out where nothing is held", () => {
    const tokens = [tokenState(USDC, { balance: 10n ** 6n }), tokenState(WSEI, { status: "QuorumMissed" })];
    const positions = heldPositions(chainSnapshot({ tokens }), symbolOf);
    expect(positions.map(({ symbol, worth }) => [symbol, worth?.partBps])).to.deep.equal([
      ["USDC", 10_000n],
      ["WSEI", undefined],
    ]);
    expect(positions.map(positionText)[1]).to.match(/no price \(QuorumMissed\)$/);
    expect(heldPositions(chainSnapshot({ tokens: [tokenState(USDC, { balance: 0n })] }), symbolOf)).to.deep.equal([]);
  });
});
