import { Signature, Wallet, concat, dataLength, id } from "ethers";
import { expect } from "chai";
import fc from "fast-check";
import { understand } from "../../../scripts/lib/program.ts";
import { PROPOSAL_COMMANDS } from "../../../scripts/cli/proposal/commands.ts";
import { SAFE_COMMANDS } from "../../../scripts/cli/safe/commands.ts";
import { REFUSALS } from "../../../keepers/core/refusalNames.ts";
import { type ConditionKind, type Proposal, CONDITION_KIND } from "../../../keepers/core/proposal.ts";
import { address, unixSeconds } from "../../../keepers/core/units.ts";
import { hex } from "../../../keepers/core/hex.ts";
import { asArgument, findProposal, hashOfProposal } from "../../../keepers/adapters/readers/decodeProposal.ts";
import { checkEvidence } from "../../../keepers/adapters/readers/evidence.ts";
import { REFUSAL_DOCS } from "../../../keepers/views/contractErrors.ts";
import { inWords } from "../../../keepers/views/errorWords.ts";
import { reasonFor } from "../../../keepers/views/reasons.ts";
import { refusalReason, refusalWords } from "../../../keepers/views/refusals.ts";
import {
  type SlowProposalStatus,
  type Naming,
  slowStatusWords,
  conditionWords,
  flatStatus,
  shortfallOf,
  stateAt,
  tallyWords,
} from "../../../keepers/views/slowStatus.ts";
import { type SafeRequest, joinSignatures, safeDigest } from "../../../scripts/safe/sign.ts";
import { testKeys } from "../../../scripts/sandbox/account.ts";
import { Consensus__factory } from "../../../types/index.ts";
import { proposedNamed } from "../../../scripts/dao/named.ts";

const at = (byte: string) => address(`0x${byte.repeat(20)}`);
const [TOKEN, HOLDER] = [at("aa"), at("bb")];
const WAD = 10n ** 18n;

const naming: Naming = {
  account: (account) => (account === HOLDER ? "the holder" : account === TOKEN ? "the token" : account),
  amount: (_token, units) => `${units} T`,
};

const RATING: SlowProposalStatus = {
  state: "Voting",
  riskClass: "Elevated",
  since: 1_000n,
  votesUntil: 4_600n,
  deadline: 5_000n,
  tally: { weightFor: 1_000n, weightAgainst: 0n, votersFor: 1n, operatorsFor: 1n },
  policy: { threshold: 3_000n, minVoters: 3, minOperators: 2, maxDeadline: 3_600, delay: 60 },
  shortfall: "BelowThreshold",
};

describe("a post-condition in words", () => {
  const words = (kind: ConditionKind, amount: bigint) =>
    conditionWords({ kind, subject: TOKEN, holder: HOLDER, amount }, naming);

  it("says in which sense each kind is meant [NX-CON-06]", () => {
    expect(words(CONDITION_KIND.balanceAtLeast, 5n)).to.equal("the holder holds at least 5 T afterwards");
    expect(words(CONDITION_KIND.balanceAtMost, 5n)).to.equal("the holder holds at most 5 T afterwards");
    expect(words(CONDITION_KIND.balanceIncreasesAtLeast, 5n)).to.equal("the holder gains at least 5 T");
    expect(words(CONDITION_KIND.balanceDecreasesAtMost, 5n)).to.equal("the holder loses at most 5 T");
    expect(words(CONDITION_KIND.positionAtMost, 1_500n * WAD)).to.equal(
      "what the holder holds of the token is worth at most 1,500 USD afterwards",
    );
    expect(words(CONDITION_KIND.healthFactorAtLeast, (15n * WAD) / 10n)).to.equal(
      "the health factor of the holder in the token is at least 1.5 afterwards",
    );
    expect(words(CONDITION_KIND.valueDecreasesAtMostBps, 5n)).to.equal("the treasury's value falls by at most 0.05 %");
    expect(words(CONDITION_KIND.onlyMoves, 0n)).to.equal(
      "of the treasury's assets only those named so change: the token",
    );
  });
});

