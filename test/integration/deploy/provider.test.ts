import { expect } from "chai";
import { reasonOf } from "../../../keepers/adapters/readers/reason.ts";
import { reachFinding } from "../../../scripts/doctor/chain.ts";
import { openProvider } from "../../../scripts/cli/endpoint.ts";
import { openHttpProvider } from "../../../scripts/lib/provider.ts";
import { type Chain, startChain } from "../../../scripts/sandbox/chain.ts";
import { type FaultyNetwork, createFaultyNetwork } from "../../support/faultyNetwork.ts";
import { answersAs, batchesUpTo, html } from "../../support/networkFaults.ts";

const ACCOUNTS = Array.from({ length: 35 }, (_, index) => `0x${(index + 1).toString(16).padStart(40, "0")}`);

const HASH = `0x${"ab".repeat(32)}`;

describe("How commands ask an endpoint", () => {
  let chain: Chain;
  let network: FaultyNetwork;

  before(async () => {
    chain = await startChain(0);
    network = await createFaultyNetwork(chain);
  });
  beforeEach(() => {
    network.set();
    network.entryPoint("open");
  });
  after(async () => {
    await network.close();
    await chain.stop();
  });

  for (const most of [10, 4, 1]) {
    it(`gets by with an endpoint that takes batches of ${most}`, async () => {
      network.set(batchesUpTo(most));
      const provider = openHttpProvider(network.rpcUrl, { chainId: 1329, timeoutMs: 5_000 });
      try {
        for (let round = 0; round < 2; round += 1) {
          const balances = await Promise.all(ACCOUNTS.map((account) => provider.getBalance(account)));
          expect(balances).to.deep.equal(ACCOUNTS.map(() => 0n));
        }
      } finally {
        provider.destroy();
      }
    });
  }

  for (const kind of ["rpcUrl", "wsUrl"] as const) {
    it(`reads null as no logs, over ${kind === "wsUrl" ? "WebSocket" : "HTTP"} [NX-NET-01]`, async () => {
      network.set(answersAs("eth_getLogs", () => null));
      const provider = await openProvider(network[kind], { chainId: 1329 });
      try {
        expect(await provider.getLogs({ fromBlock: 0, toBlock: 0 })).to.deep.equal([]);
        expect(await provider.send("eth_getTransactionReceipt", [HASH])).to.equal(null);
      } finally {
        provider.destroy();
      }
    });
  }

  it("says what is wrong without the endpoint's secrets [NX-NET-03]", async () => {
    const { port } = new URL(network.rpcUrl);
    const secret = "s3cr3t";
    const urls = [`http://127.0.0.1:${port}/v2/${secret}?key=${secret}`, `http://user:${secret}@127.0.0.1:1/`];
    const said: string[] = [];
    for (const url of urls) {
      for (const fault of [[], [html()]]) {
        network.set(...fault);
        const provider = openHttpProvider(url, { chainId: 1329, timeoutMs: 500 });
        await provider.send("eth_chainId", []).catch((error: unknown) => said.push(reasonOf(error)));
        const { found, advice = "" } = await reachFinding(url, provider);
        said.push(found, advice);
        provider.destroy();
      }
    }
    said.push(reasonOf(new Error(`requested ${urls.join(" and ")}, in vain`)));
    expect(said.join("\n")).not.to.contain(secret);
    expect(said.join("\n")).to.contain(`http://127.0.0.1:${port}/…`);
  });
});
