import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { Transaction } from "ethers";
import { readKeystore } from "../../../keepers/adapters/wallet/keystore.ts";
import { remoteSigner } from "../../../keepers/adapters/wallet/remoteSigner.ts";
import { address } from "../../../keepers/core/units.ts";
import { SIGNER_COMMANDS } from "../../../scripts/cli/signer/commands.ts";
import { runLine } from "../../support/commandLine.ts";
import { failureOf } from "../../support/failureOf.ts";
import { accountOf } from "../../support/storeBuilders.ts";
import { until } from "../../support/until.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const PATIENCE_MS = 60_000;
const CLI = resolve(import.meta.dirname, "../../../scripts/cli/main.ts");
const CONSENSUS = "0x000000000000000000000000000000000000C0de";

/** An address book with one contract: enough for what never asks the chain. */
const BOOK = {
  chainId: 1329,
  name: "test",
  deployedAt: 0,
  contracts: {},
  environment: { tokens: {}, dexes: [], pools: [], oracles: {} },
};

describe("nexus signer", function () {
  this.timeout(PATIENCE_MS);
  let folder = "";
  const at = (name: string): string => join(folder, name);
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "nexus-signer-command-"));
    await writeFile(at("password"), "correct horse\n", { mode: 0o600 });
    await writeFile(at("book.json"), JSON.stringify(BOOK));
  });
  after(() => removeFolder(folder));

  it("create makes an encrypted key once, and shows no more than its address [NX-WAL-02]", async () => {
    const args = ["signer", "create", "--keystore", at("lane.json"), "--password-file", at("password")];
    const { code, output } = await runLine(SIGNER_COMMANDS, args);
    expect(code).to.equal(0);
    const key = await readKeystore(at("lane.json"), { reveal: () => "correct horse" });
    expect(output).to.equal(`${key.address}\n`);
    const again = await runLine(SIGNER_COMMANDS, args);
    expect([again.code, again.error?.message]).to.deep.equal([
      1,
      `the keystore ${at("lane.json")} cannot be written, or is there already`,
    ]);
  });

  it("serve signs for a sender in another process, and ends at SIGTERM; its environment and words hold no key [NX-WAL-02]", async () => {
    const { address: account, signingKey } = await readKeystore(at("lane.json"), { reveal: () => "correct horse" });
    const options = ["--keystore", at("lane.json"), "--password-file", at("password"), "--book", at("book.json")];
    const more = ["--socket", at("signer.sock"), "--target", CONSENSUS, "--max-value", "7"];
    const child = spawn(process.execPath, ["--import=tsx", CLI, "signer", "serve", ...options, ...more]);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await until("the signer", () => said.includes("signing at "), PATIENCE_MS);
    const remote = remoteSigner({ path: at("signer.sock"), chainId: 1_329n, timeoutMs: PATIENCE_MS });
    const unsigned = {
      to: address(CONSENSUS),
      data: "0x01",
      value: 7n,
      nonce: 3n,
      gasLimit: 100_000n,
      gasPrice: 10n ** 9n,
    } as const;
    const { raw } = await remote.sign(account, unsigned);
    expect(Transaction.from(raw).from?.toLowerCase()).to.equal(account);
    for (const changes of [{ value: 8n }, { to: accountOf(0xbad) }, { gasPrice: 10n ** 12n + 1n }]) {
      expect((await failureOf(remote.sign(account, { ...unsigned, ...changes }))).message).to.match(
        /^the signer refuses/,
      );
    }
    const secret = signingKey.privateKey.slice(2);
    const open = `${said}${await readFile(`/proc/${child.pid}/environ`, "latin1").catch(() => "")}`;
    expect(open).to.include(account).and.not.include(secret).and.not.include("correct horse");
    remote.close();
    child.kill("SIGTERM");
    await once(child, "exit");
    expect(child.exitCode).to.equal(0);
  });

  it("says in one line what is wrong: a password, a file that others may read, no book [NX-WAL-02]", async () => {
    await writeFile(at("wrong"), "horse", { mode: 0o600 });
    await writeFile(at("open"), "horse", { mode: 0o644 });
    const line = async (...args: readonly string[]): Promise<string> => {
      const own = ["signer", "serve", "--keystore", at("lane.json"), "--socket", at("other.sock")];
      return (await runLine(SIGNER_COMMANDS, [...own, ...args])).error?.message ?? "it went well";
    };
    const book = ["--book", at("book.json")];
    expect(await line("--password-file", at("wrong"), ...book)).to.match(/^the password of the keystore \S+ is wrong$/);
    expect(await line("--password-file", at("open"), ...book)).to.match(/is open to other users: chmod 600/);
    expect(await line("--password-file", at("none"), ...book)).to.match(/^the password file \S+ cannot be read$/);
    expect(await line("--password-file", at("wrong"), "--book", at("no-book"))).to.include("no-book");
    expect(await line("--password-file", at("wrong"), "--max-gas", "much", ...book)).to.equal(
      "--max-gas must be a whole number",
    );
    expect(await line("--password-file", at("wrong"), "--target", "me", ...book)).to.match(
      /^--target must be addresses/,
    );
  });
});
