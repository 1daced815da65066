import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect } from "chai";
import { z } from "zod";
import type { AddressBook } from "../../../deployments/schema.ts";
import { doctor } from "../../../scripts/cli/doctor.ts";
import { OPERATOR_KEY, SIGNER_KEY } from "../../../scripts/cli/agentContext.ts";
import { ALL_AGENT_COMMANDS } from "../../../scripts/cli/agentCommands.ts";
import { fund } from "../../../scripts/cli/fund.ts";
import { DAO_COMMANDS } from "../../../scripts/cli/dao/commands.ts";
import { registerAgent } from "../../../scripts/deploy/agents.ts";
import { MIN_NODE, clockFinding, headFinding, nodeFinding } from "../../../scripts/doctor/chain.ts";
import { quorumOf, sourcesOf, widthOf } from "../../../scripts/doctor/prices.ts";
import type { OracleReading } from "../../../keepers/adapters/readers/oracles.ts";
import { bookFinding, mandateFinding } from "../../../scripts/doctor/deployment.ts";
import { writeAddressBook } from "../../../deployments/file.ts";
import { testKeys } from "../../../scripts/sandbox/account.ts";
import { BOND, ROLE_INDICES } from "../../../scripts/sandbox/fleet.ts";
import { AgentRegistry__factory, CircuitBreaker__factory } from "../../../types/index.ts";
import { type Answer, linesOf, runLine } from "../../support/commandLine.ts";
import { type Deployed, startDeployed } from "../../support/deployment.ts";
import { LEVEL } from "../../support/enums.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const found = z.object({
  isWell: z.boolean(),
  findings: z.array(
    z.object({ what: z.string(), found: z.string(), isRight: z.boolean().optional(), advice: z.string().optional() }),
  ),
});

const STAKE = 10n ** 18n;

