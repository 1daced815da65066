import { expect } from "chai";
import { DAY, ethers, loadFixture, networkHelpers, now, time } from "../../../support/chain.ts";
import { RISK } from "../../../support/enums.ts";
import { LOSS_LIMIT, USDC_LIMIT, nexusFixture } from "../../../support/nexus.ts";

const MULTIPLES = { elevated: 2n, critical: 5n } as const;
const BY_CLASS = [1n, MULTIPLES.elevated, MULTIPLES.critical] as const;
/** A day as one agent of five may not use it up, so that the limit of all is what is seen. */
const LIMIT = { ...USDC_LIMIT, perAgentDay: USDC_LIMIT.perDay };

/** The mandate as the treasury sees it, with multiples for the higher classes. */
const roomsFixture = async () => {
  const f = await nexusFixture();
  await networkHelpers.setBalance(f.addresses.treasury, 10n ** 18n);
  await f.mandate.connect(f.admin).setClassMultiples(MULTIPLES);
  await f.mandate.connect(f.admin).setTokenLimit(f.addresses.usdc, LIMIT);
  const mandate = f.mandate.connect(await ethers.getImpersonatedSigner(f.addresses.treasury));
  const charge = (use: { readonly fall?: bigint; readonly loss?: bigint; readonly allowed?: bigint }) => {
    const { fall = 0n, loss = 0n, allowed = RISK.routine } = use;
    return mandate.charge(1n, loss, loss, [f.addresses.usdc], [-fall], allowed);
  };
  return { ...f, charge };
};
type Rooms = Awaited<ReturnType<typeof roomsFixture>>;

/** What may be used at once and in a day under each class, of a limit of which `used` is used. */
const expectedRooms = (perDay: bigint, used = 0n): readonly (readonly [bigint, bigint])[] => {
  const least = (value: bigint): bigint => (value < 0n ? 0n : value);
  return BY_CLASS.map((multiple) => {
    const capacity = (perDay / 2n) * multiple;
    return [least(capacity - used), least(capacity - used + perDay / 2n)];
  });
};

/** For each class the room for losses, for USDC and for WETH, which has no limits. */
const roomsOf = async (f: Rooms) => {
  const { usdc, weth } = f.addresses;
  const forClasses = <T>(ask: (riskClass: bigint) => Promise<T>) => Promise.all(Object.values(RISK).map(ask));
  return {
    losses: await forClasses(async (riskClass) => [...(await f.mandate.remainingLossOf(riskClass))]),
    usdc: await forClasses(async (riskClass) => [...(await f.mandate.remainingDecreaseOf(usdc, riskClass))]),
    weth: await forClasses(async (riskClass) => [...(await f.mandate.remainingDecreaseOf(weth, riskClass))]),
  };
};

const NOTHING = BY_CLASS.map(() => [0n, 0n]);

describe("Mandate.remainingDecreaseOf and remainingLossOf", () => {
  describe("given nothing was used", () => {
    it("says that half of a day's limit falls at once and all of it in a day, by class [NX-TRE-02]", async () => {
      const f = await loadFixture(roomsFixture);
      expect((await roomsOf(f)).usdc).to.deep.equal(expectedRooms(LIMIT.perDay));
    });

    it("says the same of losses [NX-TRE-02]", async () => {
      const f = await loadFixture(roomsFixture);
      expect((await roomsOf(f)).losses).to.deep.equal(expectedRooms(LOSS_LIMIT.perDay));
    });
  });

  describe("given some was used", () => {
    it("takes that off for every class [NX-TRE-02]", async () => {
      const f = await loadFixture(roomsFixture);
      const [fall, loss] = [LIMIT.perDay / 5n, LOSS_LIMIT.perAction];
      await f.charge({ fall, loss });
      expect((await roomsOf(f)).usdc).to.deep.equal(expectedRooms(LIMIT.perDay, fall));
      expect((await roomsOf(f)).losses).to.deep.equal(expectedRooms(LOSS_LIMIT.perDay, loss));
    });

    it("says what `charge` admits at once and once more a day later, and not a unit more [NX-TRE-02]", async () => {
      const f = await loadFixture(roomsFixture);
      await f.charge({ fall: LIMIT.perDay / 5n });
      const dawn = (await now()) + 1_234n;
      await time.setNextBlockTimestamp(dawn);
      await networkHelpers.mine();
      const [, [atOnce = 0n, inADay = 0n] = []] = (await roomsOf(f)).usdc;
      await time.setNextBlockTimestamp(dawn);
      await f.charge({ fall: atOnce, allowed: RISK.elevated });
      const rest = inADay - atOnce;
      await time.setNextBlockTimestamp(dawn + DAY);
      await expect(f.charge({ fall: rest + 1n, allowed: RISK.elevated }))
        .to.be.revertedWithCustomError(f.mandate, "DailyLimitExceeded")
        .withArgs(rest + 1n, rest);
      await time.setNextBlockTimestamp(dawn + DAY);
      await f.charge({ fall: rest, allowed: RISK.elevated });
    });
  });

  describe("given a higher class used more than a lower one may", () => {
    it("leaves the lower one what drains below its limit within the day [NX-TRE-02]", async () => {
      const f = await loadFixture(roomsFixture);
      const fall = (LIMIT.perDay * 3n) / 4n;
      await f.charge({ fall, allowed: RISK.critical });
      expect((await roomsOf(f)).usdc[0]).to.deep.equal([0n, LIMIT.perDay - fall]);
      await f.charge({ fall: LIMIT.perDay, allowed: RISK.critical });
      expect((await roomsOf(f)).usdc[0]).to.deep.equal([0n, 0n]);
    });
  });

  describe("given nothing may be spent of a token in one action", () => {
    it("says that nothing falls [NX-TRE-02]", async () => {
      const f = await loadFixture(roomsFixture);
      await f.mandate.connect(f.admin).setTokenLimit(f.addresses.usdc, { ...LIMIT, perAction: 0n });
      expect((await roomsOf(f)).usdc).to.deep.equal(NOTHING);
    });
  });

  describe("given no agent may let a token fall", () => {
    it("says that nothing falls [NX-TRE-02]", async () => {
      const f = await loadFixture(roomsFixture);
      await f.mandate.connect(f.admin).setTokenLimit(f.addresses.usdc, { ...LIMIT, perAgentDay: 0n });
      expect((await roomsOf(f)).usdc).to.deep.equal(NOTHING);
    });
  });

  describe("given no action may lose", () => {
    it("says that nothing is lost [NX-TRE-02]", async () => {
      const f = await loadFixture(roomsFixture);
      await f.mandate.connect(f.admin).setLossLimit({ ...LOSS_LIMIT, perAction: 0n });
      expect((await roomsOf(f)).losses).to.deep.equal(NOTHING);
    });
  });

  describe("given a token without limits", () => {
    it("says that nothing falls [NX-TRE-02]", async () => {
      const f = await loadFixture(roomsFixture);
      expect((await roomsOf(f)).weth).to.deep.equal(NOTHING);
    });
  });
});
