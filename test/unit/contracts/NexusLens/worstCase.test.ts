import { expect } from "chai";
import { NexusLens__factory } from "../../../../types/index.ts";
import { enact, votedPayment } from "../../../support/votedProposals.ts";
import { USDC, WAD, ethers, loadFixture } from "../../../support/chain.ts";
import { BALANCES, RISK, SOURCE, TRANSFERS } from "../../../support/enums.ts";
import { deployLens } from "../../../support/keeperView.ts";
import { LOSS_LIMIT, PRICE, USDC_LIMIT, WSEI_LIMIT, fundedFixture, sourceOf } from "../../../support/nexus.ts";
import { report } from "../../../support/report.ts";

const MULTIPLES = { elevated: 2n, critical: 3n } as const;
const NO_LOSS_LIMIT = { perAction: 10n ** 26n, perDay: 10n ** 27n } as const;
/** WSEI's upper end: its source is believed within 1 %. */
const WSEI_UPPER = (PRICE.wsei * 101n) / 100n;
const CUSTOM_FEED = { decimals: 18n, quorum: 1n, maxBandBps: 500n } as const;

const toUsd = (units: bigint): bigint => units * 10n ** 12n;

/** A funded treasury with higher limits for the higher classes, and the lens. */
const worstFixture = async () => {
  const f = await fundedFixture();
  await f.mandate.connect(f.admin).setClassMultiples(MULTIPLES);
  return { ...f, lens: NexusLens__factory.connect(await deployLens(f), ethers.provider) };
};
type Worst = Awaited<ReturnType<typeof worstFixture>>;

/** Lists a token that anyone may make misbehave, with a price of one dollar and USDC's limits, and lets the treasury hold it. */
const listHostile = async (f: Worst, held: bigint) => {
  const token = await ethers.deployContract("HostileToken");
  const source = await ethers.deployContract("MockSource", [WAD]);
  const address = await token.getAddress();
  await f.hub.connect(f.admin).setFeed(address, CUSTOM_FEED, [sourceOf(await source.getAddress(), 0n)]);
  await f.treasury.connect(f.admin).addAsset(address, 2n ** 95n - 1n);
  await f.mandate.connect(f.admin).setTokenLimit(address, WSEI_LIMIT);
  await token.mint(f.addresses.treasury, held);
  return { token, address };
};

/** The answers for all three classes; what is no matter of class, and what has no value, of Routine. */
const read = async (f: Worst) => {
  const answers = await Promise.all(Object.values(RISK).map(async (riskClass) => f.lens.worstCase(riskClass)));
  const [routine] = answers;
  return {
    atOnce: answers.map((worst) => worst.atOnce),
    inADay: answers.map((worst) => worst.inADay),
    notional: answers.map((worst) => worst.notional),
    deviation: answers.map((worst) => worst.deviation),
    unvalued: routine?.unvalued.map(({ token, balance, decrease }) => ({ token, balance, decrease })),
  };
};

/** What may fall in a day under each class: the multiple of half a day's limit, and half that drains. */
const dayFalls = ({ perDay }: { readonly perDay: bigint }): readonly bigint[] =>
  [1n, MULTIPLES.elevated, MULTIPLES.critical].map((multiple) => (perDay / 2n) * (multiple + 1n));

/** Sixteen assets with four sources each, all held and with limits. */
const listSixteen = async (f: Worst): Promise<void> => {
  for (let count = (await f.treasury.assets()).length; count < 16; count += 1) {
    await listHostile(f, 1_000n * WAD);
  }
  for (const asset of await f.treasury.assets()) {
    const sources = [];
    for (let i = 0; i < 4; i += 1) {
      const source = await ethers.deployContract("MockSource", [WAD]);
      sources.push(sourceOf(await source.getAddress()));
    }
    await f.hub.connect(f.admin).setFeed(asset, CUSTOM_FEED, sources);
    await f.mandate.connect(f.admin).setTokenLimit(asset, WSEI_LIMIT);
  }
};

/** What the view uses, beside what every transaction pays. */
const gasOf = async (f: Worst, riskClass: bigint): Promise<bigint> => {
  const data = f.lens.interface.encodeFunctionData("worstCase", [riskClass]);
  const sent = await f.anyone.sendTransaction({ to: f.lens.target, data, gasLimit: 5_000_000n });
  const receipt = await sent.wait();
  const calldata = ethers.getBytes(data).reduce((gas, byte) => gas + (byte === 0 ? 4n : 16n), 0n);
  return (receipt?.gasUsed ?? 0n) - 21_000n - calldata;
};

