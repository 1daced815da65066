import { execFile } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { TypedDataEncoder } from "ethers";
import { CHANNELS_DOMAIN, VOUCHER_TYPES } from "../../keepers/core/channelTypes.ts";
import { bundle } from "../../scripts/setup/bundle.mjs";
import { removeFolder } from "../../scripts/lib/removeFolder.ts";

const run = promisify(execFile);
const MODULES = join(process.cwd(), "node_modules");
const bin = (name: string): string => join(MODULES, ".bin", name);

/** What an integrator writes. It resolves `nexus` by the package's own exports. */
const INTEGRATOR = `
  import { Treasury__factory } from "nexus";
  import { AddressBookError, parseAddressBook } from "nexus/deployments";
  import { channelHashes, loadKeccak, nexusScheme, paywall, payingFetch } from "nexus/payments";
  import abi from "nexus/abi/Treasury.json" with { type: "json" };
  import refusing from "nexus/abi/IConsensus.json" with { type: "json" };
  import commerce from "nexus/abi/Erc8183Adapter.json" with { type: "json" };
  import manifest from "nexus/package.json" with { type: "json" };

  const data = Treasury__factory.createInterface().encodeFunctionData("payOut", ["0x" + "11".repeat(20), "0x" + "22".repeat(20)]);
  // Errors of the escrow, the ledger and the token reach who calls the adapter.
  const errors = ["NotCommerceParty", "NoResult", "JobTermOver", "BalanceTooSmall", "ERC20InsufficientAllowance"];
  const told = errors.map((name) => commerce.filter((e) => e.type === "error" && e.name === name).length);
  const { keccak } = await loadKeccak();
  const domain = { chainId: 1329n, channels: "0x" + "33".repeat(20) };
  const digest = channelHashes(keccak, domain).voucherDigest({ channelId: "0x" + "44".repeat(32), maxClaimableAmount: 5n });
  const payments = [nexusScheme, paywall, payingFetch].every((part) => typeof part === "function");
  let faults = 0;
  try { parseAddressBook({}); } catch (error) { if (error instanceof AddressBookError) faults = error.faults.length; }
  console.log(JSON.stringify({ name: manifest.name, selector: data.slice(0, 10), abi: abi.length > 50, enact: refusing.some((e) => e.name === "enact"), faults: faults > 0, told, digest, payments }));
`;

/** A Hardhat 3 project as an integrator has one; the compiler is the one that is at hand. */
const HARDHAT_CONFIG = `
  import { createRequire } from "node:module";
  import { defineConfig } from "hardhat/config";
  const path = createRequire(import.meta.url).resolve("solc/soljson.js");
  export default defineConfig({ solidity: { version: "0.8.37", path } });
`;

const TSCONFIG = {
  compilerOptions: {
    target: "ES2024",
    module: "NodeNext",
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ["node"],
  },
  include: ["*.ts"],
};

/** What the guide quotes under one name. */
const quoted = (path: string): string => {
  const guide = readFileSync("docs/integrators-guide.md", "utf8");
  const at = guide.indexOf(`<!-- quoted: ${path} -->`);
  const found = /```\w+\n([\s\S]*?)```\n/.exec(guide.slice(at))?.[1];
  if (at < 0 || found === undefined) throw new Error(`the guide quotes no ${path}`);
  return found;
};

/** Gives a project each package that we have, as an install would, but for the one that is under test. */
const linkModules = (target: string): void => {
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(MODULES)) {
    if (name.startsWith(".") || name === "nexus") continue;
    symlinkSync(join(MODULES, name), join(target, name), "dir");
  }
};

/** The environment of a stranger's shell: the test runner tells its own children which project and loader to use. */
const ENV = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith("HARDHAT_") && name !== "NODE_OPTIONS"),
);

type Ended = { readonly code: number; readonly output: string; readonly cpuMs: number };

/** Prints the processor time that a program took, its children left out. */
const MEASURE =
  "process.on('exit', () => { const { user, system } = process.cpuUsage(); process.stderr.write('cpu ' + (user + system) / 1000 + '\\n'); });";

