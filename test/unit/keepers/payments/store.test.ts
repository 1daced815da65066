import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import fc from "fast-check";
import { type LogFile, openLogFile, toLine } from "../../../../keepers/adapters/payments/log.ts";
import { openVoucherStore } from "../../../../keepers/adapters/payments/store.ts";
import { deferred } from "../../../../keepers/core/deferred.ts";
import { FatalError } from "../../../../keepers/core/errors.ts";
import { type Hex, word } from "../../../../keepers/core/hex.ts";
import { unixSeconds } from "../../../../keepers/core/units.ts";
import type { StoredVoucher, VoucherStore } from "../../../../keepers/agents/payments/ports.ts";
import { DOMAIN, hashes, memoryStore, termsOf, voucherFor } from "../../../support/payments.ts";
import { withSmallDisk } from "../../../support/smallDisk.ts";
import { removeFolder } from "../../../../scripts/lib/removeFolder.ts";

const TERMS = termsOf(1);
const CHANNEL = hashes.channelIdOf(TERMS);

const stored = (total: bigint, channelId: Hex = CHANNEL): StoredVoucher => ({
  domain: DOMAIN,
  channelId,
  maxClaimableAmount: total,
  signature: "0x1234",
  purchase: word(total),
});

/** What `promise` was refused with. */
const refusal = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

let folder = "";
const file = (): string => join(folder, "deep", "vouchers.log");
const open = async (change: Partial<Parameters<typeof openVoucherStore>[1]> = {}): Promise<VoucherStore> =>
  (await openVoucherStore(file(), { domain: DOMAIN, ...change })).store;

for (const [name, make] of [
  ["on disk", open],
  ["in memory", () => Promise.resolve(memoryStore())],
] as const) {
  describe(`A voucher store ${name}`, () => {
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "nexus-store-"));
    });
    afterEach(() => removeFolder(folder));

    it("knows the newest voucher of each channel, before it is durable, and the terms", async () => {
      const store = await make();
      expect(store.last(CHANNEL)).to.equal(undefined);
      const written = [store.learn(CHANNEL, TERMS), store.append(stored(1n)), store.append(stored(2n))];
      expect(store.last(CHANNEL)).to.deep.equal(stored(2n));
      await Promise.all(written);
      const recent = [stored(1n), stored(2n)];
      const channel = { channelId: CHANNEL, terms: TERMS, last: stored(2n), recent, agreedUntil: undefined };
      expect(store.channels()).to.deep.equal([channel]);
      await store.close();
    });

    it("learns twice, keeps an agreed close, and forgets", async () => {
      const store = await make();
      await Promise.all([store.learn(CHANNEL, TERMS), store.learn(CHANNEL, TERMS)]);
      await store.append(stored(1n));
      await store.learn(CHANNEL, TERMS);
      await store.freeze(CHANNEL, unixSeconds(9n));
      expect(store.channel(CHANNEL)).to.deep.include({ last: stored(1n), agreedUntil: 9n });
      await store.forget(CHANNEL);
      await store.forget(CHANNEL);
      expect(store.channels()).to.deep.equal([]);
      await store.close();
    });

    it("refuses a voucher that is not above the last, or of a channel without terms", async () => {
      const store = await make();
      expect(await refusal(store.append(stored(1n)))).to.be.instanceOf(RangeError);
      expect(await refusal(store.freeze(CHANNEL, unixSeconds(1n)))).to.be.instanceOf(RangeError);
      await store.learn(CHANNEL, TERMS);
      await store.append(stored(5n));
      for (const total of [5n, 4n]) expect(await refusal(store.append(stored(total)))).to.be.instanceOf(RangeError);
      expect(store.last(CHANNEL)).to.deep.equal(stored(5n));
      await store.close();
    });
  });
}

