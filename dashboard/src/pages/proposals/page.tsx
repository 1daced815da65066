import { useEffect, useState } from "preact/hooks";
import type { Documents, ProposalSummary } from "../../data/documents.ts";
import { decisions, load, reloads, slots } from "../../data/store.ts";
import { Card, Empty, Notes, Shown } from "../../parts/card.tsx";
import { Membership } from "../../wallet/voting.tsx";
import { Decision, Waiting } from "../../parts/proposals.tsx";

const PATHS = [
  ["all", "All"],
  ["fast", "Fast path"],
  ["slow", "Slow path"],
  ["dao", "DAO"],
] as const;
type PathName = (typeof PATHS)[number][0];

/** A person who has scrolled is reading: nothing enters above. */
const NEAR_TOP_PX = 40;

/** What was read by route with what the stream told since, newest first. */
const merged = (read: readonly ProposalSummary[], told: readonly ProposalSummary[]): readonly ProposalSummary[] => {
  const newest = new Map([...read, ...told].map((one) => [one.id, one]));
  return [...newest.values()].toSorted((a, b) => b.block - a.block || (a.id < b.id ? 1 : -1));
};

/** Holds back what is new while the page is scrolled; what is known goes on changing in its place. */
const useQuiet = (all: readonly ProposalSummary[]) => {
  const [held, setHeld] = useState<ReadonlySet<string> | undefined>(undefined);
  useEffect(() => {
    const look = (): void => {
      const isReading = scrollY > NEAR_TOP_PX;
      setHeld((old) => (isReading ? (old ?? new Set(all.map(({ id }) => id))) : undefined));
    };
    addEventListener("scroll", look, { passive: true });
    return () => removeEventListener("scroll", look);
  });
  const shown = held === undefined ? all : all.filter(({ id }) => held.has(id));
  return { shown, fresh: all.length - shown.length, release: () => setHeld(undefined) };
};

const Filter = ({ path, onPick }: { readonly path: PathName; readonly onPick: (path: PathName) => void }) => (
  <div class="choices" role="group" aria-label="Which proposals">
    {PATHS.map(([name, words]) => (
      <button key={name} type="button" class="button" aria-pressed={path === name} onClick={() => onPick(name)}>
        {words}
      </button>
    ))}
  </div>
);

const Rows = ({ proposals }: { readonly proposals: readonly ProposalSummary[] }) =>
  proposals.length === 0 ? (
    <Empty>No proposal was made yet.</Empty>
  ) : (
    <ul class="rows">
      {proposals.map((proposal) => (
        <li key={proposal.id}>
          <Decision proposal={proposal} />
        </li>
      ))}
    </ul>
  );

const Waits = ({ all }: { readonly all: readonly ProposalSummary[] }) => {
  const open = all.filter(({ path, state }) => path !== "fast" && state.isOpen);
  return (
    <Card title="Waits" aside="with the time that is left to vote, to veto or to leave">
      {open.length === 0 ? (
        <Empty>No proposal waits.</Empty>
      ) : (
        <ul class="rows">
          {open.map((proposal) => (
            <li key={proposal.id}>
              <Waiting proposal={proposal} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
};

const Whole = ({ document }: { readonly document: Documents["proposals"] }) => {
  const [path, setPath] = useState<PathName>("all");
  const all = merged(document.items, decisions.value);
  const { shown, fresh, release } = useQuiet(all);
  return (
    <>
      <Waits all={all} />
      <Filter path={path} onPick={setPath} />
      {fresh === 0 ? null : (
        <button type="button" class="button" onClick={release}>
          {fresh} new
        </button>
      )}
      <Card title="All proposals" aside="newest first; each line opens to its calls, votes and reasons">
        <Rows proposals={shown.filter((one) => path === "all" || one.path === path)} />
      </Card>
      <Membership />
      <Notes notes={document.notes} />
    </>
  );
};

const REREAD_MS = 4_000;

export const Page = () => {
  useEffect(() => {
    const read = (): void => void load("proposals", "/v1/proposals?limit=100");
    read();
    const timer = setInterval(read, REREAD_MS);
    return () => clearInterval(timer);
  }, [reloads.value]);
  return (
    <>
      <h1 class="quiet">Proposals</h1>
      <Shown slot={slots.proposals.value}>{(document) => <Whole document={document} />}</Shown>
    </>
  );
};
