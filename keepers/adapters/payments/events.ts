import { type Hex, hex } from "../../core/hex.ts";
import { type JobTerms, jobTermsOf } from "../../core/jobTerms.ts";
import { type Address, type BlockNumber, address } from "../../core/units.ts";
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

/** As many blocks as nodes give logs of at once. */
const SPAN = 2_000n;

type RawLog = { readonly address: string; readonly topics: readonly string[]; readonly data: string };
type Parsed = { readonly name: string; readonly args: Readonly<Record<string, unknown>> };

type Span = { readonly from: bigint; readonly to: bigint };

const readLogs = async (node: ChainNode, at: MoneyAddresses, { from, to }: Span): Promise<readonly RawLog[]> => {
  const filter = {
    address: [at.accounts, at.channels, at.escrow],
    fromBlock: `0x${from.toString(16)}`,
    toBlock: `0x${to.toString(16)}`,
  };
  return (await node.request("eth_getLogs", [filter])) as readonly RawLog[];
};

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
  return [args["id"], args["key"], args["channelId"], ...many].filter((id) => typeof id === "string");
};

/** Follows the events of the money contracts, from the block where they were deployed, or a later one, on. */
export const followMoney = (
  node: ChainNode,
  at: MoneyAddresses,
  options: { readonly self: Address; readonly fromBlock: bigint },
): MoneyIndex => {
  const jobs = new Map<Hex, JobTerms>();
  const debtors = new Map<Address, Set<Address>>();
  const touched = new Set<string>();
  let next = options.fromBlock > at.since ? options.fromBlock : at.since;

  const owe = (token: string, account: string): void => {
    const known = debtors.get(address(token)) ?? new Set<Address>();
    debtors.set(address(token), known.add(address(account)));
    touched.add(feeKey(token, account));
  };
  const take = ({ name, args }: Parsed): void => {
    if (name === "JobFunded") {
      const terms = jobTermsOf((field) => Reflect.get(Object(args["terms"]), field));
      if (isParty(terms, options.self)) jobs.set(hex(textOf(args["key"])), terms);
    }
    for (const id of idsOf(args)) touched.add(hex(id));
    const { token, to, account, fee } = args;
    const isPayment = name === "Paid" || name === "PaidAndReturned";
    if (isPayment && typeof fee === "bigint" && fee > 0n) owe(textOf(token), textOf(to));
    if (name === "FeesSwept") touched.add(feeKey(textOf(token), textOf(account)));
  };
  const follow = async (to: BlockNumber): Promise<void> => {
    while (next <= to) {
      const end = next + SPAN - 1n < to ? next + SPAN - 1n : to;
      for (const log of await readLogs(node, at, { from: next, to: end })) {
        const parsed = parse(at, log);
        if (parsed !== undefined) take(parsed);
      }
      next = end + 1n;
    }
  };
  return { jobs, debtors, touched, follow };
};
