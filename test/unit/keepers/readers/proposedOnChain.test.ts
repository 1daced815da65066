import { AbiCoder } from "ethers";
import { expect } from "chai";
import { slowCalls } from "../../../../keepers/adapters/chain/slowPath.ts";
import { followProposed } from "../../../../keepers/adapters/readers/proposedOnChain.ts";
import type { Head } from "../../../../keepers/adapters/chain/heads.ts";
import type { ChainNode } from "../../../../keepers/adapters/chain/node.ts";
import { ELEVATED } from "../../../../keepers/core/ballot.ts";
import { RetryableError } from "../../../../keepers/core/errors.ts";
import type { Proposal } from "../../../../keepers/core/proposal.ts";
import { blockNumber, unixSeconds } from "../../../../keepers/core/units.ts";
import { Consensus__factory } from "../../../../types/index.ts";
import { CONSENSUS, USDC, callProofFor, hashOf } from "../../../support/keeperBuilders.ts";
import { slowProposal } from "../../../support/slowBuilders.ts";
import { until } from "../../../support/until.ts";

const abi = Consensus__factory.createInterface();
const START = 60_000n;

type Standing = {
  readonly block: bigint;
  readonly proposal: Proposal;
  readonly state?: number;
  readonly input?: string;
};

/** A chain with these proposals on its slow path, whose heads a test makes. */
const createChain = (standing: readonly Standing[]) => {
  let listener: (head: Head) => void = () => undefined;
  let head: Head | undefined;
  const world: { fails: boolean; readonly asked: Map<string, number>; spans: readonly (readonly [bigint, bigint])[] } =
    {
      fails: false,
      asked: new Map(),
      spans: [],
    };
  const transactionOf = (index: number): string => `0x${String(index + 1).padStart(64, "0")}`;
  const logOf = ({ block, proposal }: Standing, index: number) => {
    const values = [hashOf(proposal), proposal.agentId, ELEVATED, proposal.deadline, 0n, 0n, 0n];
    const { data, topics } = abi.encodeEventLog("Proposed", values);
    const place = {
      blockNumber: `0x${block.toString(16)}`,
      logIndex: `0x${index}`,
      transactionHash: transactionOf(index),
    };
    return { address: CONSENSUS, topics, data, ...place };
  };
  const word = (value: bigint): string => AbiCoder.defaultAbiCoder().encode(["uint256"], [value]).slice(2);
  const tallyOf = (data: string): string => {
    const hash: unknown = abi.decodeFunctionData("tallyOf", data).toArray().at(0);
    const found = standing.find(({ proposal }) => hashOf(proposal) === hash);
    return `0x${[BigInt(found?.state ?? 1), 1n, 900n, 1_500n, 0n, 0n, 0n, 0n, 0n].map(word).join("")}`;
  };
  const answers: Readonly<Record<string, (param: Readonly<Record<string, string>> & string) => unknown>> = {
    eth_getLogs: ({ fromBlock = "0x0", toBlock = "0x0" }) => {
      const [from, to] = [BigInt(fromBlock), BigInt(toBlock)];
      world.spans = [...world.spans, [from, to]];
      return standing.map(logOf).filter(({ blockNumber: at }) => BigInt(at) >= from && BigInt(at) <= to);
    },
    eth_call: ({ data = "" }) =>
      data.startsWith(abi.getFunction("tallyOf").selector) ? tallyOf(data) : `0x${word(0n).repeat(5)}`,
    eth_getTransactionByHash: (transaction) => {
      const found = standing.find((_, index) => transactionOf(index) === String(transaction));
      if (found === undefined) return null;
      const calls = slowCalls({ consensus: CONSENSUS, recorder: undefined });
      return { input: found.input ?? calls.propose(found.proposal, ELEVATED, "0x").data };
    },
  };
  const node: Pick<ChainNode, "request" | "head" | "onHead"> = {
    request: (method, params) => {
      world.asked.set(method, (world.asked.get(method) ?? 0) + 1);
      if (world.fails) return Promise.reject(new RetryableError("no answer"));
      // oxlint-disable-next-line typescript/consistent-type-assertions, typescript/no-unsafe-type-assertion -- a fake node
      return Promise.resolve(answers[method]?.(params[0] as Readonly<Record<string, string>> & string));
    },
    head: () => head,
    onHead: (one) => {
      listener = one;
      return () => undefined;
    },
  };
  const arrive = (block: bigint): void => {
    head = { block: blockNumber(block), time: unixSeconds(1_000n), baseFee: 1n, seenAtMs: 0 };
    listener(head);
  };
  return { node, world, arrive };
};

