import { expect } from "chai";
import { type PythMessage, pythUpdate } from "../../../scripts/sandbox/feeds/pythWire.ts";
import { redstonePayload } from "../../../scripts/sandbox/feeds/redstoneWire.ts";
import { SandboxRedstone__factory } from "../../../types/index.ts";
import { at, ethers, loadFixture, now, time, voteKey } from "../../support/chain.ts";

const SIGNERS = [0, 1, 2, 3, 4].map((index) => voteKey(800 + index));
const STRANGER = voteKey(899);
const INDEXED = SIGNERS.map((wallet, index) => ({ index, wallet }));
const FEE = 250_000_000_000_000_000n;
const [SEI, ETH] = [ethers.id("Crypto.SEI/USD"), ethers.id("Crypto.ETH/USD")];

const pythFixture = async () => {
  const pyth = await ethers.deployContract("SandboxPyth");
  await pyth.initialize(
    SIGNERS.map(({ address }) => address),
    FEE,
  );
  return { pyth };
};

const redstoneFixture = async () => {
  const adapter = await ethers.deployContract("SandboxRedstone");
  await adapter.initialize(SIGNERS.map(({ address }) => address));
  const id = ethers.encodeBytes32String("SEI");
  return { adapter, id, feed: await ethers.deployContract("SandboxRedstoneFeed", [await adapter.getAddress(), id]) };
};

const message = (change: Partial<PythMessage> = {}): PythMessage => ({
  id: SEI,
  price: 31_000_000n,
  conf: 12_000n,
  expo: -8,
  publishTime: 1_700_000_000,
  ...change,
});

describe("the sandbox's Pyth", () => {
  it("takes an update that three of five signed, for the fee of each price", async () => {
    const messages = [message(), message({ id: ETH, price: -5n, expo: 0 }), message({ id: ethers.id("third") })];
    for (const signers of [INDEXED.slice(0, 3), [at(INDEXED, 0), at(INDEXED, 2), at(INDEXED, 4)], INDEXED]) {
      const fresh = (await loadFixture(pythFixture)).pyth;
      await expect(fresh.getPriceUnsafe(SEI)).to.be.revertedWithCustomError(fresh, "PriceFeedNotFound");
      const update = pythUpdate(messages, signers);
      expect(await fresh.getUpdateFee([update])).to.equal(3n * FEE);
      await fresh.updatePriceFeeds([update], { value: 3n * FEE });
      expect([...(await fresh.getPriceUnsafe(SEI))]).to.deep.equal([31_000_000n, 12_000n, -8n, 1_700_000_000n]);
      expect((await fresh.getPriceUnsafe(ETH)).price).to.equal(-5n);
    }
  });

  it("refuses fewer signers, one twice, strangers and others' places", async () => {
    const { pyth } = await loadFixture(pythFixture);
    const [first, second, third] = [at(INDEXED, 0), at(INDEXED, 1), at(INDEXED, 2)];
    for (const signers of [
      [first, second],
      [first, first, second],
      [third, second, first],
      [first, second, { index: 2, wallet: STRANGER }],
      [first, second, { index: 5, wallet: STRANGER }],
      [first, second, { index: 3, wallet: third.wallet }],
    ]) {
      await expect(
        pyth.updatePriceFeeds([pythUpdate([message()], signers)], { value: FEE }),
      ).to.be.revertedWithCustomError(pyth, "InvalidWormholeVaa");
    }
  });

  it("refuses a price that is not in the tree, another format, and less than the fee", async () => {
    const { pyth } = await loadFixture(pythFixture);
    const update = pythUpdate([message(), message({ id: ETH })], INDEXED);
    await expect(pyth.updatePriceFeeds([update], { value: 2n * FEE - 1n })).to.be.revertedWithCustomError(
      pyth,
      "InsufficientFee",
    );
    // The last byte is one of the second message's proof; the one of the first price lies before it.
    const changed = `${update.slice(0, -2)}${update.endsWith("00") ? "01" : "00"}`;
    const renamed = `0x504e4156${update.slice(10)}`;
    for (const wrong of [changed, renamed]) {
      await expect(pyth.updatePriceFeeds([wrong], { value: 2n * FEE })).to.be.revertedWithCustomError(
        pyth,
        "InvalidUpdateData",
      );
    }
  });

  it("passes over a price that is not newer", async () => {
    const { pyth } = await loadFixture(pythFixture);
    const tell = (price: bigint, publishTime: number) =>
      pyth.updatePriceFeeds([pythUpdate([message({ price, publishTime })], INDEXED)], { value: FEE });
    await tell(1n, 1_700_000_000);
    await tell(2n, 1_700_000_000);
    await tell(3n, 1_699_999_999);
    expect((await pyth.getPriceUnsafe(SEI)).price).to.equal(1n);
    await tell(4n, 1_700_000_001);
    expect((await pyth.getPriceUnsafe(SEI)).price).to.equal(4n);
  });

  it("is initialized once", async () => {
    const { pyth } = await loadFixture(pythFixture);
    await expect(pyth.initialize([STRANGER.address], 0n)).to.be.revertedWithCustomError(pyth, "AlreadyInitialized");
  });
});

