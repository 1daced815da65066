import { ZeroAddress, isError } from "ethers";
import type { Proposal } from "../../core/proposal.ts";
import { readCall } from "../../core/protocols/all.ts";
import { type Refusal, refusalAt } from "../../core/refusal.ts";
import { type Address, address } from "../../core/units.ts";
import { Mandate__factory, Treasury__factory } from "../../../types/index.ts";
import { reasonOf } from "./reason.ts";
import { exactText } from "../../views/amounts.ts";
import { asArgument } from "./decodeProposal.ts";
import { decodeCall, callProofsFor, leafFor } from "./callProofs.ts";
import { classAt, consensusOf } from "./slowProposals.ts";
import { refusalWords } from "../../views/refusals.ts";
import type { SlowProposalStatus, Naming } from "../../views/slowStatus.ts";
import { addressOf, nameOf } from "../../../deployments/lookup.ts";
import { type ClassName, CLASSES } from "../../core/riskClass.ts";
import type { LogSource } from "./logs.ts";

/** The class of a proposal's calls as the mandate computes it now, and why it is no lower one. */
export type Classified = {
  readonly riskClass: ClassName;
  /** Why no class can carry them, or "None". */
  readonly refusal: Refusal;
  readonly why: readonly string[];
};

/** What would happen now. `isOk`: it would go through. */
export type Simulated = { readonly isOk: boolean; readonly words: string };

/** Names of the address book. */
export const namingOf = ({ book }: Pick<LogSource, "book">): Naming => {
  const tokens = new Map(Object.values(book.environment.tokens).map((token) => [address(token.address), token]));
  return {
    account: (account) => (account === ZeroAddress ? "nobody" : (nameOf(book, account) ?? account)),
    amount: (token, units) => {
      const known = tokens.get(token);
      return known === undefined ? `${units} units of ${token}` : `${exactText(units, known.decimals)} ${known.symbol}`;
    },
  };
};

type Spent = {
  readonly token: Address;
  readonly amount: bigint;
  /** It is bought back, or comes back as a position's units. */
  readonly isBoughtBack: boolean;
};

/** What calls spend of each token in all. */
const spendingOf = ({ calls }: Proposal): readonly Spent[] => {
  const decoded = calls.map(decodeCall).filter((call) => call !== undefined);
  const tokens = [...new Set(decoded.map(({ tokenIn }) => tokenIn))];
  const goesForGood = calls.flatMap((call) => {
    const known = readCall(call);
    return known === undefined || known.protocol.lending !== undefined ? [] : [known.reading.tokenIn];
  });
  return tokens.map((token) => ({
    token,
    amount: decoded.filter(({ tokenIn }) => tokenIn === token).reduce((sum, { amountIn }) => sum + amountIn, 0n),
    isBoughtBack: !goesForGood.includes(token) || decoded.some(({ tokenOut }) => tokenOut === token),
  }));
};

const spentReasons = async (source: LogSource, proposal: Proposal, spent: Spent): Promise<readonly string[]> => {
  const mandate = Mandate__factory.connect(addressOf(source.book, "Mandate"), source.provider);
  const naming = namingOf(source);
  const words = (units: bigint): string => naming.amount(spent.token, units);
  const { perAction } = await mandate.tokenLimitOf(spent.token);
  const { forAgent, forAll } = await mandate.remainingOf(proposal.agentId, spent.token);
  const room = forAgent < forAll ? forAgent : forAll;
  return [
    ...(spent.amount > perAction
      ? [`it spends ${words(spent.amount)}, one Routine action may spend ${words(perAction)}`]
      : []),
    ...(!spent.isBoughtBack && spent.amount > room
      ? [`it spends ${words(spent.amount)} net, Routine has room for ${words(room)} of it now`]
      : []),
  ];
};

const leafReasons = ({ book }: LogSource, { calls }: Proposal): readonly string[] =>
  calls.flatMap((call, index) => {
    const least = leafFor(book.mandate?.leaves ?? [], call)?.minClass ?? 0;
    return least === 0 ? [] : [`the mandate permits call ${index + 1} from ${classAt(BigInt(least))} on`];
  });