const follow = (chain: ReturnType<typeof createChain>) => {
  const seen: { arrivals: number; readonly troubles: string[] } = { arrivals: 0, troubles: [] };
  const found = followProposed(chain.node, {
    consensus: CONSENSUS,
    chainId: 1329n,
    callProofOf: () => callProofFor("v3", USDC),
    nowMs: () => 7,
    onArrival: () => void (seen.arrivals += 1),
    onTrouble: (what) => void seen.troubles.push(what),
  });
  return { found, seen };
};

describe("What is proposed, by the chain alone", () => {
  const open = slowProposal({ nonce: 11n });

  it("is what its proposer would have sent, once, from hours back on [NX-CON-07] [NX-KEE-11]", async () => {
    const chain = createChain([{ block: START - 20_000n, proposal: open }]);
    const { found, seen } = follow(chain);
    chain.arrive(START);
    await until("an arrival", () => seen.arrivals === 1);
    expect(found.take()).to.deep.equal([
      {
        hash: hashOf(open),
        riskClass: ELEVATED,
        proposal: open,
        callProofs: [callProofFor("v3", USDC)],
        why: "found on the chain",
        block: START - 20_000n,
        seenAtMs: 7,
      },
    ]);
    expect(found.take()).to.deep.equal([]);
  });

  it("comes once though its block is read again, and a new one comes with its block", async () => {
    const late = slowProposal({ nonce: 12n });
    const chain = createChain([
      { block: START - 3n, proposal: open },
      { block: START + 4n, proposal: late },
    ]);
    const { found, seen } = follow(chain);
    chain.arrive(START);
    await until("an arrival", () => seen.arrivals === 1);
    const looks = chain.world.spans.length;
    chain.arrive(START + 4n);
    expect(chain.world.spans).to.have.length(looks);
    await until("the next look", () => {
      chain.arrive(START + 5n);
      return chain.world.spans.length > looks;
    });
    await until("the second arrival", () => seen.arrivals === 2);
    expect(chain.world.spans.at(-1)).to.deep.equal([START + 1n - 25n, START + 5n]);
    expect(found.take().map(({ hash }) => hash)).to.deep.equal([hashOf(open), hashOf(late)]);
    expect(chain.world.asked.get("eth_getTransactionByHash")).to.equal(2);
  });

  it("leaves out what is late, vetoed, executed, or not in its transaction", async () => {
    const chain = createChain([
      { block: START, proposal: slowProposal({ nonce: 1n, deadline: unixSeconds(999n) }) },
      { block: START, proposal: slowProposal({ nonce: 2n }), state: 3 },
      { block: START, proposal: slowProposal({ nonce: 3n }), state: 0 },
      { block: START, proposal: slowProposal({ nonce: 4n }), input: "0x1234" },
      { block: START, proposal: open, state: 2 },
    ]);
    const { found, seen } = follow(chain);
    chain.arrive(START);
    await until("an arrival", () => seen.arrivals === 1);
    expect(found.take().map(({ hash }) => hash)).to.deep.equal([hashOf(open)]);
  });

  it("is asked for again at the next look when the node fails", async () => {
    const chain = createChain([{ block: START - 100n, proposal: open }]);
    chain.world.fails = true;
    const { found, seen } = follow(chain);
    chain.arrive(START);
    await until("the failure", () => seen.troubles.length === 1);
    expect(seen.troubles[0]).to.contain("proposals on the chain could not be read: RetryableError: no answer");
    chain.world.fails = false;
    await until("an arrival", () => {
      chain.arrive(START + 1n);
      return seen.arrivals === 1;
    });
    expect(found.take()).to.have.length(1);
  });
});
