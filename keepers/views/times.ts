/** A second of the chain in UTC, as ISO 8601 writes it. */
export const isoTime = (seconds: bigint): string =>
  // oxlint-disable-next-line eslint/no-restricted-globals -- it is asked for the date of a given second, and not for now
  new Date(Number(seconds) * 1_000).toISOString();

/** A time of the chain for a person, in UTC; zero is none. */
export const timeWords = (seconds: bigint): string => (seconds === 0n ? "never" : isoTime(seconds));
