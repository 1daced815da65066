import type { BlockNumber } from "../../core/units.ts";

/** Reads each block once, however often it is asked for; a failure is not remembered. */
export const oncePerBlock = <T>(read: (block: BlockNumber) => Promise<T>): ((block: BlockNumber) => Promise<T>) => {
  let last: { readonly block: BlockNumber; readonly answer: Promise<T> } | undefined;
  return (block) => {
    if (last?.block === block) return last.answer;
    const answer = read(block);
    const asked = { block, answer };
    last = asked;
    answer.catch(() => {
      if (last === asked) last = undefined;
    });
    return answer;
  };
};
