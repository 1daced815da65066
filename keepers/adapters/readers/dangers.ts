import { OracleHub__factory } from "../../../types/index.ts";
import { addressOf, nameOf } from "../../../deployments/lookup.ts";
import { QUOTE_STATUSES } from "../../core/chainSnapshot.ts";
import type { Proposal } from "../../core/proposal.ts";
import { minOutOf, readCall } from "../../core/protocols/all.ts";
import type { ClassName } from "../../core/riskClass.ts";
import { type Address, address } from "../../core/units.ts";
import { type DangerView, dangersOf, judgedDangers } from "../../views/dangers.ts";
import { namesOf } from "../../views/names.ts";
import type { Classified } from "./explain.ts";
import type { LogSource } from "./logs.ts";

/** What the calls spend and demand, valued by the hub in this block; a token without a price has no worth. */
const worthIn = async (
  { book, provider }: LogSource,
  { calls }: Proposal,
): Promise<NonNullable<DangerView["worth"]>> => {
  const hub = OracleHub__factory.connect(addressOf(book, "OracleHub"), provider);
  const asked = calls.flatMap((call): readonly (readonly [Address, bigint])[] => {
    const [reading, least] = [readCall(call)?.reading, minOutOf(call)];
    return reading === undefined || least === undefined
      ? []
      : [
          [reading.tokenIn, reading.amountIn],
          [reading.tokenOut, least],
        ];
  });
  const answers = await Promise.all(
    asked.map(async ([token, units]) => {
      const { status, lower, upper } = await hub.previewValueRange(token, units);
      return QUOTE_STATUSES[Number(status)] === "Ready"
        ? ([`${token} ${units}`, (lower + upper) / 2n] as const)
        : undefined;
    }),
  );
  const known = new Map(answers.filter((answer) => answer !== undefined));
  return (token, units) => known.get(`${token} ${units}`);
};

/** The class that a proposal was named and what the mandate makes of its calls; the latter missing where it was not asked. */
type Classes = {
  readonly named: ClassName;
  readonly classified: Pick<Classified, "riskClass" | "refusal"> | undefined;
};

/**
 * What of a proposal could hurt whoever votes for it, in words, at the prices of this block: first what the mandate says of
 * it, then what its bytes say. @throws Error when the chain does not answer
 */
export const readDangers = async (
  source: LogSource,
  content: Proposal,
  { named, classified }: Classes,
): Promise<readonly string[]> => {
  const view = {
    names: namesOf(source.book),
    treasury: address(addressOf(source.book, "Treasury")),
    knows: (account: Address) => nameOf(source.book, account) !== undefined,
    worth: await worthIn(source, content),
  };
  const judged =
    classified === undefined
      ? []
      : judgedDangers({ named, computed: classified.riskClass, refusal: classified.refusal });
  return [...judged, ...dangersOf(content, view)];
};
