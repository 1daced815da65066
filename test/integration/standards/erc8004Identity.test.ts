/** The identity registry of ERC-8004, each rule as the standard's text has it. [NX-STD-01] */
import { expect } from "chai";
import { contractOf, spareKey } from "../../support/agents.ts";
import { type Signer, type VoteKey, ZERO, ethers, loadFixture, now } from "../../support/chain.ts";
import { CHAIN_ID } from "../../support/money.ts";
import { nexusFixture } from "../../support/nexus.ts";

/** What a client of the standard knows, from its text and from nothing of ours. */
const STANDARD = [
  "function register(string agentURI, tuple(string metadataKey, bytes metadataValue)[] metadata) returns (uint256 agentId)",
  "function register(string agentURI) returns (uint256 agentId)",
  "function register() returns (uint256 agentId)",
  "function setAgentURI(uint256 agentId, string newURI)",
  "function getMetadata(uint256 agentId, string metadataKey) view returns (bytes)",
  "function setMetadata(uint256 agentId, string metadataKey, bytes metadataValue)",
  "function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes signature)",
  "function getAgentWallet(uint256 agentId) view returns (address)",
  "function unsetAgentWallet(uint256 agentId)",
  "function tokenURI(uint256 agentId) view returns (string)",
  "function approve(address approved, uint256 agentId)",
  "function setApprovalForAll(address operator, bool approved)",
  "function transferFrom(address from, address to, uint256 agentId)",
  "event Transfer(address indexed from, address indexed to, uint256 indexed agentId)",
  "event Registered(uint256 indexed agentId, string agentURI, address indexed owner)",
  "event URIUpdated(uint256 indexed agentId, string newURI, address indexed updatedBy)",
  "event MetadataSet(uint256 indexed agentId, string indexed indexedMetadataKey, string metadataKey, bytes metadataValue)",
];
const FORMS = {
  bare: "register()",
  uri: "register(string)",
  full: "register(string,(string,bytes)[])",
} as const;
const DATA_URI = `data:application/json;base64,${Buffer.from('{"type":"https://eips.ethereum.org/EIPS/eip-8004#registration-v1"}').toString("base64")}`;
const WALLET = "agentWallet";
const bytesOf = (text: string): string => ethers.hexlify(ethers.toUtf8Bytes(text));
const ENTRIES = [
  { metadataKey: "agentName", metadataValue: bytesOf("searcher") },
  { metadataKey: "", metadataValue: "0x" },
];
const UNKNOWN = 999n;

const standardFixture = async () => {
  const f = await nexusFixture();
  const [owner, buyer, operator, stranger] = [f.attacker, f.anyone, f.depositor, f.payee];
  const abi = new ethers.Interface(STANDARD);
  const by = async (who: Signer, name: string, ...args: readonly unknown[]) => {
    const response: unknown = await new ethers.Contract(f.addresses.registry, abi, who).getFunction(name).send(...args);
    if (!(response instanceof ethers.ContractTransactionResponse)) throw new Error(`${name} sent nothing`);
    const receipt = await response.wait();
    return (receipt?.logs ?? []).flatMap((log) => abi.parseLog(log) ?? []);
  };
  const read = (name: string, ...args: readonly unknown[]): Promise<unknown> =>
    new ethers.Contract(f.addresses.registry, abi, ethers.provider).getFunction(name).staticCall(...args);
  return { ...f, owner, buyer, operator, stranger, abi, by, read };
};
type Standard = Awaited<ReturnType<typeof standardFixture>>;

/** Identity 6 is the owner's. */
const registeredFixture = async () => {
  const f = await standardFixture();
  await f.by(f.owner, FORMS.full, DATA_URI, ENTRIES);
  return { ...f, agentId: 6n };
};

