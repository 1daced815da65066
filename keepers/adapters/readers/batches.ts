/** As many questions as one endpoint is asked at once. */
const AT_ONCE = 32;

/** Asks for each item, a bounded number at once. @returns the answers in the order of the items @throws what `ask` throws */
export const inBatches = async <T, R>(items: readonly T[], ask: (item: T) => Promise<R>): Promise<readonly R[]> => {
  const answers: R[] = [];
  for (let next = 0; next < items.length; next += AT_ONCE) {
    answers.push(...(await Promise.all(items.slice(next, next + AT_ONCE).map(ask))));
  }
  return answers;
};