describe("The voucher store on disk", () => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "nexus-store-"));
  });
  afterEach(() => removeFolder(folder));

  it("finds everything again", async () => {
    const store = await open();
    await store.learn(CHANNEL, TERMS);
    await store.append(await voucherFor(1, 7n).then((voucher) => ({ ...voucher, purchase: word(3n) })));
    await store.freeze(CHANNEL, unixSeconds(99n));
    const before = store.channels();
    await store.close();
    const again = await open();
    expect(again.channels()).to.deep.equal(before);
    await again.forget(CHANNEL);
    await again.close();
    const last = await open();
    expect(last.channels()).to.deep.equal([]);
    await last.close();
  });

  it("acknowledges nothing that a full disk did not take, and takes up after it [NX-KEE-07]", async () => {
    const [store, support] = ["../../../../keepers/adapters/payments/store.ts", "../../../support/payments.ts"].map(
      (path) => fileURLToPath(new URL(path, import.meta.url)),
    );
    const program = `import { openVoucherStore } from ${JSON.stringify(store)};
      import { DOMAIN, hashes, termsOf } from ${JSON.stringify(support)};
      const { store } = await openVoucherStore(${JSON.stringify(file())}, { domain: DOMAIN });
      const channelId = hashes.channelIdOf(termsOf(1));
      await store.learn(channelId, termsOf(1));
      for (let total = 1n; ; total += 1n) {
        const voucher = { domain: DOMAIN, channelId, maxClaimableAmount: total, signature: "0x1234", purchase: channelId };
        const failed = await store.append(voucher).then(() => undefined, (error) => error);
        if (failed !== undefined) {
          console.log(total - 1n, failed.name, failed.cause.code);
          process.exit();
        }
      }`;
    const [, kept = "0"] = /^(\d+)n FatalError EFBIG\n$/.exec(await withSmallDisk(program, 4)) ?? [];
    expect(BigInt(kept)).to.be.greaterThan(5n);
    const again = await open();
    expect(again.last(CHANNEL)?.maxClaimableAmount).to.equal(BigInt(kept));
    await again.append(stored(BigInt(kept) + 1n));
    await again.close();
    const last = await open();
    expect(last.last(CHANNEL)?.maxClaimableAmount).to.equal(BigInt(kept) + 1n);
    await last.close();
  });

  it("acknowledges nothing before it is synced, and syncs all that waits at once", async () => {
    let [synced, written] = [0, ""];
    let gate = deferred<undefined>();
    const held: LogFile = {
      write: (text) => {
        written += text;
        return Promise.resolve();
      },
      sync: async () => {
        await gate.promise;
        synced += 1;
      },
      close: () => Promise.resolve(),
    };
    const store = await open({ openFile: () => Promise.resolve(held) });
    const learned = store.learn(CHANNEL, TERMS);
    let acknowledged = 0;
    const counted = (promise: Promise<void>): Promise<void> =>
      promise.then(() => {
        acknowledged += 1;
      });
    const first = counted(store.append(stored(1n)));
    await new Promise((resolve) => setTimeout(resolve, 5));
    const others = Array.from({ length: 100 }, (_, n) => counted(store.append(stored(BigInt(n) + 2n))));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([acknowledged, synced]).to.deep.equal([0, 0]);
    expect(written.split("\n").length - 1, "the first turn's records are written").to.equal(2);
    gate.resolve(undefined);
    await Promise.all([learned, first]);
    gate = deferred<undefined>();
    gate.resolve(undefined);
    await Promise.all(others);
    expect([acknowledged, synced]).to.deep.equal([101, 2]);
    await store.close();
  });

  it("fails every append once the disk has failed, those that wait too", async () => {
    let syncs = 0;
    const failing = async (path: string): Promise<LogFile> => {
      const real = await openLogFile(path);
      return {
        ...real,
        sync: () => {
          syncs += 1;
          return syncs === 1 ? real.sync() : Promise.reject(new Error("no space left"));
        },
      };
    };
    const store = await open({ openFile: failing });
    await store.learn(CHANNEL, TERMS);
    const errors = await Promise.all([
      refusal(store.append(stored(1n))),
      refusal(store.append(stored(2n))),
      refusal(store.learn(word(1n), termsOf(2))),
    ]);
    errors.push(await refusal(store.append(stored(3n))));
    for (const error of errors) expect(error).to.be.instanceOf(FatalError);
    expect(syncs).to.equal(2);
    await store.close();
  });

  it("cuts a torn last line, wherever it is torn, and goes on behind it", async () => {
    const store = await open();
    await store.learn(CHANNEL, TERMS);
    await store.append(stored(1n));
    const whole = (await stat(file())).size;
    await store.append(stored(2n));
    await store.close();
    const content = await readFile(file());
    for (let cut = whole; cut < content.length; cut += 7) {
      await writeFile(file(), content.subarray(0, cut));
      const again = await open();
      expect(again.last(CHANNEL), `cut at ${cut}`).to.deep.equal(stored(1n));
      await again.append(stored(9n));
      await again.close();
      const last = await open();
      expect(last.last(CHANNEL)).to.deep.equal(stored(9n));
      await last.close();
    }
  });

  it("finds every whole record behind a damaged one, and says that there is one", async () => {
    const lines = [toLine("{}").replace("{}", "{ }"), "short\n", "\n"];
    for (const damage of lines) {
      await rm(file(), { force: true });
      const store = await open();
      await store.learn(CHANNEL, TERMS);
      await store.append(stored(1n));
      await store.close();
      await appendFile(file(), damage);
      const torn = await open();
      await torn.append(stored(2n));
      await torn.close();
      const again = await openVoucherStore(file(), { domain: DOMAIN });
      expect([again.store.last(CHANNEL), again.damaged]).to.deep.equal([stored(2n), 1]);
      await again.store.close();
    }
  });

  it("survives any flipped byte: the records that it does not touch are there, and no total is made up", async () => {
    const store = await open();
    await store.learn(CHANNEL, TERMS);
    for (let total = 1n; total <= 5n; total += 1n) await store.append(stored(total));
    await store.close();
    const content = await readFile(file());
    const learned = content.indexOf("\n") + 1;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: learned, max: content.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, by) => {
          const flipped = Buffer.from(content);
          flipped[at] = (flipped[at] ?? 0) ^ by;
          await writeFile(file(), flipped);
          const again = await open();
          const last = again.last(CHANNEL);
          await again.close();
          expect(last === undefined ? undefined : stored(last.maxClaimableAmount)).to.deep.equal(last);
          // A flipped end of a line costs the two lines that it parted.
          expect([3n, 4n, 5n]).to.include(last?.maxClaimableAmount);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("refuses a record that another version wrote, rather than to lose what it says", async () => {
    for (const text of ['{"kind":"other"}', "{}", "[", '{"kind":"voucher","channelId":"0x12"}']) {
      await rm(file(), { force: true });
      await (await open()).close();
      await appendFile(file(), toLine(text));
      const error = await refusal(open());
      expect(error).to.be.instanceOf(FatalError);
      expect(String(error)).to.include(text);
    }
  });

  it("is written again when most of it is superseded, and loses nothing of it", async () => {
    const store = await open({ compactAfter: 20 });
    const other = hashes.channelIdOf(termsOf(2));
    await Promise.all([store.learn(CHANNEL, TERMS), store.learn(other, termsOf(2))]);
    await store.append(stored(3n, other));
    await store.freeze(other, unixSeconds(5n));
    const appends: Promise<void>[] = [];
    for (let total = 1n; total <= 200n; total += 1n) {
      appends.push(store.append(stored(total)));
      if (total % 7n === 0n) await Promise.all(appends);
    }
    await Promise.all(appends);
    const before = store.channels();
    await store.close();
    expect((await readFile(file(), "utf8")).split("\n").length).to.be.lessThan(80);
    const again = await open();
    expect(again.channels()).to.deep.equal(before);
    await again.close();
  });

  it("takes no notice of a new file that a crash left behind", async () => {
    const store = await open({ compactAfter: 0 });
    await store.learn(CHANNEL, TERMS);
    await writeFile(`${file()}.new`, "half a line");
    for (let total = 1n; total <= 9n; total += 1n) await store.append(stored(total));
    await store.close();
    const again = await open();
    expect(again.last(CHANNEL)).to.deep.equal(stored(9n));
    await again.close();
  });
});
