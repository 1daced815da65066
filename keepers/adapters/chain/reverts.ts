import type { ErrorDescription } from "ethers";
import type { RevertReason } from "../../core/chainSnapshot.ts";
import { CHANNEL_STATES } from "../../core/channelTypes.ts";
import type { Hex } from "../../core/hex.ts";
import { JOB_STATUSES, RECORD_REFUSALS } from "../../core/jobTerms.ts";
import { refusalAt } from "../../core/refusal.ts";
import { REFUSALS } from "../../core/refusalNames.ts";
import { INTERFACES } from "./interfaces.ts";

/** `GovernorSetting`, in its order. */
export const SETTING_NAMES = [
  "voting delay",
  "voting period",
  "proposal threshold",
  "quorum",
  "vote extension",
  "timelock's delay",
] as const;

/** Names of enum values, by the error and its argument that hold them. */
const ENUMS: Readonly<Record<string, readonly string[]>> = {
  "ProposalRefused.refusal": REFUSALS,
  "ActionRefused.refusal": REFUSALS,
  "NonceNotCancellable.refusal": REFUSALS,
  "JobNotRecordable.refusal": RECORD_REFUSALS,
  "WrongJobStatus.status": JOB_STATUSES,
  "WrongChannelState.state": CHANNEL_STATES,
};

const argumentWords = (error: string, name: string, value: unknown): string => {
  const names = ENUMS[`${error}.${name}`] ?? (name === "setting" ? SETTING_NAMES : []);
  return `${name}: ${names[Number(value)] ?? String(value)}`;
};

const wordsOf = ({ name: error, args, fragment }: ErrorDescription): string => {
  const names = fragment.inputs.map(({ name }) => name);
  return `${error}(${args.map((value, i) => argumentWords(error, names[i] ?? "", value)).join(", ")})`;
};

/** Which argument of an error is a `Refusal`. Other errors have refusals of their own kinds. */
const REFUSAL_AT: ReadonlyMap<string, number> = new Map([
  ["ProposalRefused", 1],
  ["ActionRefused", 0],
]);

/** The refusal that an error carries, if it carries one. */
const refusalIn = ({ name, args }: ErrorDescription): Pick<RevertReason, "refusal"> => {
  const at = REFUSAL_AT.get(name);
  return at === undefined ? {} : { refusal: refusalAt(Number(args[at])) };
};

/**
 * The error that revert data holds, with its arguments by name: our own, `Error(string)`, `Panic`, or what it looks like in
 * hex. Keepers and commands name it alike.
 */
export const explainRevert = (data: Hex): RevertReason => {
  if (data === "0x") return { name: "empty", text: "reverted without a reason" };
  for (const known of INTERFACES.values()) {
    const parsed = known.parseError(data);
    if (parsed === null) continue;
    // A plain reason of somebody else's contract.
    if (parsed.name === "Error") return { name: "Error", text: `reverted: ${String(parsed.args[0])}` };
    // The compiler's own, whose argument has no name in any ABI.
    if (parsed.name === "Panic") return { name: "Panic", text: `Panic(code: ${String(parsed.args[0])})` };
    return { name: parsed.name, text: wordsOf(parsed), ...refusalIn(parsed) };
  }
  return { name: "unknown", text: `reverted with ${data.slice(0, 74)}` };
};
