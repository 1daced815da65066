import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { z } from "zod";
import { DAO_COMMANDS } from "../../../scripts/cli/dao/commands.ts";
import { PROPOSAL_COMMANDS } from "../../../scripts/cli/proposal/commands.ts";
import { SAFE_COMMANDS } from "../../../scripts/cli/safe/commands.ts";
import { readPowers } from "../../../keepers/adapters/readers/trust.ts";
import { writeAddressBook } from "../../../deployments/file.ts";
import { linesOf } from "../../support/commandLine.ts";
import { wait } from "../../support/dao.ts";
import { type Deployed, startDeployed } from "../../support/deployment.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const COMMANDS = { ...DAO_COMMANDS, ...PROPOSAL_COMMANDS, ...SAFE_COMMANDS };
/** The sandbox's delays of the Elevated and the Critical class, in seconds. */
const DELAY = { elevated: 30, critical: 60 } as const;
const USDC_UNITS = 10n ** 6n;
const WSEI_UNITS = 10n ** 18n;

/** A swap of so many dollars, of which Routine has room for 10,000 that are not bought back. */
const swapOf = (dollars: bigint) => ({
  calls: [
    {
      target: "DragonSwap V2",
      function: "exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))",
      args: [["USDC", "WSEI", 500, "Treasury", String(dollars * USDC_UNITS), String(2n * dollars * WSEI_UNITS), 0]],
    },
  ],
  conditions: [
    { kind: "balanceDecreasesAtMost", subject: "USDC", holder: "Treasury", amount: String(dollars * USDC_UNITS) },
    { kind: "valueDecreasesAtMostBps", amount: "10" },
  ],
  maxLoss: "400",
});

const signatureIn = (output: string): string => z.object({ signature: z.string() }).parse(JSON.parse(output)).signature;