/** Asks the mandate for the class of the calls, and says which limits of `Routine` they exceed. */
export const classify = async (source: LogSource, proposal: Proposal): Promise<Classified> => {
  const mandate = Mandate__factory.connect(addressOf(source.book, "Mandate"), source.provider);
  const { agentId, calls } = asArgument(proposal);
  const callProofs = callProofsFor(source.book.mandate?.leaves ?? [], proposal.calls);
  const answer = await mandate.classify(agentId, callProofs, calls);
  const refusal = refusalAt(Number(answer.refusal));
  const spent = await Promise.all(spendingOf(proposal).map((one) => spentReasons(source, proposal, one)));
  const { elevated, critical } = await mandate.classMultiples();
  const beyond = spent.flat();
  const more = `Elevated allows ${elevated} times as much, Critical ${critical} times`;
  const why = [...leafReasons(source, proposal), ...beyond, ...(beyond.length === 0 ? [] : [more])];
  return {
    riskClass: classAt(answer.riskClass),
    refusal,
    why: refusal === "None" ? why : [refusalWords(refusal, answer.index), ...why],
  };
};

const refused = (refusal: bigint, index: bigint): Simulated | undefined => {
  const name = refusalAt(Number(refusal));
  return name === "None" ? undefined : { isOk: false, words: `refused: ${refusalWords(name, index)}` };
};

const simulatedBy = (attempt: Promise<unknown>, well: string): Promise<Simulated> =>
  attempt.then(
    () => ({ isOk: true, words: well }),
    (error: unknown) => {
      if (!isError(error, "CALL_EXCEPTION")) throw error;
      return { isOk: false, words: `would fail: ${reasonOf(error)}` };
    },
  );

/** What the calls alone would do, whatever the tally lacks yet: a call in the name of Consensus, which only a node makes. */
const simulateCalls = (source: LogSource, proposal: Proposal, riskClass: ClassName): Promise<Simulated> => {
  const treasury = Treasury__factory.connect(addressOf(source.book, "Treasury"), source.provider);
  const callProofs = callProofsFor(source.book.mandate?.leaves ?? [], proposal.calls);
  const { calls, agentId, maxLoss } = asArgument(proposal);
  const from = addressOf(source.book, "Consensus");
  const attempt = treasury.execute.staticCall(CLASSES.indexOf(riskClass), calls, maxLoss, callProofs, agentId, {
    from,
  });
  return simulatedBy(attempt, "would go through; post-conditions are looked at once it can be executed");
};

/** A dry run has none: whether one is missing is an answer too. */
const NO_CO_SIGNATURE = "0x";

/**
 * What executing it would do in this block: `previewExecute`, and where that finds nothing `execute` itself as a call
 * that changes nothing. Before it can be executed, what the executor says of its calls.
 */
export const simulate = async (
  source: LogSource,
  proposal: Proposal,
  status: SlowProposalStatus,
): Promise<Simulated> => {
  const as = proposal.submitter === ZeroAddress ? {} : { from: proposal.submitter };
  const consensus = consensusOf(source);
  const callProofs = callProofsFor(source.book.mandate?.leaves ?? [], proposal.calls);
  const args = [asArgument(proposal), callProofs, NO_CO_SIGNATURE] as const;
  const answer = await consensus.previewExecute(...args, as);
  const why = refusalAt(Number(answer.refusal));
  if (["WrongProposalState", "DelayNotPassed", "CoSignatureMissing"].includes(why)) {
    const calls = await simulateCalls(source, proposal, status.riskClass);
    const lacks = why === "WrongProposalState" ? "it is not queued yet" : refusalWords(why);
    return { ...calls, words: `${lacks}; its calls ${calls.words}` };
  }
  const early = refused(answer.refusal, answer.index);
  if (early !== undefined) return early;
  return simulatedBy(
    consensus.executeCoSigned.staticCall(...args, as),
    "it would go through, and its post-conditions would hold",
  );
};
