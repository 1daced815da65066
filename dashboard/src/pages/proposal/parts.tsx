import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { exact } from "../../data/amounts.ts";
import type { ProposalDocument } from "../../data/documents.ts";
import { now } from "../../data/store.ts";
import { clockText, dateText, spanText } from "../../data/times.ts";
import { Card, Empty } from "../../parts/card.tsx";
import { Change, Digest, Facts, Figure } from "../../parts/figures.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import type { Proof } from "./prove.ts";

type Props = { readonly proposal: ProposalDocument };
type Proven = Props & { readonly proof: Proof | undefined };
type Row = ProposalDocument["changes"][number];

const SECOND = 1_000;

const Guarantee = ({ words }: { readonly words: string | null }) =>
  words === null ? null : <span class="why narrow">Guaranteed: {words}</span>;

const changeColumns = (isDone: boolean, hasExpected: boolean): readonly Column<Row>[] => [
  {
    title: "Asset",
    isText: true,
    wraps: true,
    cell: ({ symbol, guaranteed }) => (
      <>
        <b>{symbol}</b>
        <Guarantee words={guaranteed} />
      </>
    ),
  },
  {
    title: isDone ? "Held now" : "Before",
    cell: ({ before }) => (before === null ? "–" : <Figure amount={before} digits={4} />),
  },
  ...(hasExpected
    ? [
        {
          title: isDone ? "Changed by" : "Expected",
          cell: ({ expected }: Row) => (expected === null ? "–" : <Change amount={expected} digits={4} />),
        },
      ]
    : []),
  { title: "Guaranteed", isText: true, wraps: true, isWideOnly: true, cell: ({ guaranteed }) => guaranteed ?? "–" },
];

/** What changes: what was or is expected, beside what the contract holds it to. */
export const Changes = ({ proposal: { changes, state, simulation }, proof }: Proven) => {
  const isDone = state.code === "enacted" || state.code === "executed";
  return (
    <Card title={isDone ? "What changed" : "What changes"} aside={simulation === null ? undefined : "simulated now"}>
      {changes.length === 0 ? (
        <Empty>Nothing is known of its changes yet.</Empty>
      ) : (
        <Table
          label="Changes"
          rows={changes.map((row) => ({ ...row, guaranteed: proof?.said?.guaranteed(row.symbol) ?? null }))}
          columns={changeColumns(
            isDone,
            changes.some(({ expected }) => expected !== null),
          )}
          keyOf={({ symbol }) => symbol}
        />
      )}
      {simulation === null ? null : (
        <p class="sub">
          <span class={`pill ${simulation.isOk ? "up" : "down"}`}>{simulation.isOk ? "passes" : "fails"}</span>{" "}
          {simulation.words}
        </p>
      )}
      <p class="sub">Guaranteed: the contract undoes everything otherwise.</p>
    </Card>
  );
};

const ballotText = ({ ballot }: ProposalDocument): string | undefined => {
  if (ballot === null) return undefined;
  const { weightFor, weightAgainst, threshold, voters, minVoters, operators, minOperators } = ballot;
  const parts = [`weight ${weightFor} of ${threshold} for, ${weightAgainst} against`];
  if (voters !== null && minVoters !== null) parts.push(`${voters} of ${minVoters} voters`);
  if (operators !== null && minOperators !== null) parts.push(`${operators} of ${minOperators} operators`);
  return parts.join(" · ");
};

const TONES = { for: "up", against: "down", abstain: "" } as const;

const Shortfall = ({ words }: { readonly words: string | undefined }) =>
  words === undefined ? null : <p class="sub warn">It lacks: {words}</p>;

/** Who voted, how, and why against. */
export const VoteRows = ({ proposal }: Props) => (
  <Card title="Votes" aside={proposal.path === "dao" ? undefined : ballotText(proposal)}>
    {proposal.votes.length === 0 ? (
      <Empty>{proposal.path === "dao" ? "nexus dao show tells who voted how." : "Nobody has voted yet."}</Empty>
    ) : (
      <ul class="rows">
        {proposal.votes.map(({ voter, support, reason }) => (
          <li key={voter}>
            <div class="row pair">
              <span>
                <b>{voter}</b>
                {reason === null ? null : <span class="why">{reason.what}</span>}
              </span>
              <span class={`pill ${TONES[support]}`}>{support}</span>
            </div>
          </li>
        ))}
      </ul>
    )}
    <Shortfall words={proposal.ballot?.shortfall ?? undefined} />
  </Card>
);

