import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { x402Client } from "@x402/core/client";
import { decodePaymentResponseHeader } from "@x402/core/http";
import { BatchSettlementEvmScheme } from "@x402/evm/batch-settlement/client";
import { ExactEvmScheme } from "@x402/evm/exact/client";
import { wrapFetchWithPayment } from "@x402/fetch";
import type { Endpoint } from "../../../keepers/adapters/payments/paywall.ts";
import { nexusScheme } from "../../../keepers/adapters/payments/x402Scheme.ts";
import { encodeHeader } from "../../../keepers/adapters/payments/codec.ts";
import { hex } from "../../../keepers/core/hex.ts";
import { HEADERS, type Requirements, networkOf } from "../../../keepers/agents/payments/x402.ts";
import { type WithChannel, authorizer, channelFixture } from "../../support/channels.ts";
import { USDC, loadFixture, now, time } from "../../support/chain.ts";
import { chainIntake, chainWall, chainWallet, domainOf, hashesOf, termsOfConfig } from "../../support/channelShop.ts";
import { balanceOf } from "../../support/money.ts";
import { memoryStore } from "../../support/payments.ts";
import { exactScheme, openShop } from "../../support/x402.ts";

const PRICE = USDC / 100n;

/** What the published client wants of a key. */
const clientSigner = (key: Pick<typeof authorizer, "address" | "signTypedData">) => ({
  address: hex(key.address),
  signTypedData: async (typed: {
    readonly domain: Record<string, unknown>;
    readonly types: Record<string, unknown>;
    readonly primaryType: string;
    readonly message: Record<string, unknown>;
  }) => {
    const fields = typed.types[typed.primaryType];
    if (!Array.isArray(fields)) throw new Error("no struct to sign");
    const types = {
      [typed.primaryType]: fields.map(({ name, type }: { name: string; type: string }) => ({ name, type })),
    };
    return hex(await key.signTypedData(typed.domain, types, typed.message));
  },
});

/** How long `exact` may take: the published client counts from its own clock, which the chain's may be ahead of. */
const secondsToPay = async () => 600 + Math.max(0, Number(await now()) - Math.floor(Date.now() / 1_000));

/** Sells by voucher, and by x402's `exact`, on 127.0.0.1. */
const openBoth = async (f: WithChannel) => {
  const served: string[] = [];
  const endpoint: Endpoint = {
    price: PRICE,
    description: "the value at risk",
    mimeType: "application/json",
    serve: ({ body }) => {
      served.push(Buffer.from(body).toString("utf8"));
      return Promise.resolve({ status: 200, headers: { "content-type": "application/json" }, body: '{"var":"5"}' });
    },
  };
  const exact: Requirements = {
    scheme: "exact",
    network: networkOf(domainOf(f)),
    asset: f.addresses.usdc,
    amount: PRICE.toString(),
    payTo: f.payee.address,
    maxTimeoutSeconds: await secondsToPay(),
    extra: { name: "USD Coin stand-in", version: "1" },
  };
  const store = memoryStore();
  const intake = chainIntake(f, store);
  const others = [exactScheme(exact, f.operatorA)];
  const shop = await openShop((origin) => chainWall(f, { endpoint, intake, origin, others }));
  return { ...shop, served, store, exact };
};

