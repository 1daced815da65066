import { approximate, halfWidthPercent, shown } from "../../data/amounts.ts";
import type { PriceDocument } from "../../data/documents.ts";
import { Empty } from "../../parts/card.tsx";

/** The part of the drawing that the band fills: what lies beyond it is seen to do so. */
const [LEFT, WIDTH] = [30, 140];

const placeOf = (price: number, low: number, high: number): number => {
  const at = high === low ? 0.5 : (price - low) / (high - low);
  return LEFT + Math.min(1.2, Math.max(-0.2, at)) * WIDTH;
};

const Band = ({ price }: { readonly price: PriceDocument }) => {
  const { band, sources, symbol } = price;
  if (band === null) return <span class="why">{price.status}</span>;
  const [low, high] = [approximate(band.lower), approximate(band.upper)];
  const told = sources.flatMap((source) => (source.price === null ? [] : [approximate(source.price)]));
  const label = `${symbol}: ${told.length} of ${sources.length} sources answer, band from ${shown(band.lower, 4)} to ${shown(band.upper, 4)} USD`;
  return (
    <svg viewBox="0 0 200 26" height="26" role="img" aria-label={label}>
      <rect x={LEFT} y="8" width={WIDTH} height="10" rx="5" fill="var(--band)" />
      {told.map((one, index) => (
        <line
          key={index}
          x1={placeOf(one, low, high)}
          x2={placeOf(one, low, high)}
          y1="4"
          y2="22"
          stroke="var(--accent)"
          stroke-width="2"
        />
      ))}
    </svg>
  );
};

/** Prices with their bands drawn, and the sources as ticks inside. */
export const PriceRows = ({ prices }: { readonly prices: readonly PriceDocument[] }) =>
  prices.length === 0 ? (
    <Empty>The treasury deals in no token.</Empty>
  ) : (
    <ul class="rows">
      {prices.map((price) => (
        <li key={price.token}>
          <div class="row price live">
            <b>{price.symbol}</b>
            <Band price={price} />
            <span class="num">
              {price.band === null ? "no price" : `$${shown(price.band.middle, 4)}`}
              <span class="why">
                {price.band === null ? price.status : `± ${halfWidthPercent(price.band).toFixed(2)} %`}
              </span>
            </span>
          </div>
        </li>
      ))}
    </ul>
  );
