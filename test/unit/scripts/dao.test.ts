import { readFileSync } from "node:fs";
import { expect } from "chai";
import type { AddressBook } from "../../../deployments/schema.ts";
import { understand } from "../../../scripts/lib/program.ts";
import { DAO_COMMANDS, TREASURY_COMMANDS } from "../../../scripts/cli/dao/commands.ts";
import { PROPOSAL_COMMANDS } from "../../../scripts/cli/proposal/commands.ts";
import { SAFE_COMMANDS } from "../../../scripts/cli/safe/commands.ts";
import { mandateCall } from "../../../scripts/dao/calls.ts";
import { readSpan } from "../../../keepers/adapters/readers/logs.ts";
import { mandateChangeLines, newMandateIn } from "../../../scripts/dao/mandateChange.ts";
import { protectedDescription, titleOf } from "../../../keepers/adapters/readers/daoProposals.ts";
import { daoStatusWords } from "../../../keepers/views/daoStatus.ts";
import { arbitrageLeaves } from "../../../scripts/deploy/mandate.ts";
import { buildMandateTree } from "../../../deployments/mandateTree.ts";
import { spanWords, votesWords } from "../../../keepers/views/spans.ts";

const RATING = {
  state: "Queued",
  voteStart: 100n,
  voteEnd: 200n,
  eta: 300n,
  expiry: 400n,
  against: 0n,
  inFavour: 0n,
  abstain: 0n,
  quorum: undefined,
} as const;

describe("the DAO in words", () => {
  it("tells spans of time by their two largest units", () => {
    for (const [seconds, words] of [
      [0n, "0 s"],
      [59n, "59 s"],
      [60n, "1 min"],
      [3_661n, "1 h 1 min"],
      [172_800n, "2 d"],
      [90_061n, "1 d 1 h"],
    ] as const) {
      expect(spanWords(seconds)).to.equal(words);
    }
  });

  it("tells votes in whole tokens", () => {
    expect(votesWords(10n ** 23n)).to.equal("100000");
    expect(votesWords(15n * 10n ** 17n)).to.equal("1.5");
  });

  it("says what a proposal waits for, and never a negative time", () => {
    expect(daoStatusWords({ ...RATING, state: "Pending" }, 90n)).to.equal("its vote begins in 11 s");
    expect(daoStatusWords({ ...RATING, state: "Active" }, 190n)).to.equal("its vote goes on for 11 s");
    expect(daoStatusWords({ ...RATING, state: "Active" }, 900n)).to.equal("its vote goes on for 0 s");
    expect(daoStatusWords({ ...RATING, state: "Succeeded" }, 340n)).to.include("expires in 1 min");
    expect(daoStatusWords(RATING, 290n)).to.equal("it can be executed in 10 s; until then everybody can leave");
    expect(daoStatusWords(RATING, 300n)).to.equal("it can be executed; it expires in 1 min 40 s");
    expect(daoStatusWords({ ...RATING, state: "Expired" }, 900n)).to.equal("nobody took it further in time");
  });

  it("protects a description and shows it without its protection", () => {
    const proposer = `0x${"ab".repeat(20)}`;
    const description = protectedDescription("  Trade less\nbecause\n", proposer);
    expect(description.endsWith(`#proposer=${proposer}`)).to.equal(true);
    expect(titleOf(description)).to.equal("Trade less\nbecause");
    expect(titleOf("as it is")).to.equal("as it is");
  });

  it("cuts the protection at the end alone: the same letters before it are part of the title [NX-FAC-01]", () => {
    const proposer = `0x${"ab".repeat(20)}`;
    const title = "A #proposer= B";
    expect(titleOf(protectedDescription(title, proposer))).to.equal(title);
    expect(titleOf(protectedDescription(`A\n\n#proposer=${proposer} B`, proposer))).to.equal(
      `A\n\n#proposer=${proposer} B`,
    );
    expect(titleOf(`A #proposer=${proposer}`)).to.equal("A");
    expect(titleOf(`A #proposer=${proposer.slice(0, 20)}`)).to.equal(`A #proposer=${proposer.slice(0, 20)}`);
  });
});

