import { appendFile, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { voucherReader } from "../../../../keepers/adapters/payments/readStore.ts";
import { openVoucherStore } from "../../../../keepers/adapters/payments/store.ts";
import { toLine } from "../../../../keepers/adapters/payments/log.ts";
import { entryText } from "../../../../keepers/adapters/payments/entries.ts";
import { bestVoucher } from "../../../../keepers/adapters/payments/snapshot.ts";
import { type Hex, hex, word } from "../../../../keepers/core/hex.ts";
import { DOMAIN, hashes, payerKey, recover, signerFor, termsOf, voucherFor } from "../../../support/payments.ts";
import { removeFolder } from "../../../../scripts/lib/removeFolder.ts";

const ZERO = word(0n);
const payerSignature = hex(payerKey(1).sign(word(7n)).serialized);

describe("Looking into the voucher stores of other processes", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "nexus-stores-"));
  });
  afterEach(() => removeFolder(folder));
  const troubles: string[] = [];
  const settings = { hashes, recover, onTrouble: (what: string) => void troubles.push(what) };
  const totals = async (read: ReturnType<typeof voucherReader>): Promise<readonly (bigint | undefined)[]> =>
    (await read()).map(({ proven }) => proven[0]?.maxClaimableAmount);

  it("sees what each has been given so far, while it is open elsewhere, and nothing where there is none yet", async () => {
    const [first, second] = [join(folder, "first.log"), join(folder, "second.log")];
    const read = voucherReader([first, second], settings);
    expect(await totals(read)).to.deep.equal([]);
    const { store } = await openVoucherStore(first, { domain: DOMAIN });
    const terms = termsOf(1);
    await store.learn(hashes.channelIdOf(terms), terms);
    expect(await totals(read)).to.deep.equal([undefined]);
    for (const total of [5n, 9n]) {
      await store.append({ ...(await voucherFor(1, total)), purchase: ZERO });
      expect(await totals(read)).to.deep.equal([total]);
    }
    const other = await openVoucherStore(second, { domain: DOMAIN });
    await other.store.learn(hashes.channelIdOf(termsOf(2)), termsOf(2));
    await other.store.append({ ...(await voucherFor(2, 3n)), purchase: ZERO });
    expect(await totals(read)).to.deep.equal([9n, 3n]);
    await store.forget(hashes.channelIdOf(terms));
    expect(await totals(read)).to.deep.equal([3n]);
    await store.close();
    await other.store.close();
  });

  it("leaves out a line that is still being written, and changes nothing in the file", async () => {
    const path = join(folder, "store.log");
    const { store } = await openVoucherStore(path, { domain: DOMAIN });
    await store.learn(hashes.channelIdOf(termsOf(1)), termsOf(1));
    await store.append({ ...(await voucherFor(1, 5n)), purchase: ZERO });
    await appendFile(path, "0123abcd {torn");
    expect(await totals(voucherReader([path], settings))).to.deep.equal([5n]);
    await appendFile(path, " and more");
    expect(await totals(voucherReader([path], settings))).to.deep.equal([5n]);
    await store.close();
  });

  const CHANNEL = hashes.channelIdOf(termsOf(1));
  /** A store with a channel of payer 1, and lines that somebody else wrote. */
  const storeWith = async (lines: readonly string[]): Promise<string> => {
    const path = join(folder, "customer.log");
    const { store } = await openVoucherStore(path, { domain: DOMAIN });
    await store.learn(CHANNEL, termsOf(1));
    await store.append({ ...(await voucherFor(1, 5n)), purchase: ZERO });
    await store.close();
    await appendFile(path, lines.map(toLine).join(""));
    return path;
  };
  const made = (total: bigint, signature: Hex): string =>
    entryText({
      kind: "voucher",
      voucher: { domain: DOMAIN, channelId: CHANNEL, maxClaimableAmount: total, signature, purchase: ZERO },
    });

  it("keeps what the signer signed beside what somebody made up, however high [NX-CHN-08]", async () => {
    const foreign = (await signerFor(2)({ channelId: CHANNEL, maxClaimableAmount: 900n })).signature;
    const lies = Array.from({ length: 20 }, (_, n) => made(1_000n + BigInt(n), `0x${"11".repeat(65)}`));
    const path = await storeWith([made(900n, foreign), made(800n, "0x00"), ...lies]);
    const [seen] = await voucherReader([path], settings)();
    expect(seen?.proven.map(({ maxClaimableAmount }) => maxClaimableAmount)).to.deep.equal([5n]);
    expect(seen?.unproven).to.have.length(8);
  });

  it("passes over terms under a foreign id, whichever come first [NX-CHN-08]", async () => {
    const path = join(folder, "customer.log");
    const foreign = entryText({ kind: "channel", channelId: CHANNEL, terms: termsOf(2) });
    const right = entryText({ kind: "channel", channelId: CHANNEL, terms: termsOf(1) });
    const voucher = made(5n, (await voucherFor(1, 5n)).signature);
    await writeFile(path, [foreign, right, foreign, voucher].map(toLine).join(""));
    const seen = await voucherReader([path], settings)();
    expect(seen.map(({ terms }) => terms)).to.deep.equal([termsOf(1)]);
    expect(seen[0]?.proven).to.have.length(1);
  });

  it("reads the others where one cannot be read or holds nonsense, and tells it once [NX-CHN-08]", async () => {
    troubles.length = 0;
    const good = await storeWith(["no JSON", "{}", '{"kind":"other"}']);
    await appendFile(good, "nonsense\n");
    await mkdir(join(folder, "a folder"));
    const read = voucherReader([join(folder, "a folder"), good, join(folder, "none")], settings);
    for (let round = 0; round < 3; round += 1) expect(await totals(read)).to.deep.equal([5n]);
    expect(troubles).to.have.length(2);
    expect(troubles.join()).to.include("a folder cannot be read").and.to.include("has 4 records that cannot be read");
  });

  it("leaves out what was not charged", async () => {
    const path = await storeWith([]);
    const read = voucherReader([path], settings);
    const { store } = await openVoucherStore(path, { domain: DOMAIN });
    await store.append({ ...(await voucherFor(1, 9n)), purchase: ZERO });
    expect(await totals(read)).to.deep.equal([9n]);
    await store.release(CHANNEL, 9n);
    expect(await totals(read)).to.deep.equal([5n]);
    await store.close();
  });

  it("reads only what was appended, and all of a file that was written again or put in its place [NX-CHN-08]", async () => {
    const path = join(folder, "large.log");
    const channel = toLine(entryText({ kind: "channel", channelId: CHANNEL, terms: termsOf(1) }));
    const many = Array.from({ length: 100_000 }, (_, n) => toLine(made(BigInt(n + 1), `0x${"22".repeat(65)}`)));
    await writeFile(path, [channel, ...many].join(""));
    let recovered = 0;
    const counting = (digest: Hex, signature: Hex) => {
      recovered += 1;
      return signature.startsWith("0x22")
        ? ({ kind: "signer", signer: termsOf(1).payer } as const)
        : recover(digest, signature);
    };
    const read = voucherReader([path], { ...settings, recover: counting });
    expect(await totals(read)).to.deep.equal([100_000n]);
    expect(recovered, "signatures of vouchers that do not count are not looked at").to.be.lessThan(100);
    const begun = performance.now();
    for (let n = 1n; n <= 10n; n += 1n) {
      await appendFile(path, toLine(made(100_000n + n, `0x${"22".repeat(65)}`)));
      expect(await totals(read)).to.deep.equal([100_000n + n]);
    }
    expect(performance.now() - begun, "ten vouchers").to.be.lessThan(1_000);
    await writeFile(path, channel + toLine(made(3n, `0x${"22".repeat(65)}`)));
    expect(await totals(read)).to.deep.equal([3n]);
    // The same size, other content.
    await writeFile(path, channel + toLine(made(4n, `0x${"22".repeat(65)}`)));
    expect(await totals(read)).to.deep.equal([4n]);
  });
});

