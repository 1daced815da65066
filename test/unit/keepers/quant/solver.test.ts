import { expect } from "chai";
import process from "node:process";
import { seededRandom } from "../../../../keepers/core/random.ts";
import { matrixOf } from "../../../../keepers/quant/matrix.ts";
import { activeSet } from "../../../../keepers/quant/solver/activeSet.ts";
import { interiorPoint } from "../../../../keepers/quant/solver/interiorPoint.ts";
import { type Program, certifierOf, programOf } from "../../../../keepers/quant/solver/program.ts";
import { type Solution, TOLERANCES, isProven, solve } from "../../../../keepers/quant/solver/solve.ts";
import {
  type PeerAnswer,
  byHighs,
  byQuadprog,
  highsText,
  loadHighs,
  quadprogInput,
} from "../../../../scripts/bench/minds/peers.ts";
import { SHAPES, type Shape, randomQuadratic, randomShortfall } from "../../../support/randomPrograms.ts";
import { expectNear } from "../../../support/near.ts";

const IS_DEEP = process.env["NEXUS_TEST_DEEP"] === "1";
const QUADRATICS = IS_DEEP ? 1_000 : 120;
const SHORTFALLS = IS_DEEP ? 200 : 30;
/** The second solver takes no singular matrix. */
const RIDGE = 1e-4;

const answer = (program: Program): Solution =>
  solve(program, new Float64Array(program.linear.length).fill(1 / program.linear.length));

const shapeAt = (seed: number): Shape => SHAPES[seed % SHAPES.length] ?? "plain";

type Tally = {
  agreed: number;
  better: number;
  infeasible: number;
  uncertain: number;
  worst: number;
  violation: number;
};

const emptyTally = (): Tally => ({ agreed: 0, better: 0, infeasible: 0, uncertain: 0, worst: 0, violation: 0 });

const GAP = 1e-8;
const NOTHING = { equalities: new Float64Array(0), inequalities: new Float64Array(0), hinges: new Float64Array(0) };

/**
 * Counts one pair of answers. Ours may be lower than the other's by more than the tolerance only where it is proven: the
 * certificate's bound lies within 1e-8 of our objective, so that the other's answer is off its own optimum.
 */
const count = (tally: Tally, program: Program, theirs: PeerAnswer, seed: number): void => {
  const ours = answer(program);
  if (ours.kind === "uncertain") {
    tally.uncertain += 1;
    return;
  }
  if (ours.kind === "infeasible") {
    expect(theirs.kind, `seed ${seed}`).to.equal("infeasible");
    tally.infeasible += 1;
    return;
  }
  const { objective, violation, gap, dualResidual } = ours.certificate;
  expect(violation, `violation of seed ${seed}`).to.be.at.most(TOLERANCES.violation);
  expect(gap, `gap of seed ${seed}`).to.be.at.most(TOLERANCES.gap);
  expect(dualResidual, `dual residual of seed ${seed}`).to.be.at.most(TOLERANCES.dualResidual);
  tally.violation = Math.max(tally.violation, violation);
  if (theirs.kind !== "optimal") {
    // Our point satisfies every row: that is the proof that there is one.
    tally.better += 1;
    return;
  }
  // The other's objective at its own point: what it reports has less precision.
  const other = certifierOf(program)(theirs.x, NOTHING);
  const difference = (objective - other.objective) / Math.max(Math.abs(other.objective), 0.01);
  if (Math.abs(difference) <= GAP) {
    tally.agreed += 1;
    tally.worst = Math.max(tally.worst, Math.abs(difference));
  } else {
    // A lower objective than a proven bound is possible only outside the limits.
    if (difference > 0) expect(other.violation, `seed ${seed}`).to.be.above(1e-10);
    tally.better += 1;
  }
};

