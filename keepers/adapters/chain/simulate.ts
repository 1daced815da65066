import type { Interface } from "ethers";
import type { Simulation } from "../../core/chainSnapshot.ts";
import { RetryableError } from "../../core/errors.ts";
import { type Hex, hex } from "../../core/hex.ts";
import { type Call, type CallProof, type Proposal, type RiskClass } from "../../core/proposal.ts";
import { type Address, type BlockNumber, blockNumber } from "../../core/units.ts";
import { Consensus__factory, ExecutionProbe__factory, Treasury__factory } from "../../../types/index.ts";
import type { ProbeReportStructOutput } from "../../../types/contracts/periphery/ExecutionProbe.ts";
import type { Addresses } from "./addresses.ts";
import type { ChainNode } from "./node.ts";
import { explainRevert } from "./reverts.ts";

const probeAbi: Interface = ExecutionProbe__factory.createInterface();
const treasuryAbi: Interface = Treasury__factory.createInterface();
const consensusAbi: Interface = Consensus__factory.createInterface();

/** Calls, call proofs and a proposal as the general encoder takes them. */
export const plainCalls = ({ calls }: Pick<Proposal, "calls">) => calls.map((call) => ({ ...call }));
export const plainCallProofs = (callProofs: readonly CallProof[]) =>
  callProofs.map((callProof) => ({ ...callProof, proof: [...callProof.proof] }));
export const plainProposal = (proposal: Proposal) => ({
  ...proposal,
  calls: plainCalls(proposal),
  conditions: proposal.conditions.map((condition) => ({ ...condition })),
});

/** The data of the transaction that enacts a proposal: `Consensus` and `PerformanceRecorder` have the same function. */
export const encodeEnact = (proposal: Proposal, callProofs: readonly CallProof[], votes: Hex): Hex =>
  hex(consensusAbi.encodeFunctionData("enact", [votes, plainProposal(proposal), plainCallProofs(callProofs)]));

const encodeExecute = (proposal: Proposal, callProofs: readonly CallProof[], riskClass: RiskClass): Hex => {
  const { agentId, maxLoss } = proposal;
  const args = [riskClass, plainCalls(proposal), maxLoss, plainCallProofs(callProofs), agentId];
  return hex(treasuryAbi.encodeFunctionData("execute", args));
};

/**
 * The probe's runtime code, from our own build: the node runs its constructor in `eth_call`, which answers with the code.
 * @throws RetryableError when the node does not answer with code
 */
export const probeCode = async (node: ChainNode): Promise<Hex> => {
  const code = await node.request("eth_call", [{ data: ExecutionProbe__factory.bytecode }, "latest"]);
  if (typeof code !== "string" || code.length < 4) throw new RetryableError("the node did not build the probe");
  return hex(code);
};

const toSimulation = (data: unknown, tokens: readonly Address[]): Simulation => {
  if (typeof data !== "string" || data === "0x") throw new RetryableError("the probe did not answer");
  const [report] = probeAbi.decodeFunctionResult("probe", data) as unknown as [ProbeReportStructOutput];
  const block = blockNumber(report.blockNumber);
  if (!report.success) return { kind: "reverted", block, error: explainRevert(hex(report.answer)) };
  const changes = new Map(tokens.map((token, index) => [token, report.changes[index] ?? 0n]));
  return { kind: "ok", block, gasUsed: report.gasUsed, changes };
};

/** Calls to be tried, by the limits of one class. */
export type Tried = {
  readonly proposal: Proposal;
  readonly callProofs: readonly CallProof[];
  readonly riskClass: RiskClass;
};

/** Tries things at one block, on the agent's own node, without sending anything. */
export type Simulator = {
  /**
   * What the calls would do to the treasury, votes and post-conditions aside: run from the address that may make it act.
   */
  readonly execute: (tried: Tried, block: BlockNumber) => Promise<Simulation>;
  /** What a transaction would do to the treasury, post-conditions included, run from `sender`. */
  readonly send: (call: Call, sender: Address, block: BlockNumber) => Promise<Simulation>;
};

/** @param code the probe's runtime bytecode, as `probeCode` returns it */
export const createSimulator = (
  node: ChainNode,
  addresses: Pick<Addresses, "consensus" | "treasury" | "tokens">,
  code: Hex,
): Simulator => {
  const tokens = addresses.tokens.map((token) => token.address);
  const run = async (from: Address, { target, data }: Call, block: BlockNumber): Promise<Simulation> => {
    const call = probeAbi.encodeFunctionData("probe", [target, data, addresses.treasury, tokens]);
    const at = `0x${block.toString(16)}`;
    return toSimulation(await node.request("eth_call", [{ to: from, data: call }, at, { [from]: { code } }]), tokens);
  };
  return {
    execute: ({ proposal, callProofs, riskClass }, block) =>
      run(
        addresses.consensus,
        { target: addresses.treasury, data: encodeExecute(proposal, callProofs, riskClass) },
        block,
      ),
    send: (call, sender, block) => run(sender, call, block),
  };
};
