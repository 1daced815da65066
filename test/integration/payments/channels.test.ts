import { expect } from "chai";
import fc from "fast-check";
import { channelReader, signerAsker } from "../../../keepers/adapters/payments/chain.ts";
import { loadKeySigner } from "../../../keepers/adapters/payments/sign.ts";
import { RetryableError } from "../../../keepers/core/errors.ts";
import { hex, word } from "../../../keepers/core/hex.ts";
import { acceptVoucher } from "../../../keepers/agents/payments/accept.ts";
import { type ChannelSnapshot, channelHashes } from "../../../keepers/adapters/payments/payments.ts";
import { ethers, loadFixture, takeSnapshot, time } from "../../support/chain.ts";
import {
  CLAIMED,
  DELAY,
  DEPOSIT,
  type WithChannel,
  authorizer,
  channelDomain,
  channelFixture,
  claimedFixture,
  closedFixture,
  closingFixture,
  configOf,
  idOf,
  voucherOf,
} from "../../support/channels.ts";
import { chainIntake, domainOf, hashesOf, request, termsOfConfig } from "../../support/channelShop.ts";
import { moneyFixture } from "../../support/money.ts";
import { fastKeccak, memoryStore, recover } from "../../support/payments.ts";
import { voucherVectors } from "../../support/voucherVectors.ts";

const ANY = { price: undefined, purchase: word(0n), isNamed: false };

const read = (f: WithChannel, change = {}): Promise<ChannelSnapshot> =>
  channelReader(request, hashesOf(f))(termsOfConfig({ ...f.config, ...change }));

describe("PaymentChannels and the voucher library", () => {
  for (const vector of voucherVectors()) {
    it(`agree on the shared vector: ${vector.name}`, async () => {
      const f = await loadFixture(moneyFixture);
      const { domain, terms, voucher, close } = vector;
      // The same code at the vector's address; its domain follows the address.
      const code = await ethers.provider.getCode(f.addresses.channels);
      await ethers.provider.send("hardhat_setCode", [domain.channels, code]);
      const channels = f.channels.attach(domain.channels);
      const contract = await ethers.getContractAt("IPaymentChannels", await channels.getAddress());
      expect(await contract.channelIdOf(terms)).to.equal(voucher.channelId);
      const digest = await contract.voucherDigest(voucher.channelId, voucher.maxClaimableAmount);
      expect(digest).to.equal(vector.voucherDigest);
      expect(await contract.closeDigest(voucher.channelId, close.total, close.deadline)).to.equal(vector.closeDigest);
      expect(channelHashes(fastKeccak.keccak, domain).voucherDigest(voucher)).to.equal(digest);
    });
  }

  it("agree on what is a voucher: what the library accepts is paid, what it says is signed wrong is not", async () => {
    const f = await loadFixture(claimedFixture);
    const hashes = hashesOf(f);
    const view = await read(f);
    const sign = await loadKeySigner(hex(authorizer.privateKey), hashes);
    const totals = fc.oneof(
      fc.bigInt({ min: 0n, max: 2n * DEPOSIT }),
      fc.constantFrom(CLAIMED, CLAIMED + 1n, DEPOSIT, DEPOSIT + 1n),
    );
    const damage = fc.option(fc.record({ at: fc.integer({ min: 0, max: 64 }), by: fc.integer({ min: 1, max: 255 }) }));
    const snapshot = await takeSnapshot();
    await fc.assert(
      fc.asyncProperty(totals, damage, fc.boolean(), async (total, flip, isCompact) => {
        const voucher = await sign({ channelId: view.channelId, maxClaimableAmount: total });
        const whole = isCompact ? ethers.Signature.from(voucher.signature).compactSerialized : voucher.signature;
        const bytes = Buffer.from(whole.slice(2), "hex");
        if (flip !== null && flip.at < bytes.length) bytes[flip.at] = (bytes[flip.at] ?? 0) ^ flip.by;
        const signature = hex(`0x${bytes.toString("hex")}`);
        const stored = { last: undefined, agreedUntil: undefined };
        const answer = acceptVoucher(
          { stored, view, price: undefined },
          { ...voucher, signature },
          { hashes, recover },
        );
        const claim = f.channels.claim(f.config, total, signature);
        if (answer.kind === "accepted") {
          await claim;
          expect((await f.channels.channelOf(f.config)).paid).to.equal(total);
        } else {
          await expect(claim).to.be.revert(ethers);
        }
        await snapshot.restore();
      }),
      { numRuns: 60 },
    );
  });
});

