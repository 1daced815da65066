import { useEffect, useState } from "preact/hooks";
import { middle } from "../../data/amounts.ts";
import type { Documents, MetaDocument } from "../../data/documents.ts";
import { load, slots, useLive } from "../../data/store.ts";
import { spanText } from "../../data/times.ts";
import { Card, Empty, Ghost, Shown } from "../../parts/card.tsx";
import { Facts, Figure } from "../../parts/figures.tsx";
import { ExitWithout } from "../../outside/without.tsx";
import { WalletCard, walletOn } from "../../wallet/parts.tsx";
import type { Session } from "../../wallet/session.ts";
import { Deposit } from "./deposit.tsx";
import { type Place, useHolder } from "./holder.ts";
import { Leave } from "./leave.tsx";

type Portfolio = Documents["portfolio"];
type Shares = NonNullable<Portfolio["shares"]>;

const Terms = ({ shares }: { readonly shares: Shares }) => (
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
      You enter at the upper end of the band and leave at the lower. Leaving in kind needs no price and works in every
      state of the breaker.
    </p>
  </Card>
);

const ByCommand = () => (
  <Card title="By command" aside="each says first what it would do">
    <p>
      <code>nexus treasury exit --help</code>
    </p>
    <p class="sub">Leaves with your part, priced or in kind, without this page.</p>
  </Card>
);

const placeOf = (meta: MetaDocument, { asset }: Portfolio, shares: Shares): Place | undefined => {
  const [treasury, token] = [meta.contracts["Treasury"], meta.tokens[asset]];
  if (treasury === undefined || token === undefined) return undefined;
  return {
    treasury,
    asset: token.address,
    assetToken: { symbol: asset, decimals: token.decimals },
    shareToken: { symbol: shares.supply.symbol, decimals: shares.supply.decimals },
  };
};

const Forms = ({
  wallet,
  place,
  meta,
}: {
  readonly wallet: Session;
  readonly place: Place;
  readonly meta: MetaDocument;
}) => {
  const [round, setRound] = useState(0);
  const holder = useHolder(wallet, place, round);
  const onDone = (): void => setRound((count) => count + 1);
  if (holder === undefined) {
    return (
      <Card title="Your account">
        <Ghost rows={2} />
      </Card>
    );
  }
  const shared = { wallet, place, holder, onDone };
  return (
    <div class="cols">
      <Leave {...shared} meta={meta} />
      <Deposit {...shared} />
    </div>
  );
};

const Whole = ({ portfolio, meta }: { readonly portfolio: Portfolio; readonly meta: MetaDocument }) => {
  const { shares } = portfolio;
  const place = shares === null ? undefined : placeOf(meta, portfolio, shares);
  const wallet = walletOn(meta.deployment.chainId);
  if (shares === null || place === undefined) return <Empty>The treasury has no shares.</Empty>;
  return (
    <>
      <WalletCard chainId={meta.deployment.chainId} />
      {wallet === undefined ? null : <Forms wallet={wallet} place={place} meta={meta} />}
      {wallet === undefined ? <ExitWithout place={place} chainId={meta.deployment.chainId} /> : null}
      <Terms shares={shares} />
      <ByCommand />
    </>
  );
};

export const Page = () => {
  const slot = useLive("portfolio");
  useEffect(() => void load("meta"), []);
  return (
    <>
      <h1 class="quiet">Deposit and exit</h1>
      <Shown slot={slot}>
        {(portfolio) => <Shown slot={slots.meta.value}>{(meta) => <Whole portfolio={portfolio} meta={meta} />}</Shown>}
      </Shown>
    </>
  );
};
