import { expect } from "chai";
import { proofOf, spareKey } from "../../../support/agents.ts";
import {
  type Signer,
  type VoteKey,
  ZERO,
  at,
  ethers,
  loadFixture,
  networkHelpers,
  now,
  voteKey,
} from "../../../support/chain.ts";
import { AGENT, GAIN, type ReputationFixture, STRANGER, reputationFixture } from "../../../support/reputation.ts";
import { consent, wallet } from "../../../support/wallets.ts";

const HASH = ethers.id("what stands there");
const NO_HASH = ethers.ZeroHash;
const INT128_MAX = 2n ** 127n - 1n;
const MAX_ENTRIES = 500;
const MAX_TAG = 64;
/** What a transaction of Sei may use; a view that needs more cannot be used by a contract. */
const MAX_GAS = 12_500_000n;

type Given = {
  readonly value: bigint;
  readonly decimals?: bigint;
  readonly tag1?: string;
  readonly tag2?: string;
  readonly endpoint?: string;
  readonly uri?: string;
};

const give = (f: ReputationFixture, client: Signer, given: Given) => {
  const { value, decimals = 0n, tag1 = "starred", tag2 = "", endpoint = "", uri = "" } = given;
  return f.reputation.connect(client).giveFeedback(AGENT, value, decimals, tag1, tag2, endpoint, uri, NO_HASH);
};

/**
 * Three clients: the depositor gave 80, 9.5 (tagged "speed") and, revoked, 1,000; the attacker gave -20.25; anyone else
 * gave 90.
 */
const opinionsFixture = async () => {
  const f = await reputationFixture();
  await give(f, f.depositor, { value: 80n, tag2: "trade" });
  await give(f, f.depositor, { value: 95n, decimals: 1n, tag1: "speed" });
  await give(f, f.depositor, { value: 1_000n, tag2: "trade" });
  await f.reputation.connect(f.depositor).revokeFeedback(AGENT, 3n);
  await give(f, f.attacker, { value: -2_025n, decimals: 2n });
  await give(f, f.anyone, { value: 90n, tag2: "trade" });
  const clients = [f.depositor.address, f.attacker.address, f.anyone.address];
  return { ...f, clients };
};

/** One client gave as much as one answer may look at, with tags as long as they may be. */
const LONG = "t".repeat(MAX_TAG);
const fullFixture = async () => {
  const f = await reputationFixture();
  for (let i = 0; i < MAX_ENTRIES; i += 1) await give(f, f.depositor, { value: 1n, tag1: LONG, tag2: LONG });
  return f;
};

