import type { Holder, SigningTerms } from "../../adapters/readers/holder.ts";
import type { Amount } from "../schema/common.ts";
import type { HolderDocument } from "../schema/holders.ts";
import { amountOf } from "./amounts.ts";

const VOTES = { symbol: "votes", decimals: 18 } as const;
const TOKENS = { symbol: "NXS", decimals: 18 } as const;

const signing = ({ name, version, nonce }: SigningTerms) => ({ name, version, nonce: nonce.toString() });

/** What an account holds, as it is answered. `asset`: the token in which the treasury counts. */
export const holderDocument = (holder: Holder, asset: Pick<Amount, "symbol" | "decimals">): HolderDocument => ({
  asOf: { block: holder.block, time: holder.time },
  account: holder.account,
  shares: amountOf(holder.shares, { symbol: "shares", decimals: holder.shareDecimals }),
  redeemable: amountOf(holder.redeemable, { symbol: "shares", decimals: holder.shareDecimals }),
  recentUntil: holder.recentUntil ?? null,
  assets: amountOf(holder.assets, asset),
  allowance: amountOf(holder.allowance, asset),
  tokens: amountOf(holder.tokens, TOKENS),
  votes: amountOf(holder.votes, VOTES),
  delegate: holder.delegate ?? null,
  governor: signing(holder.governor),
  token: signing(holder.token),
});
