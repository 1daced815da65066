/** The reputation registry of ERC-8004, each rule as the standard's text has it. [NX-STD-02] */
import { expect } from "chai";
import { type Signer, ethers, loadFixture } from "../../support/chain.ts";
import { AGENT, reputationFixture } from "../../support/reputation.ts";

/** What a client of the standard knows, from its text and from nothing of ours. */
const STANDARD = [
  "function getIdentityRegistry() view returns (address identityRegistry)",
  "function giveFeedback(uint256 agentId, int128 value, uint8 valueDecimals, string tag1, string tag2, string endpoint, string feedbackURI, bytes32 feedbackHash)",
  "function revokeFeedback(uint256 agentId, uint64 feedbackIndex)",
  "function appendResponse(uint256 agentId, address clientAddress, uint64 feedbackIndex, string responseURI, bytes32 responseHash)",
  "function getSummary(uint256 agentId, address[] clientAddresses, string tag1, string tag2) view returns (uint64 count, int128 summaryValue, uint8 summaryValueDecimals)",
  "function readFeedback(uint256 agentId, address clientAddress, uint64 feedbackIndex) view returns (int128 value, uint8 valueDecimals, string tag1, string tag2, bool isRevoked)",
  "function readAllFeedback(uint256 agentId, address[] clientAddresses, string tag1, string tag2, bool includeRevoked) view returns (address[] clients, uint64[] feedbackIndexes, int128[] values, uint8[] valueDecimals, string[] tag1s, string[] tag2s, bool[] revokedStatuses)",
  "function getResponseCount(uint256 agentId, address clientAddress, uint64 feedbackIndex, address[] responders) view returns (uint64 count)",
  "function getClients(uint256 agentId) view returns (address[])",
  "function getLastIndex(uint256 agentId, address clientAddress) view returns (uint64)",
  "event NewFeedback(uint256 indexed agentId, address indexed clientAddress, uint64 feedbackIndex, int128 value, uint8 valueDecimals, string indexed indexedTag1, string tag1, string tag2, string endpoint, string feedbackURI, bytes32 feedbackHash)",
  "event FeedbackRevoked(uint256 indexed agentId, address indexed clientAddress, uint64 indexed feedbackIndex)",
  "event ResponseAppended(uint256 indexed agentId, address indexed clientAddress, uint64 feedbackIndex, address indexed responder, string responseURI, bytes32 responseHash)",
];
const NONE = ethers.ZeroHash;
const UNKNOWN = 99n;

/** The text's own example of a feedback file, as a `data:` URI. */
const FILE = {
  agentRegistry: "eip155:1:{identityRegistry}",
  agentId: 22,
  clientAddress: "eip155:1:{clientAddress}",
  createdAt: "2025-09-23T12:00:00Z",
  value: 100,
  valueDecimals: 0,
  tag1: "foo",
  tag2: "bar",
  endpoint: "https://agent.example.com/GetPrice",
  mcp: { tool: "ToolName" },
  a2a: { skills: ["as-defined-by-A2A"], contextId: "as-defined-by-A2A", taskId: "as-defined-by-A2A" },
  oasf: { skills: ["as-defined-by-OASF"], domains: ["as-defined-by-OASF"] },
  proofOfPayment: { fromAddress: "0x00...", toAddress: "0x00...", chainId: "1", txHash: "0x00..." },
};
const FILE_URI = `data:application/json;base64,${Buffer.from(JSON.stringify(FILE)).toString("base64")}`;
const FILE_HASH = ethers.id(JSON.stringify(FILE));

/** The text's examples of what is measured, as it writes them. */
const EXAMPLES = [
  { tag1: "starred", tag2: "", value: 87n, decimals: 0n },
  { tag1: "reachable", tag2: "", value: 1n, decimals: 0n },
  { tag1: "ownerVerified", tag2: "", value: 1n, decimals: 0n },
  { tag1: "uptime", tag2: "", value: 9_977n, decimals: 2n },
  { tag1: "successRate", tag2: "", value: 89n, decimals: 0n },
  { tag1: "responseTime", tag2: "", value: 560n, decimals: 0n },
  { tag1: "blocktimeFreshness", tag2: "", value: 4n, decimals: 0n },
  { tag1: "revenues", tag2: "", value: 560n, decimals: 0n },
  { tag1: "tradingYield", tag2: "month", value: -32n, decimals: 1n },
];

