/** ERC-721, its metadata and enumeration of changes by ERC-4906, each rule as the standards' texts have it. [NX-STD-01] */
import { expect } from "chai";
import { URI, identityFixture } from "../../support/agents.ts";
import { ZERO, ethers, loadFixture } from "../../support/chain.ts";

/** What a client of the standards knows, from their texts and from nothing of ours. */
const STANDARD = [
  "event Transfer(address indexed _from, address indexed _to, uint256 indexed _tokenId)",
  "event Approval(address indexed _owner, address indexed _approved, uint256 indexed _tokenId)",
  "event ApprovalForAll(address indexed _owner, address indexed _operator, bool _approved)",
  "event MetadataUpdate(uint256 _tokenId)",
  "event BatchMetadataUpdate(uint256 _fromTokenId, uint256 _toTokenId)",
  "function balanceOf(address _owner) view returns (uint256)",
  "function ownerOf(uint256 _tokenId) view returns (address)",
  "function safeTransferFrom(address _from, address _to, uint256 _tokenId, bytes data)",
  "function safeTransferFrom(address _from, address _to, uint256 _tokenId)",
  "function transferFrom(address _from, address _to, uint256 _tokenId)",
  "function approve(address _approved, uint256 _tokenId)",
  "function setApprovalForAll(address _operator, bool _approved)",
  "function getApproved(uint256 _tokenId) view returns (address)",
  "function isApprovedForAll(address _owner, address _operator) view returns (bool)",
  "function supportsInterface(bytes4 interfaceID) view returns (bool)",
  "function name() view returns (string)",
  "function symbol() view returns (string)",
  "function tokenURI(uint256 _tokenId) view returns (string)",
];
const ID = 6n;
const NOBODYS = 99n;
const SAFE = "safeTransferFrom(address,address,uint256)";
const SAFE_WITH_DATA = "safeTransferFrom(address,address,uint256,bytes)";
const TRANSFERS = ["transferFrom(address,address,uint256)", SAFE] as const;
/** Runtime code that answers `onERC721Received` with its selector, with zero, or not at all. */
const RECEIVER = { accepting: "0x63150b7a0260e01b5f5260205ff3", refusing: "0x5f5f5260205ff3", reverting: "0x5f5ffd" };
const CONTRACT = `0x${"c0de".repeat(10)}`;

/** Identity 6 belongs to `owner`; each party speaks the standard alone. */
const standardFixture = async () => {
  const f = await identityFixture();
  const [owner, other, operator, approved] = [f.attacker, f.anyone, f.depositor, f.payee];
  const token = new ethers.Contract(f.addresses.registry, STANDARD, ethers.provider);
  const by = (who: typeof owner, name: string, ...args: readonly unknown[]): Promise<unknown> =>
    new ethers.Contract(f.addresses.registry, STANDARD, who).getFunction(name).send(...args);
  const read = (name: string, ...args: readonly unknown[]): Promise<unknown> =>
    token.getFunction(name).staticCall(...args);
  return { ...f, owner, other, operator, approved, token, by, read };
};

const giveCode = (code: string): Promise<unknown> => ethers.provider.send("hardhat_setCode", [CONTRACT, code]);

