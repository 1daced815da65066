import { type Server, createServer } from "node:http";
import { expect } from "chai";
import { AbiCoder, JsonRpcProvider, Wallet, hashMessage } from "ethers";
import { z } from "zod";
import type { AddressBook } from "../../../../deployments/schema.ts";
import { RetryableError } from "../../../../keepers/core/errors.ts";
import { membershipOf } from "../../../../keepers/gateway/access/membership.ts";
import { explain } from "../../../../keepers/gateway/server/problems.ts";

const CONTRACT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const at = (digit: string) => ({ address: `0x${digit.repeat(40)}`, tx: "0x", block: 1, args: [], bytecodeHash: "0x" });
const BOOK: AddressBook = {
  name: "test",
  chainId: 1329,
  deployedAt: 1,
  environment: { tokens: {}, dexes: [], pools: [], oracles: {} },
  contracts: { NexusToken: at("1"), Treasury: at("2") },
};
const wordOf = (value: string): string => AbiCoder.defaultAbiCoder().encode(["bytes32"], [value.padEnd(66, "0")]);

/** What a node answers to a call: data, the fields of an error, or nothing, when it cuts the connection. */
type CallAnswer = string | { readonly code: number; readonly message: string; readonly data?: string } | undefined;

const rpcSchema = z.object({ id: z.number(), method: z.string() });

/** A node that knows that every address holds code, and answers each call so. */
const startNode = (answer: CallAnswer): Promise<Server> => {
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const json: unknown = JSON.parse(text);
      const asked = z.array(rpcSchema).parse(Array.isArray(json) ? json : [json]);
      const isCall = asked.some(({ method }) => method === "eth_call");
      if (isCall && answer === undefined) return void request.socket.destroy();
      const answers = asked.map(({ id, method }) => {
        const result = method === "eth_getCode" ? "0x60" : answer;
        return { jsonrpc: "2.0", id, ...(typeof result === "string" ? { result } : { error: result }) };
      });
      return void response.setHeader("content-type", "application/json").end(JSON.stringify(answers));
    });
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
};

/** Asks whether a contract signed, of a node that answers its call so. */
const hasSignedBy = async (answer: CallAnswer): Promise<boolean> => {
  const server = await startNode(answer);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const provider = new JsonRpcProvider(`http://127.0.0.1:${port}`, BOOK.chainId, { staticNetwork: true });
  try {
    return await membershipOf(BOOK, provider).hasSigned(CONTRACT, "text", "0x12");
  } finally {
    provider.destroy();
    server.closeAllConnections();
    server.close();
  }
};

describe("who signed, as a gateway asks [NX-GTW-11]", () => {
  it("believes a contract that says so, and none that says something else, reverts or answers nothing", async () => {
    expect(await hasSignedBy(wordOf("0x1626ba7e"))).to.equal(true);
    expect(await hasSignedBy(wordOf("0xffffffff"))).to.equal(false);
    expect(await hasSignedBy({ code: 3, message: "execution reverted", data: "0x" })).to.equal(false);
    expect(await hasSignedBy({ code: -32_000, message: "execution reverted" }), "without data").to.equal(false);
    expect(await hasSignedBy("0x")).to.equal(false);
  });

  it("says that the chain does not answer where it does not, and never that nobody signed", async () => {
    for (const answer of [undefined, { code: -32_005, message: "limit exceeded" }]) {
      const error: unknown = await hasSignedBy(answer).then(
        (told) => told,
        (thrown: unknown) => thrown,
      );
      expect(error).to.be.instanceOf(RetryableError);
      expect(explain(error)).to.deep.include({ status: 503, code: "chain-unreachable" });
    }
  });

  it("asks nobody about a key's own signature", async () => {
    const wallet = Wallet.createRandom();
    const nobody = new JsonRpcProvider("http://127.0.0.1:1", BOOK.chainId, { staticNetwork: true });
    const { hasSigned } = membershipOf(BOOK, nobody);
    const signature = wallet.signingKey.sign(hashMessage("text")).serialized;
    expect(await hasSigned(wallet.address, "text", signature)).to.equal(true);
    nobody.destroy();
  });
});
