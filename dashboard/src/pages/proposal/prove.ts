import { hex } from "../../../../keepers/core/hex.ts";
import { type Condition, type Proposal, CONDITION_KIND } from "../../../../keepers/core/proposal.ts";
import { proposalHasher } from "../../../../keepers/core/proposalHash.ts";
import { address, unixSeconds } from "../../../../keepers/core/units.ts";
import type { Names } from "../../../../keepers/views/names.ts";
import { dangersOf } from "../../../../keepers/views/dangers.ts";
import { callWords } from "../../../../keepers/views/calls.ts";
import { sentenceOf } from "../../../../keepers/views/sentences.ts";
import { type Naming, conditionWords } from "../../../../keepers/views/slowStatus.ts";
import { exact } from "../../data/amounts.ts";
import type { Amount, MetaDocument, ProposalDocument } from "../../data/documents.ts";
import { keccak } from "../../data/keccak.ts";

/*
 * What this page proves by itself: the digest of the parts that it shows, and what those parts say in words. It is loaded with
 * a proposal, after everything that can be read without it.
 */

const KINDS = Object.values(CONDITION_KIND);

/** @throws RangeError for a kind that no contract has */
const conditionOf = ({
  kind,
  subject,
  holder,
  amount,
}: NonNullable<ProposalDocument["raw"]>["conditions"][number]): Condition => {
  const known = KINDS.find((one) => one === kind);
  if (known === undefined) throw new RangeError(`no condition of kind ${kind}`);
  return { kind: known, subject: address(subject), holder: address(holder), amount: BigInt(amount) };
};

/** @throws RangeError for what is no address */
const contentOf = ({ calls }: ProposalDocument, raw: NonNullable<ProposalDocument["raw"]>): Proposal => ({
  agentId: BigInt(raw.agentId),
  nonce: BigInt(raw.nonce),
  deadline: unixSeconds(BigInt(raw.deadline)),
  submitter: address(raw.submitter),
  maxLoss: BigInt(raw.maxLoss),
  forecast: BigInt(raw.forecast),
  calls: calls.map(({ target, data }) => ({ target: address(target), data: hex(data) })),
  conditions: raw.conditions.map(conditionOf),
  evidence: hex(raw.evidence),
});

const namesOf = ({ tokens, routers }: MetaDocument): Names => {
  const byAddress = new Map(
    Object.entries(tokens).map(([symbol, { address: at, decimals }]) => [address(at), { symbol, decimals }]),
  );
  const byRouter = new Map(Object.entries(routers).map(([name, at]) => [address(at), name]));
  return { token: (at) => byAddress.get(at), router: (at) => byRouter.get(at), pool: () => undefined };
};

const NOBODY = address(`0x${"0".repeat(40)}`);

const namingOf = ({ contracts, routers }: MetaDocument, names: Names): Naming => {
  const accounts = new Map(
    [...Object.entries(routers), ...Object.entries(contracts)].map(([name, at]) => [address(at), name]),
  );
  return {
    account: (account) => (account === NOBODY ? "nobody" : (accounts.get(account) ?? account)),
    amount: (token, units) => {
      const known = names.token(token);
      return known === undefined
        ? `${units} units of ${token}`
        : exact({ units: units.toString(), decimals: known.decimals, symbol: known.symbol });
    },
  };
};

const usd = (units: bigint): Amount => ({ units: units.toString(), symbol: "USD", decimals: 18 });

const ABOUT_BALANCES: readonly number[] = [
  CONDITION_KIND.balanceAtLeast,
  CONDITION_KIND.balanceAtMost,
  CONDITION_KIND.balanceIncreasesAtLeast,
  CONDITION_KIND.balanceDecreasesAtMost,
];

const saidBy = (content: Proposal, meta: MetaDocument): Said => {
  const names = namesOf(meta);
  const naming = namingOf(meta, names);
  const ofTreasury = content.conditions.filter(
    ({ kind, holder }) => ABOUT_BALANCES.includes(kind) && naming.account(holder) === "Treasury",
  );
  const symbolOf = ({ subject }: Condition): string => names.token(subject)?.symbol ?? subject;
  return {
    sentence: sentenceOf(content.calls, names),
    calls: content.calls.map((call) => callWords(call, names)),
    conditions: content.conditions.map((condition) => conditionWords(condition, naming)),
    guaranteed: (symbol) => {
      const words = ofTreasury.filter((one) => symbolOf(one) === symbol).map((one) => conditionWords(one, naming));
      return words.length === 0 ? null : words.join("; ");
    },
    dangers: dangersOf(content, {
      names,
      treasury: address(meta.contracts["Treasury"] ?? NOBODY),
      knows: (account) => naming.account(account) !== account || names.token(account) !== undefined,
    }),
    maxLoss: usd(content.maxLoss),
    forecast: usd(content.forecast),
  };
};

/** What the hashed parts of a proposal say. `guaranteed`: of the treasury's own balance of a token, by its symbol. */
export type Said = {
  readonly sentence: string;
  readonly calls: readonly string[];
  readonly conditions: readonly string[];
  readonly guaranteed: (symbol: string) => string | null;
  /** What of it could hurt whoever votes for it. */
  readonly dangers: readonly string[];
  readonly maxLoss: Amount;
  readonly forecast: Amount;
};

/**
 * What the parts of a proposal hash to and say, by this page's own reckoning. `consensus`: the address that the digest holds
 * for, which the gateway names, as it does tokens and routers. `said` is undefined where the parts make no proposal.
 */
export type Proof = { readonly digest: string; readonly consensus: string; readonly said: Said | undefined };

/** Undefined where the parts are not known. */
export const prove = (proposal: ProposalDocument, meta: MetaDocument): Proof | undefined => {
  const { raw } = proposal;
  if (raw === null) return undefined;
  const consensus = meta.contracts["Consensus"] ?? "none that this gateway names";
  try {
    const content = contentOf(proposal, raw);
    const domain = { chainId: BigInt(meta.deployment.chainId), consensus: address(consensus) };
    return { digest: proposalHasher(keccak, domain)(content), consensus, said: saidBy(content, meta) };
  } catch {
    return { digest: "none: its parts make no proposal", consensus, said: undefined };
  }
};
