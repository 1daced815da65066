import { expect } from "chai";
import fc from "fast-check";
import type { Paywall } from "../../../../keepers/adapters/payments/paywall.ts";
import { RetryableError } from "../../../../keepers/core/errors.ts";
import { PRICE, ORIGIN, buyerOf, countingEndpoint, shopOf, walletOf, wire } from "../../../support/paidShop.ts";
import { hashes, memoryStore, termsOf } from "../../../support/payments.ts";

const CHANNEL = hashes.channelIdOf(termsOf(1));
const URL_OF_WORK = `${ORIGIN}/work`;

/** What the network does to one message. A late one arrives after others; to who sent it, it is lost. */
const FATES = ["deliver", "loseRequest", "loseReply", "duplicate", "late"] as const;
type Fate = (typeof FATES)[number];

/** A network that follows a list of fates, and delivers when the list is at its end. */
const network = (through: typeof fetch, script: readonly Fate[]) => {
  const fates = [...script];
  const late: (() => Promise<unknown>)[] = [];
  const send: typeof fetch = async (input, init) => {
    const copy = new Request(input, init);
    const deliver = (): Promise<Response> => through(copy.clone());
    const fate = fates.shift() ?? "deliver";
    const arriving = fate === "deliver" ? undefined : late.shift();
    if (fate === "loseRequest") throw new TypeError("the request was lost");
    if (fate === "late") {
      late.push(deliver);
      throw new TypeError("the request is late");
    }
    const [response] = await Promise.all([deliver(), ...(fate === "duplicate" ? [deliver()] : []), arriving?.()]);
    if (fate === "loseReply") throw new TypeError("the reply was lost");
    return response;
  };
  /** Delivers what is late, and loses nothing any more. */
  const calm = async (): Promise<void> => {
    fates.length = 0;
    for (const deliver of late.splice(0)) await deliver();
  };
  return { send, calm };
};

/** What happens before a call: nothing, or one side dies and starts again on what it has stored. */
type Step = {
  readonly before: "nothing" | "sellerDies" | "buyerDies";
  readonly persists: boolean;
  readonly atOnce: number;
};

const steps = fc.array(
  fc.record<Step>({
    before: fc.constantFrom("nothing", "nothing", "sellerDies", "buyerDies"),
    persists: fc.boolean(),
    atOnce: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 8 },
);

describe("Between payer and payee", () => {
  it("whatever is lost, late, doubled or killed, each purchase is paid once and no voucher buys two", async () => {
    const run = async (
      script: readonly Step[],
      fates: readonly Fate[],
      failures: readonly boolean[],
    ): Promise<void> => {
      const [theirs, mine] = [memoryStore(), memoryStore()];
      const faults = [...failures];
      const { served, endpoint } = countingEndpoint(() => faults.shift() ?? false);
      let shop: Paywall = shopOf(endpoint, { store: theirs });
      const { send, calm } = network(
        wire(() => shop),
        [...fates],
      );
      let buy = buyerOf(walletOf(1, mine), send);
      const answered = new Set<string>();
      const attempt = async (key: string): Promise<boolean> => {
        try {
          const response = await buy(URL_OF_WORK, { key });
          if (response.status !== 200) return response.status < 500;
          expect(await response.text()).to.equal(key);
          answered.add(key);
          return true;
        } catch (error) {
          if (!(error instanceof RetryableError || error instanceof TypeError)) throw error;
          return false;
        }
      };
      let number = 0;
      for (const { before, persists, atOnce } of script) {
        if (before === "sellerDies") shop = shopOf(endpoint, { store: theirs });
        if (before === "buyerDies") buy = buyerOf(walletOf(1, mine), send);
        const keys = Array.from({ length: atOnce }, () => `call ${(number += 1)}`);
        const one = async (key: string): Promise<void> => {
          for (let tries = persists ? 4 : 1; tries > 0; tries -= 1) if (await attempt(key)) return;
        };
        await Promise.all(keys.map(one));
      }
      await calm();
      // One more, on a quiet network: the two find together whatever happened.
      faults.length = 0;
      let tries = 0;
      while (!(await attempt("the last")) && tries < 4) tries += 1;
      expect(answered).to.include("the last");

      const total = theirs.last(CHANNEL)?.maxClaimableAmount ?? 0n;
      const signed = mine.last(CHANNEL)?.maxClaimableAmount ?? 0n;
      for (const key of answered) expect(served.has(key), key).to.equal(true);
      // A voucher whose work failed and was never asked for again is paid and not served; there is no other gap.
      expect(total >= PRICE * BigInt(served.size)).to.equal(true);
      if (failures.every((failed) => !failed)) expect(total).to.equal(PRICE * BigInt(served.size));
      expect(total <= PRICE * BigInt(number + 1), "nobody pays for more than was asked for").to.equal(true);
      expect(signed >= total && signed <= total + PRICE, "the payer knows what it owes").to.equal(true);
    };
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.array(fc.constantFrom(...FATES), { maxLength: 30 }),
        fc.array(fc.boolean(), { maxLength: 5 }),
        run,
      ),
      { numRuns: 60 },
    );
  });
});
