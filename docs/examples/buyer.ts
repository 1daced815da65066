import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import {
  address,
  channelHashes,
  channelWallet,
  loadKeccak,
  loadKeySigner,
  loadRecovery,
  openVoucherStore,
  parseTerms,
  payingFetch,
} from "nexus/payments";

// The channel's file is the one that `nexus pay open` writes; the key is the one that signs its vouchers.
const [url = "", channelFile = "", storePath = "", calls = "1"] = process.argv.slice(2);
const secret = z.templateLiteral(["0x", z.string()]).parse(process.env["NEXUS_PAYMENT_KEY"]);
const file = z
  .object({ chainId: z.number(), contract: z.string(), terms: z.unknown() })
  .parse(JSON.parse(readFileSync(channelFile, "utf8")));
const terms = parseTerms(file.terms);
if (terms.kind === "malformed") throw new Error(`${channelFile}: ${terms.field} is malformed`);

const keccak = await loadKeccak();
const domain = { chainId: BigInt(file.chainId), channels: address(file.contract) };
const hashes = channelHashes(keccak.keccak, domain);
// What was signed is durable before anybody has it: who kills this process pays nothing twice.
const { store } = await openVoucherStore(storePath, { domain });

const buy = payingFetch({
  fetch,
  wallet: channelWallet({
    hashes,
    store,
    recover: await loadRecovery(keccak),
    sign: await loadKeySigner(secret, hashes),
    findChannel: () => Promise.resolve(terms.value),
    maxPerRequest: 10_000n, // a cent, in USDC's units
  }),
  newKey: randomUUID,
  tries: 200,
  timeoutMs: 5_000,
  pause: () => sleep(50),
});

let bought = 0;
for (let i = 0; i < Number(calls); i += 1) {
  const body = JSON.stringify({ returns: [-3, 1, 2, -1, 0.5, -2, 4, 1, -0.5, i % 7], confidence: 0.9 });
  // The key names the call: asked again with it, after whatever crash, it is paid once.
  const call = { method: "POST", body, key: `call ${i}` };
  let response = await buy(url, call);
  // The deposit is used up: whoever looks after the channel puts in more, or nobody does.
  for (let wait = 0; response.status === 402 && wait < 100; wait += 1) {
    await sleep(50);
    response = await buy(url, call);
  }
  if (response.status !== 200) throw new Error(`call ${i}: ${response.status} ${await response.text()}`);
  const answer = z.object({ valueAtRisk: z.number() }).parse(await response.json());
  if (answer.valueAtRisk > 0) bought += 1;
  if (i % 100 === 99) process.stdout.write(`${i + 1}\n`);
}
await store.close();
process.stdout.write(`${bought} calls bought\n`);
