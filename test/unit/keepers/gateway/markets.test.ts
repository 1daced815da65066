import { expect } from "chai";
import { blockNumber } from "../../../../keepers/core/units.ts";
import { marketsDocument } from "../../../../keepers/gateway/documents/markets.ts";
import { NO_FLEET } from "../../../../keepers/gateway/documents/state.ts";
import { marketsSchema } from "../../../../keepers/gateway/schema/markets.ts";
import type { Names } from "../../../../keepers/views/names.ts";
import { feedState, marketState, sourceState } from "../../../support/alertScene.ts";
import { account, chainSnapshot } from "../../../support/keeperBuilders.ts";

const POOL = account(0xc0);
const names: Names = {
  token: () => undefined,
  router: () => undefined,
  pool: (at) =>
    at === POOL
      ? {
          label: "WSEI/USDC on V2",
          quote: { symbol: "USDC", decimals: 6 },
          base: { symbol: "WSEI", decimals: 18 },
          isBaseToken0: true,
        }
      : undefined,
};
const fleet = { agents: [], startedMs: 0 };
const VOLATILITY = { index: 0.5, withJumps: 0.6, windows: [0.4, 0.6] };
const told = (
  block: bigint,
  changes: Parameters<typeof feedState>[0] = {},
  book: typeof VOLATILITY | undefined = VOLATILITY,
) => ({ kind: "feeds", agent: "monitor", block: blockNumber(block), feeds: [feedState(changes)], book }) as const;
const documentOf = (state: Omit<Parameters<typeof marketsDocument>[0], "view" | "names">) =>
  marketsSchema.parse(marketsDocument({ view: chainSnapshot(), names, ...state }));

describe("What the gateway tells of markets", () => {
  it("is what the monitor told, pools by their names, and words of somebody outside made harmless [NX-GTW-06]", () => {
    const sources = [sourceState({ name: "bad\u202ename" })];
    const market = marketState({
      sources: [{ name: POOL, state: "Agreeing", price: 10n ** 18n }],
      depths: [{ pool: POOL, mid: 10n ** 18n, sellLossBps: 35, buyLossBps: undefined }],
    });
    const document = documentOf({ fleet, markets: told(100n, { sources, market, volatility: VOLATILITY }) });
    const [item] = document.items;
    expect([document.seenAt, document.book?.index, document.notes]).to.deep.equal([100, 0.5, []]);
    expect(item?.sources[0]?.name).to.equal("bad\\u{202e}name");
    expect(item?.market?.sources[0]?.name).to.equal("WSEI/USDC on V2");
    expect(item?.market?.depths[0]).to.deep.equal({
      pool: "WSEI/USDC on V2",
      mid: { units: "1000000000000000000", decimals: 18, symbol: "USD" },
      sellLossBps: 35,
      buyLossBps: null,
    });
    expect([item?.market?.gapBps, item?.volatility?.windows]).to.deep.equal([5, [0.4, 0.6]]);
  });

  it("says what is not known: without a fleet, without a monitor, before an hour, and when the monitor fell silent", () => {
    const empty = documentOf({ fleet: undefined, markets: undefined });
    expect([empty.items, empty.seenAt, empty.book, empty.notes]).to.deep.equal([[], null, null, [NO_FLEET]]);
    expect(documentOf({ fleet, markets: undefined }).notes[0]).to.match(/has told nothing yet/);
    const { block } = chainSnapshot();
    const fresh = documentOf({ fleet, markets: { ...told(block - 75n), book: undefined } });
    expect(fresh.notes).to.deep.equal(["Volatility is known once the monitor has watched for an hour."]);
    expect(documentOf({ fleet, markets: told(block - 76n) }).notes[0]).to.match(/nothing since block 24/);
    expect([fresh.items[0]?.market, fresh.items[0]?.volatility]).to.deep.equal([null, null]);
  });

  it("has no price of a market that agrees on none", () => {
    const market = marketState({ status: "SourcesDisagree", middle: 0n, gapBps: undefined });
    const [item] = documentOf({ fleet, markets: told(100n, { market }) }).items;
    expect([item?.market?.price, item?.market?.gapBps]).to.deep.equal([null, null]);
  });
});
