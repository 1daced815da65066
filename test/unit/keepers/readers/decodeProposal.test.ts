import { AbiCoder } from "ethers";
import { expect } from "chai";
import { type Hex, concat, hex, sizeOf, sliceBytes, word } from "../../../../keepers/core/hex.ts";
import { type Proposal, ZERO_ADDRESS } from "../../../../keepers/core/proposal.ts";
import { address, unixSeconds } from "../../../../keepers/core/units.ts";
import { asArgument, findProposal, hashOfProposal } from "../../../../keepers/adapters/readers/decodeProposal.ts";
import { Consensus__factory } from "../../../../types/index.ts";

const abi = Consensus__factory.createInterface();
const place = { chainId: 1329, consensus: `0x${"12".repeat(20)}` };
const target = address(`0x${"34".repeat(20)}`);
const proposal: Proposal = {
  agentId: 1n,
  nonce: 2n,
  deadline: unixSeconds(3n),
  submitter: ZERO_ADDRESS,
  maxLoss: 4n,
  forecast: 5n,
  calls: [{ target, data: hex(`0x${"ab".repeat(100)}`) }],
  conditions: [{ kind: 0, subject: target, holder: target, amount: 6n }],
  evidence: hex(`0x${"cd".repeat(32)}`),
};
const HASH = hashOfProposal(proposal, place);
const PROPOSE = hex(abi.getFunction("propose").selector);
const proposes = hex(abi.encodeFunctionData("propose", [1, "0x", asArgument(proposal)]));
const enacts = hex(abi.encodeFunctionData("enact", ["0x", asArgument(proposal), []]));

/** What looks like a proposal as long as only its head is read: all its words are zero. */
const DECOY = concat([PROPOSE, ...Array.from({ length: 12 }, () => word(0n))]);
const decoys = (count: number): Hex => concat(Array.from({ length: count }, () => DECOY));
const found = (input: string) => findProposal(input, HASH, place);

describe("a proposal in the input of a transaction [NX-FAC-06]", () => {
  it("is found in a direct call, and in one by way of another contract", () => {
    for (const carrier of [proposes, enacts]) {
      expect(found(carrier)).to.deep.equal(proposal);
      expect(found(concat(["0x12345678", word(7n), carrier, "0xff"]))).to.deep.equal(proposal);
    }
    expect(findProposal(proposes, `0x${"00".repeat(32)}`, place)).to.equal(undefined);
  });

  it("is looked for at 32 places and in 131,072 bytes at the most, and a selector alone is no place", () => {
    const selectors = concat(Array.from({ length: 2_000 }, () => PROPOSE));
    expect(found(concat(["0x12345678", selectors, proposes]))).to.deep.equal(proposal);
    const others = concat(Array.from({ length: 40 }, () => concat([PROPOSE, word(1n << 32n), sliceBytes(DECOY, 36)])));
    expect(found(concat(["0x12345678", others, proposes]))).to.deep.equal(proposal);
    expect(found(concat(["0x12345678", decoys(31), proposes]))).to.deep.equal(proposal);
    expect(found(concat(["0x12345678", decoys(32), proposes]))).to.equal(undefined);
    const zeros = (size: number): Hex => hex(`0x${"00".repeat(size)}`);
    const room = 131_072 - sizeOf(proposes);
    expect(found(concat([zeros(room), proposes]))).to.deep.equal(proposal);
    expect(found(concat([zeros(room + 1), proposes]))).to.equal(undefined);
  });

  it("is not stretched by calls that share their bytes", () => {
    const one = { target, data: hex(`0x${"ab".repeat(1_000)}`) };
    const shared = { ...proposal, calls: Array.from({ length: 20 }, () => one), conditions: [] };
    const whole = hex(abi.encodeFunctionData("propose", [1, "0x", asArgument({ ...shared, calls: [] })]));
    const head = 4 + Number(BigInt(sliceBytes(whole, 4 + 64, 4 + 96)));
    const tuple = hex(AbiCoder.defaultAbiCoder().encode(["tuple(address, bytes)"], [[target, one.data]]));
    const stretched = concat([
      sliceBytes(whole, 0, head + 6 * 32),
      word(BigInt(sizeOf(whole) - head)),
      sliceBytes(whole, head + 7 * 32),
      word(20n),
      ...shared.calls.map(() => word(20n * 32n)),
      sliceBytes(tuple, 32),
    ]);
    const decoded: unknown = abi.decodeFunctionData("propose", stretched).toArray()[2];
    expect(String(decoded)).to.include(one.data.slice(2, 40));
    expect(findProposal(stretched, hashOfProposal(shared, place), place)).to.equal(undefined);
    const honest = abi.encodeFunctionData("propose", [1, "0x", asArgument(shared)]);
    expect(findProposal(honest, hashOfProposal(shared, place), place)).to.deep.equal(shared);
  });
});
