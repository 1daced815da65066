import type { Documents } from "../../data/documents.ts";
import { useLive } from "../../data/store.ts";
import { dateText } from "../../data/times.ts";
import { Card, Empty, Notes, Shown } from "../../parts/card.tsx";

const Whole = ({ document: { items, rules, notes } }: { readonly document: Documents["alerts"] }) => (
  <Card title="Alerts" aside={`${rules} rules watch`}>
    {items.length === 0 ? (
      <Empty>{rules === 0 ? "Nothing watches yet." : "No alert."}</Empty>
    ) : (
      <ul class="rows">
        {items.map(({ id, severity, title, since, next }) => (
          <li key={id}>
            <div class="row">
              <span>
                <span class="pill warn">{severity}</span> {title}, since {dateText(since)}
                <span class="why">{next}</span>
              </span>
            </div>
          </li>
        ))}
      </ul>
    )}
    <Notes notes={notes} />
  </Card>
);

export const Page = () => {
  const slot = useLive("alerts");
  return (
    <>
      <h1 class="quiet">Alerts</h1>
      <Shown slot={slot} rows={2}>
        {(document) => <Whole document={document} />}
      </Shown>
    </>
  );
};