describe("quant/solver", () => {
  it("solves a quadratic program that can be solved by hand, with its multipliers", () => {
    // Minimise x² + y² - 2x where x + y = 1 and y ≥ 0.25: x = 0.75, and a unit of room for y is worth 1.
    const solution = answer(
      programOf({
        quadratic: matrixOf([
          [2, 0],
          [0, 2],
        ]),
        linear: Float64Array.of(-2, 0),
        equalities: { matrix: matrixOf([[1, 1]]), right: Float64Array.of(1) },
        inequalities: { matrix: matrixOf([[0, -1]]), right: Float64Array.of(-0.25) },
      }),
    );
    if (solution.kind !== "optimal") throw new Error(solution.kind);
    expectNear(solution.x[0], 0.75, 1e-10);
    expectNear(solution.x[1], 0.25, 1e-10);
    expectNear(solution.certificate.objective, 0.5625 + 0.0625 - 1.5, 1e-10);
    expectNear(solution.multipliers.equalities[0], 0.5, 1e-8);
    expectNear(solution.multipliers.inequalities[0], 1, 1e-8);
  });

  it("counts a hinge's cost and its curve once its argument is positive", () => {
    // Minimise -2x + max(0, x - 1) + ½·4·max(0, x - 1)²: the slope 1 + 4(x - 1) reaches 2 at x = 1.25.
    const solution = answer(
      programOf({
        linear: Float64Array.of(-2),
        inequalities: { matrix: matrixOf([[1]]), right: Float64Array.of(9) },
        hinges: {
          matrix: matrixOf([[1]]),
          offset: Float64Array.of(-1),
          cost: Float64Array.of(1),
          curve: Float64Array.of(4),
        },
      }),
    );
    if (solution.kind !== "optimal") throw new Error(solution.kind);
    expectNear(solution.x[0], 1.25, 1e-7);
    expectNear(solution.certificate.objective, -2.5 + 0.25 + 0.125, 1e-9);
  });

  it("names the two rows that contradict each other, and leaves out the third", () => {
    const solution = answer(
      programOf({
        linear: Float64Array.of(1, 0),
        equalities: { matrix: matrixOf([[0, 1]]), right: Float64Array.of(0) },
        inequalities: {
          matrix: matrixOf([
            [1, 0],
            [-1, 0],
            [0, 1],
          ]),
          right: Float64Array.of(1, -1.001, 5),
        },
      }),
    );
    if (solution.kind !== "infeasible") throw new Error(solution.kind);
    expect(solution.conflict).to.deep.equal({ equalities: [], inequalities: [0, 1] });
  });

  it("takes a point for proven only where violation, gradient and gap are all within their tolerances", () => {
    const good = { objective: 1, ...TOLERANCES };
    expect(isProven(good)).to.equal(true);
    for (const key of ["violation", "dualResidual", "gap"] as const) {
      expect(isProven({ ...good, [key]: 2 * TOLERANCES[key] }), key).to.equal(false);
      expect(isProven({ ...good, [key]: Number.NaN }), key).to.equal(false);
    }
  });

  it("does not call limits contradictory whose points lie far out", () => {
    const far = { matrix: matrixOf([[-1]]), right: Float64Array.of(-300) };
    expect(answer(programOf({ linear: Float64Array.of(-1), inequalities: far })).kind).to.equal("uncertain");
  });

  it("gives no point where the objective has no least value", () => {
    const solution = answer(
      programOf({
        linear: Float64Array.of(-1),
        inequalities: { matrix: matrixOf([[-1]]), right: Float64Array.of(0) },
      }),
    );
    expect(solution.kind).to.equal("uncertain");
  });

  it(`agrees with quadprog on ${QUADRATICS} random quadratic programs, or proves that it is right [NX-QNT-06]`, () => {
    const tally = emptyTally();
    for (let seed = 0; seed < QUADRATICS; seed += 1) {
      const program = randomQuadratic(seededRandom(seed), shapeAt(seed), RIDGE);
      count(tally, program, byQuadprog(quadprogInput(program)), seed);
    }
    if (IS_DEEP) process.stdout.write(`      quadprog: ${JSON.stringify(tally)}\n`);
    expect(tally.uncertain).to.equal(0);
    expect(tally.agreed).to.be.at.least(0.65 * QUADRATICS);
    expect(tally.infeasible).to.be.at.least(0.1 * QUADRATICS);
  }).timeout(600_000);

  it(`certifies the same ${QUADRATICS} without a ridge, singular covariances included [NX-QNT-06]`, () => {
    let uncertain = 0;
    for (let seed = 0; seed < QUADRATICS; seed += 1) {
      const solution = answer(randomQuadratic(seededRandom(seed), shapeAt(seed), 0));
      if (solution.kind === "uncertain") uncertain += 1;
    }
    expect(uncertain).to.equal(0);
  }).timeout(600_000);

  it(`agrees with HiGHS on ${SHORTFALLS} random programs of the least CVaR, to 1e-8 [NX-QNT-06]`, async () => {
    const highs = await loadHighs();
    const tally = emptyTally();
    for (let seed = 0; seed < SHORTFALLS; seed += 1) {
      const program = randomShortfall(seededRandom(seed), shapeAt(seed));
      count(tally, program, byHighs(highs, highsText(program)), seed);
    }
    if (IS_DEEP) process.stdout.write(`      highs: ${JSON.stringify(tally)}\n`);
    expect(tally.uncertain).to.equal(0);
    expect(tally.better).to.equal(0);
    expect(tally.agreed + tally.infeasible).to.equal(SHORTFALLS);
  }).timeout(600_000);

  it("finds by its active set, where that ends, the interior point's answer, and mostly proves it", () => {
    const ends = { proven: 0, unproven: 0, none: 0, infeasible: 0 };
    for (let seed = 0; seed < QUADRATICS; seed += 1) {
      const program = randomQuadratic(seededRandom(seed), shapeAt(seed), RIDGE);
      const quick = activeSet(program);
      if (quick === undefined) {
        ends[shapeAt(seed) === "infeasible" ? "infeasible" : "none"] += 1;
        continue;
      }
      ends[isProven(quick.certificate) ? "proven" : "unproven"] += 1;
      if (!isProven(quick.certificate)) continue;
      const other = interiorPoint(program, new Float64Array(program.linear.length).fill(1 / program.linear.length));
      if (!isProven(other.certificate)) continue;
      const scale = Math.max(Math.abs(other.certificate.objective), 0.01);
      expectNear(quick.certificate.objective / scale, other.certificate.objective / scale, 1e-7);
    }
    if (IS_DEEP) process.stdout.write(`      active set: ${JSON.stringify(ends)}\n`);
    expect(ends.proven).to.be.at.least(0.7 * QUADRATICS);
  }).timeout(600_000);

  it("proves no point beside whose multipliers all else is lost by rounding", () => {
    // The gradient 1 + 1e22 - 1e22 is zero in floating point.
    const program = programOf({
      quadratic: matrixOf([[1]]),
      linear: Float64Array.of(0),
      inequalities: { matrix: matrixOf([[1], [-1]]), right: Float64Array.of(1, -1) },
    });
    const huge = { ...NOTHING, inequalities: Float64Array.of(1e22, 1e22) };
    expect(isProven(certifierOf(program)(Float64Array.of(1), huge))).to.equal(false);
    const small = { ...NOTHING, inequalities: Float64Array.of(0, 1) };
    expect(isProven(certifierOf(program)(Float64Array.of(1), small))).to.equal(true);
    // The interior point once ended so at 0.2797, as if that were proven.
    const tight = randomQuadratic(seededRandom(640), shapeAt(640), RIDGE);
    const found = interiorPoint(tight, new Float64Array(tight.linear.length).fill(1 / tight.linear.length));
    expectNear(found.certificate.objective, 0.27515473, 1e-8);
  });

  it("has no active set for a singular objective, for hinges, and for rows that contradict one another", () => {
    const one = { matrix: matrixOf([[1]]), right: Float64Array.of(1) };
    const linear = Float64Array.of(-1);
    const quadratic = matrixOf([[1]]);
    expect(activeSet(programOf({ linear, inequalities: one }))).to.equal(undefined);
    const hinges = {
      matrix: matrixOf([[1]]),
      offset: Float64Array.of(0),
      cost: Float64Array.of(1),
      curve: Float64Array.of(0),
    };
    expect(activeSet(programOf({ quadratic, linear, hinges }))).to.equal(undefined);
    const both = { matrix: matrixOf([[1], [-1]]), right: Float64Array.of(1, -2) };
    expect(activeSet(programOf({ quadratic, linear, inequalities: both }))).to.equal(undefined);
    expect(activeSet(programOf({ quadratic, linear, inequalities: one }))?.x).to.deep.equal(Float64Array.of(1));
  });
});