describe("With the published x402 client", () => {
  it("our scheme pays our server by voucher, and the chain pays out the last one", async () => {
    const f = await loadFixture(channelFixture);
    const shop = await openBoth(f);
    try {
      const client = new x402Client((_version, ways) => {
        const ours = ways.find(({ scheme }) => scheme === "nexus-channel");
        if (ours === undefined) throw new Error("the server does not take vouchers");
        return ours;
      });
      client.register("eip155:1329", nexusScheme(chainWallet(f, f.config)));
      client.setSpendControls({ allowedAssets: true });
      const pay = wrapFetchWithPayment(fetch, client);
      for (let n = 1n; n <= 3n; n += 1n) {
        const response = await pay(`${shop.origin}/var`, { method: "POST", body: `portfolio ${n}` });
        expect(await response.json()).to.deep.equal({ var: "5" });
        const settled = decodePaymentResponseHeader(response.headers.get(HEADERS.response) ?? "");
        expect(settled).to.deep.include({ success: true, amount: PRICE.toString(), network: "eip155:1329" });
      }
      expect(shop.served).to.deep.equal(["portfolio 1", "portfolio 2", "portfolio 3"]);
      const last = shop.store.last(hex(f.id));
      if (last === undefined) throw new Error("no voucher was kept");
      const before = await balanceOf(f, f.payee);
      await f.channels.claim(f.config, last.maxClaimableAmount, last.signature);
      expect((await balanceOf(f, f.payee)) - before).to.equal(3n * PRICE);
      expect(shop.faults).to.deep.equal([]);
    } finally {
      await shop.close();
    }
  });

  it("our scheme finds its place again when the server is ahead of it", async () => {
    const f = await loadFixture(channelFixture);
    const shop = await openBoth(f);
    try {
      for (let life = 1n; life <= 2n; life += 1n) {
        const client = new x402Client((_version, [first]) => {
          if (first === undefined) throw new Error("nothing to pay by");
          return first;
        });
        // A payer that forgot what it signed.
        client.register("eip155:1329", nexusScheme(chainWallet(f, f.config)));
        client.setSpendControls({ allowedAssets: true });
        const response = await wrapFetchWithPayment(fetch, client)(`${shop.origin}/var?life=${life}`);
        expect(response.status).to.equal(200);
      }
      expect(shop.store.last(hex(f.id))?.maxClaimableAmount).to.equal(2n * PRICE);
    } finally {
      await shop.close();
    }
  });

  it("x402's `exact` works unchanged on the same endpoint, and moves the price on the chain", async () => {
    const f = await loadFixture(channelFixture);
    const wall = Math.floor(Date.now() / 1_000);
    if ((await now()) < BigInt(wall)) await time.increaseTo(wall);
    const shop = await openBoth(f);
    try {
      const client = new x402Client();
      client.register("eip155:1329", new ExactEvmScheme(clientSigner(f.depositor)));
      client.setSpendControls({ allowedAssets: true });
      const before = await f.usdc.balanceOf(f.payee.address);
      const response = await wrapFetchWithPayment(fetch, client)(`${shop.origin}/var`);
      expect(await response.json()).to.deep.equal({ var: "5" });
      const settled = decodePaymentResponseHeader(response.headers.get(HEADERS.response) ?? "");
      expect(settled.success).to.equal(true);
      expect(settled.transaction).to.match(/^0x[0-9a-f]{64}$/);
      expect((await f.usdc.balanceOf(f.payee.address)) - before).to.equal(PRICE);
      expect(shop.faults).to.deep.equal([]);
    } finally {
      await shop.close();
    }
  });

  it("a voucher for x402's own contract buys nothing, whatever it says that it is", async () => {
    const f = await loadFixture(channelFixture);
    const shop = await openBoth(f);
    try {
      const terms = termsOfConfig(f.config);
      const network = networkOf(domainOf(f));
      const requirements = {
        scheme: "batch-settlement",
        network,
        asset: f.addresses.usdc,
        amount: PRICE.toString(),
        payTo: f.payee.address,
        maxTimeoutSeconds: 60,
        extra: {
          receiverAuthorizer: f.payee.address,
          withdrawDelay: Number(terms.withdrawDelay),
          name: "USDC",
          version: "1",
        },
      };
      // What the published scheme signs is for the canonical contract.
      const scheme = new BatchSettlementEvmScheme(
        { ...clientSigner(f.depositor), readContract: () => Promise.resolve([10n ** 12n, 0n]) },
        { voucherSigner: clientSigner(authorizer) },
      );
      const { payload } = await scheme.createPaymentPayload(2, requirements);
      const ask = async (accepted: object, change: object): Promise<unknown> => {
        const header = encodeHeader({ x402Version: 2, accepted, payload: { ...payload, ...change } });
        const response = await fetch(`${shop.origin}/var`, { headers: { [HEADERS.payment]: header } });
        expect(response.status).to.equal(402);
        const body: unknown = await response.json();
        return body;
      };
      expect(await ask(requirements, {})).to.have.property("error", "UnknownScheme");
      const ours = { ...requirements, scheme: "nexus-channel", extra: { channels: f.addresses.channels } };
      const channelConfig = { ...f.config, withdrawDelay: Number(f.config.withdrawDelay) };
      expect(await ask(ours, { channelConfig })).to.have.property("error", "WrongChannel");
      const { voucher } = payload;
      if (typeof voucher !== "object" || voucher === null) throw new Error("the published scheme made no voucher");
      const claimed = { channelConfig, voucher: { ...voucher, channelId: hashesOf(f).channelIdOf(terms) } };
      expect(await ask(ours, claimed)).to.have.property("error", "ForeignSignature");
      expect(shop.served).to.deep.equal([]);
    } finally {
      await shop.close();
    }
  });
});

describe("The plug-in", () => {
  it("is at most fifty lines", async () => {
    const text = await readFile("keepers/adapters/payments/x402Scheme.ts", "utf8");
    expect(text.trimEnd().split("\n").length).to.be.at.most(50);
  });
});
