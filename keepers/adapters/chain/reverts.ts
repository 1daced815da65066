import { Interface } from "ethers";
import type { RevertReason } from "../../core/chainView.ts";
import type { Hex } from "../../core/hex.ts";
import { refusalAt } from "../../core/refusal.ts";
import {
  Accounts__factory,
  AgentRegistry__factory,
  Consensus__factory,
  Escrow__factory,
  FeeSplitter__factory,
  Mandate__factory,
  OracleHub__factory,
  PaymentChannels__factory,
  Treasury__factory,
} from "../../../types/index.ts";

const LIBRARY_ERRORS = ["error DailyLimitExceeded(uint256 amount, uint256 room)"];

const INTERFACES: readonly Interface[] = [
  Consensus__factory.createInterface(),
  Treasury__factory.createInterface(),
  Mandate__factory.createInterface(),
  OracleHub__factory.createInterface(),
  AgentRegistry__factory.createInterface(),
  Accounts__factory.createInterface(),
  PaymentChannels__factory.createInterface(),
  Escrow__factory.createInterface(),
  FeeSplitter__factory.createInterface(),
  new Interface(LIBRARY_ERRORS),
];

/** The errors whose second or first argument is a {Refusal}: name and position. */
const REFUSAL_AT: Readonly<Record<string, number>> = { ProposalRefused: 1, ActionRefused: 0 };

/** Names the error that revert data holds: our own, `Error(string)`, `Panic`, or what it looks like in hex. */
export const explainRevert = (data: Hex): RevertReason => {
  if (data === "0x") return { name: "empty", text: "reverted without a reason" };
  for (const known of INTERFACES) {
    const parsed = known.parseError(data);
    if (parsed === null) continue;
    const text = `${parsed.name}(${parsed.args.map(String).join(", ")})`;
    const at = REFUSAL_AT[parsed.name];
    if (at === undefined) return { name: parsed.name, text };
    const refusal = refusalAt(Number(parsed.args[at]));
    return { name: parsed.name, text: `${parsed.name}: ${refusal}`, refusal };
  }
  return { name: "unknown", text: `reverted with ${data.slice(0, 74)}` };
};
