import { Link } from "wouter-preact";
import type { ProposalSummary } from "../data/documents.ts";
import { now } from "../data/store.ts";
import { spanText } from "../data/times.ts";
import { Change, Votes } from "./figures.tsx";

const SECOND = 1_000;

const blockText = (block: number): string => block.toLocaleString("en-US");

/** What a line says below its sentence: how it ended, or what it waits for. */
const Outcome = ({ proposal }: { readonly proposal: ProposalSummary }) => {
  const { result, latencyBlocks, state } = proposal;
  return (
    <span class="num">
      {result === null ? "–" : <Change amount={result} />}
      <span class="why">
        {latencyBlocks === null || result === null
          ? state.code
          : `${latencyBlocks} ${latencyBlocks === 1 ? "block" : "blocks"}`}
      </span>
    </span>
  );
};

/** A decision in one line; it opens to its calls, votes and reasons. */
export const Decision = ({ proposal }: { readonly proposal: ProposalSummary }) => (
  <Link href={`/proposals/${proposal.id}`} class="row decision live">
    <span class="mono">{blockText(proposal.block)}</span>
    <span class="what">
      {proposal.sentence}
      <span class="why">{proposal.state.words}</span>
    </span>
    <Votes votes={proposal.votes} />
    <Outcome proposal={proposal} />
  </Link>
);

const waitText = ({ executableFrom, deadline }: ProposalSummary): string => {
  const seconds = now.value / SECOND;
  if (executableFrom !== null && executableFrom > seconds) return spanText(executableFrom - seconds);
  return deadline !== null && deadline > seconds ? spanText(deadline - seconds) : "now";
};

/** What it waits for, in a few words. */
const waitWords = ({ path, votes, state }: ProposalSummary): string => {
  if (path === "dao") return state.words;
  const count = (wanted: "for" | "against"): number => votes.filter(({ support }) => support === wanted).length;
  const next = state.code === "queued" ? "can still be vetoed" : "collecting votes";
  return `${count("for")} for, ${count("against")} against · ${next}`;
};

/** A proposal that somebody may still do something about, with the time that is left. */
export const Waiting = ({ proposal }: { readonly proposal: ProposalSummary }) => (
  <Link href={`/proposals/${proposal.id}`} class="row pair live">
    <span>
      {proposal.sentence}
      <span class="why flows">
        {proposal.riskClass ?? "DAO"} · {waitWords(proposal)}
      </span>
    </span>
    <b class="warn">{waitText(proposal)}</b>
  </Link>
);
