import { approximate, middle, shown } from "../data/amounts.ts";
import type { OverviewDocument, WorstCaseDocument } from "../data/documents.ts";
import { Card, Empty, Ghost } from "./card.tsx";

const HUNDRED = 100;

/** The highest class whose proposals can pass: what it could take, all lower ones could not take more. */
export const highestOf = (cases: readonly WorstCaseDocument[]): WorstCaseDocument | undefined =>
  cases.filter(({ passesNothing }) => passesNothing === null).at(-1);

/** What a corrupt quorum could take within a day, beside what there is. */
export const WorstCase = ({
  cases,
  value,
}: {
  readonly cases: readonly WorstCaseDocument[];
  readonly value: OverviewDocument["value"];
}) => {
  const worst = highestOf(cases);
  const share =
    worst === undefined || value === null
      ? undefined
      : (approximate(worst.inADay) / approximate(middle(value))) * HUNDRED;
  return (
    <Card title="Worst case in a day" aside="if every voter were corrupt">
      {cases.length === 0 ? (
        <Ghost rows={1} />
      ) : worst === undefined ? (
        <Empty>No class of proposals can pass anything now.</Empty>
      ) : (
        <>
          <p class="big mid live" title={worst.words}>
            {shown(worst.inADay, 0)}
            <small>USD</small>
          </p>
          {share === undefined ? null : (
            <>
              <meter min={0} max={HUNDRED} value={share} aria-label="Part of the treasury that it could take" />
              <p class="sub live">
                {share.toFixed(1)} % of the treasury, by {worst.riskClass} proposals; {shown(worst.atOnce, 0)} USD of it
                at once.
              </p>
            </>
          )}
        </>
      )}
    </Card>
  );
};
