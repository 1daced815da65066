import { expect } from "chai";
import { z } from "zod";
import {
  RegistrationFileError,
  keysOf,
  parseRegistrationFile,
  registrationFileOf,
} from "../../../scripts/lib/registrationFile.ts";

const TYPE = "https://eips.ethereum.org/EIPS/eip-8004#registration-v1";

/** The example of the standard's text, without its comments. */
const EXAMPLE = {
  type: TYPE,
  name: "myAgentName",
  description:
    "A natural language description of the Agent, which MAY include what it does, how it works, pricing, and interaction methods",
  image: "https://example.com/agentimage.png",
  services: [
    { name: "web", endpoint: "https://web.agentxyz.com/" },
    { name: "A2A", endpoint: "https://agent.example/.well-known/agent-card.json", version: "0.3.0" },
    { name: "MCP", endpoint: "https://mcp.agent.eth/", version: "2025-06-18" },
    { name: "OASF", endpoint: "ipfs://{cid}", version: "0.8", skills: [], domains: [] },
    { name: "ENS", endpoint: "vitalik.eth", version: "v1" },
    { name: "DID", endpoint: "did:method:foobar", version: "v1" },
    { name: "email", endpoint: "mail@myagent.com" },
  ],
  x402Support: false,
  active: true,
  registrations: [{ agentId: 22, agentRegistry: "{namespace}:{chainId}:{identityRegistry}" }],
  supportedTrust: ["reputation", "crypto-economic", "tee-attestation"],
};
/** What the standard's structure has, in its order. */
const FIELDS = Object.keys(EXAMPLE);
const KEYS = {
  voteSigner: `0x${"A1".repeat(20)}`,
  messageKey: `0x${"b2".repeat(32)}`,
  boxKey: `0x${"c3".repeat(32)}`,
};
const DESCRIPTION = {
  name: "searcher",
  description: "finds gaps",
  services: [{ name: "A2A", endpoint: "https://a.example/card.json" }],
  x402Support: true,
  capabilities: ["arbitrage"],
  keys: KEYS,
};

const read = (file: unknown) => parseRegistrationFile(JSON.stringify(file));
const faultsOf = (attempt: () => unknown): readonly string[] => {
  try {
    attempt();
  } catch (error) {
    if (error instanceof RegistrationFileError) return error.faults;
    throw error;
  }
  return [];
};

describe("Registration files of ERC-8004", () => {
  it("reads the standard's own example, with all that it says [NX-STD-06]", () => {
    expect(read(EXAMPLE)).to.deep.equal({ ...EXAMPLE, capabilities: [] });
  });

  it("reads what is optional or ours as missing, and the first drafts' endpoints as services [NX-STD-06]", () => {
    const { services, ...rest } = EXAMPLE;
    expect(read({ ...rest, endpoints: services }).services).to.deep.equal(services);
    const least = { type: TYPE, name: "n", description: "d" };
    expect(read(least)).to.deep.equal({ ...least, services: [], capabilities: [] });
    expect(read({ ...least, "x-other": { tool: 1 } })).to.deep.include({ "x-other": { tool: 1 } });
  });

  it("names every fault of what is none", () => {
    expect(faultsOf(() => read({ type: "other", name: "", services: [{ name: "A2A" }] })).length).to.equal(4);
    expect(faultsOf(() => parseRegistrationFile("{"))[0]).to.include("is no JSON");
    expect(faultsOf(() => read({ ...EXAMPLE, description: "d".repeat(65_536) }))[0]).to.include("65536 are the most");
  });

  it("asks for keys where a member's are needed", () => {
    expect(faultsOf(() => keysOf(read(EXAMPLE)))).to.deep.equal([
      "keys: is missing; a member's file names voteSigner, messageKey and boxKey",
    ]);
    expect(keysOf(read({ ...EXAMPLE, keys: KEYS }))).to.deep.equal(KEYS);
    expect(faultsOf(() => read({ ...EXAMPLE, keys: { ...KEYS, boxKey: "0x" } }))[0]).to.include("keys.boxKey");
  });

  it("writes every field of the standard, and a picture where none is given [NX-STD-06]", () => {
    const written = registrationFileOf(DESCRIPTION);
    const file = parseRegistrationFile(written);
    const json = z.record(z.string(), z.unknown()).parse(JSON.parse(written));
    expect(Object.keys(json)).to.deep.equal([...FIELDS, "capabilities", "keys"]);
    expect(file).to.deep.include({ ...DESCRIPTION, active: true, registrations: [] });
    expect(decodeURIComponent(file.image ?? "")).to.match(/^data:image\/svg\+xml,<svg .*fill="#a1a1a1"\/><\/svg>$/);
    const image = "ipfs://picture";
    expect(parseRegistrationFile(registrationFileOf({ ...DESCRIPTION, image })).image).to.equal(image);
  });

  it("writes nothing that it would not read", () => {
    const keys = { ...KEYS, messageKey: "0x12" };
    expect(faultsOf(() => registrationFileOf({ ...DESCRIPTION, name: "", keys })).length).to.equal(2);
  });
});
