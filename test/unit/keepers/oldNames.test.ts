import { copyFile, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { id } from "ethers";
import { parseAddressBook, parseMandateLeaves } from "../../../deployments/schema.ts";
import { openFileJournal, pendingTransaction } from "../../../keepers/adapters/journal/file.ts";
import { openVoucherStore } from "../../../keepers/adapters/payments/store.ts";
import { checkEvidence } from "../../../keepers/adapters/readers/evidence.ts";
import { replay } from "../../../keepers/agents/arbitrage/replay.ts";
import { jobTermsOf } from "../../../keepers/core/jobTerms.ts";
import { OLD_TERMS_NAMES, byTodaysName, withTodaysNames } from "../../../keepers/core/oldNames.ts";
import { word } from "../../../keepers/core/hex.ts";
import { ZERO_ADDRESS } from "../../../keepers/core/proposal.ts";
import { stillOpen } from "../../../keepers/sending/pending.ts";
import { unresolved } from "../../../keepers/sending/pending.ts";
import { loadConfig } from "../../../keepers/wiring/config.ts";
import { paymentTransaction } from "../../../keepers/wiring/payments.ts";
import { readTerms } from "../../../scripts/lib/termsFile.ts";
import { withTodaysName } from "../../../scripts/cli/renamed.ts";
import { readWritten } from "../../../scripts/cli/proposal/create.ts";
import { account } from "../../support/keeperBuilders.ts";
import { DOMAIN, hashes, termsOf } from "../../support/payments.ts";
import { slowMessage } from "../../support/slowBuilders.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

/** Files as they were written before the names changed; git has the code that wrote them. */
const OLD = join(dirname(fileURLToPath(import.meta.url)), "../../fixtures/before-renames");
const jsonIn = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(OLD, name), "utf8"));

describe("What was written before the names changed", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "nexus-old-"));
  });
  afterEach(() => removeFolder(folder));

  /** A copy that may be locked and written to. */
  const copyOf = async (name: string): Promise<string> => {
    const path = join(folder, name);
    await copyFile(join(OLD, name), path);
    return path;
  };

  it("is read: the journal of an execution engine, whose open transaction is taken up", async () => {
    const journal = await openFileJournal(await copyOf("execution.journal"), pendingTransaction);
    const open = unresolved(await journal.load());
    await journal.close();
    expect(open).to.have.length(1);
    expect(open[0]).to.include({ hash: `0x${"03".repeat(32)}`, accountNonce: 13n, account: account(9) });
  });

  it("is read: the journal of a steward, whose open proposal has all that it had", async () => {
    const journal = await openFileJournal(await copyOf("steward.journal"), pendingTransaction);
    const [open, ...others] = stillOpen((await journal.load()).filter((entry) => entry.kind !== "resolved"));
    await journal.close();
    expect(others).to.deep.equal([]);
    const { hash: _today, ...message } = slowMessage();
    const { hash, ...kept } = open ?? slowMessage();
    expect(kept).to.deep.equal(message);
    expect(kept.proposal.submitter).to.equal(ZERO_ADDRESS);
    // The digest stays what was voted for; a contract of today gives the same proposal another.
    expect(hash).to.equal("0x79e82de7b6a6cf678e7be67d3342b1c89dc648b59e6fec8c353163181c1dad72");
  });

  it("is read: the journal of a payments agent, each operation by the identity that it has today", async () => {
    const journal = await openFileJournal(await copyOf("payments.journal"), paymentTransaction);
    const open = unresolved(await journal.load()).map(({ operation }) => operation);
    await journal.close();
    const channel = hashes.channelIdOf(termsOf(1));
    expect(open).to.deep.equal([
      `finalizeClose ${channel}`,
      `resolveTimeout ${word(0xabcn)}`,
      `claim ${channel} up to 5`,
    ]);
  });

  it("is read: a voucher store", async () => {
    const { store, damaged } = await openVoucherStore(await copyOf("vouchers.store"), { domain: DOMAIN });
    const channels = store.channels();
    await store.close();
    expect(damaged).to.equal(0);
    expect(channels.map(({ channelId, last }) => [channelId, last?.maxClaimableAmount])).to.deep.equal([
      [hashes.channelIdOf(termsOf(1)), 10n],
      [hashes.channelIdOf(termsOf(2)), 20n],
    ]);
    expect(channels[1]?.agreedUntil).to.equal(9n);
  });

  it("is read: a log of decisions, which is replayed to the same bytes", async () => {
    const log = await readFile(join(OLD, "decisions.jsonl"), "utf8");
    const [line = ""] = log.split("\n");
    const text = line.slice(line.indexOf('"record":') + '"record":'.length, -1);
    expect(replay(JSON.parse(text))).to.equal(text);
    expect(checkEvidence(log, id(text)).isRight).to.equal(true);
  });

  it("is read: a configuration, from a file and from the environment", async () => {
    const config = loadConfig(await jsonIn("keeper.json"), {});
    expect(config.risk).to.include({
      profitToleranceBps: 7n,
      slowVoteDeadlineSeconds: 900n,
      slowVoteLossUsd: 8n,
      slowVotePositionUsd: 9n,
    });
    expect(config.execution.recordPerformance).to.equal(true);
    expect(config.steward.collectionBlocks).to.equal(10n);
    const set = loadConfig(await jsonIn("keeper.json"), { NEXUS_STEWARD_COLLECT_BLOCKS: "3" });
    expect(set.steward.collectionBlocks).to.equal(3n);
  });

  it("is refused in a configuration that says both names of a setting", async () => {
    const file = withTodaysNames(await jsonIn("keeper.json"), new Map());
    const both = { NEXUS_RISK_PROFIT_TOLERANCE_BPS: "1" };
    expect(() => loadConfig(file, both)).to.throw(
      "risk.claimToleranceBps: is called risk.profitToleranceBps now, and both are set: leave claimToleranceBps out",
    );
  });

  it("is read: a list of permitted calls", async () => {
    const leaves = parseMandateLeaves(await jsonIn("leaves.json"));
    expect(leaves.map(({ minClass }) => minClass)).to.deep.equal([0, 2]);
  });

  it("is refused in one line that says what to do: an address book of contracts with other functions", async () => {
    const book = await jsonIn("addressBook.json");
    expect(() => parseAddressBook(book)).to.throw(
      "contracts.OutcomeRecorder: was deployed by a release whose functions have other names: deploy again with nexus deploy",
    );
  });

  it("is read: the terms of a job", async () => {
    const terms = await readTerms(join(OLD, "job.json"), { chainId: 713715, contract: account(0x12) }, (found) =>
      jobTermsOf(byTodaysName(found, OLD_TERMS_NAMES)),
    );
    expect(terms).to.include({ timeoutPayment: 2n, reviewPeriod: 60n });
  });

  it("is read: a proposal that a person wrote", async () => {
    const { conditions } = await readWritten(join(OLD, "proposal.json"));
    expect(conditions.map(({ kind }) => kind)).to.deep.equal([
      "balanceAtLeast",
      "balanceIncreasesAtLeast",
      "balanceDecreasesAtMost",
      "valueDecreasesAtMostBps",
      "onlyMoves",
    ]);
  });

  it("is understood: options of a command", () => {
    const args = ["job", "create", "--silent", "2", "--window=60", "--price", "3"];
    const today = ["job", "create", "--timeout-payment", "2", "--review-period=60", "--price", "3"];
    expect(withTodaysName(args)).to.deep.equal({ args: today, note: undefined });
    expect(withTodaysName(["pay", "open", "--window", "1"]).args).to.deep.equal(["pay", "open", "--window", "1"]);
  });
});
