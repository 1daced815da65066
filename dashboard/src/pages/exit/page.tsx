import { middle } from "../../data/amounts.ts";
import type { Documents } from "../../data/documents.ts";
import { useLive } from "../../data/store.ts";
import { spanText } from "../../data/times.ts";
import { Card, Empty, Notes, Shown } from "../../parts/card.tsx";
import { Facts, Figure } from "../../parts/figures.tsx";

type Portfolio = Documents["portfolio"];

const Terms = ({ shares }: { readonly shares: NonNullable<Portfolio["shares"]> }) => (
  <Card title="Terms" aside="as the treasury has them now">
    <Facts
      facts={[
        [
          "A share is worth",
          shares.worth === null ? "no price now" : <Figure amount={middle(shares.worth)} digits={4} />,
        ],
        ["Shares in all", <Figure amount={shares.supply} digits={0} />],
        ["New shares may leave after", spanText(shares.minHoldingTime)],
      ]}
    />
    <p class="sub">
      You enter at the upper end of the band and leave at the lower. Leaving in kind needs no price and works at any
      time.
    </p>
  </Card>
);

const ByCommand = () => (
  <Card title="By command" aside="each says first what it would do">
    <ul class="checks">
      <li>
        <code>nexus treasury exit --help</code>
        <span class="note">leave with your part, priced or in kind</span>
      </li>
    </ul>
  </Card>
);

const Whole = ({ document: { shares, notes } }: { readonly document: Portfolio }) => (
  <>
    {shares === null ? <Empty>The treasury has no shares.</Empty> : <Terms shares={shares} />}
    <ByCommand />
    <Notes notes={notes} />
  </>
);

export const Page = () => {
  const slot = useLive("portfolio");
  return (
    <>
      <h1 class="quiet">Deposit and exit</h1>
      <Shown slot={slot}>{(document) => <Whole document={document} />}</Shown>
    </>
  );
};
