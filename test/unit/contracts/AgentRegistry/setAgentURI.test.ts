import { expect } from "chai";
import { URI, identityFixture } from "../../../support/agents.ts";
import { loadFixture } from "../../../support/chain.ts";

describe("AgentRegistry.setAgentURI", () => {
  it("reverts with NotAgentOperator for a stranger [NX-AGT-01]", async () => {
    const f = await loadFixture(identityFixture);
    await expect(f.registry.connect(f.operatorA).setAgentURI(6n, "x"))
      .to.be.revertedWithCustomError(f.registry, "NotAgentOperator")
      .withArgs(6n, f.operatorA.address);
  });

  it("reverts with UriTooLong beyond the longest", async () => {
    const f = await loadFixture(identityFixture);
    await expect(f.registry.connect(f.attacker).setAgentURI(6n, "u".repeat(2_049)))
      .to.be.revertedWithCustomError(f.registry, "UriTooLong")
      .withArgs(2_049n, 2_048n);
  });

  it("replaces the uri, by a shorter one and by none, and tells it", async () => {
    const f = await loadFixture(identityFixture);
    const registry = f.registry.connect(f.attacker);
    await expect(registry.setAgentURI(6n, "https://agent.example/a.json"))
      .to.emit(f.registry, "URIUpdated")
      .withArgs(6n, "https://agent.example/a.json", f.attacker.address)
      .and.to.emit(f.registry, "MetadataUpdate")
      .withArgs(6n);
    expect(await f.registry.tokenURI(6n)).to.equal("https://agent.example/a.json");
    await registry.setAgentURI(6n, "");
    expect(await f.registry.tokenURI(6n)).to.equal("");
  });

  it("leaves the uri with a transferred id", async () => {
    const f = await loadFixture(identityFixture);
    await f.registry.connect(f.attacker).transferFrom(f.attacker.address, f.anyone.address, 6n);
    expect(await f.registry.tokenURI(6n)).to.equal(URI);
  });
});
