import { type Provider, Contract } from "ethers";
import { z } from "zod";
import { addressOf } from "../../../deployments/lookup.ts";
import type { AddressBook, BookAggregator } from "../../../deployments/schema.ts";
import type { Call } from "../../core/proposal.ts";
import { routeCallsOf } from "../../core/protocols/all.ts";
import { address } from "../../core/units.ts";
import type { AnswerFault } from "../../market/prices/pullUpdate.ts";
import { type RouteFault, type RouteJudgement, judgeRoute } from "../../market/routes/judge.ts";
import type { RouteOrder } from "../../market/routes/route.ts";
import { decimal } from "../../views/amounts.ts";
import { keccak } from "../chain/keys.ts";
import { type AskTerms, getJson } from "../oracles/getJson.ts";
import { routePoolsOf } from "./routePools.ts";

/** How Symphony is asked for routes: the answer to a question of some hundred bytes has some thousand. */
export const ROUTE_ASK: AskTerms = { fetch, timeoutMs: 5_000, maxBytes: 65_536 };

/** A call along a route that holds, or why there is none. */
export type RouteQuote =
  | {
      readonly kind: "quoted";
      readonly call: Call;
      /** By the oracles alone, in units of what is bought; also what the call demands. */
      readonly minOut: bigint;
      /** What Symphony promises, in the same units. */
      readonly promised: bigint;
    }
  | {
      readonly kind: "refused";
      /** `not-permitted`: the mandate of the address book has no leaf for this route. */
      readonly fault: AnswerFault | RouteFault | "not-permitted";
      readonly detail: string;
    };

const MAX_AMOUNT_DIGITS = 39;
/** A number as text: as a number of JSON it would lose its last digits. */
const amount = z.string().max(MAX_AMOUNT_DIGITS).regex(/^\d+$/).transform(BigInt);
const token = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform(address);
const small = z
  .int()
  .min(0)
  .max(2 ** 24 - 1)
  .transform(BigInt);
const figure = z.union([z.number(), z.string().max(MAX_AMOUNT_DIGITS)]).nullable();

const hopShape = z.strictObject({
  // What the router reads of it is the address book's.
  poolAddress: z.string().max(66),
  tokenIn: token,
  tokenOut: token,
  amountIn: amount,
  amountOutMin: amount,
  swapType: small,
  fee: small,
});
const MAX_LISTED = 32;
const answerShape = z.strictObject({
  data: z.array(z.array(hopShape).max(MAX_LISTED)).max(MAX_LISTED),
  // For people; nothing of it is used.
  rebate: figure.optional(),
  tokenInUSD: figure.optional(),
  tokenOutUSD: figure.optional(),
  swapFee: figure.optional(),
  priceImpactPercentage: figure.optional(),
});

const questionOf = (api: string, { spend, buy, amountIn }: RouteOrder): string =>
  `${api.replace(/\/$/, "")}/route?tokenIn=${spend.address}&tokenOut=${buy.address}&amountIn=${decimal(amountIn, spend.decimals)}`;

const isPermitted = ({ mandate }: AddressBook, router: string, { selector, key }: { selector: string; key: string }) =>
  mandate?.leaves.some((leaf) => leaf.target === router && leaf.selector === selector && leaf.key === key) === true;

const quoteOf = (
  book: AddressBook,
  { kind, router }: BookAggregator,
  { paths, minOut, promised }: Extract<RouteJudgement, { kind: "route" }>,
): RouteQuote => {
  const { selector, keyBytes, encode } = routeCallsOf(kind);
  if (!isPermitted(book, router, { selector, key: keccak(keyBytes(paths)) }))
    return { kind: "refused", fault: "not-permitted", detail: "the mandate has no leaf for this route" };
  const recipient = address(addressOf(book, "Treasury"));
  return { kind: "quoted", call: encode({ router: address(router), paths, minOut, recipient }), minOut, promised };
};

/**
 * Asks Symphony for a route and makes the treasury's call of it. Router, pools and recipient are the address book's, the least
 * output is that of the oracles' band. Answers within the deadline of `terms`, and never throws for what Symphony answers.
 */
export const askSymphony = async (
  book: AddressBook,
  aggregator: BookAggregator,
  { order, terms = ROUTE_ASK }: { readonly order: RouteOrder; readonly terms?: AskTerms },
): Promise<RouteQuote> => {
  const answer = await getJson(terms, questionOf(aggregator.api, order));
  if (answer.kind === "refused") return answer;
  const parsed = answerShape.safeParse(answer.value);
  if (!parsed.success)
    return { kind: "refused", fault: "shape", detail: z.prettifyError(parsed.error).replaceAll("\n", " ") };
  const paths = parsed.data.data.map((path) =>
    path.map(({ tokenIn, tokenOut, amountIn, amountOutMin, swapType, fee }) => {
      return { tokenIn, tokenOut, amountIn, amountOutMin, exchange: swapType, feePips: fee };
    }),
  );
  const judged = judgeRoute(paths, order, routePoolsOf(book, aggregator));
  return judged.kind === "refused" ? judged : quoteOf(book, aggregator, judged);
};

/** An aggregator as its router says it is. `feeBps`: what the router takes of what is bought, now. */
export type AggregatorState = {
  readonly name: string;
  readonly router: string;
  readonly api: string;
  readonly exchanges: readonly string[];
  readonly feeBps: number;
};

const ROUTER = ["function feePercentage() view returns (uint256)"];

/** Reads an aggregator's router at one block. @throws Error when the chain does not answer */
export const readSymphony = async (
  { name, router, api, exchanges }: BookAggregator,
  provider: Provider,
  block: number,
): Promise<AggregatorState> => {
  const fee: unknown = await new Contract(router, ROUTER, provider)
    .getFunction("feePercentage")
    .staticCall({ blockTag: block });
  return { name, router, api, exchanges: exchanges.map(({ dex }) => dex), feeBps: Number(fee) };
};
