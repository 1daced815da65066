import { formatUnits } from "ethers";
import type { ProposalState, Standing } from "./proposals.ts";

const MINUTE = 60n;
const HOUR = 3_600n;
const DAY = 86_400n;
const TOKEN_DECIMALS = 18;

/** A span of time as a person says it: two units at the most. `seconds` may not be negative. */
export const spanWords = (seconds: bigint): string => {
  const parts = [
    [seconds / DAY, "d"],
    [(seconds % DAY) / HOUR, "h"],
    [(seconds % HOUR) / MINUTE, "min"],
    [seconds % MINUTE, "s"],
  ] as const;
  const told = parts.filter(([count]) => count !== 0n).slice(0, 2);
  return told.length === 0 ? "0 s" : told.map(([count, unit]) => `${count} ${unit}`).join(" ");
};

/** Units of the DAO's token in whole tokens. */
export const votesWords = (units: bigint): string => formatUnits(units, TOKEN_DECIMALS).replace(/\.0$/, "");

const left = (until: bigint, now: bigint): string => spanWords(until > now ? until - now : 0n);

type Words = (standing: Standing, now: bigint) => string;

const WORDS: Readonly<Record<ProposalState, Words>> = {
  Pending: ({ voteStart }, now) => `its vote begins in ${left(voteStart + 1n, now)}`,
  Active: ({ voteEnd }, now) => `its vote goes on for ${left(voteEnd + 1n, now)}`,
  Succeeded: ({ expiry }, now) => `it passed and waits for queue; it expires in ${left(expiry, now)}`,
  Queued: ({ eta, expiry }, now) =>
    eta > now
      ? `it can be executed in ${left(eta, now)}; until then everybody can leave`
      : `it can be executed; it expires in ${left(expiry, now)}`,
  Defeated: () => "it found no majority or no quorum",
  Canceled: () => "it was cancelled",
  Expired: () => "nobody took it further in time",
  Executed: () => "it took effect",
};

/** What a proposal waits for, or how it ended. `now` in seconds since the epoch. */
export const standingWords: Words = (standing, now) => WORDS[standing.state](standing, now);
