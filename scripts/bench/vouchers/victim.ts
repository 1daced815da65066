/**
 * A seller that takes vouchers in as fast as it can, until it is killed. Says where each channel stands when it starts
 * ("found CHANNEL TOTAL", then "ready"), and each voucher that it acknowledges ("took CHANNEL TOTAL").
 * Started by `kills.ts` with the file of its store, and a second argument where it shall stop when it is ready.
 */
import { word } from "../../../keepers/core/hex.ts";
import { PRICE, type Payer, openCounter } from "./counter.ts";
import { VICTIM_PAYERS } from "./kills.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const [path, stop] = process.argv.slice(2);
if (path === undefined) throw new Error("the victim needs the file of its store");
const { intake, store, payers } = await openCounter(path, VICTIM_PAYERS);
for (const { channelId, last } of store.channels()) say(`found ${channelId} ${last?.maxClaimableAmount ?? 0n}`);
say("ready");

/** With a second argument there is nothing to do. */
const isBusy = stop === undefined;

/** One payer pays again and again; each voucher only when the last one is acknowledged. */
const payOn = async ({ channelId, terms, sign }: Payer): Promise<never> => {
  for (;;) {
    const total = (store.last(channelId)?.maxClaimableAmount ?? 0n) + PRICE;
    const voucher = await sign({ channelId, maxClaimableAmount: total });
    const answer = await intake.receive(terms, voucher, { price: PRICE, purchase: word(total), isNamed: true });
    if (answer.kind !== "accepted") throw new Error(`not accepted: ${answer.kind}`);
    say(`took ${channelId} ${total}`);
  }
};
if (isBusy) await Promise.all(payers.map(payOn));
await store.close();
