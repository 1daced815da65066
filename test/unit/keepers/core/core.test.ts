import { expect } from "chai";
import fc from "fast-check";
import { assertNever } from "../../../../keepers/core/assertNever.ts";
import { FatalError, RetryableError } from "../../../../keepers/core/errors.ts";
import { mulDivDown, mulDivUp, sqrtDown } from "../../../../keepers/core/integers.ts";
import { seededRandom } from "../../../../keepers/core/random.ts";
import { addSeconds, address, blockNumber, seconds, unixSeconds } from "../../../../keepers/core/units.ts";

const natural = fc.bigInt({ min: 0n, max: 1n << 300n });
const positive = fc.bigInt({ min: 1n, max: 1n << 300n });

describe("core/units", () => {
  it("keeps addresses in lower case, so that equal addresses are equal strings", () => {
    const checksummed = "0x52908400098527886E0F7030069857D2E4169EE7";
    expect(address(checksummed)).to.equal(checksummed.toLowerCase());
    expect(address(checksummed)).to.equal(address(checksummed.toLowerCase()));
  });

  for (const wrong of ["", "0x", "0x12", `0x${"g".repeat(40)}`, "a".repeat(40), `0x${"0".repeat(41)}`]) {
    it(`refuses ${JSON.stringify(wrong)} as an address`, () => {
      expect(() => address(wrong)).to.throw(RangeError, "not an address");
    });
  }

  it("refuses negative times, lengths and heights", () => {
    for (const make of [unixSeconds, seconds, blockNumber]) expect(() => make(-1n)).to.throw(RangeError, "-1");
  });

  it("adds a length to a time", () => {
    expect(addSeconds(unixSeconds(5n), seconds(7n))).to.equal(12n);
  });
});

describe("core/integers", () => {
  it("brackets the true quotient: down ≤ a × b ÷ d ≤ up, at most one apart", () => {
    fc.assert(
      fc.property(natural, natural, positive, (a, b, d) => {
        const [down, up] = [mulDivDown(a, b, d), mulDivUp(a, b, d)];
        expect(down * d <= a * b && a * b <= up * d).to.equal(true);
        expect(up - down).to.equal((a * b) % d === 0n ? 0n : 1n);
      }),
    );
  });

  it("refuses a negative numerator or a zero denominator", () => {
    expect(() => mulDivDown(-1n, 1n, 1n)).to.throw(RangeError);
    expect(() => mulDivUp(1n, 1n, 0n)).to.throw(RangeError);
  });

  it("takes the largest root whose square does not exceed the number", () => {
    fc.assert(
      fc.property(natural, (n) => {
        const root = sqrtDown(n);
        expect(root * root <= n && n < (root + 1n) * (root + 1n)).to.equal(true);
      }),
    );
    expect([0n, 1n, 3n, 4n, 8n, 9n].map(sqrtDown)).to.deep.equal([0n, 1n, 1n, 2n, 2n, 3n]);
    expect(() => sqrtDown(-1n)).to.throw(RangeError);
  });
});

describe("core/random", () => {
  const draw = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 50 }, () => [random.uniform(), random.below(1_000n), random.normal()]);
  };

  it("gives the same sequence for the same seed and another for another", () => {
    expect(draw(7)).to.deep.equal(draw(7));
    expect(draw(7)).to.not.deep.equal(draw(8));
  });

  it("stays below the limit and reaches every number under it", () => {
    const random = seededRandom(1);
    const seen = new Set(Array.from({ length: 2_000 }, () => random.below(10n)));
    expect([...seen].toSorted((a, b) => Number(a - b))).to.deep.equal([0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n]);
    expect(random.below(1n)).to.equal(0n);
    expect(random.below(1n << 200n) < 1n << 200n).to.equal(true);
    expect(() => random.below(0n)).to.throw(RangeError);
  });

  it("has the mean and the spread of the distributions that it names", () => {
    const random = seededRandom(3);
    const size = 40_000;
    const moments = (next: () => number) => {
      const values = Array.from({ length: size }, next);
      const mean = values.reduce((sum, value) => sum + value, 0) / size;
      return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size };
    };
    const [uniform, normal] = [moments(random.uniform), moments(random.normal)];
    expect(Math.abs(uniform.mean - 0.5)).to.be.at.most(0.01);
    expect(Math.abs(uniform.variance - 1 / 12)).to.be.at.most(0.002);
    expect(Math.abs(normal.mean - 0)).to.be.at.most(0.02);
    expect(Math.abs(normal.variance - 1)).to.be.at.most(0.03);
  });
});

describe("core/errors", () => {
  it("tells what is worth trying again from what is not, and keeps the cause", () => {
    const cause = new Error("socket closed");
    expect(new RetryableError("no answer", { cause })).to.include({ name: "RetryableError", cause });
    expect(new FatalError("wrong chain")).to.be.instanceOf(Error).and.include({ name: "FatalError" });
  });

  it("shows the value that no case took, bigints included", () => {
    const stray = { kind: "new", size: 3n };
    const show = (): void => {
      Reflect.apply(assertNever, undefined, [stray]);
    };
    expect(show).to.throw('unreachable: {"kind":"new","size":"3"}');
  });
});