const clockOf = ({ executableFrom, deadline, state }: ProposalDocument) => {
  const seconds = now.value / SECOND;
  if (!state.isOpen) return undefined;
  if (executableFrom !== null && executableFrom > seconds) {
    return { left: executableFrom - seconds, words: `until it may be executed, at ${clockText(executableFrom)}` };
  }
  if (deadline === null || deadline <= seconds) return undefined;
  return { left: deadline - seconds, words: `until it expires, at ${dateText(deadline)}` };
};

/** The time that is left, and what a person can do in it. */
export const Clock = ({ proposal }: Props) => {
  const clock = clockOf(proposal);
  return (
    <Card title="Time">
      {clock === undefined ? (
        <p>
          {proposal.state.isOpen ? "Its time is over; the next step ends it." : "It is over: nothing waits any more."}
        </p>
      ) : (
        <>
          <p class="big mid">{spanText(clock.left)}</p>
          <p class="sub">{clock.words}.</p>
        </>
      )}
      {proposal.state.isOpen && proposal.path !== "fast" ? (
        <p class="sub">
          Until it is executed guardians can veto it, and <Link href="/exit">you can leave</Link>.
        </p>
      ) : null}
    </Card>
  );
};

export type Check = { readonly sign: "✓" | "!" | "✗"; readonly words: string };

const SIGN_WORDS = { "✓": "holds", "!": "look at this", "✗": "does not hold" } as const;

const checksOf = ({ calls, simulation, raw, path }: ProposalDocument): readonly Check[] => {
  const unknown = calls.filter(({ words }) => words.startsWith("call 0x")).length;
  const named = calls.filter(({ targetName }) => targetName !== null).length;
  return [
    unknown === 0
      ? { sign: "✓", words: "Every call is one that is known here" }
      : { sign: "✗", words: `${unknown} of its calls are not known here` },
    named === calls.length
      ? { sign: "✓", words: "Every target is in the address book" }
      : { sign: path === "dao" ? "!" : "✗", words: `${calls.length - named} targets are not in the address book` },
    ...(simulation === null
      ? []
      : [{ sign: simulation.isOk ? ("✓" as const) : ("✗" as const), words: `Simulated: ${simulation.words}` }]),
    ...(raw === null || /^0x0+$/.test(raw.submitter)
      ? []
      : [{ sign: "!" as const, words: "Only one account may send it" }]),
  ];
};

/** Checks with a sign and its word, never a colour alone. */
export const CheckList = ({ checks }: { readonly checks: readonly Check[] }) => (
  <ul class="checks">
    {checks.map(({ sign, words }) => (
      <li key={words}>
        <span class={sign === "✓" ? "up" : sign === "!" ? "warn" : "down"} role="img" aria-label={SIGN_WORDS[sign]}>
          {sign}
        </span>
        <span>{words}</span>
      </li>
    ))}
  </ul>
);

/** What the gateway looked at. */
export const Checks = ({ proposal }: Props) => (
  <Card title="Checks" aside="as this gateway tells it">
    <CheckList checks={checksOf(proposal)} />
  </Card>
);

const Copy = ({ text }: { readonly text: string | undefined }) => {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    if (text === undefined) return;
    await navigator.clipboard.writeText(text).catch(() => undefined);
    setCopied(true);
  };
  return (
    <button type="button" class="button" disabled={text === undefined} onClick={() => void copy()}>
      {isCopied ? "Copied" : "Copy the digest"}
    </button>
  );
};

/** What the digest is made of, beside the calls; where nothing is proved of it, the id that the gateway names it by. */
export const Raw = ({ proposal: { raw, id }, proof }: Proven) => (
  <Card title="Raw" aside={raw === null ? "as the governor numbers it" : undefined}>
    {raw === null ? (
      <Digest hash={id} />
    ) : (
      <Facts
        facts={[
          ["Agent", raw.agentId],
          ["Nonce", raw.nonce],
          ["Most it may lose", proof?.said === undefined ? "–" : exact(proof.said.maxLoss)],
        ]}
      />
    )}
    <p class="sub">
      <Copy text={raw === null ? id : proof?.said === undefined ? undefined : proof.digest} />
    </p>
  </Card>
);