describe("a ballot in words", () => {
  const words = (change: Partial<SlowProposalStatus>, now: bigint) => slowStatusWords({ ...RATING, ...change }, now);

  it("says what a proposal that is voted on waits for, and until when", () => {
    expect(words({}, 1_000n)).to.equal("it waits for votes, for another 1 h: too little weight is for it");
    expect(words({ votesUntil: 1_090n }, 1_000n)).to.include("for another 1 min 30 s");
    expect(words({ shortfall: "None" }, 4_590n)).to.equal(
      "it has what its class demands: anyone may queue it within 10 s",
    );
    expect(words({}, 4_601n)).to.include("it expired");
  });

  it("says of a queued one whether it waits, can be executed, will not pass, or has expired", () => {
    const queued = { state: "Queued", shortfall: "None", votesUntil: 1_059n } as const;
    expect(words(queued, 1_010n)).to.match(/^it can be executed in 50 s; until then agents can vote on it/);
    expect(words(queued, 1_060n)).to.equal("it can be executed for another 1 h 5 min");
    expect(words({ ...queued, riskClass: "Critical" }, 1_060n)).to.match(/^with the co-signer's signature it can be/);
    const outvoted = { ...queued, shortfall: "MoreAgainst" } as const;
    expect(words(outvoted, 1_010n)).to.match(/as it stands it will not pass: at least as much weight is against it/);
    expect(words(outvoted, 1_060n)).to.match(/^it cannot be executed: at least as much/);
    expect(words(queued, 5_000n)).to.include("0 s");
    expect(words(queued, 5_001n)).to.equal("it expired: nobody executed it in time");
  });

  it("says how it ended", () => {
    expect(words({ state: "Executed" }, 9n)).to.equal("it was executed");
    const veto = { by: "GuardianSafe", reason: "too large" };
    expect(words({ state: "Vetoed", veto }, 9n)).to.equal("GuardianSafe vetoed it: “too large”");
    expect(words({ state: "Vetoed", veto: { ...veto, reason: "" } }, 9n)).to.equal("GuardianSafe vetoed it");
  });

  it("puts the votes beside what the class demands", () => {
    const tally = { weightFor: 1_000n, weightAgainst: 7n, votersFor: 1n, operatorsFor: 1n };
    expect(tallyWords(tally, RATING.policy)).to.equal(
      "weight 1000 of 3000 for, 7 against; 1 of 3 agents, 1 of 2 operators for",
    );
    expect(flatStatus({ ...RATING, tally })).to.include({ state: "Voting", weightAgainst: 7n });
  });

  it("takes a proposal that was made and has no ballot for executed", () => {
    expect([0n, 1n, 2n, 3n].map(stateAt)).to.deep.equal(["Executed", "Voting", "Queued", "Vetoed"]);
  });

  it("finds what is missing in the order of the chain [NX-CON-02]", () => {
    const { policy } = RATING;
    const enough = { weightFor: 3_000n, weightAgainst: 0n, votersFor: 3n, operatorsFor: 2n };
    expect(shortfallOf(enough, policy)).to.equal("None");
    expect(shortfallOf({ ...enough, weightAgainst: 3_000n }, policy)).to.equal("MoreAgainst");
    expect(shortfallOf({ ...enough, weightFor: 2_999n }, policy)).to.equal("BelowThreshold");
    expect(shortfallOf(enough, { ...policy, threshold: 0n })).to.equal("BelowThreshold");
    expect(shortfallOf({ ...enough, votersFor: 2n }, policy)).to.equal("TooFewVoters");
    expect(shortfallOf({ ...enough, operatorsFor: 1n }, policy)).to.equal("TooFewOperators");
  });

  it("has different words for each refusal, and counts calls from one", () => {
    expect(new Set(REFUSALS.map((refusal) => refusalWords(refusal)))).to.have.property("size", REFUSALS.length);
    expect(refusalWords("NotInMandate", 1n)).to.equal("the mandate does not permit the call (call 2)");
    expect(refusalWords("InvalidCondition")).to.match(/\(condition 1\)$/);
    expect(refusalWords("DelayNotPassed", 1_795_413_018n)).to.equal("its delay has not passed");
  });
});

describe("a refusal", () => {
  const PARTS = [
    "the vote, from zero",
    "the proposer's vote on the fast path, from zero",
    "the call, from zero",
    "the post-condition, from zero",
    "the state that it has",
    "how many whole signatures there are",
    "the last second in which votes counted",
    "the first second in which it may be executed",
  ];

  it("comes with its code, what it means, what its index is, and what to do next [NX-CON-08]", () => {
    expect([...REFUSAL_DOCS.keys()]).to.deep.equal([...REFUSALS]);
    for (const refusal of REFUSALS) {
      const { code, what, next } = refusalReason(refusal);
      expect([code, what === code, next === undefined]).to.deep.equal([refusal, false, refusal === "None"]);
      expect([...PARTS, undefined]).to.include(REFUSAL_DOCS.get(refusal)?.index);
    }
    expect(refusalReason("NotInMandate", 1n)).to.deep.equal({
      code: "NotInMandate",
      what: "the mandate does not permit the call (call 2)",
      next: "let the DAO add a leaf for the call, or leave it out",
    });
  });

  it("of an agent has the same three parts, and an unknown code stands for itself", () => {
    expect(reasonFor("balance-falls")).to.deep.equal({
      code: "balance-falls",
      what: "a balance of the treasury would fall",
      next: "propose it on the slow path",
    });
    expect(reasonFor("BelowThreshold")).to.deep.equal(refusalReason("BelowThreshold"));
    expect(reasonFor("moonshine")).to.deep.equal({ code: "moonshine", what: "moonshine", next: undefined });
  });

  it("ends the line of a command with what to do", () => {
    const explained = "ProposalRefused(proposalHash: 0x12, refusal: DelayNotPassed, index: 99)";
    expect(inWords(explained)).to.equal(`its delay has not passed (${explained}); next: wait until that second`);
    expect(inWords("NothingToMove()")).to.equal("the amount to move is zero (NothingToMove())");
  });

  it("says what a lending pool means by a number, Yei's own included, and leaves other numbers alone", () => {
    expect(inWords("reverted: 28")).to.equal("the reserve is frozen: it takes nothing in, and pays out (reverted: 28)");
    expect(inWords("reverted: 128")).to.match(
      /^only accounts that Yei names may liquidate this debt, .*\(reverted: 128\)$/,
    );
    for (const stranger of ["reverted: 127", "reverted: 2899", "reverted: 28 ", "28"])
      expect(inWords(stranger)).to.equal(stranger);
  });
});

describe("a proposal in the input of a transaction", () => {
  const PLACE = { chainId: 1329, consensus: at("cc") };
  const abi = Consensus__factory.createInterface();
  const account = fc
    .bigInt({ min: 0n, max: (1n << 160n) - 1n })
    .map((n) => address(`0x${n.toString(16).padStart(40, "0")}`));
  const bytes = fc.uint8Array({ maxLength: 70 }).map((data) => hex(`0x${Buffer.from(data).toString("hex")}`));
  const amount = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });
  const proposals: fc.Arbitrary<Proposal> = fc.record({
    agentId: fc.bigInt({ min: 1n, max: (1n << 32n) - 1n }),
    nonce: fc.bigInt({ min: 0n, max: (1n << 40n) - 1n }),
    deadline: fc.bigInt({ min: 0n, max: (1n << 40n) - 1n }).map(unixSeconds),
    submitter: account,
    maxLoss: amount,
    forecast: amount,
    calls: fc.array(fc.record({ target: account, data: bytes }), { maxLength: 3 }),
    conditions: fc.array(
      fc.record({
        kind: fc.constantFrom(...Object.values(CONDITION_KIND)),
        subject: account,
        holder: account,
        amount,
      }),
      { maxLength: 3 },
    ),
    evidence: fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .map((data) => hex(`0x${Buffer.from(data).toString("hex")}`)),
  });
  const inputOf = (proposal: Proposal): string =>
    abi.encodeFunctionData("propose", [1, "0x1234", asArgument(proposal)]);

  it("is found again, whatever stands around it", () => {
    fc.assert(
      fc.property(proposals, bytes, bytes, (proposal, before, after) => {
        const input = concat([before, inputOf(proposal), after]);
        expect(findProposal(input, hashOfProposal(proposal, PLACE), PLACE)).to.deep.equal(proposal);
      }),
    );
  });

  it("is not believed when it hashes to another proposal, chain or contract", () => {
    fc.assert(
      fc.property(proposals, (proposal) => {
        const input = inputOf(proposal);
        const hash = hashOfProposal(proposal, PLACE);
        expect(findProposal(input, id("another"), PLACE)).to.equal(undefined);
        expect(findProposal(input, hash, { ...PLACE, chainId: 1328 })).to.equal(undefined);
        expect(findProposal(input, hash, { ...PLACE, consensus: at("dd") })).to.equal(undefined);
      }),
    );
    expect(findProposal("0x", id("x"), PLACE)).to.equal(undefined);
  });
});

