import { reasonOf } from "../../keepers/adapters/readers/reason.ts";

/** What was looked at, what was found, and, where that is wrong, what to do. Without `isRight` it is only told. */
export type Finding = {
  readonly what: string;
  readonly found: string;
  readonly isRight?: boolean;
  readonly advice?: string;
};

/** A finding that is right, or wrong with what to do about it. */
export const judged = (
  what: string,
  isRight: boolean,
  { found, advice }: { found: string; advice: string },
): Finding => (isRight ? { what, found, isRight } : { what, found, isRight, advice });

/** One look; what it throws is a finding too. */
export const inspect = async (what: string, advice: string, see: () => Promise<Finding>): Promise<Finding> => {
  try {
    return await see();
  } catch (error) {
    return { what, found: reasonOf(error), isRight: false, advice };
  }
};
