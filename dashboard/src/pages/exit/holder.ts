import type { Amount, MetaDocument } from "../../data/documents.ts";
import { type Session } from "../../wallet/session.ts";
import { encode, wordAt } from "../../data/selectors.ts";
import { useCalls } from "../../wallet/useCalls.ts";

/** Where the page finds what it asks about, by the gateway's word; what a wallet signs shows these addresses. */
export type Place = {
  readonly treasury: string;
  readonly asset: string;
  readonly assetToken: Pick<Amount, "symbol" | "decimals">;
  readonly shareToken: Pick<Amount, "symbol" | "decimals">;
};

/** What the connected account has. Units; `recentUntil` in Unix seconds. */
export type Holder = {
  readonly shares: bigint;
  readonly redeemable: bigint;
  readonly fresh: bigint;
  readonly recentUntil: number;
  readonly assets: bigint;
  readonly allowance: bigint;
};

/** What the account has, read through the wallet; undefined while it is on its way. */
export const useHolder = (
  wallet: Session | undefined,
  { treasury, asset }: Place,
  round: number,
): Holder | undefined => {
  const account = wallet?.account ?? "0x";
  const { answers } = useCalls(
    wallet,
    [
      { to: treasury, data: encode("balanceOf(address)", account) },
      { to: treasury, data: encode("maxRedeem(address)", account) },
      { to: treasury, data: encode("recentSharesOf(address)", account) },
      { to: asset, data: encode("balanceOf(address)", account) },
      { to: asset, data: encode("allowance(address,address)", account, treasury) },
    ],
    round,
  );
  const [shares, redeemable, fresh, assets, allowance] = answers ?? [];
  if (shares === undefined || redeemable === undefined || fresh === undefined) return undefined;
  return {
    shares: wordAt(shares, 0),
    redeemable: wordAt(redeemable, 0),
    fresh: wordAt(fresh, 0),
    recentUntil: Number(wordAt(fresh, 1)),
    assets: wordAt(assets ?? "0x", 0),
    allowance: wordAt(allowance ?? "0x", 0),
  };
};

/** The token at an address, as the address book names it. */
export const tokenAt = (meta: MetaDocument, at: string): Pick<Amount, "symbol" | "decimals"> => {
  const found = Object.entries(meta.tokens).find(([, { address }]) => address.toLowerCase() === at.toLowerCase());
  return found === undefined ? { symbol: at, decimals: 0 } : { symbol: found[0], decimals: found[1].decimals };
};
