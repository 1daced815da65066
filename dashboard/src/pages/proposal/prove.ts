import { hex } from "../../../../keepers/core/hex.ts";
import { type Condition, type Proposal, CONDITION_KIND } from "../../../../keepers/core/proposal.ts";
import { proposalHasher } from "../../../../keepers/core/proposalHash.ts";
import { address, unixSeconds } from "../../../../keepers/core/units.ts";
import type { Names } from "../../../../keepers/views/names.ts";
import { sentenceOf } from "../../../../keepers/views/sentences.ts";
import type { MetaDocument, ProposalDocument } from "../../data/documents.ts";
import { keccak } from "../../data/keccak.ts";

/*
 * What this page proves by itself: the digest of the parts that it shows, and the sentence that their bytes make. It is loaded
 * with a proposal, after everything that can be read without it.
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

/** What the parts of a proposal hash to and say, by this page's own reckoning. */
export type Proof = { readonly digest: string; readonly sentence: string };

/** Undefined where the parts make no proposal at all, or are not known. */
export const prove = (proposal: ProposalDocument, meta: MetaDocument): Proof | undefined => {
  const { raw } = proposal;
  const consensus = meta.contracts["Consensus"];
  if (raw === null || consensus === undefined) return undefined;
  try {
    const content = contentOf(proposal, raw);
    const domain = { chainId: BigInt(meta.deployment.chainId), consensus: address(consensus) };
    return { digest: proposalHasher(keccak, domain)(content), sentence: sentenceOf(content.calls, namesOf(meta)) };
  } catch {
    return { digest: "none: its parts make no proposal", sentence: "" };
  }
};
