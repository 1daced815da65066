import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { BODY_BYTES, identityOf, microseconds, resultAt, voteAt } from "./messages.ts";
import { openBenchBus } from "./open.ts";

/*
 * The producer of the bus bench, a process of its own: sends `count` messages, `perSecond` of them a second, and says when
 * the server has them all.
 */

const [url = "", mode = "", prefix = "", cursors = "", count = "0", perSecond = "1"] = process.argv.slice(2);
const STEP_MS = 2;

/** Calls `send` for each message, as many at a time as are due. */
const paced = async (send: () => void): Promise<void> => {
  const started = performance.now();
  for (let sent = 0; sent < Number(count);) {
    const due = Math.min(Number(count), ((performance.now() - started) * Number(perSecond)) / 1_000);
    for (; sent < due; sent += 1) send();
    await sleep(STEP_MS);
  }
};

const sendRaw = async (): Promise<void> => {
  const client = new Redis(url);
  const waiting: Promise<unknown>[] = [];
  await paced(() => {
    const body = Buffer.alloc(BODY_BYTES, 120);
    body.writeBigUInt64BE(BigInt(microseconds()));
    waiting.push(client.xadd(`${prefix}:raw`, "MAXLEN", "~", 1_024, "*", "e", body));
  });
  await Promise.all(waiting);
  client.disconnect();
};

const sendOurs = async (): Promise<void> => {
  const identity = identityOf(1);
  const shared = await openBenchBus({ prefix, cursors }, { url, identities: [identity], capacity: 1 });
  const bus = shared.as(identity);
  await paced(() => {
    if (mode === "sealed") bus.publish("votes", voteAt(microseconds()));
    else bus.publish("results", resultAt(microseconds()));
  });
  while (!shared.stats().isIdle) await sleep(STEP_MS);
  process.stdout.write(`${JSON.stringify(shared.stats().outgoing)}\n`);
  await shared.close();
};

await (mode === "raw" ? sendRaw() : sendOurs());
