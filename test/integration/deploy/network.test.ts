import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parseNetwork } from "../../../deployments/network.ts";
import { NETWORKS } from "../../../deployments/networks/all.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";
import { checkNetwork, writeVerified } from "../../../scripts/doctor/network.ts";
import { ethers, loadFixture } from "../../support/chain.ts";
import { bareFixture } from "../../support/nexus.ts";

const SOURCE = "a page that was read, 2026-11-30";
const DECIMALS = "function decimals() view returns (uint8)";

const entry = (name: string, address: string, changes: object = {}) => ({
  name,
  address,
  view: DECIMALS,
  answer: "6",
  source: SOURCE,
  verified: false,
  ...changes,
});

describe("Contracts of others on a network", () => {
  it("are known for Sei and its test network, each with its source, and none as verified before the chain was asked", () => {
    expect([...NETWORKS.values()].map(({ name, chainId }) => [name, chainId])).to.deep.equal([
      ["sei", 1_329],
      ["sei-testnet", 1_328],
    ]);
    for (const { entries } of NETWORKS.values()) {
      expect(entries.length).to.be.above(9);
      expect(entries.filter(({ verified }) => verified !== false)).to.deep.equal([]);
      expect(entries.every(({ source }) => /\b2026-\d\d-\d\d$/.test(source))).to.equal(true);
    }
  });

  it("are refused with a wrong checksum, a name twice, a view that is none, or no source", () => {
    const good = ethers.getAddress(`0x${"ab".repeat(20)}`);
    const parse = (...entries: readonly object[]) => parseNetwork({ name: "any", chainId: 1, entries });
    expect(parse(entry("a", good)).entries).to.have.length(1);
    expect(() => parse(entry("a", good.toLowerCase()))).to.throw(/checksummed/);
    expect(() => parse(entry("a", good), entry("a", good))).to.throw(/stands twice/);
    expect(() => parse(entry("a", good, { view: "event Paid(uint256 amount)" }))).to.throw(/one function/);
    expect(() => parse(entry("a", good, { source: "" }))).to.throw(/source/);
  });

  it("are right where code stands and its view answers, and else told with what was found", async () => {
    const f = await loadFixture(bareFixture);
    const usdc = await f.usdc.getAddress();
    const network = parseNetwork({
      name: "any",
      chainId: 31_337,
      entries: [
        entry("right", usdc),
        entry("any answer", usdc, { answer: undefined }),
        entry("another answer", usdc, { answer: "18" }),
        entry("no such view", usdc, { view: "function factory() view returns (address)" }),
        entry("nothing but zero", usdc, {
          view: "function balanceOf(address account) view returns (uint256)",
          arguments: [ethers.getAddress(`0x${"ab".repeat(20)}`)],
          answer: undefined,
        }),
        entry("no code", ethers.getAddress(`0x${"ab".repeat(20)}`)),
      ],
    });
    const looked = await checkNetwork(network, ethers.provider);
    expect(looked.checked.map(({ finding }) => [finding.what, finding.isRight])).to.deep.equal([
      ["right", true],
      ["any answer", true],
      ["another answer", false],
      ["no such view", false],
      ["nothing but zero", false],
      ["no code", false],
    ]);
    expect(looked.checked[0]?.finding.found).to.equal(`${usdc}, decimals() answers 6`);
    expect(looked.checked[2]?.finding.found).to.equal(`${usdc}, decimals() answers 6, not 18`);
    expect(looked.checked[5]?.finding.found).to.match(/has no code$/);

    const folder = await mkdtemp(join(tmpdir(), "nexus-network-"));
    try {
      const path = join(folder, "network.json");
      await writeVerified(path, network, looked);
      const written = parseNetwork(JSON.parse(await readFile(path, "utf8")));
      expect(written.entries.map(({ verified }) => verified)).to.deep.equal([
        { block: looked.block },
        { block: looked.block },
        false,
        false,
        false,
        false,
      ]);
    } finally {
      await removeFolder(folder);
    }
  });
});