const standardFixture = async () => {
  const f = await reputationFixture();
  const abi = new ethers.Interface(STANDARD);
  const at = await f.reputation.getAddress();
  const by = async (who: Signer, name: string, ...args: readonly unknown[]) => {
    const response: unknown = await new ethers.Contract(at, abi, who).getFunction(name).send(...args);
    if (!(response instanceof ethers.ContractTransactionResponse)) throw new Error(`${name} sent nothing`);
    const receipt = await response.wait();
    return (receipt?.logs ?? []).flatMap((log) => abi.parseLog(log) ?? []);
  };
  const read = (name: string, ...args: readonly unknown[]): Promise<unknown> =>
    new ethers.Contract(at, abi, ethers.provider).getFunction(name).staticCall(...args);
  const [owner, client, other] = [f.operatorA, f.depositor, f.attacker];
  const give = (who: Signer, value: bigint, tag1 = "", tag2 = "", decimals = 0n) =>
    by(who, "giveFeedback", AGENT, value, decimals, tag1, tag2, "", "", NONE);
  return { ...f, owner, client, other, by, read, give };
};

/** `client` gave 80, then 60 with tags, then 7 and took it back; `other` gave 100. */
const givenFixture = async () => {
  const f = await standardFixture();
  await f.give(f.client, 80n);
  await f.give(f.client, 60n, "starred", "day");
  await f.give(f.client, 7n);
  await f.by(f.client, "revokeFeedback", AGENT, 3n);
  await f.give(f.other, 100n, "starred");
  return f;
};