describe("NexusLens.worstCase", () => {
  describe("given the limits of loss are the smallest", () => {
    it("says half of a day's at once and all of it in a day [NX-TRE-02]", async () => {
      const f = await loadFixture(worstFixture);
      const { atOnce, inADay } = await read(f);
      expect([atOnce[0], inADay[0]]).to.deep.equal([LOSS_LIMIT.perDay / 2n, LOSS_LIMIT.perDay]);
    });

    it("says what may fall at the upper ends of the bands, and by how much that is more than in their middles [NX-TRE-02]", async () => {
      const f = await loadFixture(worstFixture);
      const { notional, deviation, unvalued } = await read(f);
      const [usdc, wsei] = [dayFalls(USDC_LIMIT), dayFalls(WSEI_LIMIT)];
      const upper = (index: number): bigint => ((wsei[index] ?? 0n) * WSEI_UPPER) / WAD;
      expect(notional).to.deep.equal(usdc.map((fall, index) => toUsd(fall) + upper(index)));
      // USDC is believed to the cent, WSEI within 1 %.
      expect(deviation).to.deep.equal(wsei.map((fall) => (fall * PRICE.wsei) / WAD / 100n));
      expect(unvalued).to.deep.equal([]);
    });

    it("takes off what all agents together lost [NX-TRE-02]", async () => {
      const f = await loadFixture(worstFixture);
      await enact(f, await votedPayment(f));
      await enact(f, await votedPayment(f, { proposal: { agentId: 2n } }));
      const { atOnce, inADay } = await read(f);
      const lost = 10n * WAD;
      // What drained since the first payment is a few cents a second.
      expect(LOSS_LIMIT.perDay / 2n - (atOnce[0] ?? 0n)).to.be.within(lost - WAD, lost);
      expect(LOSS_LIMIT.perDay - (inADay[0] ?? 0n)).to.be.within(lost - WAD, lost);
    });

    it("says by how many times more the higher classes may lose [NX-TRE-02]", async () => {
      const f = await loadFixture(worstFixture);
      const { atOnce, inADay } = await read(f);
      const half = LOSS_LIMIT.perDay / 2n;
      expect(atOnce).to.deep.equal([half, 2n * half, 3n * half]);
      expect(inADay).to.deep.equal([2n * half, 3n * half, 4n * half]);
    });
  });

  describe("given the treasury holds less than may be lost", () => {
    it("says what is held, at the upper ends of the bands and rounded up [NX-TRE-02]", async () => {
      const f = await loadFixture(worstFixture);
      const { treasury } = f.addresses;
      const left = { usdc: 70n * USDC, wsei: 50n * WAD + 1n };
      const leave = async (token: typeof f.usdc | typeof f.wsei, units: bigint): Promise<void> => {
        const data = token.interface.encodeFunctionData("transfer", [
          f.payee.address,
          (await token.balanceOf(treasury)) - units,
        ]);
        await f.treasury.connect(f.admin).executeAsAdmin([{ target: await token.getAddress(), data }]);
      };
      await leave(f.usdc, left.usdc);
      await leave(f.wsei, left.wsei);
      const expected = toUsd(left.usdc) + (left.wsei * WSEI_UPPER) / WAD + 1n;
      const { atOnce, inADay } = await read(f);
      expect([...atOnce, ...inADay]).to.deep.equal(Array.from({ length: 6 }, () => expected));
    });
  });

  describe("given less may fall than may be lost", () => {
    it("says what may fall, at the upper ends of the bands [NX-TRE-02]", async () => {
      const f = await loadFixture(worstFixture);
      await f.mandate.connect(f.admin).setLossLimit(NO_LOSS_LIMIT);
      const { atOnce, inADay, notional } = await read(f);
      const atOnceUsd = toUsd(USDC_LIMIT.perDay / 2n) + ((WSEI_LIMIT.perDay / 2n) * WSEI_UPPER) / WAD;
      expect(atOnce).to.deep.equal([atOnceUsd, 2n * atOnceUsd, 3n * atOnceUsd]);
      // The treasury holds a million of each, which Critical's limits are above by six tenths.
      expect(inADay.slice(0, 2)).to.deep.equal(notional.slice(0, 2));
    });
  });

  describe("given a held token has no price", () => {
    it("tells it in units, leaves it out of the dollars and lets the limits of loss alone count [NX-TRE-02]", async () => {
      const f = await loadFixture(worstFixture);
      await f.mandate.connect(f.admin).setLossLimit(NO_LOSS_LIMIT);
      await f.sources.wsei.setMode(SOURCE.reverting);
      const { inADay, notional, unvalued } = await read(f);
      const balance = await f.wsei.balanceOf(f.addresses.treasury);
      expect(unvalued).to.deep.equal([{ token: f.addresses.wsei, balance, decrease: WSEI_LIMIT.perDay }]);
      expect(notional).to.deep.equal(dayFalls(USDC_LIMIT).map(toUsd));
      expect(inADay[0]).to.equal(NO_LOSS_LIMIT.perDay);
    });

    it("does not call it dollars that may be taken at once [NX-TRE-02]", async () => {
      const f = await loadFixture(worstFixture);
      await f.mandate.connect(f.admin).setLossLimit(NO_LOSS_LIMIT);
      await f.sources.wsei.setMode(SOURCE.reverting);
      expect((await read(f)).atOnce[0]).to.equal(toUsd(USDC_LIMIT.perDay / 2n));
    });
  });

  describe("given a token without a price is not held", () => {
    it("tells by how much it may fall and lets what is held count [NX-TRE-02]", async () => {
      const f = await loadFixture(worstFixture);
      await f.mandate.connect(f.admin).setLossLimit(NO_LOSS_LIMIT);
      const before = await read(f);
      const { weth } = f.addresses;
      await f.mandate.connect(f.admin).setTokenLimit(weth, WSEI_LIMIT);
      await f.sources.weth.setMode(SOURCE.reverting);
      const { inADay, unvalued } = await read(f);
      expect(unvalued).to.deep.equal([{ token: weth, balance: 0n, decrease: WSEI_LIMIT.perDay }]);
      expect(inADay).to.deep.equal(before.inADay);
    });
  });

  describe("given a token without a price may not fall", () => {
    it("does not speak of it", async () => {
      const f = await loadFixture(worstFixture);
      await f.sources.weth.setMode(SOURCE.reverting);
      expect((await read(f)).unvalued).to.deep.equal([]);
    });
  });

  describe("given the balance of a token cannot be read", () => {
    it("tells the token and answers all the rest [NX-TRE-02]", async () => {
      const f = await loadFixture(worstFixture);
      const before = await read(f);
      const { token, address } = await listHostile(f, WAD);
      await token.behave(TRANSFERS.honest, BALANCES.reverting);
      const { inADay, unvalued } = await read(f);
      expect(unvalued).to.deep.equal([{ token: address, balance: ethers.MaxUint256, decrease: WSEI_LIMIT.perDay }]);
      expect(inADay).to.deep.equal(before.inADay);
    });
  });

  describe("given an enormous balance", () => {
    it("counts what may fall of it [NX-TRE-02]", async () => {
      const f = await loadFixture(worstFixture);
      await f.mandate.connect(f.admin).setLossLimit(NO_LOSS_LIMIT);
      const before = await read(f);
      await listHostile(f, ethers.MaxUint256 - 1n);
      const { inADay } = await read(f);
      expect((inADay[0] ?? 0n) - (before.inADay[0] ?? 0n)).to.equal(WSEI_LIMIT.perDay);
    });
  });

  describe("when there is too little gas to read all sources", () => {
    it("reverts and does not call a price missing", async () => {
      const f = await loadFixture(worstFixture);
      const whole = await f.lens.worstCase(RISK.routine);
      for (let gasLimit = 60_000n; gasLimit < 400_000n; gasLimit += 5_000n) {
        const answer = await f.lens.worstCase(RISK.routine, { gasLimit }).catch(() => whole);
        expect(answer.unvalued.length).to.equal(0);
      }
      await expect(f.lens.worstCase(RISK.routine, { gasLimit: 110_000n })).to.be.revertedWithCustomError(
        f.hub,
        "NotEnoughGas",
      );
    });
  });

  describe("given three assets with one source each", () => {
    it("takes at most 100,000 gas", async () => {
      const f = await loadFixture(worstFixture);
      await f.mandate.connect(f.admin).setTokenLimit(f.addresses.weth, WSEI_LIMIT);
      const [routine, critical] = [await gasOf(f, RISK.routine), await gasOf(f, RISK.critical)];
      report(
        `the worst case of three assets with one source each: ${routine} gas for Routine, ${critical} for Critical`,
      );
      expect(Number(routine)).to.be.at.most(100_000);
      // The multiples of the higher classes lie in a slot of their own.
      expect(Number(critical - routine)).to.be.at.most(3_000);
    });
  });

  describe("given sixteen assets with four sources each", () => {
    it("takes at most 1,500,000 gas", async () => {
      const f = await loadFixture(worstFixture);
      await listSixteen(f);
      expect((await read(f)).unvalued).to.deep.equal([]);
      const gas = await gasOf(f, RISK.critical);
      report(`the worst case of sixteen assets with four sources each: ${gas} gas`);
      expect(Number(gas)).to.be.at.most(1_500_000);
    });
  });
});