describe("the evidence of a proposal", () => {
  const record = '{"decision":{"kind":"propose"},"note":"ünder way"}';
  const evidence = id(record);
  const other = `{"evidence":"${id("other")}","record":"other"}`;

  it("is checked by hashing the record that the log keeps, as it stands there [NX-KEE-03]", () => {
    const line = `{"evidence":"${evidence}","record":${record}}`;
    expect(checkEvidence(`${other}\n${line}\n`, evidence)).to.have.property("isRight", true);
    expect(checkEvidence(`${other}\n`, evidence).words).to.equal("the log has no record of it");
    const forged = checkEvidence(line.replace("propose", "refuse"), evidence);
    expect(forged.isRight).to.equal(false);
    expect(forged.words).to.include(`that hashes to ${id(record.replace("propose", "refuse"))}`);
  });
});

describe("a proposal's name", () => {
  const proposed = (hash: string, index: number) => ({
    number: index + 1,
    hash,
    agentId: 1n,
    riskClass: "Elevated" as const,
    deadline: 0n,
    seats: 0n,
    block: 1,
    transaction: "0x",
  });
  const all = [`0x12345678${"a".repeat(56)}`, `0x12345679${"b".repeat(56)}`, `0x12345679${"c".repeat(56)}`].map(
    proposed,
  );

  it("is its number, its hash or enough of it", () => {
    expect(proposedNamed(all, "3")).to.equal(all[2]);
    expect(() => proposedNamed(all, "4")).to.throw("“4” is no proposal of agents");
    expect(proposedNamed(all, "0x12345678")).to.equal(all[0]);
    expect(proposedNamed(all, all[2]?.hash.toUpperCase().replace("0X", "0x") ?? "")).to.equal(all[2]);
    expect(() => proposedNamed(all, "0x12345679")).to.throw("several begin with 0x12345679");
    expect(() => proposedNamed(all, "0xffffffff")).to.throw("no proposal begins with 0xffffffff: there are 3");
    expect(() => proposedNamed(all, "0x1234567")).to.throw("at least 8 digits");
  });
});

