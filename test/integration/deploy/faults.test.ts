import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { VoidSigner, ZeroAddress } from "ethers";
import { expect } from "chai";
import { type AddressBook, AddressBookError, parseAddressBook } from "../../../deployments/schema.ts";
import { type Command, UsageError } from "../../../scripts/lib/command.ts";
import { deploy } from "../../../scripts/cli/deploy.ts";
import { exitCodeOf } from "../../../scripts/lib/exitCode.ts";
import { reasonOf } from "../../../keepers/adapters/readers/reason.ts";
import { status } from "../../../scripts/cli/status.ts";
import { providerOf } from "../../../scripts/deploy/context.ts";
import { arbitrageLeaves } from "../../../scripts/deploy/mandate.ts";
import { baseAssetOf, tokenNamed } from "../../../scripts/deploy/parameters.ts";
import { type Chain, startChain } from "../../../scripts/sandbox/chain.ts";
import { sandboxParameters } from "../../../scripts/sandbox/parameters.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const KEY = "NEXUS_DEPLOYER_KEY";
const [LOW, HIGH] = [`0x${"1".repeat(40)}`, `0x${"2".repeat(40)}`];
const HASH = `0x${"ab".repeat(32)}`;

const BOOK = {
  chainId: 1329,
  name: "test",
  deployedAt: 0,
  environment: {
    tokens: {
      USDC: { address: LOW, symbol: "USDC", decimals: 6 },
      WSEI: { address: HIGH, symbol: "WSEI", decimals: 18 },
    },
    dexes: [{ name: "DragonSwap V1", kind: "v2", factory: LOW, router: HIGH }],
    pools: [{ address: HIGH, dex: "DragonSwap V1", kind: "v2", token0: LOW, token1: HIGH, feePips: 3000 }],
    oracles: {},
  },
  contracts: {},
};

const faultOf = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("deploy: what cannot be deployed is said in one line", () => {
  let chain: Chain;
  let folder = "";
  const key = process.env[KEY];
  before(async () => {
    Reflect.deleteProperty(process.env, KEY);
    folder = await mkdtemp(join(tmpdir(), "nexus-deploy-"));
    chain = await startChain(0);
  });
  after(async () => {
    if (key !== undefined) process.env[KEY] = key;
    await chain.stop();
    await removeFolder(folder);
  });

  const write = async (name: string, content: unknown): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  };
  const run = (command: Command, given: Readonly<Record<string, string>>): Promise<unknown> =>
    faultOf(command.run(new Map(Object.entries({ rpc: chain.rpcUrl, ...given }))));

  it("an address book that is not there", async () => {
    const book = join(folder, "nowhere.json");
    for (const command of [deploy, status]) {
      const fault = await run(command, { book });
      expect(fault).to.be.instanceOf(UsageError);
      expect(String(fault)).to.include(`there is no address book ${book}`);
    }
  });

  it("an address book that is no JSON, or has faults", async () => {
    const broken = await write("broken.json", "{");
    const faulty = await write("faulty.json", { ...BOOK, chainId: "1329", extra: 1 });
    for (const command of [deploy, status]) {
      const fault = await run(command, { book: broken });
      expect(fault).to.be.instanceOf(AddressBookError);
      expect(String(fault)).to.include("broken.json is no JSON");
      expect(String(await run(command, { book: faulty })))
        .to.match(/2 faults/)
        .and.to.match(/chainId: /)
        .and.to.match(/extra/);
    }
  });

  it("an address book of another chain", async () => {
    const book = await write("other.json", { ...BOOK, chainId: 1328 });
    const fault = await run(deploy, { book });
    expect(fault).to.be.instanceOf(UsageError);
    expect(String(fault)).to.include("the chain's id is 1329, the address book is for 1328");
  });

  it("a chain that does not answer", async () => {
    const book = await write("book.json", BOOK);
    for (const command of [deploy, status]) {
      const fault = await run(command, { book, rpc: "http://127.0.0.1:1" });
      expect(reasonOf(fault)).to.match(/^no node answers .*: start one with nexus sandbox, or name yours by --rpc$/);
      expect(exitCodeOf(fault)).to.equal(4);
    }
  });

  it("parameters that are not there, no JSON, or faulty", async () => {
    const book = await write("book.json", BOOK);
    const missing = await run(deploy, { book, parameters: join(folder, "nowhere.json") });
    expect(String(missing)).to.include("cannot read the parameters");
    const broken = await run(deploy, { book, parameters: await write("broken-parameters.json", "[") });
    expect(String(broken)).to.include("is no JSON");
    const faulty = await run(deploy, { book, parameters: await write("faulty-parameters.json", { minBond: 1 }) });
    expect(faulty).to.be.instanceOf(UsageError);
    expect(String(faulty))
      .to.match(/minBond/)
      .and.to.match(/assets/)
      .and.to.match(/governance/);
    expect(String(await run(deploy, { book }))).to.include("--parameters is missing");
  });

  it("sending without a key", async () => {
    const fault = await run(deploy, { book: await write("book.json", BOOK), send: "" });
    expect(fault).to.be.instanceOf(UsageError);
    expect(String(fault)).to.include(`the deployer's key must be in ${KEY}`);
  });
});

describe("deploy: what the address book lacks is named", () => {
  const book = parseAddressBook(BOOK);
  const parameters = sandboxParameters(book.environment, LOW, HIGH);
  const withDecoder: AddressBook = {
    ...book,
    contracts: { UniswapV2Decoder: { address: LOW, tx: HASH, block: 1, args: [], bytecodeHash: HASH } },
  };

  it("a contract, a token, an exchange, a base asset, a connection", () => {
    expect(() => addressOf(book, "Treasury")).to.throw("the address book has no contract Treasury; deploy it first");
    expect(() => tokenNamed(book.environment, "DAI")).to.throw("has no token DAI");
    expect(() => baseAssetOf({ ...parameters, assets: [] })).to.throw("at least its base asset");
    expect(() => providerOf(new VoidSigner(ZeroAddress))).to.throw("no connection to a chain");
    expect(arbitrageLeaves(withDecoder)).to.have.length(2);
    const homeless = { ...withDecoder, environment: { ...book.environment, dexes: [] } };
    expect(() => arbitrageLeaves(homeless)).to.throw("the address book has no exchange DragonSwap V1");
  });
});
