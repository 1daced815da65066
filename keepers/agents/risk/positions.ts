import type { PositionAlert } from "../../core/positionAlert.ts";
import type { StopBook, WatchedPosition } from "../../quant/risk/stopLoss.ts";

/** What is told of a position; the count is left out of what makes it news. */
const alertOf = ({ token, status }: WatchedPosition): PositionAlert => {
  if (status.kind === "unjudged") return { kind: "unjudged", token, why: status.why, words: status.words };
  const { stop, upper } = status;
  return status.kind === "above" ? { kind: "well", token, stop, upper } : { kind: status.kind, token, stop, upper };
};

const kindOf = (alert: PositionAlert): string => (alert.kind === "unjudged" ? alert.why : alert.kind);

/** The alerts of the positions whose state has changed from one block to the next. Pure. */
export const positionAlerts = (before: StopBook, now: StopBook): readonly PositionAlert[] =>
  now.positions.flatMap((position) => {
    const earlier = before.positions.find(({ token }) => token === position.token);
    const alert = alertOf(position);
    const isNews = earlier === undefined || kindOf(alertOf(earlier)) !== kindOf(alert);
    // That all is well is no news of a position of which nothing was known yet.
    const isFirstWell = alert.kind === "well" && before.block === undefined;
    return isNews && !isFirstWell ? [alert] : [];
  });
