import { formatUnits } from "ethers";
import { resolveTarget } from "../../dao/calls.ts";
import { type Command, type Values, UsageError } from "../../lib/command.ts";
import { say, sayJson } from "../../lib/output.ts";
import { type Actor, type Session, ACT_OPTIONS, act, actorOf, chainTime, receiptLine, withDao } from "../session.ts";
import { nameOf } from "../../../deployments/lookup.ts";
import { spanWords, votesWords } from "../../../keepers/views/spans.ts";

const delegated = async (session: Session): Promise<number> => {
  const { dao, book, values, inJson } = session;
  const actor = await actorOf(session);
  const to = resolveTarget(book, values.get("to") ?? actor.address);
  const units = await dao.token.balanceOf(actor.address);
  if (units === 0n) throw new UsageError(`${actor.address} holds no token of the DAO, so there is nothing to delegate`);
  const data = dao.token.interface.encodeFunctionData("delegate", [to]);
  const receipt = await act(session, actor, { target: await dao.token.getAddress(), value: 0n, data });
  if (inJson) sayJson({ from: actor.address, to, votes: units, receipt });
  else [`${votesWords(units)} votes of ${actor.address} to ${to}`, receiptLine(receipt)].forEach(say);
  return 0;
};

/** How many shares leave, of those that are `held`. @throws UsageError when there are fewer */
const countOf = (values: Values, held: bigint, whose: string): bigint => {
  const text = values.get("shares") ?? "all";
  if (text !== "all" && !/^[1-9]\d*$/.test(text))
    throw new UsageError(`--shares must be all or a whole number, got “${text}”`);
  const wanted = text === "all" ? held : BigInt(text);
  if (wanted === 0n || wanted > held) throw new UsageError(`${whose} ${held} shares of the treasury`);
  return wanted;
};

/** How many shares leave. @throws UsageError when the member has fewer, or they are fresh and no refund is asked for */
const sharesOf = async ({ dao, values, provider }: Session, { address }: Actor): Promise<bigint> => {
  const held = await dao.treasury.balanceOf(address);
  const [recent, until] = await dao.treasury.recentSharesOf(address);
  if (values.has("refund")) return countOf(values, recent, `${address} holds, of ${held}, as fresh ones`);
  const wanted = countOf(values, held, `${address} holds`);
  if (wanted <= held - recent) return wanted;
  const now = await chainTime(provider);
  throw new UsageError(
    `${recent} of the shares are fresh for another ${spanWords(until > now ? until - now : 0n)}: --refund gives them back ` +
      "for what was paid for them or what they are worth, whichever is less",
  );
};

type Paid = { readonly token: string; readonly name: string; readonly amount: bigint };

const paidWords = ({ book }: Session, { name, token, amount }: Paid): string => {
  const decimals = Object.values(book.environment.tokens).find(({ address }) => address === token)?.decimals ?? 0;
  return `  ${formatUnits(amount, decimals)} ${name}`;
};

/** What an exit pays, by its simulation, and its calldata. */
const exitOf = async ({ dao, values, book }: Session, { signer, address }: Actor, shares: bigint) => {
  const treasury = dao.treasury.connect(signer);
  const named = (token: string, amount: bigint): Paid => ({ token, name: nameOf(book, token) ?? token, amount });
  const asset = await treasury.asset();
  if (values.has("refund")) {
    const data = treasury.interface.encodeFunctionData("refund", [shares]);
    return { data, paid: [named(asset, await treasury.refund.staticCall(shares))] };
  }
  if (values.has("in-base")) {
    const data = treasury.interface.encodeFunctionData("redeem", [shares, address, address]);
    return { data, paid: [named(asset, await treasury.redeem.staticCall(shares, address, address))] };
  }
  const data = treasury.interface.encodeFunctionData("redeemInKind", [shares, address, address]);
  const [assets, amounts] = [await treasury.assets(), await treasury.redeemInKind.staticCall(shares, address, address)];
  return { data, paid: assets.map((token, i) => named(token, amounts[i] ?? 0n)) };
};

const left = async (session: Session): Promise<number> => {
  const { dao, inJson } = session;
  const actor = await actorOf(session);
  const shares = await sharesOf(session, actor);
  const { data, paid } = await exitOf(session, actor, shares);
  const receipt = await act(session, actor, { target: await dao.treasury.getAddress(), value: 0n, data });
  if (inJson) sayJson({ who: actor.address, shares, paid, receipt });
  else
    [
      `${shares} shares of ${actor.address} for`,
      ...paid.map((one) => paidWords(session, one)),
      receiptLine(receipt),
    ].forEach(say);
  return 0;
};

/** Makes tokens vote: one's own for oneself, or for another. */
export const delegate: Command = {
  about: "make your tokens vote, for yourself or for another; before a proposal is made",
  example: "--as alice",
  options: { to: { value: "ADDRESS", about: "who votes with them (you)" }, ...ACT_OPTIONS },
  run: (values: Values) => withDao(values, delegated),
};

/** Leaves the treasury with one's part of it. */
export const exit: Command = {
  about: "leave the treasury with your part of every asset, at any time",
  example: "--shares all --as depositor",
  options: {
    shares: { value: "N", about: "how many, in the smallest unit (all)" },
    "in-base": { about: "be paid in the base asset alone, at the lower end of its price" },
    refund: { about: "give recent shares back for what was paid for them, or what they are worth if that is less" },
    ...ACT_OPTIONS,
  },
  run: (values: Values) => withDao(values, left),
};