describe("the package, outside of a clone [NX-FAC-05]", function () {
  this.timeout(180_000);
  let project = "";

  const nexusOn = async (flags: readonly string[], args: readonly string[]): Promise<Ended> => {
    const measured = `--import=data:text/javascript,${encodeURIComponent(MEASURE)}`;
    const command = [measured, ...flags, "node_modules/nexus/scripts/nexus.mjs", ...args];
    const { stdout, stderr, code } = await run(process.execPath, command, { cwd: project, env: ENV }).then(
      (ended) => ({ ...ended, code: 0 }),
      (ended: unknown) => {
        if (!(ended instanceof Error && "code" in ended && "stdout" in ended && "stderr" in ended)) throw ended;
        return { stdout: String(ended.stdout), stderr: String(ended.stderr), code: Number(ended.code) };
      },
    );
    const output = (stdout + stderr).replace(/^cpu .*\n/m, "");
    return { code, output, cpuMs: Number(/^cpu (\S+)$/m.exec(stderr)?.[1]) };
  };
  const nexus = (...args: readonly string[]): Promise<Ended> => nexusOn([], args);

  before(async () => {
    await run(bin("tsc"), ["-p", "tsconfig.package.json"]);
    await run(process.execPath, ["--import=tsx", "scripts/package.ts"]);
    await bundle();
    project = mkdtempSync(join(tmpdir(), "nexus-outside-"));
    const { stdout } = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", project]);
    const archive = /"filename": "([^"]+)"/.exec(stdout)?.[1] ?? "";
    const modules = join(project, "node_modules");
    linkModules(modules);
    await run("tar", ["-xzf", join(project, archive), "-C", project]);
    await run("mv", [join(project, "package"), join(modules, "nexus")]);
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "outside", type: "module", private: true }));
  });
  after(() => removeFolder(project));

  it("exports typed factories, the schema of address books, ABIs with all errors, and its own package.json [NX-STD-05]", async () => {
    writeFileSync(join(project, "integrator.mjs"), INTEGRATOR);
    const { stdout } = await run(process.execPath, ["integrator.mjs"], { cwd: project, env: ENV });
    const domain = { ...CHANNELS_DOMAIN, chainId: 1329, verifyingContract: `0x${"33".repeat(20)}` };
    const voucher = { channelId: `0x${"44".repeat(32)}`, maxClaimableAmount: 5n };
    expect(JSON.parse(stdout)).to.deep.equal({
      name: "nexus",
      // The selector of claim(address,address).
      selector: "0x0ba079b4",
      abi: true,
      enact: true,
      faults: true,
      told: [1, 1, 1, 1, 1],
      digest: TypedDataEncoder.hash(domain, VOUCHER_TYPES, voucher),
      payments: true,
    });
  });

  it("has every command but the sandbox, starts in a second of processor time, and says what the sandbox needs", async () => {
    const help = await nexus("--help");
    expect(help.code, help.output).to.equal(0);
    for (const word of ["status", "doctor", "keeper", "dao", "agent", "pay"]) expect(help.output).to.include(word);
    for (const [first = "", second] of [
      ["dao", "show"],
      ["agent", "prime"],
      ["pay", "open"],
      ["job", "create"],
      ["safe", "sign"],
      ["proposal", "make"],
      ["keeper"],
      ["deploy"],
    ]) {
      const told = await nexus(first, ...(second === undefined ? [] : [second]), "-h");
      expect(told.code, told.output).to.equal(0);
      expect(told.output).to.include("Example:");
    }
    const missing = await nexus("status");
    expect(missing.code, missing.output).to.equal(2);
    expect(missing.output).to.match(/^nexus: there is no address book [^\n]*\n$/);
    expect(missing.cpuMs).to.be.lessThan(1_000);
    expect((await nexus("-v")).output).to.match(/^\d+\.\d+\.\d+\n$/);
  });

  it("says what the sandbox lacks where the development packages are not installed", async () => {
    const hidden = join(project, "node_modules/hardhat");
    rmSync(hidden);
    try {
      const { code, output } = await nexus("sandbox", "--port", "0");
      expect([code, output]).to.deep.equal([
        2,
        "nexus: the sandbox needs hardhat, which the package does not bring: run it in a clone of NEXUS\n",
      ]);
    } finally {
      symlinkSync(join(MODULES, "hardhat"), hidden, "dir");
    }
  });

  it("says on an old Node which one it needs, in one line", async () => {
    const older = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.1.0" } })`;
    const { code, output } = await nexusOn([`--import=data:text/javascript,${encodeURIComponent(older)}`], ["status"]);
    expect([code, output]).to.deep.equal([
      2,
      'nexus: Node 22.13 or newer is needed, this is 20.1.0: install it, or run npx -y -p node@24 -c "nexus status"\n',
    ]);
  });

  it("compiles the guide's Solidity example with Hardhat 3", async () => {
    mkdirSync(join(project, "contracts"), { recursive: true });
    writeFileSync(join(project, "contracts/HiringClient.sol"), quoted("contracts/examples/HiringClient.sol"));
    writeFileSync(join(project, "hardhat.config.ts"), HARDHAT_CONFIG);
    await run(process.execPath, [join(MODULES, "hardhat/dist/src/cli.js"), "build", "--quiet"], {
      cwd: project,
      env: ENV,
    });
    expect(existsSync(join(project, "artifacts/contracts/HiringClient.sol/HiringClient.json"))).to.equal(true);
  });

  it("runs and types the guide's TypeScript examples", async () => {
    for (const name of ["seller.ts", "buyer.ts"]) {
      copyFileSync(join(project, "node_modules/nexus/docs/examples", name), join(project, name));
      expect(readFileSync(join(project, name), "utf8")).to.equal(quoted(`docs/examples/${name}`));
    }
    copyFileSync(join(project, "node_modules/nexus/docs/examples/watch.ts"), join(project, "watch.ts"));
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify(TSCONFIG));
    await run(bin("tsc"), ["-p", "."], { cwd: project, env: ENV });
    const buyer = await run(process.execPath, ["buyer.ts", "http://127.0.0.1:1", "none.json"], {
      cwd: project,
      env: { ...ENV, NEXUS_PAYMENT_KEY: `0x${"42".repeat(32)}` },
    }).catch((error: unknown) => String(error));
    expect(buyer).to.include("none.json");
    const watching = await run(process.execPath, ["watch.ts", "http://127.0.0.1:1"], { cwd: project, env: ENV }).catch(
      (error: unknown) => String(error),
    );
    expect(watching).to.include("no gateway at http://127.0.0.1:1");
  });

  it("carries no test, no mock's source and no keeper in its archive", () => {
    const files = readdirSync(join(project, "node_modules/nexus"), { recursive: true, encoding: "utf8" });
    expect(files).to.include("dist/types/index.d.ts").and.to.include("dist/cli/main.js");
    expect(files.filter((path) => /^(?:test|contracts\/mocks|keepers|\.nexus)\b/.test(path))).to.deep.equal([]);
    expect(dirname(project)).to.equal(tmpdir());
  });
});