describe("Reputation feedback", () => {
  describe("giveFeedback", () => {
    it("reverts with SelfFeedback for the owner, an operator of all and an account approved for the id [NX-REP-07]", async () => {
      const f = await loadFixture(reputationFixture);
      await f.registry.connect(f.operatorA).setApprovalForAll(f.anyone.address, true);
      await f.registry.connect(f.operatorA).approve(f.attacker.address, AGENT);
      for (const client of [f.operatorA, f.anyone, f.attacker]) {
        await expect(give(f, client, { value: 100n }))
          .to.be.revertedWithCustomError(f.reputation, "SelfFeedback")
          .withArgs(AGENT, client.address);
      }
      await give(f, f.operatorB, { value: 100n });
    });

    it("reverts with SelfFeedback for the agent's vote signers, past ones too, and for its wallet [NX-REP-07]", async () => {
      const f = await loadFixture(reputationFixture);
      const refuses = async (client: Signer | VoteKey): Promise<void> => {
        const signer = await ethers.getImpersonatedSigner(client.address);
        await networkHelpers.setBalance(client.address, 10n ** 18n);
        await expect(give(f, signer, { value: 100n }))
          .to.be.revertedWithCustomError(f.reputation, "SelfFeedback")
          .withArgs(AGENT, client.address);
      };
      const [first, second] = [voteKey(0), spareKey(1)];
      await refuses(first);
      const { deadline, proof } = await proofOf(f, f.operatorA.address, second);
      await f.registry.connect(f.operatorA).rotateSigner(AGENT, second.address, 0n, deadline, proof);
      for (const key of [first, second]) await refuses(key);

      const latest = (await now()) + 60n;
      const signature = await consent(f, latest);
      await f.registry.connect(f.operatorA).setAgentWallet(AGENT, wallet.address, latest, signature);
      await refuses(wallet);
      // Another agent's signer has an opinion like anybody else.
      const other = await ethers.getImpersonatedSigner(voteKey(1).address);
      await networkHelpers.setBalance(other.address, 10n ** 18n);
      await give(f, other, { value: 100n });
    });

    it("reverts with the registry's ERC721NonexistentToken for an unknown agent", async () => {
      const { reputation, registry } = await loadFixture(reputationFixture);
      for (const id of [0n, STRANGER, 2n ** 32n + AGENT]) {
        await expect(reputation.giveFeedback(id, 1n, 0n, "", "", "", "", NO_HASH))
          .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
          .withArgs(id);
      }
    });

    it("reverts with TooManyDecimals above eighteen", async () => {
      const f = await loadFixture(reputationFixture);
      await expect(give(f, f.anyone, { value: 1n, decimals: 19n }))
        .to.be.revertedWithCustomError(f.reputation, "TooManyDecimals")
        .withArgs(19n, 18n);
    });

    it("reverts with FeedbackValueTooLarge when the value does not fit with eighteen decimals", async () => {
      const f = await loadFixture(reputationFixture);
      for (const decimals of [0n, 5n, 17n]) {
        const most = INT128_MAX / 10n ** (18n - decimals);
        for (const value of [most + 1n, -most - 1n]) {
          await expect(give(f, f.anyone, { value, decimals }))
            .to.be.revertedWithCustomError(f.reputation, "FeedbackValueTooLarge")
            .withArgs(value, most);
        }
        await give(f, f.anyone, { value: most, decimals });
        await give(f, f.anyone, { value: -most, decimals });
      }
      await expect(give(f, f.anyone, { value: -INT128_MAX - 1n, decimals: 18n }))
        .to.be.revertedWithCustomError(f.reputation, "FeedbackValueTooLarge")
        .withArgs(-INT128_MAX - 1n, INT128_MAX);
    });

    it("reverts with TagTooLong for a tag beyond its limit, and takes any endpoint and uri", async () => {
      const f = await loadFixture(reputationFixture);
      for (const field of ["tag1", "tag2"] as const) {
        await expect(give(f, f.anyone, { value: 1n, [field]: "x".repeat(MAX_TAG + 1) }))
          .to.be.revertedWithCustomError(f.reputation, "TagTooLong")
          .withArgs(MAX_TAG + 1, MAX_TAG);
        await give(f, f.anyone, { value: 1n, [field]: "x".repeat(MAX_TAG) });
      }
      for (const field of ["endpoint", "uri"] as const) {
        await give(f, f.anyone, { value: 1n, [field]: "x".repeat(20_000) });
      }
    });

    it("numbers a client's feedback from one and emits NewFeedback", async () => {
      const f = await loadFixture(reputationFixture);
      const reputation = f.reputation.connect(f.anyone);
      for (const index of [1n, 2n]) {
        await expect(reputation.giveFeedback(AGENT, -123n, 2n, "starred", "day", "https://a", "ipfs://b", HASH))
          .to.emit(f.reputation, "NewFeedback")
          .withArgs(
            AGENT,
            f.anyone.address,
            index,
            -123n,
            2n,
            "starred",
            "starred",
            "day",
            "https://a",
            "ipfs://b",
            HASH,
          );
        expect(await reputation.getLastIndex(AGENT, f.anyone.address)).to.equal(index);
      }
      expect(await reputation.getLastIndex(AGENT, f.attacker.address)).to.equal(0n);
      expect(await reputation.getLastIndex(2n, f.anyone.address)).to.equal(0n);
      const read = await reputation.readFeedback(AGENT, f.anyone.address, 2n);
      expect(read).to.deep.equal([-123n, 2n, "starred", "day", false]);
    });

    it("moves no measured score [NX-REP-04]", async () => {
      const f = await loadFixture(reputationFixture);
      await f.reputation.connect(f.recorder).record(AGENT, GAIN);
      const before = await f.reputation.ratingStateOf(AGENT);
      await give(f, f.anyone, { value: -INT128_MAX, decimals: 18n });
      await f.reputation.connect(f.attacker).appendResponse(AGENT, f.anyone.address, 1n, "ipfs://a", HASH);
      await f.reputation.connect(f.anyone).revokeFeedback(AGENT, 1n);
      expect(await f.reputation.ratingStateOf(AGENT)).to.deep.equal(before);
    });
  });

  describe("revokeFeedback", () => {
    it("reverts with UnknownFeedback for a number that the caller has not", async () => {
      const f = await loadFixture(opinionsFixture);
      for (const [client, index, last] of [
        [f.depositor, 0n, 3n],
        [f.depositor, 4n, 3n],
        [f.operatorB, 1n, 0n],
      ] as const) {
        await expect(f.reputation.connect(client).revokeFeedback(AGENT, index))
          .to.be.revertedWithCustomError(f.reputation, "UnknownFeedback")
          .withArgs(AGENT, client.address, index, last);
      }
    });

    it("reverts with FeedbackAlreadyRevoked the second time", async () => {
      const f = await loadFixture(opinionsFixture);
      await expect(f.reputation.connect(f.depositor).revokeFeedback(AGENT, 3n))
        .to.be.revertedWithCustomError(f.reputation, "FeedbackAlreadyRevoked")
        .withArgs(AGENT, f.depositor.address, 3n);
    });

    it("marks it, leaves it readable, and emits FeedbackRevoked", async () => {
      const f = await loadFixture(opinionsFixture);
      await expect(f.reputation.connect(f.anyone).revokeFeedback(AGENT, 1n))
        .to.emit(f.reputation, "FeedbackRevoked")
        .withArgs(AGENT, f.anyone.address, 1n);
      const read = await f.reputation.readFeedback(AGENT, f.anyone.address, 1n);
      expect(read).to.deep.equal([90n, 0n, "starred", "trade", true]);
    });
  });

  describe("appendResponse", () => {
    it("reverts with UnknownFeedback and EmptyResponse, and takes any uri", async () => {
      const f = await loadFixture(opinionsFixture);
      const respond = (index: bigint, uri: string) =>
        f.reputation.appendResponse(AGENT, f.attacker.address, index, uri, NO_HASH);
      for (const index of [0n, 2n]) {
        await expect(respond(index, "ipfs://a"))
          .to.be.revertedWithCustomError(f.reputation, "UnknownFeedback")
          .withArgs(AGENT, f.attacker.address, index, 1n);
      }
      await expect(respond(1n, "")).to.be.revertedWithCustomError(f.reputation, "EmptyResponse").withArgs();
      await respond(1n, "x".repeat(20_000));
    });

    it("counts answers by whoever gives them and emits ResponseAppended", async () => {
      const f = await loadFixture(opinionsFixture);
      const client = f.attacker.address;
      for (const responder of [f.operatorA, f.anyone, f.anyone]) {
        await expect(f.reputation.connect(responder).appendResponse(AGENT, client, 1n, "ipfs://a", HASH))
          .to.emit(f.reputation, "ResponseAppended")
          .withArgs(AGENT, client, 1n, responder.address, "ipfs://a", HASH);
      }
      expect(await f.reputation.getResponseCount(AGENT, client, 1n, [])).to.equal(3n);
      expect(await f.reputation.getResponseCount(AGENT, client, 1n, [f.anyone.address])).to.equal(2n);
    });
  });

  describe("getSummary", () => {
    it("reverts with NoClients for an empty list", async () => {
      const { reputation } = await loadFixture(opinionsFixture);
      await expect(reputation.getSummary(AGENT, [], "", ""))
        .to.be.revertedWithCustomError(reputation, "NoClients")
        .withArgs();
    });

    it("averages values of different decimals, in the decimals that most have, without what was revoked", async () => {
      const { reputation, clients } = await loadFixture(opinionsFixture);
      // (80 + 9.5 - 20.25 + 90) / 4 = 39.8125; two of four have no decimals.
      expect(await reputation.getSummary(AGENT, clients, "", "")).to.deep.equal([4n, 39n, 0n]);
      // (9.5 - 20.25) / 2 = -5.375, one with one decimal and one with two.
      const [depositor, attacker] = [at(clients, 0), at(clients, 1)];
      expect(await reputation.getSummary(AGENT, [attacker], "", "")).to.deep.equal([1n, -2_025n, 2n]);
      expect(await reputation.getSummary(AGENT, [depositor, attacker], "", "")).to.deep.equal([3n, 23n, 0n]);
    });

    it("looks only at the named clients and tags", async () => {
      const { reputation, clients } = await loadFixture(opinionsFixture);
      expect(await reputation.getSummary(AGENT, clients, "starred", "trade")).to.deep.equal([2n, 85n, 0n]);
      expect(await reputation.getSummary(AGENT, clients, "speed", "")).to.deep.equal([1n, 95n, 1n]);
      expect(await reputation.getSummary(AGENT, clients, "", "trade")).to.deep.equal([2n, 85n, 0n]);
      expect(await reputation.getSummary(AGENT, clients, "speed", "trade")).to.deep.equal([0n, 0n, 0n]);
      expect(await reputation.getSummary(AGENT, [at(clients, 2)], "", "")).to.deep.equal([1n, 90n, 0n]);
      expect(await reputation.getSummary(2n, clients, "", "")).to.deep.equal([0n, 0n, 0n]);
    });

    it("takes the fewer decimals in a tie, rounds towards zero, and answers zero for nothing", async () => {
      const f = await loadFixture(reputationFixture);
      await give(f, f.anyone, { value: -15n, decimals: 1n });
      await give(f, f.anyone, { value: -26n, decimals: 1n });
      await give(f, f.anyone, { value: -100n, decimals: 2n });
      await give(f, f.anyone, { value: -100n, decimals: 2n });
      // -6.1 / 4 = -1.525, in tenths.
      expect(await f.reputation.getSummary(AGENT, [f.anyone.address], "", "")).to.deep.equal([4n, -15n, 1n]);
      expect(await f.reputation.getSummary(AGENT, [f.attacker.address], "", "")).to.deep.equal([0n, 0n, 0n]);
    });

    it("reads the largest values without overflow", async () => {
      const f = await loadFixture(reputationFixture);
      await give(f, f.anyone, { value: INT128_MAX, decimals: 18n });
      await give(f, f.anyone, { value: INT128_MAX, decimals: 18n });
      await give(f, f.attacker, { value: -INT128_MAX / 10n ** 18n });
      const summary = (client: Signer) => f.reputation.getSummary(AGENT, [client.address], "", "");
      expect(await summary(f.anyone)).to.deep.equal([2n, INT128_MAX, 18n]);
      expect(await summary(f.attacker)).to.deep.equal([1n, -INT128_MAX / 10n ** 18n, 0n]);
    });
  });

  describe("readAllFeedback", () => {
    it("lists what passes the filter, of the named clients or of all", async () => {
      const { reputation, clients } = await loadFixture(opinionsFixture);
      const [depositor, attacker, anyone] = [at(clients, 0), at(clients, 1), at(clients, 2)];
      expect(await reputation.readAllFeedback(AGENT, [], "", "", false)).to.deep.equal([
        [depositor, depositor, attacker, anyone],
        [1n, 2n, 1n, 1n],
        [80n, 95n, -2_025n, 90n],
        [0n, 1n, 2n, 0n],
        ["starred", "speed", "starred", "starred"],
        ["trade", "", "", "trade"],
        [false, false, false, false],
      ]);
      expect(await reputation.readAllFeedback(AGENT, [anyone, depositor], "starred", "trade", false)).to.deep.equal([
        [anyone, depositor],
        [1n, 1n],
        [90n, 80n],
        [0n, 0n],
        ["starred", "starred"],
        ["trade", "trade"],
        [false, false],
      ]);
      expect(await reputation.readAllFeedback(2n, [], "", "", true)).to.deep.equal([[], [], [], [], [], [], []]);
    });

    it("lists what was revoked only when asked to", async () => {
      const { reputation, clients } = await loadFixture(opinionsFixture);
      const listed = await reputation.readAllFeedback(AGENT, [at(clients, 0)], "", "trade", true);
      expect(listed.feedbackIndexes).to.deep.equal([1n, 3n]);
      expect(listed.revokedStatuses).to.deep.equal([false, true]);
      expect(listed[2]).to.deep.equal([80n, 1_000n]);
    });
  });

  describe("getResponseCount", () => {
    it("adds up by client, by number and by responder", async () => {
      const f = await loadFixture(opinionsFixture);
      const [depositor, attacker] = [f.depositor.address, f.attacker.address];
      for (const [responder, client, index] of [
        [f.operatorA, depositor, 1n],
        [f.operatorA, depositor, 2n],
        [f.anyone, depositor, 2n],
        [f.anyone, attacker, 1n],
      ] as const) {
        await f.reputation.connect(responder).appendResponse(AGENT, client, index, "ipfs://a", NO_HASH);
      }
      const count = (client: string, index: bigint, responders: readonly Signer[] = []) =>
        f.reputation.getResponseCount(
          AGENT,
          client,
          index,
          responders.map(({ address }) => address),
        );
      expect(await count(ZERO, 0n)).to.equal(4n);
      expect(await count(ZERO, 1n)).to.equal(4n);
      expect(await count(ZERO, 0n, [f.operatorA, f.anyone])).to.equal(4n);
      expect(await count(ZERO, 0n, [f.operatorA])).to.equal(2n);
      expect(await count(depositor, 0n)).to.equal(3n);
      expect(await count(depositor, 0n, [f.anyone])).to.equal(1n);
      expect(await count(depositor, 2n)).to.equal(2n);
      expect(await count(depositor, 2n, [f.depositor])).to.equal(0n);
      for (const index of [4n, 99n, 2n ** 64n - 1n]) {
        expect(await count(depositor, index)).to.equal(0n);
        expect(await count(depositor, index, [f.anyone])).to.equal(0n);
      }
      expect(await count(f.operatorB.address, 1n)).to.equal(0n);
    });
  });

  describe("getClients", () => {
    it("lists each client once, in pages too", async () => {
      const { reputation, clients } = await loadFixture(opinionsFixture);
      expect(await reputation.getClients(AGENT)).to.deep.equal(clients);
      expect(await reputation.getClients(2n)).to.deep.equal([]);
      expect(await reputation.getClientsPage(AGENT, 0n, 2n)).to.deep.equal([clients.slice(0, 2), 3n]);
      expect(await reputation.getClientsPage(AGENT, 2n, 500n)).to.deep.equal([clients.slice(2), 3n]);
      expect(await reputation.getClientsPage(AGENT, 3n, 2n)).to.deep.equal([[], 3n]);
    });
  });

  describe("when there is more than one answer may look at", () => {
    it("reverts with TooManyEntries, and every piece stays readable [NX-REP-08]", async () => {
      const f = await loadFixture(fullFixture);
      await give(f, f.anyone, { value: 7n });
      const client = f.anyone.address;
      const both = [f.depositor.address, client];
      const many = Array.from({ length: MAX_ENTRIES + 1 }, () => f.attacker.address);
      for (const [attempt, count] of [
        [f.reputation.getSummary(AGENT, both, "", ""), 501n],
        [f.reputation.getSummary(AGENT, many, "", ""), 501n],
        [f.reputation.readAllFeedback(AGENT, [], "", "", true), 501n],
        [f.reputation.getResponseCount(AGENT, ZERO, 0n, []), 501n],
        [f.reputation.getResponseCount(AGENT, f.depositor.address, 0n, both), 1_000n],
        [f.reputation.getResponseCount(AGENT, client, 1n, many), 501n],
        [f.reputation.getClientsPage(AGENT, 0n, 501n), 501n],
      ] as const) {
        await expect(attempt).to.be.revertedWithCustomError(f.reputation, "TooManyEntries").withArgs(count, 500n);
      }
      expect((await f.reputation.readFeedback(AGENT, client, 1n)).value).to.equal(7n);
      expect(await f.reputation.getSummary(AGENT, [client], "", "")).to.deep.equal([1n, 7n, 0n]);
    });

    it("reads as much as the most within a block's gas [NX-REP-08]", async () => {
      const f = await loadFixture(fullFixture);
      const clients = [f.depositor.address];
      const [count] = await f.reputation.getSummary(AGENT, clients, LONG, LONG);
      expect(count).to.equal(500n);
      const gas = await f.reputation.getSummary.estimateGas(AGENT, clients, LONG, LONG);
      expect(gas < MAX_GAS, `${gas} gas`).to.equal(true);
      const listing = await f.reputation.readAllFeedback.estimateGas(AGENT, [], "", "", true);
      expect(listing < MAX_GAS, `${listing} gas`).to.equal(true);
    });
  });

  it("names the identity registry", async () => {
    const { reputation, addresses } = await loadFixture(reputationFixture);
    expect(await reputation.getIdentityRegistry()).to.equal(addresses.registry);
    const limits = [reputation.MAX_ENTRIES(), reputation.MAX_DECIMALS(), reputation.MAX_TAG_LENGTH()];
    expect(await Promise.all(limits)).to.deep.equal([500n, 18n, 64n]);
  });
});
