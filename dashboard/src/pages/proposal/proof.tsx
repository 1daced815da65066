import { useEffect, useState } from "preact/hooks";
import type { MetaDocument, ProposalDocument } from "../../data/documents.ts";
import { load, slots } from "../../data/store.ts";
import { Card, Ghost } from "../../parts/card.tsx";
import { Digest } from "../../parts/figures.tsx";
import { walletOn } from "../../wallet/parts.tsx";
import { encode, wordAt } from "../../data/selectors.ts";
import type { Call } from "../../wallet/session.ts";
import { useCalls } from "../../wallet/useCalls.ts";
import type { Proof } from "./prove.ts";
import { type Check, CheckList } from "./parts.tsx";

/** What this page has computed of a proposal; undefined until then, and where its parts are not known. */
export const useProof = (proposal: ProposalDocument): Proof | undefined => {
  useEffect(() => void load("meta"), []);
  const meta = slots.meta.value.document;
  const [told, setTold] = useState<{ readonly key: string; readonly proof: Proof | undefined } | undefined>(undefined);
  const key = JSON.stringify([proposal.raw, proposal.calls]);
  useEffect(() => {
    let isOver = false;
    if (meta === undefined) return undefined;
    void import("./prove.ts").then(({ prove }) =>
      isOver ? undefined : setTold({ key, proof: prove(proposal, meta) }),
    );
    return () => {
      isOver = true;
    };
  }, [key, meta]);
  return told?.key === key ? told.proof : undefined;
};

/** The states of a ballot, as Consensus numbers them. */
const STATES = ["none", "voting", "queued", "vetoed"];

const DIGEST = /^0x[0-9a-f]{64}$/;

/** The question after a ballot: only an open proposal on the slow path has one. */
const ballotCall = (
  { path, state }: ProposalDocument,
  meta: MetaDocument | undefined,
  digest = "",
): readonly Call[] => {
  const consensus = meta?.contracts["Consensus"];
  const isAsked = path === "slow" && state.isOpen && DIGEST.test(digest);
  return isAsked && consensus !== undefined ? [{ to: consensus, data: encode("tallyOf(bytes32)", digest) }] : [];
};

/** What the chain says of the digest, through the wallet and past the gateway. */
const useChainCheck = (
  proposal: ProposalDocument,
  meta: MetaDocument | undefined,
  digest: string | undefined,
): readonly Check[] => {
  const wallet = walletOn(meta?.deployment.chainId ?? 0);
  const [answer] = useCalls(wallet, ballotCall(proposal, meta, digest), proposal.asOf.block).answers ?? [];
  if (answer === undefined) return [];
  const state = STATES[Number(wordAt(answer, 0))] ?? "none";
  return state === "none"
    ? [{ sign: "!", words: "The chain has no ballot under this digest: it is not proposed there yet" }]
    : [{ sign: "✓", words: `The chain has a ballot under this digest, through your wallet: ${state}` }];
};

const ownChecks = (proposal: ProposalDocument, proof: Proof): readonly Check[] => [
  proof.digest === proposal.id.toLowerCase()
    ? { sign: "✓", words: "The digest of the parts shown, computed here, is the one that was signed" }
    : { sign: "✗", words: "The parts shown differ from what was signed: this gateway tells something false" },
  proof.said?.sentence === proposal.sentence
    ? { sign: "✓", words: "The sentence above, made here from the bytes, says the same" }
    : { sign: "✗", words: `The bytes say something else: ${proof.said?.sentence ?? "nothing that is known here"}` },
];

/**
 * What this page has computed itself, and what the chain says through the wallet. Two things in it are the gateway's word: the
 * address of Consensus, which is printed, and the names of tokens, routers and contracts.
 */
export const ProofCard = ({
  proposal,
  proof,
}: {
  readonly proposal: ProposalDocument;
  readonly proof: Proof | undefined;
}) => {
  const meta = slots.meta.value.document;
  const onChain = useChainCheck(proposal, meta, proof?.digest);
  if (proposal.raw === null) return null;
  return (
    <Card title="Proved here" aside="computed by this page">
      {proof === undefined ? (
        <Ghost rows={2} />
      ) : (
        <>
          <CheckList checks={[...ownChecks(proposal, proof), ...onChain]} />
          <p class="sub">The digest that a wallet must show:</p>
          <Digest hash={proof.digest} />
          <p class="sub">
            It holds for Consensus at <code class="told">{proof.consensus}</code>. That address, and the names and
            decimals of tokens, come from this gateway: compare them with what you know.
          </p>
        </>
      )}
    </Card>
  );
};