describe("The voucher that counts", () => {
  const voucherOf = (total: bigint) => ({
    domain: DOMAIN,
    channelId: word(1n),
    maxClaimableAmount: total,
    signature: payerSignature,
    purchase: ZERO,
  });
  const totalOf = (
    proven: readonly bigint[],
    unproven: readonly bigint[],
    change: Partial<Parameters<typeof bestVoucher>[1]> = {},
  ): bigint | undefined =>
    bestVoucher(
      { proven: proven.map(voucherOf), unproven: unproven.map(voucherOf) },
      { deposited: 100n, isOwn: false, isContract: false, ...change },
    )?.total;

  it("is the highest that is signed and covered, and for the payer the highest that it promised [NX-CHN-08]", () => {
    const cases: readonly (readonly [bigint | undefined, bigint | undefined])[] = [
      [totalOf([], []), undefined],
      [totalOf([7n, 5n], []), 7n],
      [totalOf([101n, 100n, 5n], []), 100n],
      [totalOf([101n], []), undefined],
      [totalOf([101n, 5n], [], { isOwn: true }), 101n],
      [totalOf([5n], [90n]), 5n],
      [totalOf([5n], [900n, 90n], { isContract: true }), 90n],
      [totalOf([95n], [90n], { isContract: true }), 95n],
    ];
    for (const [got, wanted] of cases) expect(got).to.equal(wanted);
  });
});
