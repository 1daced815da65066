import { expect } from "chai";
import { MaxUint256 } from "ethers";
import { type WorstCase, worstCaseLine, worstCaseText } from "../../../keepers/views/worstCase.ts";

const USD = 10n ** 18n;
const [WSEI, OTHER] = [`0x${"1".repeat(40)}`, `0x${"2".repeat(40)}`];
const book = { environment: { tokens: { WSEI: { address: WSEI, symbol: "WSEI", decimals: 18 } } } };

const routine: WorstCase = {
  className: "Routine",
  passesNothing: undefined,
  atOnce: 20_000n * USD,
  inADay: 40_000n * USD,
  notional: 520_000n * USD,
  deviation: 1_200n * USD,
  unvalued: [],
};
const elevated: WorstCase = { ...routine, className: "Elevated", inADay: 60_000n * USD };

describe("The worst case in words [NX-TRE-02]", () => {
  it("says dollars inside the bands, at once and in a day, and what more beyond them", () => {
    expect(worstCaseText(routine, book)).to.equal(
      "$40,000.00, $20,000.00 of it at once; " +
        "$1,200.00 more where prices are off by as much again as is accepted, of $520,000.00 that may fall",
    );
    expect(worstCaseLine([routine, elevated], book)).to.equal(
      "at most $40,000.00 Routine, $60,000.00 Elevated in 24 h by a corrupt quorum",
    );
  });

  it("tells in units what is held and has no price, as far as it may fall", () => {
    const unvalued = [
      { token: WSEI, balance: 15n * 10n ** 17n, decrease: 10n ** 19n },
      { token: OTHER, balance: 9n, decrease: 7n },
      { token: OTHER, balance: 0n, decrease: 7n },
    ];
    const text = `up to 1.5 WSEI, which has no price; up to 7 units of ${OTHER}, which has no price`;
    expect(worstCaseText({ ...routine, unvalued }, book)).to.include(`of it at once; ${text}; $1,200.00 more`);
    expect(worstCaseLine([routine, { ...elevated, unvalued }], book)).to.include(`by a corrupt quorum; ${text}`);
  });

  it("tells a token whose balance cannot be read by how far it may fall", () => {
    const unvalued = [{ token: WSEI, balance: MaxUint256, decrease: 10n ** 18n }];
    expect(worstCaseText({ ...routine, unvalued }, book)).to.include("up to 1 WSEI, whose balance cannot be read");
  });

  it("says of a class that can pass nothing why, and leaves it out of the line", () => {
    const critical: WorstCase = { ...routine, className: "Critical", passesNothing: "it has no co-signer" };
    expect(worstCaseText(critical, book)).to.equal("no more than the class below: it has no co-signer");
    expect(worstCaseLine([routine, critical], book)).not.to.include("Critical");
    expect(worstCaseLine([critical], book)).to.equal("no class can pass anything");
  });
});