describe("ERC-8004's reputation registry", () => {
  it("names its identity registry [NX-STD-02]", async () => {
    const f = await loadFixture(standardFixture);
    expect(await f.read("getIdentityRegistry")).to.equal(f.addresses.registry);
  });

  it("takes each of the text's examples, numbered from one, and emits all of it [NX-STD-02]", async () => {
    const f = await loadFixture(standardFixture);
    for (const [index, { tag1, tag2, value, decimals }] of EXAMPLES.entries()) {
      const given = [AGENT, value, decimals, tag1, tag2, "https://a.example", FILE_URI, FILE_HASH];
      const [event] = await f.by(f.client, "giveFeedback", ...given);
      const number = BigInt(index) + 1n;
      expect(event?.name).to.equal("NewFeedback");
      const [agentId, clientAddress, feedbackIndex, told, toldDecimals, , ...texts] = event?.args ?? [];
      expect([agentId, clientAddress, feedbackIndex]).to.deep.equal([AGENT, f.client.address, number]);
      expect([told, toldDecimals]).to.deep.equal([value, decimals]);
      expect(texts).to.deep.equal([tag1, tag2, "https://a.example", FILE_URI, FILE_HASH]);
      const read = await f.read("readFeedback", AGENT, f.client.address, number);
      expect(read).to.deep.equal([value, decimals, tag1, tag2, false]);
      expect(await f.read("getLastIndex", AGENT, f.client.address)).to.equal(number);
    }
  });

  it("needs nothing but a value and its decimals, of which there are at most eighteen [NX-STD-02]", async () => {
    const f = await loadFixture(standardFixture);
    for (const decimals of [0n, 18n]) await f.give(f.client, -5n, "", "", decimals);
    await expect(f.give(f.client, 1n, "", "", 19n)).to.be.revert(ethers);
    expect(await f.read("getLastIndex", AGENT, f.client.address)).to.equal(2n);
  });

  it("refuses feedback about no agent, and from the owner and approved operators [NX-STD-02] [NX-REP-07]", async () => {
    const f = await loadFixture(standardFixture);
    await expect(f.by(f.client, "giveFeedback", UNKNOWN, 1n, 0n, "", "", "", "", NONE)).to.be.revert(ethers);
    await f.registry.connect(f.owner).approve(f.client.address, AGENT);
    await f.registry.connect(f.owner).setApprovalForAll(f.other.address, true);
    for (const who of [f.owner, f.client, f.other]) await expect(f.give(who, 100n)).to.be.revert(ethers);
    await f.give(f.anyone, 100n);
  });

  it("lets a client take back its own, and no other's [NX-STD-02]", async () => {
    const f = await loadFixture(givenFixture);
    const [event] = await f.by(f.client, "revokeFeedback", AGENT, 1n);
    expect([event?.name, ...(event?.args ?? [])]).to.deep.equal(["FeedbackRevoked", AGENT, f.client.address, 1n]);
    expect(await f.read("readFeedback", AGENT, f.client.address, 1n)).to.deep.equal([80n, 0n, "", "", true]);
    await expect(f.by(f.other, "revokeFeedback", AGENT, 2n)).to.be.revert(ethers);
  });

  it("lets anyone answer, and counts by any of the optional filters [NX-STD-02]", async () => {
    const f = await loadFixture(givenFixture);
    const { client, other, owner } = f;
    for (const [who, to, index] of [
      [owner, client, 1n],
      [f.anyone, client, 1n],
      [f.anyone, other, 1n],
    ] as const) {
      const [event] = await f.by(who, "appendResponse", AGENT, to.address, index, FILE_URI, FILE_HASH);
      const told = ["ResponseAppended", AGENT, to.address, index, who.address, FILE_URI, FILE_HASH];
      expect([event?.name, ...(event?.args ?? [])]).to.deep.equal(told);
    }
    const count = (clientAddress: string, index: bigint, responders: readonly string[]) =>
      f.read("getResponseCount", AGENT, clientAddress, index, responders);
    expect(await count(ethers.ZeroAddress, 0n, [])).to.equal(3n);
    expect(await count(client.address, 0n, [])).to.equal(2n);
    expect(await count(client.address, 1n, [owner.address])).to.equal(1n);
    expect(await count(ethers.ZeroAddress, 0n, [f.anyone.address])).to.equal(2n);
    for (const index of [2n, 4n, 99n]) expect(await count(client.address, index, [])).to.equal(0n);
    expect(await f.read("getResponseCount", UNKNOWN, ethers.ZeroAddress, 0n, [])).to.equal(0n);
  });

  it("sums up for named clients only, by tags, without what was taken back [NX-STD-02]", async () => {
    const f = await loadFixture(givenFixture);
    const both = [f.client.address, f.other.address];
    await expect(f.read("getSummary", AGENT, [], "", "")).to.be.revert(ethers);
    expect(await f.read("getSummary", AGENT, both, "", "")).to.deep.equal([3n, 80n, 0n]);
    expect(await f.read("getSummary", AGENT, both, "starred", "")).to.deep.equal([2n, 80n, 0n]);
    expect(await f.read("getSummary", AGENT, [f.client.address], "", "day")).to.deep.equal([1n, 60n, 0n]);
    expect(await f.read("getSummary", UNKNOWN, both, "", "")).to.deep.equal([0n, 0n, 0n]);
  });

  it("lists all, or what passes the optional filters; what was taken back only when asked to [NX-STD-02]", async () => {
    const f = await loadFixture(givenFixture);
    const [client, other] = [f.client.address, f.other.address];
    expect(await f.read("getClients", AGENT)).to.deep.equal([client, other]);
    const listed = async (clients: readonly string[], tag1: string, tag2: string, includeRevoked: boolean) => {
      const answer = await f.read("readAllFeedback", AGENT, clients, tag1, tag2, includeRevoked);
      if (!(answer instanceof ethers.Result)) throw new Error("no result");
      const parts: readonly unknown[] = ["clients", "feedbackIndexes", "values", "revokedStatuses"].map(
        (name): unknown => answer.getValue(name),
      );
      return parts;
    };
    expect(await listed([], "", "", false)).to.deep.equal([
      [client, client, other],
      [1n, 2n, 1n],
      [80n, 60n, 100n],
      [false, false, false],
    ]);
    expect(await listed([client], "", "", true)).to.deep.equal([
      [client, client, client],
      [1n, 2n, 3n],
      [80n, 60n, 7n],
      [false, false, true],
    ]);
    expect(await listed([], "starred", "day", false)).to.deep.equal([[client], [2n], [60n], [false]]);
    expect(await f.read("getClients", UNKNOWN)).to.deep.equal([]);
    expect(await f.read("getLastIndex", UNKNOWN, client)).to.equal(0n);
  });
});
