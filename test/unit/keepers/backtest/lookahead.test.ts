import { expect } from "chai";
import type { SimulatedAgent, Stage } from "../../../../keepers/backtest/stage.ts";
import { simulatedFleet } from "../../../../keepers/backtest/fleet.ts";
import { evenCuts, lookahead, scrambledAfter } from "../../../../keepers/backtest/lookahead.ts";
import type { MakeFleet } from "../../../../keepers/backtest/run.ts";
import { seededRandom } from "../../../../keepers/core/random.ts";
import { sandboxPolicy } from "../../../../scripts/backtest/policy.ts";
import { tokenAt } from "../../../../scripts/backtest/plan.ts";
import { type Blocks, marketOf, played, tracesOf } from "../../../support/backtests.ts";

const CUTS = 50;
const WETH = tokenAt("WETH");

/** What somebody decides who sees the whole market: a number that depends on what he looks at. */
type Peek = (blocks: Blocks, at: number) => number;

const priceOf = (blocks: Blocks, at: number): number => Number(blocks[at]?.prices.get(WETH) ?? 0n) / 1e18;
const meanOf = (blocks: Blocks, from: number, to: number): number => {
  const prices = blocks.slice(Math.max(from, 0), to).map((_, index) => priceOf(blocks, Math.max(from, 0) + index));
  return prices.reduce((sum, price) => sum + price, 0) / Math.max(prices.length, 1);
};

/** Five ways of knowing what is not known yet, and how many of the cuts must show each. */
const CHEATS: Readonly<Record<string, { readonly peek: Peek; readonly least: number }>> = {
  "the next block's price": {
    peek: (blocks, at) => (priceOf(blocks, at + 1) > priceOf(blocks, at) ? 1 : -1),
    least: 15,
  },
  "the mean of the whole day": {
    peek: (blocks, at) => priceOf(blocks, at) - meanOf(blocks, 0, blocks.length),
    least: CUTS,
  },
  "the whole day's highest price to scale by": {
    peek: (blocks, at) => priceOf(blocks, at) / Math.max(...blocks.map((_, index) => priceOf(blocks, index))),
    least: CUTS,
  },
  "a filter that is centred on now": {
    peek: (blocks, at) => priceOf(blocks, at) - meanOf(blocks, at - 5, at + 6),
    least: CUTS - 1,
  },
  "the gas price of a later block": { peek: (blocks, at) => Number(blocks[at + 3]?.baseFee ?? 0n), least: CUTS - 1 },
};

/** An agent that decides by what it peeked at, over the market that it was shown. */
const cheat = (stage: Stage, blocks: Blocks, peek: Peek): SimulatedAgent => ({
  name: "cheat",
  round: () => {
    const at = Number(stage.world.block) - 1;
    stage.record({ kind: "hunt", agent: "cheat", input: undefined, decision: { score: peek(blocks, at) } });
    return Promise.resolve();
  },
});

describe("Looking ahead", () => {
  const market = marketOf(1, 30);
  const blocks: Blocks = [...market.blocks];
  const cuts = evenCuts(blocks, CUTS);

  /** The cuts after which a fleet decided otherwise before them; the fleet is shown the whole market. */
  const changedBy = async (fleetFor: (shown: Blocks) => MakeFleet): Promise<number> => {
    const run = async (shown: Blocks, until: number) =>
      tracesOf(
        await played(
          { initial: market.initial, blocks: shown },
          { fleet: fleetFor(shown), isStopped: (count) => count >= until },
        ),
      );
    let changed = 0;
    for await (const result of lookahead(blocks, { cuts, random: seededRandom(3), run })) {
      if (result.changed === undefined) continue;
      expect(result.changed <= BigInt(result.cut)).to.equal(true);
      changed += 1;
    }
    return changed;
  };

  it("changes everything after a cut and nothing before it", () => {
    const cut = 30;
    const other = scrambledAfter(blocks, cut, seededRandom(1));
    expect(other.slice(0, cut)).to.deep.equal(blocks.slice(0, cut));
    expect(other.map(({ time }) => time)).to.deep.equal(blocks.map(({ time }) => time));
    for (const [index, { prices, baseFee }] of other.slice(cut).entries()) {
      expect(prices.get(WETH)).not.to.equal(blocks[cut + index]?.prices.get(WETH));
      expect(baseFee).not.to.equal(blocks[cut + index]?.baseFee);
    }
    expect(cuts).to.have.length(CUTS);
    expect(new Set(cuts).size).to.equal(CUTS);
    expect(cuts.every((at) => blocks[at - 1]?.isWatched)).to.equal(true);
    expect(Math.max(...cuts)).to.be.below(blocks.length);
  });

  it("changes no decision of the shipped fleet before any of 50 cuts [NX-QNT-10]", async () => {
    const { fleet } = sandboxPolicy();
    expect(await changedBy(() => (stage) => simulatedFleet(stage, fleet))).to.equal(0);
  }).timeout(60_000);

  for (const [name, { peek, least }] of Object.entries(CHEATS)) {
    it(`finds a strategy that knows ${name} [NX-QNT-10]`, async () => {
      const changed = await changedBy((shown) => (stage) => [cheat(stage, shown, peek)]);
      expect(changed).to.be.at.least(least);
    });
  }

  it("finds one among honest agents, in the block in which it cheated", async () => {
    const { fleet } = sandboxPolicy();
    const few = [61, 82];
    const run = async (shown: Blocks, until: number) => {
      const withCheat: MakeFleet = (stage) => [
        ...simulatedFleet(stage, fleet),
        cheat(stage, shown, (all, at) => (at === 58 ? priceOf(all, 88) : 0)),
      ];
      return tracesOf(
        await played(
          { initial: market.initial, blocks: shown },
          { fleet: withCheat, isStopped: (count) => count >= until },
        ),
      );
    };
    const found: (bigint | undefined)[] = [];
    for await (const { changed } of lookahead(blocks, { cuts: few, random: seededRandom(4), run })) found.push(changed);
    expect(found).to.deep.equal([59n, 59n]);
  });
});
