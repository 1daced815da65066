import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { z } from "zod";
import { DAO_COMMANDS, TREASURY_COMMANDS } from "../../../scripts/cli/dao/commands.ts";
import { status } from "../../../scripts/cli/status.ts";
import { readPowers } from "../../../keepers/adapters/readers/trust.ts";
import { deployParts } from "../../../scripts/deploy/01_core.ts";
import { readAddressBook, writeAddressBook } from "../../../deployments/file.ts";
import { buildMandateTree } from "../../../deployments/mandateTree.ts";
import { TREASURY_DEPOSIT } from "../../../scripts/sandbox/nexus.ts";
import { Mandate__factory, SandboxUSDC__factory, Treasury__factory } from "../../../types/index.ts";
import { linesOf, runLine } from "../../support/commandLine.ts";
import { wait } from "../../support/dao.ts";
import { type Deployed, contextOf, startDeployed } from "../../support/deployment.ts";
import { testKeys } from "../../../scripts/sandbox/account.ts";
import { ROLE_INDICES } from "../../../scripts/sandbox/fleet.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const COMMANDS = { ...DAO_COMMANDS, ...TREASURY_COMMANDS, status };

describe("the DAO, by its commands alone", () => {
  let deployed: Deployed;
  let folder = "";
  let bookPath = "";
  let leavesPath = "";
  before(async () => {
    deployed = await startDeployed();
    folder = await mkdtemp(join(tmpdir(), "nexus-dao-"));
    bookPath = join(folder, "book.json");
    leavesPath = join(folder, "mandate.json");
    await writeAddressBook(bookPath, deployed.book);
  });
  after(async () => {
    await deployed.stop();
    await removeFolder(folder);
  });

  const { well, fault } = linesOf(COMMANDS, () => ({ rpc: deployed.sandbox.rpcUrl, book: bookPath }));
  const rootOnChain = () => Mandate__factory.connect(addressOf(deployed.book, "Mandate"), deployed.provider).root();

  it("proves before anything that the deployer has no right and the governor all [NX-DAO-06]", async () => {
    const output = await well("status");
    expect(output)
      .to.match(/✓ schedule in the timelock +NexusGovernor\n/)
      .and.to.match(/✓ execute in the timelock +NexusGovernor\n/)
      .and.to.match(/✓ change the timelock's roles +Timelock\n/)
      .and.to.match(/✓ Treasury obeys +Timelock\n/)
      .and.to.match(/✓ make the treasury act +Consensus\n/)
      .and.to.match(/✓ charge the mandate's limits +Treasury\n/)
      .and.to.match(/✓ rights of the deployer +none \(0x/)
      .and.to.match(/✓ depositors leave within +34 s, before what was decided takes effect after 1 min\n/)
      .and.to.match(/✓ weight is capped at +2000 for an agent, 2500 for an operator, below the 3000 that decide\n/)
      .and.to.match(/ agent 1 +1000 of 1000 that its bond makes at a score of 10000; at most 2000 for an agent/)
      .and.to.match(/✓ voting period +1 min, settable to 10 s to 30 d\n/);
    expect(output).to.not.include("✗");
    const parsed: unknown = JSON.parse(await well("status", "--json"));
    expect(parsed).to.have.property("isRight", true);
    expect(parsed).to.have.property("chapters").that.has.length(6);
  });

  it("lets a member delegate, and propose a new mandate that it shows decoded", async () => {
    expect(await well("dao", "list")).to.equal("no proposal was made yet\n");
    await well("dao", "delegate", "--as", "alice");
    await well("dao", "delegate", "--as", "bob");
    await well("dao", "delegate", "--as", "carol", "--to", testKeys()(ROLE_INDICES.firstMember).address);
    await wait(deployed, 1);
    const leaves = deployed.book.mandate?.leaves.slice(2) ?? [];
    await writeFile(leavesPath, JSON.stringify(leaves));
    const { root } = buildMandateTree(leaves);
    const output = await well("dao", "propose", "--as", "alice", "--title", "Trade less", "--mandate", leavesPath);
    expect(output)
      .to.include(`mandate: ${leaves.length + 2} → ${leaves.length} permitted calls`)
      .and.to.include(`, root ${root}`)
      .and.to.include("setRoot(bytes32,string)")
      .and.to.include(`newRoot: ${root}`)
      .and.to.include("proposal 1, id ")
      .and.to.include("sent: 0x");
    expect(await well("dao", "list")).to.match(
      /^ {2}1 {2}Pending +Trade less: its vote begins in \d s; votes: 0 for, 0 against\n$/,
    );
    const shown = await well("dao", "show", "1");
    expect(shown).to.include("proposal 1: Trade less\n").and.to.include(`newRoot: ${root}`);
    expect(shown).to.not.include("#proposer");
    // What changes for the mandate: the proposer's file is named, and with it each call.
    expect(shown).to.match(
      /^mandate: another than the address book's 24 permitted calls; .* --mandate FILE says what changes$/m,
    );
    const compared = await well("dao", "show", "1", "--mandate", leavesPath);
    expect(compared).to.include("mandate: 24 → 22 permitted calls");
    expect(compared.match(/^ {2}− /gm)).to.have.length(2);
    const others = join(folder, "others.json");
    await writeFile(others, JSON.stringify(leaves.slice(1)));
    expect(await fault("dao", "show", "1", "--mandate", others)).to.include(`DAO proposal 1 sets ${root}`);
    expect(JSON.parse(await well("dao", "show", "1", "--json"))).to.have.property("mandate");
  });

  it("passes it by two members of five, and lets anyone queue it", async () => {
    expect(await fault("dao", "vote", "1", "--as", "alice", "--support", "for")).to.match(
      /proposal 1 is Pending: its vote begins in/,
    );
    await wait(deployed, 6);
    expect(await well("dao", "vote", "1", "--as", "alice", "--support", "for", "--reason", "less is more")).to.include(
      "200000 votes for",
    );
    await well("dao", "vote", "1", "--as", "bob", "--support", "against");
    expect(await fault("dao", "vote", "1", "--as", "alice", "--support", "for")).to.include(
      "has voted on DAO proposal 1",
    );
    expect(await fault("dao", "vote", "1", "--as", "carol", "--support", "for")).to.include(
      "had no votes when the vote",
    );
    expect(await fault("dao", "queue", "1", "--as", "erin")).to.include("proposal 1 is Active: its vote goes on for");
    await wait(deployed, 61);
    expect(await well("dao", "queue", "1", "--as", "erin")).to.match(
      /proposal 1 is Queued: it can be executed in \d+ s|1 min; until then everybody can leave/,
    );
    const shown: unknown = JSON.parse(await well("dao", "show", "1", "--json"));
    expect(shown).to.include({
      number: 1,
      state: "Queued",
      inFavour: `2${"0".repeat(23)}`,
      against: `1${"0".repeat(23)}`,
    });
  });

  it("lets a member who dislikes it leave with all of their part before it takes effect [NX-DAO-05]", async () => {
    const before = deployed.book.mandate?.root;
    expect(await fault("dao", "execute", "1", "--as", "erin")).to.include("Queued: it can be executed in ");
    const depositor = testKeys()(ROLE_INDICES.depositor).address;
    const treasury = Treasury__factory.connect(addressOf(deployed.book, "Treasury"), deployed.provider);
    const usdc = SandboxUSDC__factory.connect(await treasury.asset(), deployed.provider);
    expect(await well("treasury", "exit", "--as", "depositor", "--dry-run")).to.include("nothing was sent");
    expect(await usdc.balanceOf(depositor)).to.equal(0n);
    const output = await well("treasury", "exit", "--as", "depositor");
    expect(output).to.include("USDC").and.to.include("WSEI").and.to.include("sent: 0x");
    expect(await treasury.balanceOf(depositor)).to.equal(0n);
    expect(await usdc.balanceOf(depositor)).to.equal(TREASURY_DEPOSIT - 1n);
    expect(await rootOnChain()).to.equal(before);
    expect(await fault("treasury", "exit", "--as", "depositor")).to.include("holds 0 shares of the treasury");
  });

  it("takes effect after the delay, by anyone's hand, and keeps the leaves for the agents", async () => {
    await wait(deployed, 60);
    const wrong = join(folder, "wrong.json");
    await writeFile(wrong, JSON.stringify(deployed.book.mandate));
    expect(await fault("dao", "execute", "1", "--as", "erin", "--mandate", wrong)).to.include("DAO proposal 1 sets 0x");
    const output = await well("dao", "execute", "1", "--as", "erin", "--mandate", leavesPath);
    expect(output).to.include("proposal 1 is Executed: it took effect").and.to.include("now has the new leaves");
    const leaves = deployed.book.mandate?.leaves.slice(2) ?? [];
    const { root } = buildMandateTree(leaves);
    expect(await rootOnChain()).to.equal(root);
    expect((await readAddressBook(bookPath))?.mandate).to.deep.equal({ root, leaves });
    expect(await well("status")).to.not.include("✗");
    expect(await fault("dao", "execute", "1", "--as", "erin")).to.equal("DAO proposal 1 is Executed: it took effect");
  });

  it("proposes any call, and lists of calls; the guardian cancels them, and no one else", async () => {
    const calls = [
      { target: "CircuitBreaker", function: "setGuardian(address,bool)", args: ["Treasury", true] },
      { target: addressOf(deployed.book, "AgentRegistry"), function: "setWeightCap(uint32)", args: ["5000"] },
    ];
    const file = join(folder, "calls.json");
    await writeFile(file, JSON.stringify(calls));
    const output = await well("dao", "propose", "--as", "alice", "--title", "Two things", "--calls", file);
    expect(output)
      .to.match(/call 1: CircuitBreaker \(0x\w+\): setGuardian\(address,bool\)/)
      .and.to.match(/guardian: 0x\w+ \(Treasury\)/)
      .and.to.match(/newCap: 5000/);
    expect(await fault("dao", "cancel", "2", "--as", "bob")).to.include("GovernorUnableToCancel");
    expect(await well("dao", "cancel", "2", "--as", "guardian")).to.include("proposal 2 is Canceled");
    const replace = ["--target", "NexusGovernor", "--call", "setProposalGuardian(address)", "--args", '["Treasury"]'];
    await well("dao", "propose", "--as", "alice", "--title", "Another guardian", ...replace);
    expect(await fault("dao", "cancel", "3", "--as", "guardian")).to.include("GuardianCannotCancel(proposalId: ");
  });

  it("names a proposal by the beginning of its id too, if it is long enough", async () => {
    const { id } = z.object({ id: z.string() }).parse(JSON.parse(await well("dao", "show", "1", "--json")));
    expect(await well("dao", "show", id.slice(0, 12))).to.include("proposal 1: ");
    expect(await fault("dao", "show", id.slice(0, 7))).to.include(`no proposal is ${id.slice(0, 7)}`);
  });

  it("tells a governor that does not govern from one that does [NX-DAO-06]", async () => {
    const rest = Object.entries(deployed.book.contracts).filter(([name]) => name !== "NexusGovernor");
    const { context, saved } = contextOf({
      ...deployed,
      book: { ...deployed.book, contracts: Object.fromEntries(rest) },
    });
    await deployParts(context);
    const [other] = saved;
    if (other === undefined) throw new Error("no second governor was deployed");
    const wrong = (await readPowers({ book: other, provider: deployed.provider, warn: () => undefined })).filter(
      ({ isRight }) => isRight === false,
    );
    expect(wrong.map(({ what }) => what)).to.deep.equal([
      "schedule in the timelock",
      "cancel in the timelock",
      "execute in the timelock",
    ]);
  });

  it("sends nothing elsewhere than in the sandbox unless told to", async () => {
    const elsewhere = join(folder, "elsewhere.json");
    await writeAddressBook(elsewhere, { ...deployed.book, name: "sei" });
    const alice = testKeys()(ROLE_INDICES.firstMember).address;
    const nonce = await deployed.provider.getTransactionCount(alice);
    const run = (...args: readonly string[]) =>
      runLine(COMMANDS, [...args, "--rpc", deployed.sandbox.rpcUrl, "--book", elsewhere]);
    const dry = await run("dao", "delegate", "--as", alice);
    expect(dry.output).to.include("nothing was sent, --send does it");
    expect((await run("dao", "delegate", "--as", "alice")).error?.message).to.include("only in the sandbox");
    expect((await run("dao", "delegate", "--as", alice, "--send")).error?.message).to.include("nothing here can sign");
    expect(await deployed.provider.getTransactionCount(alice)).to.equal(nonce);
  });

  describe("refuses with one line", () => {
    const propose = ["dao", "propose", "--as", "alice", "--title", "x"] as const;
    for (const [args, says] of [
      [
        ["dao", "vote", "9", "--as", "alice", "--support", "for"],
        /no proposal is 9: there are \d+, see nexus dao list/,
      ],
      [["dao", "vote", "one", "--as", "alice", "--support", "for"], /named by its number or its id, not “one”/],
      [["dao", "vote", "--as", "alice", "--support", "for"], /needs ID/],
      [["dao", "vote", "1", "2", "--as", "alice"], /too many arguments/],
      [["dao", "vote", "1", "--as", "alice", "--support", "maybe"], /--support must be against, for, abstain/],
      [["dao", "vote", "1", "--as", "frank", "--support", "for"], /--as knows alice/],
      [["dao", "vote", "1", "--support", "for"], /who acts\? Say --as WHO/],
      [["dao", "bless", "1"], /unknown command 'bless'; known are list, show/],
      [
        ["dao", "delegate", "--as", "alice", "--to", "nobody"],
        /“nobody” is neither an address nor in the address book/,
      ],
      [["dao", "delegate", "--as", "guardian"], /holds no token of the DAO/],
      [["dao", "delegate", "--as", "alice", "--send", "--dry-run"], /say the opposite/],
      [["treasury", "exit", "--as", "alice"], /holds 0 shares of the treasury/],
      [["treasury", "exit", "--as", "alice", "--shares", "many"], /--shares must be all or a whole number/],
      [[...propose], /one of --mandate, --calls, --target/],
      [
        [
          "dao",
          "propose",
          "--as",
          "erin",
          "--title",
          "x",
          "--target",
          "Mandate",
          "--call",
          "prime(uint32,address)",
          "--args",
          '[1,"USDC"]',
        ],
        /has 0 votes, a proposal wants 1000/,
      ],
      [[...propose, "--mandate", "nowhere.json"], /cannot read nowhere.json/],
      [[...propose, "--target", "Nothing", "--call", "f()"], /“Nothing” is neither/],
      [[...propose, "--target", "Mandate", "--call", "setRoot"], /is no function signature/],
      [
        [...propose, "--target", "Mandate", "--call", "setRoof(bytes32)", "--args", '["0x"]'],
        /Mandate has no function setRoof/,
      ],
      [
        [...propose, "--target", "Mandate", "--call", "setRoot(bytes32,string)", "--args", '["0x12"]'],
        /takes 2 arguments, 1 were given/,
      ],
      [
        [...propose, "--target", "Mandate", "--call", "setRoot(bytes32,string)", "--args", '["0x12", ""]'],
        /the arguments do not fit/,
      ],
      [[...propose, "--target", "Mandate", "--call", "setRoot(bytes32,string)", "--args", "0x12"], /--args is no JSON/],
    ] as const) {
      it(args.join(" "), async () => {
        expect(await fault(...args)).to.match(says);
      });
    }
  });
});
