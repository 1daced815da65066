import { Link } from "wouter-preact";
import { halfWidthPercent, middle, shown, exact } from "../../data/amounts.ts";
import type { OverviewDocument } from "../../data/documents.ts";
import { decisions, useLive } from "../../data/store.ts";
import { Card, Empty, Notes, Shown } from "../../parts/card.tsx";
import { Change, Facts } from "../../parts/figures.tsx";
import { Plot } from "../../parts/plot.tsx";
import { Decision, Waiting } from "../../parts/proposals.tsx";
import { WorstCase } from "../../parts/worstCase.tsx";
import { AgentTiles } from "./agentTiles.tsx";
import { PriceRows } from "./priceRows.tsx";

const MOST_DECISIONS = 6;

const latency = ({ latencyMs, latencyBlocks }: NonNullable<OverviewDocument["trading"]>): string => {
  if (latencyMs.p50 === null || latencyBlocks.p50 === null) return "no trade yet";
  return `${latencyBlocks.p50} ${latencyBlocks.p50 === 1 ? "block" : "blocks"} · ${latencyMs.p50.toFixed(0)} ms`;
};

const TradingFacts = ({ trading }: { readonly trading: NonNullable<OverviewDocument["trading"]> }) => (
  <Facts
    facts={[
      ["Earned by trades", <Change amount={trading.gained} />],
      ["Paid for gas, in SEI", <span title={exact(trading.gas)}>{shown(trading.gas, 3)}</span>],
      ["Trades", `${trading.enacted} of ${trading.proposed} enacted`],
      ["From sight to chain", latency(trading)],
    ]}
  />
);

const changeOf = ({ history, asset }: OverviewDocument) => {
  const [first, last] = [history[0], history.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const units = (BigInt(last.lower) + BigInt(last.upper) - BigInt(first.lower) - BigInt(first.upper)) / 2n;
  return { units: units.toString(), ...asset };
};

const Value = ({ document }: { readonly document: OverviewDocument }) => {
  const { value, history, asset, trading } = document;
  const change = changeOf(document);
  const label = `Value of the treasury in ${asset.symbol}, ${history.length} points since this gateway began to look`;
  return (
    <Card title="Treasury" aside="value as the oracles see it, with its band">
      {value === null ? (
        <Empty>No value now: a token that it holds has no price.</Empty>
      ) : (
        <>
          <p class="big live" title={`${exact(value.lower)} to ${exact(value.upper)}`}>
            {shown(middle(value))}
            <small>{asset.symbol}</small>
          </p>
          <p class="sub live">
            ± {halfWidthPercent(value).toFixed(2)} %
            {change === undefined ? null : (
              <>
                {" "}
                · <Change amount={change} /> since this gateway began to look
              </>
            )}
          </p>
        </>
      )}
      {history.length > 1 ? <Plot points={history} decimals={asset.decimals} label={label} /> : <div class="plot" />}
      {trading === null ? null : <TradingFacts trading={trading} />}
    </Card>
  );
};

const Waits = ({ waiting }: Pick<OverviewDocument, "waiting">) => (
  <Card title="Waits for you" aside={waiting.length === 0 ? undefined : `${waiting.length} open`}>
    {waiting.length === 0 ? (
      <Empty>No proposal waits.</Empty>
    ) : (
      <ul class="rows">
        {waiting.slice(0, 4).map((proposal) => (
          <li key={proposal.id}>
            <Waiting proposal={proposal} />
          </li>
        ))}
      </ul>
    )}
  </Card>
);

const Decisions = ({ document }: { readonly document: OverviewDocument }) => {
  const told = decisions.value.filter(({ path, state }) => path === "fast" || !state.isOpen);
  const known = new Set(told.map(({ id }) => id));
  const all = [...told, ...document.decisions.filter(({ id }) => !known.has(id))].toSorted((a, b) => b.block - a.block);
  return (
    <Card title="Decisions" aside="newest first; each line opens to its calls, votes and reasons">
      {all.length === 0 ? (
        <Empty>{document.trading?.idle?.what ?? "Nothing was decided yet."}</Empty>
      ) : (
        <ul class="rows">
          {all.slice(0, MOST_DECISIONS).map((proposal) => (
            <li key={proposal.id}>
              <Decision proposal={proposal} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
};

const Whole = ({ document }: { readonly document: OverviewDocument }) => (
  <>
    <div class="cols">
      <Value document={document} />
      <div class="stack">
        <WorstCase cases={document.worstCase} value={document.value} />
        <Waits waiting={document.waiting} />
      </div>
    </div>
    <Decisions document={document} />
    <div class="cols">
      <AgentTiles agents={document.agents} />
      <Card title="Prices" aside="band, and what each source says">
        <PriceRows prices={document.prices} />
        <p class="sub">
          <Link href="/portfolio">What the treasury holds at these prices</Link>
        </p>
      </Card>
    </div>
    <Notes notes={document.notes} />
  </>
);

/** What matters, in the order in which it matters. */
export const Page = () => {
  const slot = useLive("overview");
  return (
    <>
      <h1 class="hidden">Overview</h1>
      <Shown slot={slot} rows={8}>
        {(document) => <Whole document={document} />}
      </Shown>
    </>
  );
};