/** What a client that hard-codes the reference implementation's domain has a wallet sign. */
const consentOf = (
  f: Standard,
  key: VoteKey,
  claim: { readonly agentId: bigint; readonly newWallet: string; readonly owner: string; readonly deadline: bigint },
): Promise<string> =>
  key.signTypedData(
    {
      name: "ERC8004IdentityRegistry",
      version: "1",
      chainId: CHAIN_ID,
      verifyingContract: f.addresses.registry,
    },
    {
      AgentWalletSet: [
        { name: "agentId", type: "uint256" },
        { name: "newWallet", type: "address" },
        { name: "owner", type: "address" },
        { name: "deadline", type: "uint256" },
      ],
    },
    claim,
  );

describe("ERC-8004's identity registry", () => {
  for (const { form, args, uri, entries } of [
    { form: FORMS.bare, args: [], uri: "", entries: [] },
    { form: FORMS.uri, args: [DATA_URI], uri: DATA_URI, entries: [] },
    { form: FORMS.full, args: [DATA_URI, ENTRIES], uri: DATA_URI, entries: ENTRIES },
  ]) {
    it(`${form} emits one Transfer, one MetadataSet for the wallet and each entry, and Registered [NX-STD-01]`, async () => {
      const f = await loadFixture(standardFixture);
      const events = await f.by(f.owner, form, ...args);
      const of = (name: string) =>
        events.filter((event) => event.name === name).map((event): readonly unknown[] => event.args.toArray());
      expect(of("Transfer")).to.deep.equal([[ZERO, f.owner.address, 6n]]);
      expect(of("Registered")).to.deep.equal([[6n, uri, f.owner.address]]);
      const told = of("MetadataSet").map(([agentId, , key, value]): readonly unknown[] => [agentId, key, value]);
      expect(told).to.have.deep.members([
        [6n, WALLET, f.owner.address.toLowerCase()],
        ...entries.map(({ metadataKey, metadataValue }) => [6n, metadataKey, metadataValue]),
      ]);
      expect(await f.read("tokenURI", 6n)).to.equal(uri);
      expect(await f.read("getAgentWallet", 6n)).to.equal(f.owner.address);
      expect(await f.read("getMetadata", 6n, WALLET)).to.equal(f.owner.address.toLowerCase());
      for (const { metadataKey, metadataValue } of entries) {
        expect(await f.read("getMetadata", 6n, metadataKey)).to.equal(metadataValue);
      }
    });
  }

  it("gives ids one after the other [NX-STD-01]", async () => {
    const f = await loadFixture(standardFixture);
    for (const expected of [6n, 7n, 8n]) {
      const events = await f.by(f.owner, FORMS.bare);
      expect(events.find(({ name }) => name === "Registered")?.args[0]).to.equal(expected);
    }
  });

  it("changes uri and metadata for owner, approved account and operator, and for nobody else [NX-STD-01]", async () => {
    const f = await loadFixture(registeredFixture);
    await f.by(f.owner, "setApprovalForAll", f.operator.address, true);
    await f.by(f.owner, "approve", f.buyer.address, f.agentId);
    for (const [index, who] of [f.owner, f.operator, f.buyer].entries()) {
      const uri = `https://agent.example/${index}.json`;
      const [updated] = await f.by(who, "setAgentURI", f.agentId, uri);
      expect([updated?.name, ...(updated?.args ?? [])]).to.deep.equal(["URIUpdated", f.agentId, uri, who.address]);
      const value = bytesOf(String(index));
      const [set] = await f.by(who, "setMetadata", f.agentId, "agentName", value);
      expect([set?.name, set?.args[2], set?.args[3]]).to.deep.equal(["MetadataSet", "agentName", value]);
      expect(await f.read("tokenURI", f.agentId)).to.equal(uri);
      expect(await f.read("getMetadata", f.agentId, "agentName")).to.equal(value);
    }
    await expect(f.by(f.stranger, "setAgentURI", f.agentId, "x")).to.be.revert(ethers);
    await expect(f.by(f.stranger, "setMetadata", f.agentId, "agentName", "0x")).to.be.revert(ethers);
  });

  it("reserves the wallet's key, in setMetadata and in register [NX-STD-01]", async () => {
    const f = await loadFixture(registeredFixture);
    const entry = { metadataKey: WALLET, metadataValue: f.stranger.address };
    await expect(f.by(f.owner, "setMetadata", f.agentId, WALLET, f.stranger.address)).to.be.revert(ethers);
    await expect(f.by(f.owner, FORMS.full, DATA_URI, [entry])).to.be.revert(ethers);
    expect(await f.read("getAgentWallet", f.agentId)).to.equal(f.owner.address);
  });

  it("takes a wallet that proves itself by EIP-712 under the reference's domain, or by ERC-1271 [NX-STD-01]", async () => {
    const f = await loadFixture(registeredFixture);
    const key = spareKey();
    const contract = await contractOf(key);
    for (const newWallet of [key.address, contract]) {
      const deadline = (await now()) + 200n;
      const claim = { agentId: f.agentId, newWallet, owner: f.owner.address, deadline };
      const signature = await consentOf(f, key, claim);
      const [set] = await f.by(f.owner, "setAgentWallet", f.agentId, newWallet, deadline, signature);
      expect([set?.args[2], set?.args[3]]).to.deep.equal([WALLET, newWallet.toLowerCase()]);
      expect(await f.read("getAgentWallet", f.agentId)).to.equal(newWallet);
      expect(await f.read("getMetadata", f.agentId, WALLET)).to.equal(newWallet.toLowerCase());
    }
  });

  it("refuses a wallet without its own proof for this agent, owner and time [NX-STD-01]", async () => {
    const f = await loadFixture(registeredFixture);
    const key = spareKey();
    const deadline = (await now()) + 200n;
    const claim = { agentId: f.agentId, newWallet: key.address, owner: f.owner.address, deadline };
    for (const signature of [
      "0x",
      await consentOf(f, spareKey(1), claim),
      await consentOf(f, key, { ...claim, agentId: 1n }),
      await consentOf(f, key, { ...claim, owner: f.buyer.address }),
      await consentOf(f, key, { ...claim, deadline: deadline + 1n }),
    ]) {
      await expect(f.by(f.owner, "setAgentWallet", f.agentId, key.address, deadline, signature)).to.be.revert(ethers);
    }
    const past = (await now()) - 1n;
    const late = await consentOf(f, key, { ...claim, deadline: past });
    await expect(f.by(f.owner, "setAgentWallet", f.agentId, key.address, past, late)).to.be.revert(ethers);
    const good = await consentOf(f, key, claim);
    await expect(f.by(f.stranger, "setAgentWallet", f.agentId, key.address, deadline, good)).to.be.revert(ethers);
  });

  it("clears the wallet when asked to and when the id is transferred; the new owner proves one again [NX-STD-01]", async () => {
    for (const clear of ["unset", "transfer"] as const) {
      const f = await loadFixture(registeredFixture);
      const { agentId, owner, buyer } = f;
      await expect(f.by(f.stranger, "unsetAgentWallet", agentId)).to.be.revert(ethers);
      const events =
        clear === "unset"
          ? await f.by(owner, "unsetAgentWallet", agentId)
          : await f.by(owner, "transferFrom", owner.address, buyer.address, agentId);
      const set = events.find(({ name }) => name === "MetadataSet");
      expect([set?.args[2], set?.args[3]]).to.deep.equal([WALLET, "0x"]);
      expect(await f.read("getAgentWallet", agentId)).to.equal(ZERO);
      expect(await f.read("getMetadata", agentId, WALLET)).to.equal("0x");

      const holder = clear === "unset" ? owner : buyer;
      const key = spareKey();
      const deadline = (await now()) + 200n;
      const claim = { agentId, newWallet: key.address, owner: holder.address, deadline };
      await f.by(holder, "setAgentWallet", agentId, key.address, deadline, await consentOf(f, key, claim));
      expect(await f.read("getAgentWallet", agentId)).to.equal(key.address);
    }
  });

  it("answers zero and empty of an id that was not given out [NX-STD-01]", async () => {
    const { read } = await loadFixture(standardFixture);
    expect(await read("getAgentWallet", UNKNOWN)).to.equal(ZERO);
    for (const key of [WALLET, "agentName"]) expect(await read("getMetadata", UNKNOWN, key)).to.equal("0x");
  });
});
