import { exitCodeOf } from "./exitCode.ts";
import { EXIT } from "./program.ts";

/**
 * What `look` says now, for whoever waits: where no node answers it is what was said last, since that says nothing of the chain.
 * @throws whatever `look` throws for another reason
 */
export const lookAgain = async <T>(look: () => Promise<T>, last: T): Promise<T> => {
  try {
    return await look();
  } catch (error) {
    if (exitCodeOf(error) !== EXIT.unreachable) throw error;
    return last;
  }
};