describe("ERC-721 of the registry", () => {
  it("tells by ERC-165 what it is [NX-STD-01]", async () => {
    const { read } = await loadFixture(standardFixture);
    for (const id of ["0x01ffc9a7", "0x80ac58cd", "0x5b5e139f", "0x49064906"]) {
      expect(await read("supportsInterface", id), id).to.equal(true);
    }
    expect(await read("supportsInterface", "0xffffffff")).to.equal(false);
    expect(await read("name"))
      .to.be.a("string")
      .and.not.equal("");
    expect(await read("symbol"))
      .to.be.a("string")
      .and.not.equal("");
  });

  it("counts owners' ids, and throws for the zero address and for ids of nobody [NX-STD-01]", async () => {
    const { read, owner, other } = await loadFixture(standardFixture);
    expect([await read("balanceOf", owner.address), await read("balanceOf", other.address)]).to.deep.equal([1n, 0n]);
    expect(await read("ownerOf", ID)).to.equal(owner.address);
    await expect(read("balanceOf", ZERO)).to.be.revert(ethers);
    for (const question of ["ownerOf", "getApproved", "tokenURI"])
      await expect(read(question, NOBODYS)).to.be.revert(ethers);
  });

  it("emits Transfer from zero when an id is created, and answers its uri [NX-STD-01]", async () => {
    const { registry, other, read } = await loadFixture(standardFixture);
    await expect(registry.connect(other)["register(string)"]("ipfs://other"))
      .to.emit(registry, "Transfer")
      .withArgs(ZERO, other.address, ID + 1n);
    expect(await read("tokenURI", ID + 1n)).to.equal("ipfs://other");
  });

  for (const transfer of [...TRANSFERS, SAFE_WITH_DATA]) {
    describe(transfer, () => {
      const rest = transfer === SAFE_WITH_DATA ? ["0x1234"] : [];

      it("moves an id for its owner, its approved account and an operator, and for nobody else [NX-STD-01]", async () => {
        for (const who of ["owner", "approved", "operator"] as const) {
          const f = await loadFixture(standardFixture);
          await f.by(f.owner, "approve", f.approved.address, ID);
          await f.by(f.owner, "setApprovalForAll", f.operator.address, true);
          await expect(f.by(f.other, transfer, f.owner.address, f.other.address, ID, ...rest)).to.be.revert(ethers);
          await expect(f.by(f[who], transfer, f.owner.address, f.other.address, ID, ...rest))
            .to.emit(f.token, "Transfer")
            .withArgs(f.owner.address, f.other.address, ID);
          expect(await f.read("ownerOf", ID)).to.equal(f.other.address);
          // The approved account is reset with it.
          expect(await f.read("getApproved", ID)).to.equal(ZERO);
          const balances = [await f.read("balanceOf", f.owner.address), await f.read("balanceOf", f.other.address)];
          expect(balances).to.deep.equal([0n, 1n]);
        }
      });

      it("throws for another owner than the id's, for the zero address and for ids of nobody [NX-STD-01]", async () => {
        const f = await loadFixture(standardFixture);
        for (const [from, to, id] of [
          [f.other.address, f.operator.address, ID],
          [f.owner.address, ZERO, ID],
          [f.owner.address, f.other.address, NOBODYS],
        ] as const) {
          await expect(f.by(f.owner, transfer, from, to, id, ...rest)).to.be.revert(ethers);
        }
        expect(await f.read("ownerOf", ID)).to.equal(f.owner.address);
      });
    });
  }

  it("asks a contract before a safe transfer, and only then [NX-STD-01]", async () => {
    for (const transfer of [SAFE, SAFE_WITH_DATA]) {
      const rest = transfer === SAFE_WITH_DATA ? ["0x1234"] : [];
      for (const code of [RECEIVER.refusing, RECEIVER.reverting]) {
        const f = await loadFixture(standardFixture);
        await giveCode(code);
        await expect(f.by(f.owner, transfer, f.owner.address, CONTRACT, ID, ...rest)).to.be.revert(ethers);
        await f.by(f.owner, "transferFrom(address,address,uint256)", f.owner.address, CONTRACT, ID);
        expect(await f.read("ownerOf", ID)).to.equal(ethers.getAddress(CONTRACT));
      }
      const f = await loadFixture(standardFixture);
      await giveCode(RECEIVER.accepting);
      await f.by(f.owner, transfer, f.owner.address, CONTRACT, ID, ...rest);
      expect(await f.read("ownerOf", ID)).to.equal(ethers.getAddress(CONTRACT));
    }
  });

  it("lets owner and operators approve one account or none, and nobody else [NX-STD-01]", async () => {
    const f = await loadFixture(standardFixture);
    await f.by(f.owner, "setApprovalForAll", f.operator.address, true);
    await expect(f.by(f.other, "approve", f.other.address, ID)).to.be.revert(ethers);
    await expect(f.by(f.owner, "approve", f.other.address, NOBODYS)).to.be.revert(ethers);
    for (const who of [f.owner, f.operator]) {
      for (const account of [f.approved.address, ZERO]) {
        await expect(f.by(who, "approve", account, ID))
          .to.emit(f.token, "Approval")
          .withArgs(f.owner.address, account, ID);
        expect(await f.read("getApproved", ID)).to.equal(account);
      }
    }
  });

  it("lets an owner have several operators, and takes each back [NX-STD-01]", async () => {
    const f = await loadFixture(standardFixture);
    for (const account of [f.operator, f.approved]) {
      await expect(f.by(f.owner, "setApprovalForAll", account.address, true))
        .to.emit(f.token, "ApprovalForAll")
        .withArgs(f.owner.address, account.address, true);
    }
    const is = (account: string) => f.read("isApprovedForAll", f.owner.address, account);
    expect([await is(f.operator.address), await is(f.approved.address)]).to.deep.equal([true, true]);
    await f.by(f.owner, "setApprovalForAll", f.operator.address, false);
    expect([await is(f.operator.address), await is(f.approved.address)]).to.deep.equal([false, true]);
    await expect(f.by(f.operator, TRANSFERS[0], f.owner.address, f.other.address, ID)).to.be.revert(ethers);
  });
});

describe("ERC-4906 of the registry", () => {
  it("emits MetadataUpdate when what tokenURI answers changes [NX-STD-01]", async () => {
    const f = await loadFixture(standardFixture);
    expect(await f.read("tokenURI", ID)).to.equal(URI);
    for (const uri of ["https://a.example/1.json", ""]) {
      await expect(f.registry.connect(f.owner).setAgentURI(ID, uri)).to.emit(f.token, "MetadataUpdate").withArgs(ID);
      expect(await f.read("tokenURI", ID)).to.equal(uri);
    }
  });

  it("does not when it stays as it is [NX-STD-01]", async () => {
    const f = await loadFixture(standardFixture);
    const moving = f.by(f.owner, TRANSFERS[0], f.owner.address, f.other.address, ID);
    await expect(moving).to.not.emit(f.token, "MetadataUpdate");
    expect(await f.read("tokenURI", ID)).to.equal(URI);
  });
});
