import { expect } from "chai";
import {
  type Faults,
  type FeedFault,
  distorted,
  faultyKeepers,
  parseFaults,
} from "../../../scripts/sandbox/feeds/faults.ts";
import type { Reading } from "../../../scripts/sandbox/oracles.ts";

const WAD = 10n ** 18n;
const reading = (timestamp: number, sei = 30n): Reading => ({
  values: { "SEI/USD": sei * WAD, "ETH/USD": 3_000n * WAD, "USDC/USD": WAD },
  timestamp,
});
const sei = (found: Reading | undefined): bigint | undefined => found?.values["SEI/USD"];

describe("faults of the sandbox's feeds", () => {
  it("distort what a maker writes, each in its way", () => {
    const now = reading(1_000);
    expect(distorted("stale", now, [])).to.equal(undefined);
    expect(distorted("dead", now, [])).to.equal(undefined);
    expect(distorted("lie", now, [])).to.deep.include({ timestamp: 1_000 });
    expect(sei(distorted("lie", now, []))).to.equal(45n * WAD);
    expect(sei(distorted("jump", now, []))).to.equal(33n * WAD);
    expect(sei(distorted("jump", reading(1_001), []))).to.equal(27n * WAD);
    const ahead = distorted("future", now, []);
    expect([ahead?.timestamp, sei(ahead)]).to.deep.equal([1_030, (30_075n * WAD) / 1_000n]);
    const past = [reading(960, 1n), reading(970, 2n), reading(971, 3n)];
    expect(distorted("slow", now, past)).to.deep.equal(reading(970, 2n));
    expect(distorted("slow", now, [reading(971)])).to.equal(undefined);
  });

  it("are read from a file, and nothing else is taken for one", () => {
    expect(parseFaults('{"Pyth":"lie","API3":"dead"}')).to.deep.equal({ Pyth: "lie", API3: "dead" });
    expect(parseFaults("{}")).to.deep.equal({});
    for (const wrong of ['{"Pyth":"sleepy"}', '{"Chainlink":"lie"}', "[]", "nonsense"]) {
      expect(() => parseFaults(wrong), wrong).to.throw();
    }
  });

  it("take a maker's contract away once, bring it back once, and touch no other maker", async () => {
    const done: string[] = [];
    const keeper = (maker: string) => (told: Reading) => {
      done.push(`${maker} ${told.values["SEI/USD"] / WAD} at ${told.timestamp}`);
      return Promise.resolve(true);
    };
    const note = (words: string): Promise<void> => {
      done.push(words);
      return Promise.resolve();
    };
    const contract = (maker: string) => ({ off: () => note(`${maker} off`), on: () => note(`${maker} on`) });
    let faults: Faults = {};
    const keepers = faultyKeepers(
      { API3: keeper("API3"), Pyth: keeper("Pyth"), RedStone: keeper("RedStone") },
      { API3: contract("API3"), Pyth: contract("Pyth"), RedStone: contract("RedStone") },
      () => faults,
    );
    const play = async (timestamp: number, pyth?: FeedFault): Promise<readonly boolean[]> => {
      faults = pyth === undefined ? {} : { Pyth: pyth };
      return [await keepers.API3(reading(timestamp)), await keepers.Pyth(reading(timestamp))];
    };
    expect(await play(1)).to.deep.equal([true, true]);
    expect(await play(2, "dead")).to.deep.equal([true, false]);
    expect(await play(3, "dead")).to.deep.equal([true, false]);
    expect(await play(40)).to.deep.equal([true, true]);
    expect(await play(41, "slow")).to.deep.equal([true, true]);
    expect(done).to.deep.equal([
      "API3 30 at 1",
      "Pyth 30 at 1",
      "API3 30 at 2",
      "Pyth off",
      "API3 30 at 3",
      "API3 30 at 40",
      "Pyth on",
      "Pyth 30 at 40",
      "API3 30 at 41",
      "Pyth 30 at 3",
    ]);
  });
});
