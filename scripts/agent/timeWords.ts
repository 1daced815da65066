/** A time of the chain for a person, in UTC; zero is none. */
export const timeWords = (seconds: bigint): string =>
  seconds === 0n ? "never" : new Date(Number(seconds) * 1_000).toISOString();