describe("agents' slow path, by its commands alone", () => {
  let deployed: Deployed;
  let folder = "";
  let bookPath = "";
  before(async () => {
    deployed = await startDeployed();
    folder = await mkdtemp(join(tmpdir(), "nexus-slow-"));
    bookPath = join(folder, "book.json");
    await writeAddressBook(bookPath, deployed.book);
  });
  after(async () => {
    await deployed.stop();
    await removeFolder(folder);
  });

  const { well, fault } = linesOf(COMMANDS, () => ({ rpc: deployed.sandbox.rpcUrl, book: bookPath }));
  /** Proposes a swap as the fleet's searcher; answers its hash. */
  const make = async (dollars: bigint, ...more: readonly string[]): Promise<string> => {
    const file = join(folder, "swap.json");
    await writeFile(file, JSON.stringify(swapOf(dollars)));
    const output = await well("proposal", "create", file, "--as", "searcher", "--json", ...more);
    return z.object({ hash: z.string() }).parse(JSON.parse(output)).hash;
  };
  const voteAll = async (hash: string, ...agents: readonly string[]): Promise<void> => {
    for (const agent of agents) await well("proposal", "vote", hash, "--support", "for", "--as", agent);
  };

  it("says that nothing was proposed, and that the Safes have their powers", async () => {
    expect(await well("proposal", "list")).to.include("proposed nothing");
    const powers = new Map(
      (await readPowers({ ...deployed, warn: () => undefined })).map((power) => [power.what, power]),
    );
    expect(powers.get("veto agents' proposals")?.value).to.match(/, GuardianSafe, Timelock$/);
    expect(powers.get("co-sign Critical proposals")).to.deep.include({ value: "CoSignerSafe", isRight: true });
  });

  describe("an Elevated proposal", () => {
    let first = "";
    let second = "";

    it("is shown with its calls, its conditions, its class and why, and what it waits for [NX-CON-03]", async () => {
      first = await make(12_000n);
      const shown = await well("proposal", "show", first);
      expect(shown)
        .to.include("call 1: swap 12,000.0000 USDC for at least 24,000.0000 WSEI on DragonSwap V2, 0.05 % pool")
        .and.to.include("or nothing of it happens: Treasury loses at most 12,000 USDC")
        .and.to.include("or nothing of it happens: the treasury's value falls by at most 0.1 %")
        .and.to.include("class: voted for as Elevated; its calls are Elevated now")
        .and.to.include("  it spends 12,000 USDC net, Routine has room for 10,000 USDC of it now")
        .and.to.match(/state: Voting: it waits for votes, for another (10|9) min.*: too little weight is for it\n/)
        .and.to.include("votes: weight 1000 of 4000 for, 0 against; 1 of 4 agents, 1 of 2 operators for")
        .and.to.include("  for, by who holds the seats now: agent 1\n")
        .and.to.include("simulated now: it is not queued yet; its calls would go through");
      const json: unknown = JSON.parse(await well("proposal", "show", first.slice(0, 10), "--json"));
      expect(json).to.deep.include({ hash: first, state: "Voting", riskClass: "Elevated", weightFor: "1000" });
      expect(json).to.have.nested.property("proposal.conditions[0].amount", "12000000000");
    });

    it("takes votes from vote signers alone, each once, and queues once it has enough", async () => {
      expect(await fault("proposal", "queue", first, "--as", "erin")).to.include("refusal: BelowThreshold");
      await voteAll(first, "risk-1", "risk-2");
      expect(await fault("proposal", "vote", first, "--support", "for", "--as", "risk-1")).to.include("AlreadyVoted");
      expect(await fault("proposal", "vote", first, "--support", "for", "--as", "alice")).to.include("UnknownSigner");
      expect(await fault("proposal", "vote", first, "--support", "perhaps", "--as", "risk-3")).to.include("abstain");
      await voteAll(first, "risk-3");
      expect(await well("proposal", "queue", first, "--as", "erin")).to.include("it can be executed in 30 s");
      await well("proposal", "vote", first, "--support", "against", "--as", "risk-4");
      expect(await well("proposal", "show", first))
        .to.include("weight 4000 of 4000 for, 1000 against")
        .and.to.include("  against, by who holds the seats now: agent 5\n");
      expect(await fault("proposal", "execute", first, "--as", "erin")).to.include("refusal: DelayNotPassed");
    });

    it("is stopped by two owners of the guardian Safe, and not by one [NX-CON-05]", async () => {
      const file = join(folder, "veto.json");
      const asked = await well("safe", "propose", "--veto", first, "--reason", "too large", "--out", file);
      expect(asked).to.include("Safe GuardianSafe 0x").and.to.include('reason: "too large"');
      expect(await fault("safe", "sign", file, "--as", "cosigner-owner-1")).to.include("is no owner of the Safe");
      const sign = async (who: string) => signatureIn(await well("safe", "sign", file, "--as", who, "--json"));
      const [a, c] = [await sign("guardian-owner-1"), await sign("guardian-owner-3")];
      const execute = (signatures: string) =>
        ["safe", "execute", file, "--as", "guardian-owner-2", "--signatures", signatures] as const;
      expect(await fault(...execute(a))).to.equal("1 owners signed, 2 must");
      expect(await fault(...execute(`${a},${a}`))).to.include("signed twice");
      expect(await well(...execute(`${a},${c}`))).to.include("sent: 0x");
      expect(await well("proposal", "list")).to.include("GuardianSafe vetoed it: “too large”");
      // The Safe's nonce has moved on: the same signatures are worth nothing.
      expect(await fault(...execute(`${a},${c}`))).to.include("this would fail");
      await wait(deployed, DELAY.elevated);
      expect(await fault("proposal", "execute", first, "--as", "erin")).to.include("refusal: WrongProposalState");
    });

    it("passes the next time, and a guardian is not needed for that", async () => {
      second = await make(11_000n);
      await voteAll(second, "risk-1", "risk-2", "risk-3");
      await well("proposal", "queue", second, "--as", "erin");
      await wait(deployed, DELAY.elevated);
      expect(await well("proposal", "show", second)).to.include(
        "simulated now: it would go through, and its post-conditions would hold",
      );
      expect(await well("proposal", "execute", second, "--as", "erin", "--dry-run")).to.include("nothing was sent");
      expect(await well("proposal", "execute", second, "--as", "erin")).to.include("is Executed: it was executed");
      expect(await fault("dao", "veto", second, "--reason", "late", "--as", "guardian")).to.include(
        "WrongProposalState",
      );
    });
  });

  describe("a Critical proposal", () => {
    it("passes with two owners of the co-signing Safe, and with nothing less [NX-CON-02]", async () => {
      const hash = await make(9_000n, "--class", "Critical");
      await voteAll(hash, "risk-1", "risk-2", "risk-3", "risk-4");
      await well("proposal", "queue", hash, "--as", "erin");
      await wait(deployed, DELAY.critical);
      expect(await well("proposal", "show", hash))
        .to.include("with the co-signer's signature it can be executed for another ")
        .and.to.include("simulated now: the co-signer has not signed it; its calls would go through");
      expect(await fault("proposal", "execute", hash, "--as", "erin")).to.include("refusal: CoSignatureMissing");

      const file = join(folder, "co.json");
      await well("safe", "propose", "--co-sign", hash, "--out", file);
      const sign = async (who: string) => signatureIn(await well("safe", "sign", file, "--as", who, "--json"));
      const pair = `${await sign("cosigner-owner-3")},${await sign("cosigner-owner-2")}`;
      const coSignature = signatureIn(await well("safe", "execute", file, "--signatures", pair, "--json"));
      const half = coSignature.slice(0, coSignature.length / 2 + 1);
      const execute = (signature: string) =>
        ["proposal", "execute", hash, "--as", "erin", "--co-signature", signature] as const;
      expect(await fault(...execute(half))).to.include("refusal: CoSignatureMissing");
      expect(await fault(...execute("no hex"))).to.include("“no hex” is neither bytes in hex nor a file of them");
      expect(await well(...execute(coSignature))).to.include("is Executed");
    });

    it("does not have its owners sign what the file says and Consensus does not", async () => {
      const hash = await make(8_000n, "--class", "Critical");
      const file = join(folder, "forged.json");
      await well("safe", "propose", "--co-sign", hash, "--out", file);
      const request = z.record(z.string(), z.string()).parse(JSON.parse(await readFile(file, "utf8")));
      await writeFile(file, JSON.stringify({ ...request, hash: `0x${"12".repeat(32)}` }));
      expect(await fault("safe", "sign", file, "--as", "cosigner-owner-1")).to.include(`but ${hash} is co-signed by`);
      await writeFile(file, JSON.stringify({ ...request, chainId: "1" }));
      expect(await fault("safe", "sign", file, "--as", "cosigner-owner-1")).to.include("is for chain 1, the address");
    });
  });

  describe("refuses with one line", () => {
    for (const [args, says] of [
      [["proposal", "show", "0x12345678"], "begins with 0x12345678"],
      [["proposal", "show", "7"], "at least 8 digits"],
      [["proposal", "create", "nowhere.json", "--as", "searcher"], "cannot read nowhere.json"],
      [["safe", "propose"], "by one of --veto, --co-sign, --target"],
      [["safe", "sign", "nowhere.json", "--as", "guardian-owner-1"], "cannot read nowhere.json"],
    ] as const) {
      it(args.join(" "), async () => {
        const message = await fault(...args);
        expect(message).to.include(says);
        expect(message.split("\n")).to.have.length(1);
      });
    }

    it("a proposal by who signs for no agent, or of calls that no class carries", async () => {
      const file = join(folder, "swap.json");
      await writeFile(file, JSON.stringify(swapOf(9_000n)));
      expect(await fault("proposal", "create", file, "--as", "alice")).to.include("signs for no agent");
      await writeFile(file, JSON.stringify(swapOf(90_000n)));
      expect(await fault("proposal", "create", file, "--as", "searcher")).to.include("no class carries these calls");
    });
  });
});
