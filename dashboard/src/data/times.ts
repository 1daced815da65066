const SECOND = 1_000;

/** A span in words, two units at the most. `seconds` below zero count as zero. */
export const spanText = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor((whole % 86_400) / 3_600), "h"],
    [Math.floor((whole % 3_600) / 60), "min"],
    [whole % 60, "s"],
  ] as const;
  const told = parts.filter(([count]) => count > 0).slice(0, 2);
  return told.length === 0 ? "0 s" : told.map(([count, unit]) => `${count} ${unit}`).join(" ");
};

/** How old something is, with a digit where it is young. */
export const ageText = (ms: number): string =>
  ms < 10 * SECOND ? `${(Math.max(0, ms) / SECOND).toFixed(1)} s` : spanText(ms / SECOND);

/** A Unix second as this place's clock shows it. */
export const clockText = (seconds: number, withSeconds = false): string =>
  new Date(seconds * SECOND).toLocaleTimeString([], {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...(withSeconds ? { second: "2-digit" } : {}),
  });

/** A Unix second with its day. */
export const dateText = (seconds: number): string =>
  new Date(seconds * SECOND).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
