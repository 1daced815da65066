import { Consensus__factory } from "../../../types/index.ts";
import { callOf } from "../../dao/calls.ts";
import { type Command, type Values, UsageError, needed, required, wholeNumber } from "../../lib/command.ts";
import { proposeCalls } from "./propose.ts";
import { type Session, ACT_OPTIONS, withDao } from "../session.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { CLASSES } from "../../../keepers/core/riskClass.ts";

const proposed = async (session: Session): Promise<number> => {
  const { book, provider, values } = session;
  const named = required(values, "class");
  const index = CLASSES.findIndex((name) => name === named);
  if (index < 0) throw new UsageError(`--class must be ${CLASSES.join(", ")}, got “${named}”`);
  const now = await Consensus__factory.connect(addressOf(book, "Consensus"), provider).policyOf(index);
  const either = (option: string, present: bigint): string => String(wholeNumber(values, option, 0) ?? present);
  const policy = [
    either("threshold", now.threshold),
    either("min-voters", now.minVoters),
    either("min-operators", now.minOperators),
    either("max-deadline", now.maxDeadline),
    either("delay", now.delay),
  ];
  const signature = "setPolicy(uint8,(uint64,uint16,uint16,uint32,uint32))";
  const call = callOf(book, { target: "Consensus", signature, args: [index, policy] });
  return proposeCalls(session, [call], values.get("title") ?? `What ${named} demands`);
};

/** Proposes what a class of agents' proposals demands. */
export const proposePolicy: Command = {
  about: "propose what a class of agents' proposals demands; what is not named stays as it is",
  example: "--class Routine --threshold 3500 --as alice",
  options: {
    class: needed({ value: "CLASS", about: CLASSES.join(", ") }),
    threshold: { value: "N", about: "weight that must vote for, more than half of all there is" },
    "min-voters": { value: "N", about: "the least number of agents" },
    "min-operators": { value: "N", about: "the least number of operators" },
    "max-deadline": { value: "S", about: "how far ahead a deadline may lie, in seconds" },
    delay: { value: "S", about: "how long what was voted for waits, in seconds; 0 for Routine" },
    title: { value: "TEXT", about: "what the proposal is for, in words" },
    ...ACT_OPTIONS,
  },
  run: (values: Values) => withDao(values, proposed),
};
