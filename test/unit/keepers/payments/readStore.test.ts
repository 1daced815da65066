import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { voucherReader } from "../../../../keepers/adapters/payments/readStore.ts";
import { openVoucherStore } from "../../../../keepers/adapters/payments/store.ts";
import { word } from "../../../../keepers/core/hex.ts";
import { DOMAIN, hashes, termsOf, voucherFor } from "../../../support/payments.ts";

const ZERO = word(0n);

describe("Looking into the voucher stores of other processes", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "nexus-stores-"));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const totals = async (read: ReturnType<typeof voucherReader>): Promise<readonly (bigint | undefined)[]> =>
    (await read()).map(({ last }) => last?.maxClaimableAmount);

  it("sees what each has been given so far, while it is open elsewhere, and nothing where there is none yet", async () => {
    const [first, second] = [join(folder, "first.log"), join(folder, "second.log")];
    const read = voucherReader([first, second], DOMAIN);
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
    expect(await totals(voucherReader([path], DOMAIN))).to.deep.equal([5n]);
    await appendFile(path, " and more");
    expect(await totals(voucherReader([path], DOMAIN))).to.deep.equal([5n]);
    await store.close();
  });
});
