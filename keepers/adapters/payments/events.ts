import { type Hex, hex } from "../../core/hex.ts";
import { type JobTerms, jobTermsOf } from "../../core/jobTerms.ts";
import { type Address, type BlockNumber, address } from "../../core/units.ts";
import { maxOf } from "../../core/integers.ts";
import { type RawLog, nodeLogReader } from "../chain/logs.ts";
import type { ChainNode } from "../chain/node.ts";
import { ACCOUNTS, CHANNELS, ESCROW, type MoneyAddresses } from "./money.ts";

/** What events told so far. */
export type MoneyIndex = {
  /** Jobs of which the agent is a party. */
  readonly jobs: ReadonlyMap<Hex, JobTerms>;
  /** Accounts that came to owe fees, by token. */
  readonly debtors: ReadonlyMap<Address, ReadonlySet<Address>>;
  /** Channels and jobs that changed, and accounts whose fees did, since they were last read; the reader clears it. */
  readonly touched: Set<string>;
  /** Reads on, up to a block. */
  readonly follow: (to: BlockNumber) => Promise<void>;
};

/** How accounts whose fees changed stand among what was touched. */
export const feeKey = (token: string, account: string): string => `${address(token)} ${address(account)}`;

/** The last blocks are read again each time: a node may show a block before it shows the block's logs. */
const OVERLAP = 25n;

type Parsed = { readonly name: string; readonly args: Readonly<Record<string, unknown>> };

const parse = (at: MoneyAddresses, log: RawLog): Parsed | undefined => {
  const where = address(log.address);
  const abi = where === at.accounts ? ACCOUNTS : where === at.channels ? CHANNELS : ESCROW;
  const parsed = abi.parseLog({ topics: [...log.topics], data: log.data });
  return parsed === null ? undefined : { name: parsed.name, args: parsed.args as unknown as Parsed["args"] };
};

const isParty = ({ client, worker, evaluator, arbiter }: JobTerms, self: Address): boolean =>
  [client, worker, evaluator, arbiter].includes(self);

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** The locks that an event is about: channels and jobs alike. */
const idsOf = (args: Parsed["args"]): readonly string[] => {
  const many: readonly unknown[] = Array.isArray(args["ids"]) ? args["ids"] : [];
  return [args["id"], args["jobId"], args["channelId"], ...many].filter((id) => typeof id === "string");
};

/** Which of the logs that come were not there before. What is too old to come again is forgotten. */
const onlyNew = () => {
  const seen = new Map<string, bigint>();
  return {
    isNew: ({ place, block }: RawLog): boolean => {
      const isNew = !seen.has(place);
      seen.set(place, block);
      return isNew;
    },
    forgetBefore: (block: bigint): void => {
      for (const [place, at] of seen) if (at < block) seen.delete(place);
    },
  };
};

/**
 * Follows the events of the money contracts, from the block where they were deployed, or a later one, on. An event that the
 * node shows late, within the last blocks, is still seen. [NX-NET-01]
 */
export const followMoney = (
  node: Pick<ChainNode, "request">,
  at: MoneyAddresses,
  options: { readonly self: Address; readonly fromBlock: bigint; readonly onTrouble: (what: string) => void },
): MoneyIndex => {
  const jobs = new Map<Hex, JobTerms>();
  const debtors = new Map<Address, Set<Address>>();
  const touched = new Set<string>();
  const first = maxOf(options.fromBlock, at.since);
  const logs = nodeLogReader(node, { address: [at.accounts, at.channels, at.escrow] }, options.onTrouble);
  const news = onlyNew();
  let next = first;

  const owe = (token: string, account: string): void => {
    const known = debtors.get(address(token)) ?? new Set<Address>();
    debtors.set(address(token), known.add(address(account)));
    touched.add(feeKey(token, account));
  };
  const take = ({ name, args }: Parsed): void => {
    if (name === "JobFunded") {
      const terms = jobTermsOf((field) => Reflect.get(Object(args["terms"]), field));
      if (isParty(terms, options.self)) jobs.set(hex(textOf(args["jobId"])), terms);
    }
    for (const id of idsOf(args)) touched.add(hex(id));
    const { token, to, account, fee } = args;
    const isPayment = name === "Paid" || name === "PaidAndReturned";
    if (isPayment && typeof fee === "bigint" && fee > 0n) owe(textOf(token), textOf(to));
    if (name === "FeesSwept") touched.add(feeKey(textOf(token), textOf(account)));
  };
  const follow = async (to: BlockNumber): Promise<void> => {
    for await (const piece of logs.forward({ from: maxOf(first, next - OVERLAP), to })) {
      for (const log of piece.logs) {
        const parsed = news.isNew(log) ? parse(at, log) : undefined;
        if (parsed !== undefined) take(parsed);
      }
      next = maxOf(next, piece.span.to + 1n);
      news.forgetBefore(next - OVERLAP);
    }
  };
  return { jobs, debtors, touched, follow };
};
