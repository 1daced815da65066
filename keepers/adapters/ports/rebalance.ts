import { keccak256, toUtf8Bytes } from "ethers";
import { encodeV2Swap, encodeV3Single } from "../../core/calls.ts";
import { hex } from "../../core/hex.ts";
import type { RebalancePorts } from "../../rebalance/ports.ts";
import { classify, readBallot } from "../chain/ballots.ts";
import { createSnapshotReader } from "../chain/snapshot.ts";
import type { DecisionLog } from "../record/decisionLog.ts";
import { venuesOf } from "./arbitrage.ts";
import type { AgentTools } from "./shared.ts";

/** A rebalancer's ports over its own connection. */
export const rebalancePorts = (
  tools: AgentTools,
  decisions: Pick<DecisionLog, "keep">,
  options: { readonly agentId: bigint; readonly tickReach: number },
): RebalancePorts => {
  const { node, addresses, bus, key, voters: signers } = tools;
  const venues = venuesOf(addresses);
  return {
    head: node.head,
    readSnapshot: createSnapshotReader(node, addresses, { ...options, signers, withPools: true }),
    readBallot: (question) => readBallot(node, addresses.consensus, question),
    classify: (calls, grants, block) =>
      classify(node, addresses.mandate, { agentId: options.agentId, calls, grants, block }),
    callOf: ({ pool, tokenIn, tokenOut, amountIn, leastOut, deadline }) => {
      const router = venues.routerOf(pool.address);
      if (router === undefined) return undefined;
      const swap = { router, tokenIn, tokenOut, amountIn, leastOut, recipient: addresses.treasury };
      const call = pool.kind === "v2" ? encodeV2Swap(swap, deadline) : encodeV3Single(swap, pool.feePips);
      const grant = venues.grantOf(call);
      return grant === undefined ? undefined : { call, grant };
    },
    hashProposal: tools.hashProposal,
    hashBallot: tools.hashBallot,
    hashText: (text) => hex(keccak256(toUtf8Bytes(text))),
    sign: key.signVote,
    publishProposal: (message) => bus.publish("slowProposals", message),
    publishBallot: (ballot) => bus.publish("ballots", ballot),
    keepRecord: decisions.keep,
    symbolOf: (at) => addresses.tokens.find(({ address }) => address === at)?.symbol ?? at,
    emit: tools.emit,
  };
};