describe("The reader of channels", () => {
  it("shows a channel in each of its states, with its signer", async () => {
    const open = await loadFixture(claimedFixture);
    expect(await read(open)).to.deep.equal({
      channelId: open.id,
      signer: authorizer.address.toLowerCase(),
      isSignerContract: false,
      state: "Open",
      deposited: DEPOSIT,
      paid: CLAIMED,
      closesAt: 0n,
      time: BigInt(await time.latest()),
    });
    expect((await read(open, { salt: ethers.id("another") })).state).to.equal("None");
    const closing = await loadFixture(closingFixture);
    expect(await read(closing)).to.deep.include({ state: "Closing", closesAt: closing.closesAt });
    await time.increase(DELAY / 2n);
    const more = 2n * CLAIMED;
    await closing.channels
      .connect(closing.anyone)
      .claim(closing.config, more, await voucherOf(closing, closing.config, more));
    expect((await read(closing)).state).to.equal("ClosingStale");
    expect((await read(await loadFixture(closedFixture))).state).to.equal("Closed");
  });

  it("says that the node is not well when it answers nonsense", async () => {
    const f = await loadFixture(channelFixture);
    const terms = termsOfConfig(f.config);
    for (const answer of [null, {}, { number: "0x1", timestamp: "soon" }]) {
      const error: unknown = await channelReader(
        () => Promise.resolve(answer),
        hashesOf(f),
      )(terms).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(RetryableError);
    }
  });
});

describe("A voucher intake on the chain", () => {
  it("takes vouchers until the payer starts to close, and the last one is paid then [NX-CHN-02]", async () => {
    const f = await loadFixture(channelFixture);
    const store = memoryStore();
    const intake = chainIntake(f, store);
    const terms = termsOfConfig(f.config);
    const sign = await loadKeySigner(hex(authorizer.privateKey), hashesOf(f));
    const give = async (maxClaimableAmount: bigint) =>
      intake.receive(terms, await sign({ channelId: hex(f.id), maxClaimableAmount }), ANY);
    expect((await give(CLAIMED)).kind).to.equal("accepted");
    expect(await give(DEPOSIT + 1n)).to.have.nested.property("refusal.reason", "AboveDeposit");
    await f.channels.connect(f.depositor).topUp(f.config, 1n);
    expect((await give(DEPOSIT + 1n)).kind).to.equal("accepted");
    await f.channels.connect(f.depositor).initiateClose(f.config, 0n);
    expect(await give(DEPOSIT + 2n)).to.have.nested.property("refusal.reason", "ChannelClosing");
    const last = store.last(hex(f.id));
    if (last === undefined) throw new Error("no voucher was kept");
    await f.channels.claim(f.config, last.maxClaimableAmount, last.signature);
    expect((await f.channels.channelOf(f.config)).paid).to.equal(DEPOSIT + 1n);
  });

  it("asks a contract account for its word, as the chain does", async () => {
    const f = await loadFixture(moneyFixture);
    const account = await ethers.deployContract("MockAccount", [authorizer.address]);
    const config = configOf(f, { payerAuthorizer: await account.getAddress() });
    await f.channels.connect(f.depositor).open(config, DEPOSIT);
    const store = memoryStore();
    const intake = chainIntake(f, store);
    const voucher = { domain: domainOf(f), channelId: hex(idOf(f, config)), maxClaimableAmount: CLAIMED };
    const signature = hex(await voucherOf(f, config, CLAIMED));
    const stranger = hex(await voucherOf(f, config, CLAIMED, { key: f.attacker }));
    const give = (given: typeof signature) =>
      intake.receive(termsOfConfig(config), { ...voucher, signature: given }, ANY);
    expect(await give(stranger)).to.have.nested.property("refusal.reason", "SignerDenied");
    expect((await give(signature)).kind).to.equal("accepted");
    await f.channels.claim(config, CLAIMED, signature);
    expect(channelDomain(f).verifyingContract.toLowerCase()).to.equal(voucher.domain.channels);
  });

  it("takes a contract that reverts, or is none, for one that denies", async () => {
    const f = await loadFixture(moneyFixture);
    const ask = signerAsker(request);
    for (const signer of [domainOf(f).channels, termsOfConfig(configOf(f)).payer]) {
      expect(await ask(signer, word(1n), "0x12")).to.equal(false);
    }
  });
});
