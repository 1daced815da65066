import type { ResolvedTransaction, StoredTransaction } from "../../../keepers/core/store.ts";
import { type Hex, hex } from "../../../keepers/core/hex.ts";
import { address } from "../../../keepers/core/units.ts";
import { isoTime } from "../../../keepers/views/times.ts";
import {
  type Command,
  type Commands,
  type Values,
  UsageError,
  requiredArgument,
  wholeNumber,
} from "../../lib/command.ts";
import { say, sayJson } from "../../lib/output.ts";
import { EXIT } from "../../lib/program.ts";
import { JSON_OPTION } from "../endpoint.ts";
import { STORE_OPTIONS, withStore } from "./place.ts";

const DEFAULT_COUNT = 20;
/** Resolved ones are looked for among so many. */
const SEARCHED = 10_000;

const isResolved = (tx: StoredTransaction | ResolvedTransaction): tx is ResolvedTransaction => "result" in tx;

/** How a transaction stands, in a few words. */
const stateWords = (tx: StoredTransaction | ResolvedTransaction): string => {
  if (!isResolved(tx)) return "pending";
  const { kind, block, detail } = tx.result;
  return `${kind} at block ${block}${detail === "" ? "" : ` (${detail})`}`;
};

const line = (tx: StoredTransaction | ResolvedTransaction): string =>
  `${tx.transaction}  ${tx.account} nonce ${tx.accountNonce}  ${stateWords(tx)}`;

const accountIn = (values: Values) => {
  const text = values.get("account");
  try {
    return text === undefined ? undefined : address(text);
  } catch {
    throw new UsageError("--account must be an address");
  }
};

const list: Command = {
  about: "what keepers sent: the pending transactions, and the newest that are resolved; reads only",
  example: "--account 0x70997970c51812dc3a010c7d01b50e0d17dc79c8 --count 5",
  options: {
    ...STORE_OPTIONS,
    account: { value: "ADDRESS", about: "those of one account" },
    count: { value: "N", about: `how many resolved ones (${DEFAULT_COUNT})` },
    json: JSON_OPTION,
  },
  run: (values) =>
    withStore(values, async (store) => {
      const account = accountIn(values);
      const count = wholeNumber(values, "count", 0) ?? DEFAULT_COUNT;
      const [pending, resolved] = await Promise.all([store.pending(account), store.resolved(count, account)]);
      if (values.has("json")) sayJson({ pending, resolved });
      else {
        for (const tx of [...pending, ...resolved]) say(line(tx));
        say(`${pending.length} pending, ${resolved.length} resolved shown`);
      }
      return EXIT.done;
    }),
};

const HASH = "HASH";

/** The hash that the command takes. @throws UsageError when it is none */
const hashIn = (values: Values): Hex => {
  const text = requiredArgument(values, HASH);
  if (!/^0x[0-9a-fA-F]{64}$/.test(text))
    throw new UsageError(`${HASH} must be a transaction's hash: 0x and 64 hex digits`);
  return hex(text);
};

const show: Command = {
  about: "one transaction that a keeper sent: for what, at which price, and how it stands; reads only",
  takes: HASH,
  example: `0x${"ab".repeat(32)}`,
  options: { ...STORE_OPTIONS, json: JSON_OPTION },
  run: (values) =>
    withStore(values, async (store) => {
      const wanted = hashIn(values);
      const [pending, resolved] = await Promise.all([store.pending(), store.resolved(SEARCHED)]);
      const found = [...pending, ...resolved].find(({ transaction }) => transaction === wanted);
      if (found === undefined) throw new UsageError(`the store has no transaction ${wanted}`);
      if (values.has("json")) {
        sayJson(found);
        return EXIT.done;
      }
      say(line(found));
      say(`operation ${found.operation}${noteWords(found)}`);
      say(`signed at block ${found.block} for ${found.gasPrice} wei per gas; ${deadlineWords(found)}`);
      if (isResolved(found)) say(`gas paid: ${found.result.gasPaid} wei`);
      return EXIT.done;
    }),
};

/** What its sender wrote beside it, such as the name of a payment; its first word is how it ends. */
const noteWords = ({ details }: StoredTransaction): string =>
  details.includes(" ") ? `: ${details.slice(details.indexOf(" ") + 1)}` : "";

/** The last second that a date can show. */
const LAST_SECOND = 8_640_000_000_000n;

const deadlineWords = ({ deadline }: StoredTransaction): string =>
  deadline > LAST_SECOND ? "it has no deadline" : `its deadline is ${isoTime(deadline)}`;

const cancel: Command = {
  about: "ask the keeper that sends a pending transaction to cancel it; whichever the chain takes first counts",
  takes: HASH,
  example: `0x${"ab".repeat(32)}`,
  options: { ...STORE_OPTIONS, json: JSON_OPTION },
  run: (values) =>
    withStore(values, async (store) => {
      const transaction = hashIn(values);
      const isAsked = await store.requestCancel(transaction);
      if (values.has("json")) sayJson({ transaction, isAsked });
      else if (isAsked) say(`asked for; nexus tx show ${transaction} says what becomes of it`);
      else say(`${transaction} is not pending: there is nothing to cancel`);
      return isAsked ? EXIT.done : EXIT.wrong;
    }),
};

/** `nexus tx …`: what an operator sees of transactions, and may stop. */
export const TX_COMMANDS: Commands = { "tx list": list, "tx show": show, "tx cancel": cancel };
