import { createServer } from "node:http";
import { JsonRpcProvider, ZeroAddress } from "ethers";
import { z } from "zod";
import {
  address,
  channelHashes,
  channelReader,
  loadKeccak,
  loadRecovery,
  openVoucherStore,
  paidListener,
  paywall,
  seconds,
  voucherIntake,
} from "nexus/payments";

// What is sold: the loss that is not exceeded with a given confidence, out of past returns.
const calculateVar = (returns: readonly number[], confidence: number): number => {
  const worstFirst = [...returns].sort((a, b) => a - b);
  return -(worstFirst[Math.floor((1 - confidence) * worstFirst.length)] ?? 0);
};

const question = z.object({ returns: z.array(z.number()).min(1), confidence: z.number().min(0).max(1) });

const [rpcUrl = "", channels = "", token = "", receiver = "", storePath = "", port = "0"] = process.argv.slice(2);
const provider = new JsonRpcProvider(rpcUrl);
const { chainId } = await provider.getNetwork();
const domain = { chainId, channels: address(channels) };

const keccak = await loadKeccak();
const hashes = channelHashes(keccak.keccak, domain);
const offer = {
  receiver: address(receiver),
  token: address(token),
  receiverAuthorizers: [address(ZeroAddress)],
  minWithdrawDelay: seconds(900n),
};

// A voucher is durable before the work is done: who kills this process loses nothing that was accepted.
const { store } = await openVoucherStore(storePath, { domain });
const intake = voucherIntake({
  offer,
  hashes,
  store,
  recover: await loadRecovery(keccak),
  askSigner: undefined,
  readChannel: channelReader((method, params) => provider.send(method, [...params]), hashes),
  nowMs: Date.now,
  maxAgeMs: 5_000,
  minAgeMs: 100,
});

const wall = paywall({
  intake,
  domain,
  offer,
  others: [],
  origin: `http://127.0.0.1:${port}`,
  timeoutSeconds: 10,
  endpoint: {
    price: 10_000n, // a cent, in USDC's units
    description: "calculate_var",
    mimeType: "application/json",
    serve: ({ body }) => {
      const { returns, confidence } = question.parse(JSON.parse(Buffer.from(body).toString()));
      const answer = JSON.stringify({ valueAtRisk: calculateVar(returns, confidence) });
      return Promise.resolve({ status: 200, headers: { "content-type": "application/json" }, body: answer });
    },
  },
});

const server = createServer(paidListener(wall, (error) => process.stderr.write(`${String(error)}\n`)));
server.listen(Number(port), "127.0.0.1", () => process.stdout.write(`${JSON.stringify(server.address())}\n`));
