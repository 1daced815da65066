import { decimal } from "./amounts.ts";

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
export const votesWords = (units: bigint): string => decimal(units, TOKEN_DECIMALS);