describe("nexus doctor", () => {
  let deployed: Deployed;
  let folder = "";
  let bookPath = "";
  let configPath = "";
  const key = process.env[SIGNER_KEY];
  const keyAt = testKeys();
  const signerAt = (index: number): string => keyAt(ROLE_INDICES.firstSigner + index).privateKey;

  const where = () => ({ rpc: deployed.sandbox.rpcUrl, book: bookPath });

  before(async () => {
    Reflect.deleteProperty(process.env, SIGNER_KEY);
    deployed = await startDeployed();
    folder = await mkdtemp(join(tmpdir(), "nexus-doctor-"));
    bookPath = join(folder, "book.json");
    configPath = join(folder, "keepers.json");
    await writeAddressBook(bookPath, deployed.book);
    const agents = [
      { name: "searcher", kind: "arbitrage", key: signerAt(0) },
      { name: "executor", kind: "execution", key: keyAt(ROLE_INDICES.executor).privateKey },
    ];
    await writeFile(configPath, JSON.stringify({ agents }));
    await linesOf(DAO_COMMANDS, where).well("dao", "delegate", "--as", "alice");
    // The chain has run ahead while all was deployed, a second for each block; from here it keeps our time.
    await deployed.sandbox.startMining();
  });
  after(async () => {
    if (key !== undefined) process.env[SIGNER_KEY] = key;
    await deployed.stop();
    await removeFolder(folder);
  });

  const { nexus } = linesOf({ doctor }, where);
  const answer = async (...args: readonly string[]) => {
    const { output } = await nexus("doctor", "--json", ...args);
    return found.parse(JSON.parse(output));
  };
  /** What is wrong, by subject. */
  const wrong = async (...args: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    const { findings } = await answer(...args);
    const bad = findings.filter(({ isRight }) => isRight === false);
    return new Map(bad.map((one) => [one.what, `${one.found}: ${one.advice ?? ""}`]));
  };

  it("says of a network's contracts which of them the chain does not have, and knows only its own networks", async () => {
    const { output, code } = await nexus("doctor", "--network", "sei", "--json");
    const { isWell, findings } = found.parse(JSON.parse(output));
    expect([isWell, code]).to.deep.equal([false, 1]);
    expect(findings[0]).to.deep.equal({ what: "chain id", found: "1329, sei is 1329", isRight: true });
    expect(findings.find(({ what }) => what === "WSEI")?.found).to.match(/^0xE30feDd158.* has no code$/);
    const other = await nexus("doctor", "--network", "sei-testnet");
    expect(other.output).to.match(/✗ chain id +1329, sei-testnet is 1328: name an endpoint/);
    expect((await nexus("doctor", "--network", "moon")).error?.message).to.match(
      /no network moon is known: known are sei,/,
    );
    expect((await nexus("doctor", "--write", "x.json")).error?.message).to.match(/--write goes with --network/);
  });

  it("finds nothing wrong with the sandbox, in a line for each subject", async () => {
    expect([...(await wrong("--config", configPath))]).to.deep.equal([]);
    const { output } = await nexus("doctor", "--config", configPath);
    for (const line of [
      /✓ Node +\d+\./,
      /✓ address book +\d+ contracts/,
      /✓ endpoint +http:\/\/127\.0\.0\.1:\d+, block \d+/,
      /✓ chain id +1329, the address book is for 1329/,
      /✓ head +moved to \d+/,
      / {2}clock +-?\d+ s ahead of the newest block; a sandbox keeps its own time/,
      /✓ code +as the book says at \d+ addresses/,
      /✓ mandate +24 permitted calls, root 0x/,
      /✓ oracles +fresh for USDC, WSEI, WETH, aUSDC, tkUSDC/,
      /✓ breaker +Normal in 11 scopes/,
      /✓ policies +Routine, Elevated, Critical set for a weight of 5000/,
      /✓ price quorums +USDC 2 of 3, WSEI 2 of 3, WETH 2 of 3/,
      /✓ price widths +USDC up to 400 basis points/,
      /✓ price sources +15 agree/,
      /✓ evidence +moves of 5 assets are limited/,
      / {2}bounties +a trip pays 5\.0 USDC, 0\.0 USDC are set aside: anyone sets more aside by Accounts\.deposit/,
      /✓ searcher: agent +agent 1, Active/,
      /✓ searcher: key +0x\w+ is current/,
      /✓ searcher: bond +1000\.0 of at least 100\.0/,
      /✓ searcher: weight +1000, at most 2000/,
      /✓ searcher: buckets +primed for 5 assets/,
      /✓ executor: gas +\d+\.\d+ of \d/,
    ]) {
      expect(output).to.match(line);
    }
    expect((await answer()).findings.at(-1)).to.deep.equal({
      what: "agents",
      found: `no key: put one in ${SIGNER_KEY}, or name the keepers' configuration by --config`,
    });
  });

  it("finds a price that one source decides, one that counts a source twice, and one that grows too wide", () => {
    const source = {
      name: "a",
      reader: "0x01",
      state: "Agreeing",
      price: 1n,
      updatedAt: 1n,
      maxAge: 60n,
      heartbeat: undefined,
      deviationBps: 50n,
      interval: 0n,
    } as const;
    const oracle = (changes: Partial<OracleReading>): OracleReading => ({
      asset: "WSEI",
      address: "0x02",
      now: 1n,
      status: "Ready",
      middle: 1n,
      lower: 1n,
      upper: 1n,
      confidenceBps: 9_000n,
      maxBandBps: 200n,
      quorum: 2,
      level: "Normal",
      sources: [source, { ...source, reader: "0x03" }, { ...source, reader: "0x04" }],
      ...changes,
    });
    const well = [oracle({})];
    expect([quorumOf(well), widthOf(well), sourcesOf(well)].every(({ isRight }) => isRight)).to.equal(true);
    expect(quorumOf([oracle({ quorum: 1 })]).found).to.equal("WSEI has a quorum of 1: one source decides alone");
    expect(quorumOf([oracle({ sources: [source, source] })]).found).to.equal("WSEI counts one source twice");
    const four = ["0x05", "0x06", "0x07", "0x08"].map((reader) => ({ ...source, reader }));
    expect(quorumOf([oracle({ sources: four })]).found).to.equal("WSEI needs 2 of 4: two groups can reach it");
    expect(widthOf([oracle({ maxBandBps: 199n })]).found).to.match(
      /^WSEI grows to 200 basis points .* 199 are a price/,
    );
    expect(widthOf([oracle({ sources: [{ ...source, deviationBps: 0n }] })]).isRight).to.equal(false);
    const lost = oracle({ sources: [source, { ...source, name: "b", state: "Stale" }] });
    expect(sourcesOf([...well, lost]).found).to.equal("WSEI without b (Stale)");
  });

  it("says that nothing answers, and that the chain is another, and looks no further", async () => {
    const deaf: Answer = await runLine({ doctor }, ["doctor", "--rpc", "http://127.0.0.1:9", "--book", bookPath]);
    expect(deaf.code).to.equal(1);
    expect(deaf.output).to.match(/✗ endpoint .*nothing answers at http:\/\/127\.0\.0\.1:9: start the node/);
    expect(deaf.output).to.not.include("chain id");
    const elsewhere: AddressBook = { ...deployed.book, chainId: 1 };
    const path = join(folder, "elsewhere.json");
    await writeAddressBook(path, elsewhere);
    const other: Answer = await runLine({ doctor }, ["doctor", "--rpc", where().rpc, "--book", path]);
    expect(other.code).to.equal(1);
    expect(other.output).to.match(/✗ chain id +1329, the address book is for 1: take the address book/);
    expect(other.output).to.not.include("oracles");
  });

  it("says what an incomplete or a wrong address book lacks", async () => {
    const { NexusLens: lens, ...contracts } = deployed.book.contracts;
    const lacking = { ...deployed.book, contracts };
    expect(bookFinding(lacking)).to.include({ found: "it lacks NexusLens", isRight: false });
    const { mandate, ...bare } = deployed.book;
    expect(bookFinding(bare)).to.include({ found: "it lacks the mandate's leaves", isRight: false });
    if (lens === undefined || mandate === undefined) throw new Error("the book lacks what it needs");
    const wrongCode = { ...lens, bytecodeHash: `0x${"00".repeat(32)}` };
    const path = join(folder, "wrong.json");
    await writeAddressBook(path, { ...deployed.book, contracts: { ...contracts, NexusLens: wrongCode } });
    const { output } = await runLine({ doctor }, ["doctor", "--rpc", where().rpc, "--book", path]);
    expect(output).to.match(/✗ code +not the book's at NexusLens: it is the book of another deployment/);
    const fewer = { ...deployed.book, mandate: { ...mandate, leaves: mandate.leaves.slice(1) } };
    const { found: roots, advice } = await mandateFinding(fewer, deployed.provider);
    expect(roots).to.match(new RegExp(`^${mandate.root} on chain, the leaves make 0x`));
    expect(advice).to.include("take the new book and restart the keepers");
  });

  it("tells an old Node, a wrong clock and a head that stands still", async () => {
    const [major, minor] = MIN_NODE;
    expect(nodeFinding(`${major}.${minor}.0`).isRight).to.equal(true);
    expect(nodeFinding(`${major + 1}.0.0`).isRight).to.equal(true);
    expect(nodeFinding(`${major}.${minor - 1}.9`)).to.include({ isRight: false });
    const block = await deployed.provider.getBlock("latest");
    const at = (seconds: number) =>
      clockFinding(deployed.provider, { nowMs: ((block?.timestamp ?? 0) + seconds) * 1_000, isSandbox: false });
    expect(await at(1)).to.include({ isRight: true });
    expect((await at(10)).advice).to.match(/the node is behind .* or this clock is fast/);
    expect((await at(-10)).advice).to.equal("set this clock by NTP");
    expect((await headFinding(deployed.provider, 0)).found).to.match(/stood at \d+ for 0 ms/);
  });

  it("says of a key what is wrong with its agent", async () => {
    process.env[SIGNER_KEY] = keyAt(999).privateKey;
    expect((await wrong()).get("signer: agent")).to.match(/has no seat: register the agent/);

    // An agent of a known operator, with a bond and without primed buckets, then paused.
    const { book, provider } = deployed;
    const operator = keyAt(ROLE_INDICES.firstOperator + 2).connect(provider);
    const signer = keyAt(998);
    const registry = AgentRegistry__factory.connect(addressOf(book, "AgentRegistry"), operator);
    const { well } = linesOf({ ...ALL_AGENT_COMMANDS, ...DAO_COMMANDS, fund }, where);
    expect(await well("fund", "--to", operator.address, "--stake", String(BOND), "--usdc", "5")).to.match(
      /^10\.0 sei to 0x\w{40}: 0x\w{64}\n1000\.0 stake to .*\n5\.0 usdc to /,
    );
    const agentId = await registerAgent(book, operator, signer, BOND * STAKE);
    process.env[SIGNER_KEY] = signer.privateKey;
    const bad = await wrong();
    // Its weight makes what the Routine class demands no more than half of all.
    expect(bad.get("policies")).to.match(
      /^Routine wants 3000, no more than half of 6000: a member .*: nexus dao propose-policy --class Routine --threshold 4001$/,
    );
    expect(bad.get("signer: buckets")).to.match(
      new RegExp(`^5 of 5 are not primed: .*: nexus agent prime --id ${agentId}$`),
    );
    expect([...bad.keys()]).to.deep.equal(["policies", "signer: buckets"]);

    // Each advice is a command, and after it the finding is right.
    process.env[OPERATOR_KEY] = operator.privateKey;
    const primed = await well("agent", "prime", "--id", String(agentId));
    expect(primed.match(/^prime \w+: 0x/gm)).to.have.length(5);
    expect(await well("agent", "prime", "--id", String(agentId))).to.include("nothing to do: the buckets are there");
    Reflect.deleteProperty(process.env, OPERATOR_KEY);
    expect([...(await wrong()).keys()]).to.deep.equal(["policies"]);
    const policy = ["dao", "propose-policy", "--class", "Routine", "--threshold", "4001", "--as", "alice"];
    const proposed = await well(...policy);
    expect(proposed)
      .to.match(/call 1: Consensus .*setPolicy/)
      .and.to.include("newPolicy: { threshold: 4001, minVoters: 3, minOperators: 2,")
      .and.to.match(/^DAO proposal 1, id \d+$/m);
    await (await registry.pause(agentId)).wait();
    expect((await wrong()).get("signer: agent")).to.equal(
      `agent ${agentId}, Paused: its operator brings it back: nexus agent pause --id ${agentId} --resume`,
    );
    Reflect.deleteProperty(process.env, SIGNER_KEY);
  });

  it("says that the executor has no gas, and that the breaker is raised", async () => {
    const path = join(folder, "poor.json");
    const poor = { name: "executor", kind: "execution", key: keyAt(997).privateKey };
    await writeFile(path, JSON.stringify({ agents: [poor] }));
    expect((await wrong("--config", path)).get("executor: gas")).to.match(/^0\.0 of \d.*: send native coin to 0x/);
    const guardian = keyAt(ROLE_INDICES.guardian).connect(deployed.provider);
    const breaker = CircuitBreaker__factory.connect(addressOf(deployed.book, "CircuitBreaker"), guardian);
    const usdc = deployed.book.environment.tokens["USDC"]?.address ?? "";
    await (await breaker.trip(usdc, LEVEL.halted, "drill")).wait();
    const bad = await wrong();
    const advised = bad.get("breaker") ?? "";
    expect(advised).to.match(
      /^Halted for USDC: a guardian raised it, or evidence did, .* a guardian raised only the DAO restores: nexus dao propose /,
    );
    const line = advised.slice(advised.indexOf("nexus ") + "nexus ".length);
    const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
    const { well } = linesOf(DAO_COMMANDS, where);
    expect(await well(...words, "--as", "alice")).to.match(/restore\(address,uint8,string\)[^]*DAO proposal \d/);
  });
});
