import { mkdtemp, readFile, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { AddressBookError, parseAddressBook } from "../../../deployments/schema.ts";
import { addressBookPath, readAddressBook, writeAddressBook } from "../../../deployments/file.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const [LOW, HIGH] = [`0x${"1".repeat(40)}`, `0x${"2".repeat(40)}`];
const CHECKSUMMED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
const HASH = `0x${"ab".repeat(32)}`;

const book = {
  chainId: 1329,
  name: "sandbox",
  deployedAt: 12,
  environment: {
    tokens: {
      USDC: { address: LOW, symbol: "USDC", decimals: 6 },
      WSEI: { address: HIGH, symbol: "WSEI", decimals: 18 },
    },
    dexes: [{ name: "DragonSwap V1", kind: "v2", factory: CHECKSUMMED.toLowerCase(), router: CHECKSUMMED }],
    pools: [{ address: HIGH, dex: "DragonSwap V1", kind: "v2", token0: LOW, token1: HIGH, feePips: 3000 }],
    oracles: { "SEI/USD": { proxy: LOW } },
  },
  contracts: {
    Treasury: { address: LOW, tx: HASH, block: 13, args: [LOW, "5", 3, true, ["1"], { a: "b" }], bytecodeHash: HASH },
  },
  mandate: {
    root: HASH,
    leaves: [{ target: LOW, selector: "0x095ea7b3", decoder: HIGH, key: HASH, minClass: 0, route: "one transfer" }],
  },
};

const faultsOf = (json: unknown): readonly string[] => {
  try {
    parseAddressBook(json);
  } catch (error) {
    if (error instanceof AddressBookError) return error.faults;
    throw error;
  }
  return [];
};

const withEnvironment = (part: object) => ({ ...book, environment: { ...book.environment, ...part } });
const withPool = (part: object) => withEnvironment({ pools: [{ ...book.environment.pools[0], ...part }] });

describe("deployments: the address book", () => {
  it("normalises every address to its checksum", () => {
    expect(parseAddressBook(book).environment.dexes[0]?.factory).to.equal(CHECKSUMMED);
  });

  it("needs no mandate", () => {
    const { mandate, ...rest } = book;
    expect(mandate).to.be.an("object");
    expect(parseAddressBook(rest)).to.not.have.property("mandate");
  });

  it("lists every fault at once, each with its path", () => {
    const { deployedAt, ...rest } = { ...book, chainId: -1, extra: 1 };
    expect(deployedAt).to.equal(12);
    const tokens = { USDC: { address: "0x12", symbol: "", decimals: 1.5 } };
    const faults = faultsOf({ ...rest, environment: { ...book.environment, tokens } });
    for (const path of ["chainId", "deployedAt", "environment.tokens.USDC.address", "environment.tokens.USDC.symbol"]) {
      expect(faults.some((fault) => fault.startsWith(`${path}: `))).to.equal(true, path);
    }
    expect(faults.some((fault) => fault.startsWith("environment.tokens.USDC.decimals: "))).to.equal(true);
    expect(faults.some((fault) => fault.includes("extra"))).to.equal(true);
  });

  const cases: readonly (readonly [string, unknown, RegExp])[] = [
    ["no object", "book", /^\(top\): /],
    ["nothing", undefined, /^\(top\): /],
    [
      "a wrong checksum",
      withPool({ address: CHECKSUMMED.replace("5aA", "5Aa") }),
      /pools.0.address: must be a 20-byte/,
    ],
    ["an ICAP address", withPool({ address: "XE65GB6LDNXYOFTX0NSV3FUWKOWIXAMJK36" }), /pools.0.address: must be/],
    ["an address without 0x", withPool({ address: "1".repeat(40) }), /pools.0.address: must be/],
    ["an unknown key in a pool", withPool({ fee: 1 }), /pools.0: .*fee/],
    ["an unknown kind", withPool({ kind: "v4" }), /pools.0.kind: /],
    ["a fee of one and more", withPool({ feePips: 1_000_000 }), /pools.0.feePips: /],
    ["a pool of no known exchange", withPool({ dex: "Nowhere" }), /pools.0.dex: names no entry of dexes: Nowhere/],
    [
      "a pool of another kind than its exchange",
      withPool({ kind: "v3" }),
      /pools.0.kind: is v3 but DragonSwap V1 is v2/,
    ],
    ["a pool of unknown tokens", withPool({ token0: `0x${"0".repeat(39)}7` }), /pools.0.token0: is none of the tokens/],
    ["a pool of an unknown second token", withPool({ token1: `0x${"3".repeat(40)}` }), /token1: is none of the tokens/],
    ["tokens in the wrong order", withPool({ token0: HIGH, token1: LOW }), /pools.0.token1: must sort above token0/],
    [
      "a pool twice",
      withEnvironment({ pools: [...book.environment.pools, ...book.environment.pools] }),
      /pools.1.address: appears twice/,
    ],
    ["a short hash", { ...book, mandate: { ...book.mandate, root: "0x12" } }, /mandate.root: must be 32 bytes/],
    [
      "a leaf with a bad selector",
      { ...book, mandate: { root: HASH, leaves: [{ ...book.mandate.leaves[0], selector: "0x09" }] } },
      /mandate.leaves.0.selector: must be 4 bytes/,
    ],
  ];
  for (const [what, json, fault] of cases) {
    it(`refuses ${what}`, () => {
      expect(faultsOf(json).join("\n")).to.match(fault);
    });
  }

  it("counts its faults in its message", () => {
    expect(() => parseAddressBook(withPool({ dex: "x", feePips: 3000, token0: HIGH, token1: LOW }))).to.throw(
      AddressBookError,
      /^the address book has 2 faults:\n {2}environment.pools.0.dex: .*\n {2}environment.pools.0.token1: /,
    );
  });
});

describe("deployments: reading and writing the address book", () => {
  const inFolder = async (run: (folder: string) => Promise<void>): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), "address-book-"));
    try {
      await run(folder);
    } finally {
      await removeFolder(folder);
    }
  };

  it("reads what it wrote, and leaves no draft behind", () =>
    inFolder(async (folder) => {
      const path = addressBookPath(join(folder, "new"), 1329);
      await writeAddressBook(path, parseAddressBook(book));
      await writeAddressBook(path, parseAddressBook({ ...book, deployedAt: 99 }));
      expect(await readAddressBook(path)).to.deep.equal(parseAddressBook({ ...book, deployedAt: 99 }));
      expect(await readdir(join(folder, "new"))).to.deep.equal(["1329.json"]);
    }));

  it("finds nothing where there is no file", () =>
    inFolder(async (folder) => {
      expect(await readAddressBook(addressBookPath(folder, 1))).to.equal(undefined);
    }));

  it("keeps the old file when the new book is wrong", () =>
    inFolder(async (folder) => {
      const path = addressBookPath(folder, 1329);
      await writeAddressBook(path, parseAddressBook(book));
      const before = await readFile(path, "utf8");
      const fault = await writeAddressBook(path, { ...parseAddressBook(book), chainId: 0 }).catch((e: unknown) => e);
      expect(fault).to.be.instanceOf(AddressBookError);
      expect(await readFile(path, "utf8")).to.equal(before);
      expect(await readdir(folder)).to.deep.equal(["1329.json"]);
    }));

  it("says that a file is no JSON", () =>
    inFolder(async (folder) => {
      const path = addressBookPath(folder, 1329);
      await writeFile(path, "{");
      const fault = await readAddressBook(path).catch((e: unknown) => e);
      expect(fault).to.be.instanceOf(AddressBookError);
      expect(String(fault)).to.match(/1329.json is no JSON: /);
    }));
});