describe("a change of the mandate, in words", () => {
  const at = (digit: string): string => `0x${digit.repeat(40)}`;
  const [USDC, WETH, WSEI] = [at("1"), at("2"), at("3")];
  const token = (address: string, symbol: string) => ({ address, symbol, decimals: 18 });
  const pool = (token0: string, token1: string) => ({
    address: at("9"),
    dex: "DragonSwap",
    kind: "v2" as const,
    token0,
    token1,
    feePips: 3_000,
  });
  const contract = (digit: string) => ({ address: at(digit), tx: "0x", block: 1, args: [], bytecodeHash: "0x" });
  const environment = {
    tokens: { USDC: token(USDC, "USDC"), WETH: token(WETH, "WETH"), WSEI: token(WSEI, "WSEI") },
    dexes: [{ name: "DragonSwap", kind: "v2" as const, factory: at("7"), router: at("8") }],
    pools: [pool(USDC, WETH), pool(USDC, WSEI)],
    oracles: {},
  };
  const bare: AddressBook = {
    name: "sandbox",
    chainId: 1329,
    deployedAt: 1,
    environment,
    contracts: { Mandate: contract("a"), UniswapV2Decoder: contract("b"), UniswapV3Decoder: contract("c") },
  };
  const leaves = arbitrageLeaves(bare);
  const book: AddressBook = { ...bare, mandate: { root: buildMandateTree(leaves).root, leaves: [...leaves] } };

  it("counts the calls, and names the tokens and calls that leave and come", () => {
    expect(mandateChangeLines(book, leaves.slice(2))).to.deep.equal([
      "4 → 2 permitted calls, WETH leaves",
      "  − USDC to WETH on DragonSwap",
      "  − WETH to USDC on DragonSwap",
    ]);
    expect(mandateChangeLines({ ...book, mandate: { root: "0x", leaves: leaves.slice(2) } }, leaves)).to.deep.equal([
      "2 → 4 permitted calls, WETH comes in",
      "  + USDC to WETH on DragonSwap",
      "  + WETH to USDC on DragonSwap",
    ]);
    expect(mandateChangeLines(book, leaves)).to.deep.equal(["4 → 4 permitted calls"]);
  });

  it("does not believe the words of a stranger's file, which are no part of the root", () => {
    const [known, ...others] = leaves;
    if (known === undefined) throw new Error("no leaf");
    const lying = { ...known, route: "nothing at all" };
    const strange = { ...known, key: `0x${"5".repeat(64)}`, minClass: 2, route: "WSEI to USDC on DragonSwap" };
    expect(mandateChangeLines(bare, [lying, ...others])[1]).to.equal("  + USDC to WETH on DragonSwap");
    expect(mandateChangeLines(book, [...leaves, strange])).to.deep.equal([
      "4 → 5 permitted calls",
      `  + ${known.selector} of ${known.target}, which the file calls “WSEI to USDC on DragonSwap”, from Critical on`,
    ]);
  });

  it("is found in a proposal's calls, the last one that counts", () => {
    const [first, last] = [mandateCall(book, leaves.slice(2), "a.json"), mandateCall(book, leaves.slice(1), "b.json")];
    expect(newMandateIn(book, [first, last])).to.deep.equal({
      root: buildMandateTree(leaves.slice(1)).root,
      where: "b.json",
    });
    expect(newMandateIn(book, [{ ...first, target: WETH }])).to.equal(undefined);
  });
});

describe("the guide for members of the DAO", () => {
  const guide = readFileSync("docs/dao-guide.md", "utf8");
  const lines = [...guide.matchAll(/^npx nexus ((?:dao|treasury|proposal|safe) .*)$/gm)].map((found) => found[1] ?? "");
  const commands = { ...DAO_COMMANDS, ...TREASURY_COMMANDS, ...PROPOSAL_COMMANDS, ...SAFE_COMMANDS };
  const words = (line: string): readonly string[] =>
    [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) => double ?? single ?? bare ?? "");

  it("uses each command that a member needs", () => {
    const used = new Set(lines.map((line) => words(line).slice(0, 2).join(" ")));
    expect([...used]).to.include.members(Object.keys(commands).filter((name) => name !== "dao cancel"));
  });

  for (const line of lines) {
    it(`is understood: ${line}`, () => {
      expect(understand(words(line), commands)).to.have.property("kind", "run");
    });
  }
});

describe("a span of blocks", () => {
  it("is read in one piece where the node allows it", async () => {
    const asked: string[] = [];
    const read = ({ from, to }: { readonly from: number; readonly to: number }) => {
      asked.push(`${from}-${to}`);
      return Promise.resolve([from]);
    };
    expect(await readSpan({ from: 0, to: 10_000, warn: () => undefined }, read)).to.deep.equal([0]);
    expect(asked).to.deep.equal(["0-10000"]);
  });

  it("is read in halves where the node refuses, each block once and in order", async () => {
    const read = ({ from, to }: { readonly from: number; readonly to: number }) =>
      to - from > 1_000
        ? Promise.reject(new Error("too many blocks"))
        : Promise.resolve(Array.from({ length: to - from + 1 }, (_, i) => from + i));
    const blocks = await readSpan({ from: 3, to: 4_567, warn: () => undefined }, read);
    expect(blocks).to.deep.equal(Array.from({ length: 4_565 }, (_, i) => 3 + i));
  });

  it("fails with what the node says when it is short already", async () => {
    const failure = await readSpan({ from: 0, to: 2_000, warn: () => undefined }, () =>
      Promise.reject(new Error("no logs here")),
    ).catch(String);
    expect(failure).to.equal("Error: no logs here");
  });
});
