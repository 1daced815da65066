import { isError } from "ethers";
import { type OracleHub, OracleHub__factory } from "../../../types/index.ts";
import { addressOf, nameOf } from "../../../deployments/lookup.ts";
import { QUOTE_STATUSES } from "../../core/chainSnapshot.ts";
import type { Proposal } from "../../core/proposal.ts";
import type { ClassName } from "../../core/riskClass.ts";
import { type Address, address } from "../../core/units.ts";
import { type WorthOf, amountsOf, dangersOf, judgedDangers } from "../../views/dangers.ts";
import { namesOf } from "../../views/names.ts";
import { inBatches } from "./batches.ts";
import type { Classified } from "./explain.ts";
import type { LogSource } from "./logs.ts";

type Asked = readonly [token: Address, units: bigint];
/** `none`: the hub cannot value it; `silent`: nobody answered. */
type Quote = { readonly kind: "worth"; readonly worth: bigint } | { readonly kind: "none" | "silent" };

/** One amount's worth. Whatever goes wrong with it is its own: a token may make the hub revert. */
const quoteOf = async (hub: OracleHub, [token, units]: Asked): Promise<Quote> => {
  try {
    const { status, lower, upper } = await hub.previewValueRange(token, units);
    return QUOTE_STATUSES[Number(status)] === "Ready"
      ? { kind: "worth", worth: (lower + upper) / 2n }
      : { kind: "none" };
  } catch (error) {
    // What an endpoint says of itself carries no data of a revert.
    return { kind: isError(error, "CALL_EXCEPTION") && error.data !== null ? "none" : "silent" };
  }
};

/** What the calls spend and demand, valued by the hub in this block; undefined where no price at all can be asked for. */
const worthIn = async ({ book, provider }: LogSource, content: Proposal): Promise<WorthOf | undefined> => {
  const hub = OracleHub__factory.connect(addressOf(book, "OracleHub"), provider);
  const asked = amountsOf(content);
  const quotes = await inBatches(asked, (one) => quoteOf(hub, one));
  if (quotes.length > 0 && quotes.every(({ kind }) => kind === "silent")) return undefined;
  const known = new Map(
    asked.flatMap((one, index) => {
      const quote = quotes[index];
      return quote?.kind === "worth" ? [[one.join(" "), quote.worth] as const] : [];
    }),
  );
  return (token, units) => known.get(`${token} ${units}`);
};

/** The class that a proposal was named and what the mandate makes of its calls. */
type Classes = {
  readonly named: ClassName;
  /** Whether it can still be executed: then the mandate was asked. */
  readonly isOpen: boolean;
  /** Missing where the mandate was not asked, or does not answer. */
  readonly classified: Pick<Classified, "riskClass" | "refusal"> | undefined;
};

const UNPRICED = "No price could be asked for: nothing here says what its calls may lose. Ask again, or elsewhere";

const UNJUDGED = "The mandate does not say at this block which class carries its calls";

const judgedIn = ({ named, isOpen, classified }: Classes): readonly string[] => {
  if (classified === undefined) return isOpen ? [UNJUDGED] : [];
  return judgedDangers({ named, computed: classified.riskClass, refusal: classified.refusal });
};

/**
 * What of a proposal could hurt whoever votes for it, in words, at the prices of this block: first what the mandate says of
 * it, then what its bytes say. Those are told whether or not the chain answers; that it tells no price is one danger more.
 */
export const readDangers = async (
  source: LogSource,
  content: Proposal,
  classes: Classes,
): Promise<readonly string[]> => {
  const worth = await worthIn(source, content);
  const view = {
    names: namesOf(source.book),
    treasury: address(addressOf(source.book, "Treasury")),
    knows: (account: Address) => nameOf(source.book, account) !== undefined,
    ...(worth === undefined ? {} : { worth }),
  };
  return [...judgedIn(classes), ...dangersOf(content, view), ...(worth === undefined ? [UNPRICED] : [])];
};
