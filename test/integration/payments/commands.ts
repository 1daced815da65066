import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { z } from "zod";
import { JOB_COMMANDS } from "../../../scripts/cli/job/act.ts";
import { PAY_COMMANDS } from "../../../scripts/cli/pay/commands.ts";
import { writeAddressBook } from "../../../deployments/file.ts";
import { testKeys } from "../../../scripts/sandbox/account.ts";
import { PEOPLE, ROLE_INDICES } from "../../../scripts/sandbox/fleet.ts";
import { AgentRegistry__factory, Reputation__factory } from "../../../types/index.ts";
import { type Answer, runLine } from "../../support/commandLine.ts";
import { wait } from "../../support/dao.ts";
import type { KeeperWorld } from "../../support/keeperWorld.ts";
import { penaltyOf } from "../../support/declared.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const COMMANDS = { ...PAY_COMMANDS, ...JOB_COMMANDS };
const UNIT = 10n ** 6n;

const funds = z.object({ inLedger: z.string(), inWallet: z.string() });
const acted = z.looseObject({ sent: z.boolean() });

/** What people do with money, on a world that mines at once. */
export const commandTests = (world: () => KeeperWorld): void => {
  let folder = "";
  let bookPath = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "nexus-pay-"));
    bookPath = join(folder, "book.json");
    await writeAddressBook(bookPath, world().book);
  });
  after(() => removeFolder(folder));

  const nexus = (line: string, book = bookPath): Promise<Answer> => {
    const words = line.split(" ").map((word) => (word.startsWith("@") ? join(folder, word.slice(1)) : word));
    return runLine(COMMANDS, [...words, "--rpc", world().sandbox.rpcUrl, "--book", book]);
  };
  const well = async (line: string): Promise<string> => {
    const { code, output, error } = await nexus(line);
    expect(error, line).to.equal(undefined);
    expect(code, output).to.equal(0);
    return output;
  };
  const fault = async (line: string): Promise<string> => {
    const { code, output, error } = await nexus(line);
    expect(code, `${line}: ${output}`).to.be.greaterThan(0);
    const text = error?.message ?? output;
    expect(text.split("\n"), text).to.have.length(1);
    return text;
  };
  const json = async (line: string): Promise<unknown> => JSON.parse(await well(`${line} --json`));
  const inLedger = async (who: string): Promise<bigint> =>
    BigInt(funds.parse(await json(`pay balance --as ${who}`)).inLedger) / UNIT;
  /** Says it twice: the second time there is nothing left to do. */
  const twice = async (line: string): Promise<string> => {
    expect(acted.parse(await json(line)).sent, line).to.equal(true);
    const again = await well(line);
    expect(again, line).to.match(/^nothing to do: /);
    return again;
  };

  it("brings money into the ledger once, however often it is said", async () => {
    expect(await twice("pay deposit --as alice --balance 1000")).to.equal(
      "nothing to do: 1000 USDC are in the ledger\n",
    );
    expect(await inLedger("alice")).to.equal(1_000n);
    await well("pay deposit --as carol --balance 1000");
    expect(await fault("pay deposit --as alice --balance 1.0000001")).to.include("must be an amount of USDC");
    expect(await fault("pay deposit --as alice --balance 1000000")).to.match(/would fail: .*ERC20/);
  });

  it("puts a job's result on its agent's record, once", async () => {
    await writeFile(join(folder, "spec.md"), "value at risk of this portfolio");
    await writeFile(join(folder, "work.json"), "{}");
    const { book, provider } = world();
    const registry = AgentRegistry__factory.connect(addressOf(book, "AgentRegistry"), provider);
    const reputation = Reputation__factory.connect(addressOf(book, "Reputation"), provider);
    const wallet = await registry.getAgentWallet(1n);
    await well("pay deposit --as erin --balance 10");
    const create = `job create --as erin --worker ${wallet} --arbiter dan --spec @spec.md --price 10 --review-period 60`;
    await well(`${create} --deliver-in 60 --agent 1 --file @agents.json`);
    process.env["NEXUS_PAYMENT_KEY"] = testKeys()(ROLE_INDICES.firstOperator).privateKey;
    await well("job deliver @agents.json --result @work.json").finally(() => delete process.env["NEXUS_PAYMENT_KEY"]);
    await well("job approve @agents.json --as erin");
    await twice("job record @agents.json --as dan");
    expect(await reputation.ratingOf(1n)).to.be.greaterThan(0n);
  });

  it("opens a channel, keeps its terms, and finds them again on the chain", async () => {
    const open = "pay open --as alice --to bob --deposited 100 --file @channel.json";
    expect(await well(`${open} --dry-run`)).to.include("nothing was sent");
    expect(await twice(open)).to.include("nothing to do: the channel is Open and was given 100 USDC");
    expect(await inLedger("alice")).to.equal(900n);
    const byFile = z
      .looseObject({ channelId: z.string(), state: z.string() })
      .parse(await json("pay status @channel.json"));
    expect(byFile.state).to.equal("Open");
    expect(await json(`pay status ${byFile.channelId}`)).to.deep.equal(byFile);
    expect(await fault(`pay status 0x${"11".repeat(32)}`)).to.include("was ever opened");
    expect(await fault("pay open --as alice --to carol --deposited 1 --file @channel.json")).to.include(
      "another channel",
    );
    expect(await twice("pay top-up @channel.json --as alice --deposited 150")).to.include("was given 150 USDC");
    expect(await fault("pay top-up @channel.json --as bob --deposited 200")).to.match(/ModuleNotAllowed|NotPayer/);
  });

  it("pays by larger totals, each once", async () => {
    expect(await fault("pay claim @channel.json --as bob")).to.include("there is no voucher in");
    const first = await json("pay send @channel.json --as alice --total 30");
    expect(await json("pay send @channel.json --as alice --total 30")).to.deep.equal(first);
    expect(await well("pay send @channel.json --as alice --total 40 --dry-run")).to.include("was not signed");
    expect(await fault("pay send @channel.json --as alice --total 151")).to.include("holds 150 USDC, not 151 USDC");
    expect(await fault("pay send @channel.json --as alice --total 29")).to.include("takes nothing back");
    expect(await fault("pay send @channel.json --as bob --total 40")).to.include("signs the vouchers");
    expect(await twice("pay claim @channel.json --as bob")).to.include("30 USDC were paid already");
    expect(await inLedger("bob")).to.equal(30n);
    await well("pay send @channel.json --as alice --total 50");
    expect(await well("pay claim @channel.json --as carol")).to.include("20 USDC for the receiver, 50 USDC in all");
    expect(await inLedger("bob")).to.equal(50n);
  });

  it("punishes a close that leaves out what was signed, and ends the channel", async () => {
    await well("pay send @channel.json --as alice --total 90");
    expect(await well("pay watch @channel.json --as carol --once")).to.include(": Open, 50 USDC of 150 USDC paid");
    await twice("pay close @channel.json --as alice --owed 50");
    expect(await well("pay watch @channel.json --as carol --once")).to.include(
      "Closing, 50 USDC of 150 USDC paid, can",
    );
    await wait(world(), 1_801);
    expect(await well("pay watch @channel.json --as carol")).to.include("the close leaves out 40 USDC");
    const paid = funds.parse(await json("pay balance --as carol"));
    expect(paid.inLedger).to.equal(String(1_000n * UNIT + (40n * UNIT) / 100n));
    expect(await well("pay close @channel.json --as alice"))
      .to.include("nothing to do")
      .and.to.include("ClosingStale");
    await wait(world(), 1_801);
    await twice("pay close @channel.json --as erin");
    // The receiver has its 90: what the watchtower took of it was made good, to what the declaration was rounded by.
    const penalty = penaltyOf(90n * UNIT, 50n * UNIT);
    expect(funds.parse(await json("pay balance --as bob")).inLedger).to.equal(String(90n * UNIT - 400_000n + penalty));
    expect(await fault("pay open --as alice --to bob --deposited 100 --file @channel.json")).to.include(
      "never opens again",
    );
    expect(await well("pay watch @channel.json --as carol")).to.match(/: Closed\n$/);
  });

  it("closes at once with both parties' word, or by the receiver", async () => {
    await well("pay open --as alice --to bob --deposited 20 --salt 1 --file @second.json");
    expect(await fault("pay close @second.json --as carol")).to.include("only payer and receiver");
    expect(await well("pay close @second.json --as bob --owed 5 --agree @none.json --dry-run")).to.include(
      "not signed",
    );
    await well("pay close @second.json --as bob --owed 5 --agree @agreed.json");
    expect(await fault("pay close @second.json --as alice --agreement @channel.json")).to.include("no agreement");
    await twice("pay close @second.json --as alice --agreement @agreed.json");
    await well("pay open --as alice --to bob --deposited 20 --salt 2 --file @third.json");
    await well("pay send @third.json --as alice --total 7");
    await twice("pay close @third.json --as bob");
    // The stale close cost its payer a hundredth of the 40 that it left out, on top of the 90; then five, and seven.
    const { inLedger: left } = funds.parse(await json("pay balance --as alice"));
    expect(left).to.equal(String((1_000n - 90n - 5n - 7n) * UNIT - penaltyOf(90n * UNIT, 50n * UNIT)));
  });

  it("carries a job from its making to its payment, each step once", async () => {
    const create =
      "job create --as carol --worker dan --arbiter erin --price 100 --deliver-in 3600 --review-period 600";
    expect(await twice(`${create} --spec @spec.md --file @job.json`)).to.match(/nothing to do: job 0x\w+: Funded/);
    expect(await fault(`${create} --spec @work.json --file @job.json`)).to.include("another job");
    const { jobId } = z.looseObject({ jobId: z.string() }).parse(await json("job status @job.json"));
    expect(await json(`job status ${jobId}`)).to.deep.equal(await json("job status @job.json"));
    expect(await fault(`job accept ${jobId} --as erin`)).to.include("NotJobParty(jobId: ");
    await twice(`job accept ${jobId} --as dan`);
    await twice("job deliver @job.json --as dan --result @work.json");
    expect(await well("job status @job.json")).to.match(
      /Delivered \(to be judged, for another 10 min 1 s\), 100 USDC, fee /,
    );
    await twice("job approve @job.json --as carol");
    expect(await fault("job accept @job.json --as dan"))
      .to.include("WrongJobStatus(jobId: ")
      .and.to.include("status: Paid");
    expect(await inLedger("dan")).to.equal(99n);
    expect(await json("pay balance --as dan")).to.have.property("feesOwed", String(UNIT));
    expect(await fault("job record @job.json --as erin")).to.include("JobNotRecordable(jobId: ");
  });

  it("takes a disputed job to its arbiter, one by outcome to its evaluator, and gives back what nobody did", async () => {
    const create = "job create --as carol --worker dan --arbiter erin --spec @spec.md --review-period 60";
    await well(`${create} --price 10 --deliver-in 60 --file @disputed.json`);
    await well("job deliver @disputed.json --as dan --result @work.json");
    await twice("job dispute @disputed.json --as carol");
    expect(await fault("job arbitrate @disputed.json --as erin --earned 11")).to.include("AwardAboveCap");
    await twice("job arbitrate @disputed.json --as erin --earned 4");
    await well(
      `${create} --price 50 --floor 5 --outcome-bps 1000 --evaluator alice --deliver-in 61 --file @outcome.json`,
    );
    await well("job deliver @outcome.json --as dan --result @work.json");
    await twice("job approve @outcome.json --as alice --outcome 100");
    await well(`${create} --price 10 --deliver-in 62 --file @idle.json`);
    expect(await fault("job resolve @idle.json --as erin")).to.include("JobTermRunning");
    await wait(world(), 63);
    await twice("job resolve @idle.json --as erin");
    await well(`${create} --price 10 --deliver-in 63 --file @declined.json`);
    await twice("job cancel @declined.json --as dan");
    expect(await inLedger("carol")).to.equal(1_000n - 100n - 4n - 15n);
  });

  it("takes out of the ledger what is free", async () => {
    expect(await twice("pay withdraw --as bob --leave 1")).to.include("nothing to do: 1 USDC");
    expect(await inLedger("bob")).to.equal(1n);
  });

  it("sends nothing where the book is not the sandbox's, and says a fault in one line", async () => {
    const other = join(folder, "other.json");
    await writeFile(other, (await readFile(bookPath, "utf8")).replace('"sandbox"', '"sei"'));
    const erin = testKeys()(PEOPLE.get("erin") ?? 0).address;
    const dry = await nexus(`pay deposit --as ${erin} --balance 2000`, other);
    expect(dry.output).to.include("approve: it would go through\ndeposit: needs the transaction before it\n");
    expect(dry.output).to.include("nothing was sent, --send does it");
    expect((await nexus("pay balance --as alice", other)).error?.message).to.include("is neither an address");
    expect(await fault("pay status @none.json")).to.include("there is no file");
    await writeFile(join(folder, "broken.json"), "{");
    expect(await fault("job status @broken.json")).to.include("is no JSON");
    await writeFile(join(folder, "foreign.json"), JSON.stringify({ chainId: 1, contract: "0x", terms: {} }));
    expect(await fault("pay status @foreign.json")).to.include("holds no terms for 0x");
  });
};
