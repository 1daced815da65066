import { expect } from "chai";
import { Interface, TypedDataEncoder, Wallet, getAddress, id as hashOf, parseUnits } from "ethers";
import fc from "fast-check";
import { z } from "zod";
import {
  type Action,
  callLink,
  dataOf,
  unsignedTransaction,
  walletBrowsers,
} from "../../dashboard/src/outside/action.ts";
import { addressIn } from "../../dashboard/src/outside/checksum.ts";
import { packed, signatureIn } from "../../dashboard/src/outside/signature.ts";
import { signerOf } from "../../dashboard/src/outside/signed.ts";
import { ballot, delegation, digestOf, typedDataJson } from "../../dashboard/src/outside/typedData.ts";
import type { HolderDocument } from "../../dashboard/src/data/documents.ts";

const CHAIN = 1329;
const TREASURY = getAddress(`0x${"a1".repeat(20)}`);
const GOVERNOR = getAddress(`0x${"b2".repeat(20)}`);
const wallet = new Wallet(`0x${"11".repeat(32)}`);
const amount = { units: "5", decimals: 0, symbol: "X" };
const HOLDER: HolderDocument = {
  asOf: { block: 1, time: 1_800_000_000 },
  account: wallet.address,
  shares: amount,
  redeemable: amount,
  recentUntil: null,
  assets: amount,
  allowance: amount,
  tokens: amount,
  votes: amount,
  delegate: null,
  governor: { name: "NexusGovernor", version: "1", nonce: "3" },
  token: { name: "NEXUS", version: "1", nonce: "4" },
};
const DEPOSIT: Action = {
  words: "Deposit",
  to: TREASURY,
  name: "deposit(uint256,address)",
  args: [parseUnits("250.5", 6), wallet.address],
};
const jsonSchema = z.looseObject({
  types: z.record(z.string(), z.array(z.object({ name: z.string(), type: z.string() }))),
  domain: z.looseObject({ chainId: z.number() }),
  message: z.record(z.string(), z.string()),
});

describe("A call that is made outside this browser", () => {
  it("is the same in its link, its file and its bytes", () => {
    const abi = new Interface([`function ${DEPOSIT.name}`]);
    expect(dataOf(DEPOSIT)).to.equal(abi.encodeFunctionData("deposit", [...DEPOSIT.args]));
    expect(callLink(DEPOSIT, CHAIN)).to.equal(
      `ethereum:${TREASURY}@1329/deposit?uint256=250500000&address=${wallet.address}`,
    );
    expect(JSON.parse(unsignedTransaction(DEPOSIT, wallet.address, CHAIN))).to.deep.equal({
      chainId: CHAIN,
      from: wallet.address,
      to: TREASURY,
      value: "0x0",
      data: dataOf(DEPOSIT),
    });
  });

  it("has bytes of any length where contracts look for them", () => {
    const name = "castVoteBySig(uint256,uint8,address,bytes)";
    const abi = new Interface([`function ${name}`]);
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), fc.uint8Array({ maxLength: 100 }), (id, bytes) => {
        const args = [id, 1n, wallet.address, `0x${Buffer.from(bytes).toString("hex")}`];
        const data = dataOf({ words: "", to: GOVERNOR, name, args });
        expect(data).to.equal(abi.encodeFunctionData("castVoteBySig", args));
      }),
      { numRuns: 200 },
    );
  });

  it("opens in the browsers of wallets only where another device reaches the page", () => {
    for (const page of ["http://127.0.0.1:8600/exit", "http://nexus.example/exit"])
      expect(walletBrowsers(page)).to.deep.equal([]);
    const links = walletBrowsers("https://nexus.example/proposals/0x01?a=b");
    expect(links.map(({ href }) => href)).to.deep.equal([
      "https://metamask.app.link/dapp/nexus.example/proposals/0x01?a=b",
      "https://go.cb-w.com/dapp?cb_url=https%3A%2F%2Fnexus.example%2Fproposals%2F0x01%3Fa%3Db",
      "https://link.trustwallet.com/open_url?coin_id=60&url=https%3A%2F%2Fnexus.example%2Fproposals%2F0x01%3Fa%3Db",
    ]);
  });
});

describe("An account that is typed", () => {
  it("is taken in one case or with its checksum, and never with a slip", () => {
    const { address } = wallet;
    for (const text of [address, ` ${address} `, address.toLowerCase(), `0x${address.slice(2).toUpperCase()}`])
      expect(addressIn(text), text).to.equal(address);
    const slip = address.replace(/[a-f]/, (digit) => digit.toUpperCase());
    const swapped = `${address.slice(0, -2)}${address.at(-1)}${address.at(-2)}`;
    for (const text of ["", "0x", address.slice(0, -1), `${address}0`, slip, swapped, "vitalik.eth"])
      expect(addressIn(text), text).to.equal(undefined);
  });
});

describe("Typed data that is signed outside this browser", () => {
  const place = { contract: GOVERNOR, chainId: CHAIN };
  const cases = [
    ballot(HOLDER, place, { id: 2n ** 255n + 7n, support: 1n }),
    delegation(HOLDER, place, { delegatee: TREASURY, expiry: 1_900_000_000n }),
  ];

  it("has the digest that a wallet makes of the same file", () => {
    for (const data of cases) {
      const { types, domain, message } = jsonSchema.parse(JSON.parse(typedDataJson(data)));
      const { EIP712Domain: _, ...structs } = types;
      expect(digestOf(data)).to.equal(TypedDataEncoder.hash(domain, structs, message));
    }
  });

  it("names the account's next number, so that it counts once", () => {
    expect(cases.map(({ message }) => message["nonce"])).to.deep.equal(["3", "4"]);
    expect(cases[0]?.message).to.include({ voter: wallet.address, support: "1" });
  });

  it("is taken with a signature of the account alone, in any of the forms that signers write", () => {
    for (const data of cases) {
      const digest = digestOf(data);
      const signed = wallet.signingKey.sign(digest);
      const late = `${signed.r}${signed.s.slice(2)}${signed.yParity === 0 ? "00" : "01"}`;
      for (const text of [signed.serialized, ` ${signed.serialized.toUpperCase().replace("0X", "0x")}`, late]) {
        const signature = signatureIn(text);
        if (signature === undefined) throw new Error(`${text} is a signature`);
        expect(signerOf(digest, signature)).to.equal(wallet.address.toLowerCase());
        expect(packed(signature)).to.equal(signed.serialized);
      }
      const other = signatureIn(new Wallet(hashOf("other")).signingKey.sign(digest).serialized);
      if (other === undefined) throw new Error("it is a signature");
      expect(signerOf(digest, other)).to.not.equal(wallet.address.toLowerCase());
    }
    for (const text of ["", "0x", "yes", `0x${"1".repeat(128)}`, `0x${"1".repeat(128)}02`, `0x${"g".repeat(130)}`])
      expect(signatureIn(text), text).to.equal(undefined);
  });

  it("is not taken with the twin of a signature, which a chain refuses", () => {
    const [data] = cases;
    if (data === undefined) throw new Error("there is no data");
    const { r, s, yParity } = wallet.signingKey.sign(digestOf(data));
    const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const twin = `${r}${(ORDER - BigInt(s)).toString(16).padStart(64, "0")}${yParity === 0 ? "1c" : "1b"}`;
    const signature = signatureIn(twin);
    if (signature === undefined) throw new Error("it has the form of a signature");
    expect(signerOf(digestOf(data), signature)).to.equal(undefined);
    expect(signerOf(digestOf(data), { ...signature, r: `0x${"0".repeat(64)}` })).to.equal(undefined);
  });
});
