import { expect } from "chai";
import fc from "fast-check";
import { type Placement, boundOf, place } from "../../../../keepers/orchestrator/placement.ts";

const names = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
const loadsOf = (placement: Placement): ReadonlyMap<string, number> => {
  const loads = new Map<string, number>();
  for (const worker of placement.values()) loads.set(worker, (loads.get(worker) ?? 0) + 1);
  return loads;
};
const movedBetween = (before: Placement, after: Placement): readonly string[] =>
  [...before].flatMap(([item, worker]) => (after.get(item) === worker ? [] : [item]));

const item = fc.string({ maxLength: 12 });
const sets = fc.record({
  items: fc.uniqueArray(item, { maxLength: 60 }),
  workers: fc.uniqueArray(item, { minLength: 1, maxLength: 8 }),
  headroom: fc.integer({ min: 0, max: 100 }),
});

describe("Placing work that keeps state", () => {
  it("places every item once, at a worker that is there, and nobody above the bound [NX-ORC-04]", () => {
    fc.assert(
      fc.property(sets, ({ items, workers, headroom }) => {
        const placement = place(items, workers, headroom);
        expect([...placement.keys()].sort()).to.deep.equal([...items].sort());
        for (const [worker, load] of loadsOf(placement)) {
          expect(workers).to.include(worker);
          expect(load).to.be.at.most(boundOf(items.length, workers.length, headroom));
        }
      }),
    );
  });

  it("is the same in whatever order names are given, and however often [NX-ORC-04]", () => {
    fc.assert(
      fc.property(sets, ({ items, workers, headroom }) => {
        const [before, after] = [
          place(items, workers, headroom),
          place([...items, ...items].reverse(), [...workers, ...workers].reverse(), headroom),
        ];
        expect(movedBetween(before, after)).to.deep.equal([]);
      }),
    );
  });

  it("moves only the items of a worker that goes, where nobody is at its bound [NX-ORC-04]", () => {
    fc.assert(
      fc.property(sets, fc.nat(), ({ items, workers }, n) => {
        // So much headroom that no bound is reached: pure rendezvous hashing.
        const gone = workers[n % workers.length] ?? "";
        const [before, after] = [
          place(items, workers, 100_000),
          place(
            items,
            workers.filter((one) => one !== gone),
            100_000,
          ),
        ];
        for (const moved of movedBetween(before, after)) expect(before.get(moved)).to.equal(gone);
      }),
    );
  });

  it("moves to a worker that comes, and nowhere else, where nobody is at its bound [NX-ORC-04]", () => {
    fc.assert(
      fc.property(sets, item, ({ items, workers }, fresh) => {
        const [before, after] = [place(items, workers, 100_000), place(items, [...workers, fresh], 100_000)];
        for (const moved of movedBetween(before, after)) expect(after.get(moved)).to.equal(fresh);
      }),
    );
  });

  it("moves little more than a worker's share when it goes, with a bound of a quarter above the even share", () => {
    const [items, workers] = [names("pool", 400), names("scanner", 8)];
    for (const gone of workers) {
      const [before, after] = [
        place(items, workers),
        place(
          items,
          workers.filter((one) => one !== gone),
        ),
      ];
      // Its own 50 or so, and those that a bound pushes on.
      expect(movedBetween(before, after).length).to.be.at.most(110);
    }
  });

  it("spreads evenly without a bound", () => {
    const loads = loadsOf(place(names("pool", 8_000), names("scanner", 8), 100_000));
    for (const load of loads.values()) expect(load).to.be.within(850, 1_150);
  });

  it("places nothing without a worker", () => {
    expect(place(["a"], []).size).to.equal(0);
  });
});
