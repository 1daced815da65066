import { useEffect, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import type { ProposalDocument } from "../../data/documents.ts";
import { type Slot, decisions, isOfId, loadProposal } from "../../data/store.ts";
import { Card, Empty, Notes, Shown } from "../../parts/card.tsx";
import { Facts, Figure } from "../../parts/figures.tsx";
import { Vote } from "../../wallet/voting.tsx";
import { ProofCard, useProof } from "./proof.tsx";
import type { Proof } from "./prove.ts";
import { Changes, Checks, Clock, Raw, VoteRows } from "./parts.tsx";
import { SafeOwners } from "./owners.tsx";
import { Share } from "./share.tsx";

const REREAD_MS = 4_000;
const PATHS = { fast: "Fast path", slow: "Slow path", dao: "DAO" } as const;

const useProposal = (id: string): Slot<ProposalDocument> => {
  const [slot, setSlot] = useState<Slot<ProposalDocument>>({ document: undefined, failure: undefined });
  const told = decisions.value.find((one) => one.id === id);
  useEffect(() => {
    let isGone = false;
    const read = async (): Promise<void> => {
      const next = await loadProposal(id);
      if (!isGone) setSlot((old) => (next.failure === undefined ? next : { ...old, failure: next.failure }));
    };
    void read();
    const timer = setInterval(() => void read(), REREAD_MS);
    return () => {
      isGone = true;
      clearInterval(timer);
    };
  }, [id, told]);
  // The page may be led from one proposal to the next: what was read of the last one is not shown under this one's address.
  return slot.document === undefined || isOfId(slot.document, id) ? slot : { document: undefined, failure: undefined };
};

const Pills = ({ proposal }: { readonly proposal: ProposalDocument }) => (
  <p class="pills">
    {proposal.riskClass === null ? null : (
      <span class={`pill ${proposal.riskClass === "Routine" ? "" : "warn"}`}>{proposal.riskClass}</span>
    )}
    <span class="pill accent">{proposal.state.code}</span>
    <span class="pill">{PATHS[proposal.path]}</span>
  </p>
);

type Props = { readonly proposal: ProposalDocument; readonly proof: Proof | undefined };

const Reasons = ({ proposal, proof }: Props) => {
  const { classReasons, riskClass } = proposal;
  const said = proof?.said;
  return (
    <Card title={riskClass === null ? "What it may cost" : `Why it is ${riskClass}`}>
      {classReasons.length === 0 ? (
        <p class="note">
          {riskClass === "Routine"
            ? "Its calls keep every limit of Routine actions."
            : "The mandate is asked for reasons while a proposal is open."}
        </p>
      ) : (
        <ul class="checks">
          {classReasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      <Facts
        facts={[
          ["May lose at most", said === undefined ? "–" : <Figure amount={said.maxLoss} />],
          ["Expected to gain", said === undefined ? "–" : <Figure amount={said.forecast} />],
        ]}
      />
    </Card>
  );
};

const UNREAD_WORDS = "Bytes that this page has not read";

const Calls = ({ proposal: { calls, governed, raw }, proof }: Props) => (
  <Card title="Calls" aside={raw === null ? "in this gateway's words" : "decoded here from their bytes"}>
    {calls.length === 0 ? (
      <Empty>Its calls are not known here.</Empty>
    ) : (
      <ol class="rows">
        {calls.map(({ words, target, data }, index) => (
          <li key={index}>
            <div class="row">
              <details>
                <summary>{raw === null ? words : (proof?.said?.calls[index] ?? UNREAD_WORDS)}</summary>
                <p class="told">
                  To <code>{target}</code>
                  {governed === null ? null : <>, with {governed.values[index] ?? "an unknown number of"} wei</>}:{" "}
                  <code>{data}</code>
                </p>
              </details>
            </div>
          </li>
        ))}
      </ol>
    )}
    {(proof?.said?.conditions ?? []).map((condition) => (
      <p class="note" key={condition}>
        Guaranteed, or nothing of it happens: {condition}
      </p>
    ))}
  </Card>
);

const Told = ({ proposal: { untrustedText, proposer } }: { readonly proposal: ProposalDocument }) =>
  untrustedText === null ? null : (
    <Card title="What its proposer says" aside="not checked by anybody">
      <p class="note">{proposer} writes:</p>
      <p class="told">{untrustedText}</p>
    </Card>
  );

const Cards = ({ proposal, proof }: Props) => (
  <div class="cols">
    <div class="stack">
      <Changes proposal={proposal} proof={proof} />
      <Reasons proposal={proposal} proof={proof} />
      <VoteRows proposal={proposal} />
      <Calls proposal={proposal} proof={proof} />
      <Told proposal={proposal} />
    </div>
    <div class="stack">
      <Clock proposal={proposal} />
      <Vote proposal={proposal} />
      <SafeOwners proposal={proposal} />
      <ProofCard proposal={proposal} proof={proof} />
      <Checks proposal={proposal} />
      <Raw proposal={proposal} proof={proof} />
    </div>
  </div>
);

/** What could hurt, found here in the bytes, and what the gateway found by prices that this page does not have. */
const Dangers = ({ proposal, proof }: Props) => {
  const dangers = [...new Set([...(proof?.said?.dangers ?? []), ...proposal.dangers])];
  return dangers.length === 0 ? null : (
    <ul class="dangers" aria-label="Dangers">
      {dangers.map((danger) => (
        <li key={danger}>
          <span aria-hidden="true">▲</span> {danger}
        </li>
      ))}
    </ul>
  );
};

const Whole = ({ proposal }: { readonly proposal: ProposalDocument }) => {
  const proof = useProof(proposal);
  return (
    <>
      <div>
        <Pills proposal={proposal} />
        <h1>{proposal.sentence}</h1>
        <p class="sub">
          {proposal.state.words} <Share title={proposal.sentence} />
        </p>
      </div>
      <Dangers proposal={proposal} proof={proof} />
      <Cards proposal={proposal} proof={proof} />
      <Notes notes={proposal.notes} />
      <p class="note">
        What is not proved above is as this gateway tells it. <Link href="/proposals">All proposals</Link>
      </p>
    </>
  );
};

export const Page = ({ id }: { readonly id: string }) => (
  <Shown slot={useProposal(id)}>{(proposal) => <Whole proposal={proposal} />}</Shown>
);
