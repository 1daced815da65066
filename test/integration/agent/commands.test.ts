import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect } from "chai";
import { type HDNodeWallet, sha256 } from "ethers";
import { z } from "zod";
import { parseRegistrationFile } from "../../../scripts/lib/registrationFile.ts";
import { ALL_AGENT_COMMANDS } from "../../../scripts/cli/agentCommands.ts";
import { UsageError } from "../../../scripts/lib/command.ts";
import { reasonOf } from "../../../keepers/adapters/readers/reason.ts";
import { testKeys } from "../../../scripts/sandbox/account.ts";
import { AgentRegistry__factory, Mandate__factory, NexusToken__factory } from "../../../types/index.ts";
import { runLine } from "../../support/commandLine.ts";
import { type Deployed, startDeployed } from "../../support/deployment.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

type Ended = { readonly code: number; readonly output: string };

const WAD = 10n ** 18n;
const OPERATOR = 500;
const [MESSAGE_KEY, BOX_KEY] = [`0x${"a1".repeat(32)}`, `0x${"b2".repeat(32)}`];
const told = z.looseObject({
  sent: z.boolean(),
  steps: z.array(z.looseObject({ what: z.string(), outcome: z.string() })),
});

describe("nexus agent", () => {
  const keyAt = testKeys();
  const [operator, signer, next] = [0, 1, 2].map((offset) => keyAt(OPERATOR + offset));
  let folder = "";
  let deployed: Deployed;
  let book = "";

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "nexus-agent-"));
    deployed = await startDeployed();
    book = join(folder, "book.json");
    writeFileSync(book, JSON.stringify(deployed.book));
    await deployed.sandbox.setBalance(operator?.address ?? "", 10n ** 20n);
    const token = NexusToken__factory.connect(deployed.book.contracts["NexusToken"]?.address ?? "", deployed.holder);
    await (await token.transfer(operator?.address ?? "", 1_000n * 10n ** 18n)).wait();
  });
  after(async () => {
    await deployed.stop();
    await removeFolder(folder);
  });

  /** One line of `nexus agent`, with its keys in the environment as a shell has them, and the exit code of the shell. */
  const nexus = async (
    args: readonly string[],
    vote: HDNodeWallet | undefined = signer,
    path = book,
  ): Promise<Ended> => {
    const keys = { NEXUS_OPERATOR_KEY: operator?.privateKey ?? "", NEXUS_SIGNER_KEY: vote?.privateKey ?? "" };
    Object.assign(process.env, keys);
    const line = ["agent", ...args, "--rpc", deployed.sandbox.rpcUrl, "--book", path];
    const { code, output, error } = await runLine(ALL_AGENT_COMMANDS, line);
    for (const name of Object.keys(keys)) Reflect.deleteProperty(process.env, name);
    if (error === undefined) return { code, output };
    return { code: error instanceof UsageError ? 2 : 1, output: `${output}${reasonOf(error)}` };
  };
  const json = async (...args: readonly string[]) => told.parse(JSON.parse((await nexus([...args, "--json"])).output));

  const described = "--name|newcomer|--description|finds gaps|--services|A2A=https://a.example/card.json"
    .split("|")
    .concat("--capabilities", "arbitrage,quotes", "--message-key", MESSAGE_KEY, "--box-key", BOX_KEY);

  it("makes no storage for an agent that is not there", async () => {
    const { code, output } = await nexus(["prime", "--id", "66"]);
    expect([code, output]).to.deep.equal([1, "ERC721NonexistentToken(tokenId: 66)"]);
  });

  it("says what it would do and sends nothing where the book is not the sandbox's", async () => {
    const other = join(folder, "other.json");
    writeFileSync(other, JSON.stringify({ ...deployed.book, name: "sei" }));
    const { code, output } = await nexus(["pause", "--id", "1"], signer, other);
    expect(code, output).to.equal(0);
    expect(output).to.include("pause: ok").and.include("nothing was sent");
    const registry = AgentRegistry__factory.connect(
      deployed.book.contracts["AgentRegistry"]?.address ?? "",
      deployed.provider,
    );
    expect((await registry.agentOf(1n)).status).to.equal(1n);
  });

  it("registers with a file that it wrote, pauses, resumes, bonds, unbonds, rotates, revokes and terminates", async () => {
    const file = join(folder, "agent.json");
    const made = await json("register", "--file", file, "--bond", "500", "--uri", "ipfs://card", ...described);
    expect(made.sent).to.equal(true);
    expect(made.steps.map(({ what }) => what)).to.deep.equal(["approve 500.0 of stake", "register", "set the uri"]);
    const content = readFileSync(file);
    expect(parseRegistrationFile(content.toString()).keys?.voteSigner).to.equal(signer?.address);
    expect(made).to.include({ agentId: "6", uriDigest: sha256(content), messageKey: MESSAGE_KEY, boxKey: BOX_KEY });

    const status = async (): Promise<unknown> => JSON.parse((await nexus(["status", "--id", "6", "--json"])).output);
    expect(await status()).to.include({ status: "Active", weight: "500", uri: "ipfs://card", votingSeat: "5" });
    await json("pause", "--id", "6");
    expect(await status()).to.include({ status: "Paused", weight: "0" });
    await json("pause", "--id", "6", "--resume");
    await json("bond", "--id", "6", "--amount", "100");
    expect(await status()).to.include({ status: "Active", weight: "600", bond: "600.0" });
    await json("unbond", "--id", "6", "--amount", "200.5");
    expect(await status()).to.include({ weight: "399", bond: "399.5", unbonding: "200.5" });
    const early = await nexus(["unbond", "--id", "6", "--withdraw"]);
    expect(early.output).to.include("StillUnbonding(agentId: 6, unbondingEnd: ");
    expect(early.code).to.equal(2);

    const rotation = ["rotate-keys", "--id", "6", "--message-key", BOX_KEY, "--box-key", MESSAGE_KEY, "--json"];
    const rotated = told.parse(JSON.parse((await nexus(rotation, next)).output));
    expect(rotated.steps.map(({ what }) => what)).to.deep.equal(["rotate the vote signer", "rotate the message keys"]);
    expect(await status()).to.include({ signer: next?.address, weight: "399" });
    await json("rotate-keys", "--id", "6", "--revoke");
    expect(await status()).to.include({ status: "Paused", weight: "0" });
    await json("terminate", "--id", "6");
    expect(await status()).to.include({ status: "Terminated", bond: "0.0", unbonding: "600.0" });
  });

  it("tells a score, and puts what was lost on the record for anyone who asks [NX-REP-09]", async () => {
    const { sandbox, book: addresses } = deployed;
    const [mandate, treasury] = [addressOf(addresses, "Mandate"), addressOf(addresses, "Treasury")];
    const usdc = addresses.environment.tokens["USDC"]?.address ?? "";
    // The treasury says that agent 1 lost 100 of the 200 dollars that it might.
    const charge = Mandate__factory.createInterface();
    const data = charge.encodeFunctionData("charge", [1, 100n * WAD, 200n * WAD, [usdc], [-1n], 0]);
    await sandbox.setBalance(treasury, 10n ** 18n);
    await sandbox.control("hardhat_impersonateAccount", [treasury]);
    await sandbox.control("eth_sendTransaction", [{ from: treasury, to: mandate, data }]);

    const score = async (...more: readonly string[]): Promise<unknown> =>
      JSON.parse((await nexus(["score", "--id", "1", "--json", ...more])).output);
    expect(await score()).to.include({ score: "10000", losses: "0", pendingLossOf: "1", unrecordedUsd: "-100.0" });
    const recorded = told.parse(await score("--record"));
    expect(recorded.steps.map(({ what }) => what)).to.deep.equal(["record the losses", "refresh the weight"]);
    // Twenty dollars of weight, half more for half of the limit: 2^(-30 / 1,000) of the way stays.
    expect(recorded).to.include({ losses: "1", pendingLossOf: "0", score: "9815" });
    const status: unknown = JSON.parse((await nexus(["status", "--id", "1", "--json"])).output);
    expect(status).to.include({ weight: "981" });
    expect(told.parse(await score("--record")).steps.map(({ what }) => what)).to.deep.equal(["refresh the weight"]);
  });

  it("names what is wrong: a faulty file, a key in use, a bond too low, an amount that is none", async () => {
    const file = join(folder, "faulty.json");
    writeFileSync(file, JSON.stringify({ type: "other", name: "" }));
    const faulty = await nexus(["register", "--file", file, "--bond", "500"]);
    expect(faulty.output).to.include("type: ").and.include("description: ").and.include("faults");
    const low = await nexus(["register", "--file", join(folder, "low.json"), "--bond", "1", ...described], next);
    expect(low.output).to.include("BondTooSmall(bond: 1000000000000000000, minimum: 100000000000000000000)");
    const used = await nexus(["register", "--file", join(folder, "used.json"), "--bond", "100", ...described], signer);
    expect(used.output).to.include(`SignerTaken(signer: ${signer?.address ?? ""}, agentId: 6)`);
    const none = await nexus(["bond", "--id", "6", "--amount", "much"]);
    expect(none.output).to.include("--amount must be an amount");
    const nobody = await nexus(["status", "--id", "99"]);
    expect(nobody.output).to.include("ERC721NonexistentToken(tokenId: 99)");
    expect(nobody.code).to.equal(1);
    for (const { code } of [faulty, low, used, none]) expect(code).to.equal(2);
  });
});
