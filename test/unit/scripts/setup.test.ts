import { expect } from "chai";
import { explainInstall, lastLines } from "../../../scripts/setup/failures.mjs";
import { isAtLeast, lacking } from "../../../scripts/setup/lockfile.mjs";
import { packagesIn, versionIn } from "../../../scripts/setup/redis.mjs";

const WANTED = {
  packages: {
    "": { version: "0.1.0" },
    "node_modules/ethers": { version: "6.17.0" },
    "node_modules/a/node_modules/b": { version: "1.0.0" },
    "node_modules/native-other-system": { version: "1.0.0", optional: true },
  },
};

const installed = (packages: Readonly<Record<string, { readonly version: string }>>) => ({ packages });

describe("setup: what an install lacks", () => {
  it("is nothing when every package is there, but those bound to another system", () => {
    const complete = installed({
      "node_modules/ethers": { version: "6.17.0" },
      "node_modules/a/node_modules/b": { version: "1.0.0" },
    });
    expect(lacking(WANTED, complete)).to.equal(undefined);
  });

  it("is everything when npm left no record", () => {
    expect(lacking(WANTED, undefined)).to.match(/nothing is installed yet/);
  });

  it("names a package that is missing, by its own name", () => {
    expect(lacking(WANTED, installed({ "node_modules/ethers": { version: "6.17.0" } }))).to.equal("b is not installed");
  });

  it("names a package of another version than the lock file's", () => {
    const old = installed({ "node_modules/ethers": { version: "6.16.0" } });
    expect(lacking(WANTED, old)).to.equal("ethers is 6.16.0, package-lock.json wants 6.17.0");
  });
});

describe("setup: versions", () => {
  for (const [version, least, expected] of [
    ["22.13.0", "22.13", true],
    ["22.13", "22.13.0", true],
    ["24.0.0", "22.13", true],
    ["v24.21.0", "22.13", true],
    ["22.12.9", "22.13", false],
    ["20.20.2", "22.13", false],
    ["9.0.0", "22.13", false],
  ] as const) {
    it(`says that ${version} is ${expected ? "" : "not "}at least ${least}`, () => {
      expect(isAtLeast(version, least)).to.equal(expected);
    });
  }
});

describe("setup: why npm failed", () => {
  for (const [output, expected] of [
    ["npm error code ENOSPC", /disk is full/],
    ["npm error code EACCES\nnpm error syscall mkdir", /cannot be written/],
    ["npm error code ENOTFOUND\nnpm error network request failed", /registry does not answer/],
    ["npm error code E403", /registry refuses us/],
    ["npm error code ETARGET\nnpm error notarget No matching version found", /registry lacks a package/],
    ["npm error code EINTEGRITY", /damaged/],
  ] as const) {
    it(`explains “${output.split("\n")[0] ?? ""}” in one line`, () => {
      const explanation = explainInstall(output) ?? "";
      expect(explanation).to.match(expected);
      expect(explanation).not.to.include("\n");
    });
  }

  it("explains nothing that it does not know, and shows the end of the output instead", () => {
    expect(explainInstall("npm error something new")).to.equal(undefined);
    expect(lastLines("one\ntwo\nthree\n", 2)).to.equal("two\nthree");
  });
});

describe("setup: the Redis of the tests", () => {
  it("reads which packages an installation would bring", () => {
    const output =
      "Reading package lists...\nInst liblzf1 (3.6-3 Debian:12 [amd64])\nInst redis-server (5:7.0.15)\nConf liblzf1";
    expect(packagesIn(output)).to.deep.equal(["liblzf1", "redis-server"]);
    expect(packagesIn("E: Unable to locate package redis-server")).to.deep.equal([]);
  });

  it("reads the version of a server", () => {
    expect(versionIn("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64")).to.equal("7.0.15");
    expect(versionIn("command not found")).to.equal(undefined);
  });
});