describe("what a Safe's owners sign", () => {
  const keyAt = testKeys();
  const keys = [keyAt(300), keyAt(301), keyAt(302)];
  const owners = keys.map(({ address: owner }) => owner);
  const digest = id("digest");
  const signed = keys.map((key) => key.signingKey.sign(digest).serialized);
  const pick = (...indices: readonly number[]): readonly string[] => indices.map((index) => signed[index] ?? "0x");

  it("is put together in the order of the owners' addresses, whoever signed first", () => {
    const ascending = [...owners]
      .sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1))
      .map((owner) => owners.indexOf(owner));
    const expected = concat(pick(...ascending));
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ] as const;
    for (const order of orders) {
      expect(joinSignatures(digest, pick(...order), { owners, threshold: 2 })).to.equal(expected);
    }
  });

  it("refuses too few, the same twice, a stranger's, another digest's, and what is no signature", () => {
    const join = (signatures: readonly string[]) => () => joinSignatures(digest, signatures, { owners, threshold: 2 });
    expect(join(pick(0))).to.throw("1 owners signed, 2 must");
    expect(join(pick(1, 1))).to.throw("signed twice");
    const stranger = new Wallet(keyAt(310).privateKey).signingKey.sign(digest).serialized;
    expect(join([...pick(0), stranger])).to.throw(`${keyAt(310).address} signed, who is no owner`);
    const other = keys[1]?.signingKey.sign(id("other")).serialized ?? "";
    expect(join([...pick(0), other])).to.throw("who is no owner");
    expect(join([...pick(0), "0x1234"])).to.throw("has 2 bytes, a signature 65");
    expect(join([...pick(0), `0x${"ff".repeat(64)}1b`])).to.throw("is no signature");
  });

  it("makes of each form of a signature the one that a Safe takes, and names those that it cannot [NX-FAC-02]", () => {
    const { r, s, yParity, compactSerialized, serialized } = keys[1]?.signingKey.sign(digest) ?? Signature.from();
    const [plain, other] = [pick(1)[0] ?? "", pick(0)[0] ?? ""];
    expect(serialized).to.equal(plain);
    const joined = joinSignatures(digest, [plain, other], { owners, threshold: 2 });
    for (const form of [
      compactSerialized,
      concat([r, s, `0x0${yParity}`]),
      concat([r, s, `0x${(27 + yParity).toString(16)}`]),
    ]) {
      expect(joinSignatures(digest, [form, other], { owners, threshold: 2 }), form).to.equal(joined);
      expect(dataLength(joined)).to.equal(130);
    }
    const asMessage = concat([r, s, `0x${(31 + yParity).toString(16)}`]);
    expect(() => joinSignatures(digest, [asMessage, other], { owners, threshold: 2 })).to.throw(
      /signs the digest as a message \(v 3[12]\): sign it as typed data/,
    );
  });

  it("binds the chain, the Safe, and its nonce or the hash", () => {
    const call: SafeRequest = { kind: "call", chainId: 1n, safe: at("01"), nonce: 3n, to: at("02"), data: "0x1234" };
    const hash: SafeRequest = { kind: "hash", chainId: 1n, safe: at("01"), hash: id("hash") };
    const requests: readonly SafeRequest[] = [
      call,
      { ...call, chainId: 2n },
      { ...call, safe: at("03") },
      { ...call, nonce: 4n },
      { ...call, to: at("04") },
      { ...call, data: "0x1235" },
      hash,
      { ...hash, chainId: 2n },
      { ...hash, safe: at("03") },
      { ...hash, hash: id("other") },
    ];
    expect(new Set(requests.map(safeDigest))).to.have.property("size", requests.length);
  });
});

describe("the commands of agents' proposals and of Safes", () => {
  const commands = { ...PROPOSAL_COMMANDS, ...SAFE_COMMANDS };
  for (const name of Object.keys(commands)) {
    it(`${name} tells its options`, () => {
      const answer = understand([...name.split(" "), "--help"], commands);
      expect(answer).to.have.property("kind", "help");
      expect(answer).to.have.property("text").that.includes("--json");
    });
  }
});