describe("the sandbox's RedStone", () => {
  type Fixture = Awaited<ReturnType<typeof redstoneFixture>>;
  const updateWith = async (
    { adapter, id }: Fixture,
    values: readonly bigint[],
    change: { readonly milliseconds?: number; readonly wallets?: readonly (typeof STRANGER)[] } = {},
  ) => {
    const { milliseconds = Number(await now()) * 1_000, wallets = SIGNERS } = change;
    const call = SandboxRedstone__factory.createInterface().encodeFunctionData("updateDataFeedsValuesPartial", [[id]]);
    const packages = values.map((value, index) =>
      redstonePayload([{ name: "SEI", value, milliseconds }], [at(wallets, index)]),
    );
    // Their packages in one payload: all but the last lose what stands behind them.
    const bodies = packages.map((payload) => ethers.dataSlice(payload, 0, 142));
    const tail = [ethers.toBeHex(values.length, 2), ethers.toBeHex(0, 3), "0x000002ed57011e0000"];
    const [signer] = await ethers.getSigners();
    if (signer === undefined) throw new Error("no signer");
    return signer.sendTransaction({ to: await adapter.getAddress(), data: ethers.concat([call, ...bodies, ...tail]) });
  };

  it("keeps the median of three signers, and tells it as a Chainlink feed", async () => {
    const f = await loadFixture(redstoneFixture);
    const milliseconds = Number(await now()) * 1_000 - 500;
    await updateWith(f, [32n, 30n, 31n], { milliseconds });
    const { lastDataTimestamp, lastValue } = await f.adapter.getLastUpdateDetails(f.id);
    expect([lastDataTimestamp, lastValue]).to.deep.equal([BigInt(milliseconds), 31n]);
    const { answer, updatedAt } = await f.feed.latestRoundData();
    expect([answer, updatedAt, await f.feed.decimals()]).to.deep.equal([31n, await now(), 8n]);
    expect([await f.feed.getDataFeedId(), await f.feed.getPriceFeedAdapter()]).to.deep.equal([
      f.id,
      await f.adapter.getAddress(),
    ]);
  });

  it("takes the payload that one call makes of several values and signers", async () => {
    const f = await loadFixture(redstoneFixture);
    const milliseconds = Number(await now()) * 1_000;
    const values = [
      { name: "ETH", value: 3_000n, milliseconds },
      { name: "SEI", value: 31n, milliseconds },
    ];
    const ids = values.map(({ name }) => ethers.encodeBytes32String(name));
    const call = SandboxRedstone__factory.createInterface().encodeFunctionData("updateDataFeedsValuesPartial", [ids]);
    const [signer] = await ethers.getSigners();
    const data = ethers.concat([call, redstonePayload(values, SIGNERS.slice(0, 3))]);
    await signer?.sendTransaction({ to: await f.adapter.getAddress(), data });
    expect((await f.adapter.getLastUpdateDetails(f.id)).lastValue).to.equal(31n);
  });

  it("refuses two signers, one signer twice, and a stranger", async () => {
    const f = await loadFixture(redstoneFixture);
    const [first, second] = [at(SIGNERS, 0), at(SIGNERS, 1)];
    await expect(updateWith(f, [1n, 1n]))
      .to.be.revertedWithCustomError(f.adapter, "InsufficientNumberOfUniqueSigners")
      .withArgs(2n, 3n);
    await expect(updateWith(f, [1n, 1n, 1n], { wallets: [first, second, second] }))
      .to.be.revertedWithCustomError(f.adapter, "InsufficientNumberOfUniqueSigners")
      .withArgs(2n, 3n);
    await expect(updateWith(f, [1n, 1n, 1n], { wallets: [first, second, STRANGER] }))
      .to.be.revertedWithCustomError(f.adapter, "SignerNotAuthorised")
      .withArgs(STRANGER.address);
  });

  it("refuses what is too old, too far ahead, not newer, or has no payload", async () => {
    const f = await loadFixture(redstoneFixture);
    const next = Number(await now()) + 10;
    const tellAt = async (milliseconds: number) => {
      await time.setNextBlockTimestamp(next);
      return updateWith(f, [1n, 1n, 1n], { milliseconds });
    };
    await expect(tellAt((next - 180) * 1_000 - 1)).to.be.revertedWithCustomError(f.adapter, "TimestampIsTooOld");
    await expect(tellAt((next + 60) * 1_000 + 1)).to.be.revertedWithCustomError(
      f.adapter,
      "TimestampFromTooLongFuture",
    );
    await tellAt((next + 60) * 1_000);
    await expect(updateWith(f, [1n, 1n, 1n], { milliseconds: (next + 60) * 1_000 })).to.be.revertedWithCustomError(
      f.adapter,
      "DataTimestampMustBeNewer",
    );
    await expect(f.adapter.updateDataFeedsValuesPartial([f.id])).to.be.revertedWithCustomError(
      f.adapter,
      "CalldataMustHaveValidPayload",
    );
    await expect(f.adapter.getLastUpdateDetails(ethers.id("none"))).to.be.revertedWithCustomError(f.adapter, "NoValue");
  });

  it("is initialized once", async () => {
    const { adapter } = await loadFixture(redstoneFixture);
    await expect(adapter.initialize([STRANGER.address])).to.be.revertedWithCustomError(adapter, "AlreadyInitialised");
  });
});
