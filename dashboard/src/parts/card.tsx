import type { ComponentChildren } from "preact";
import type { Failure } from "../data/ask.ts";
import type { Slot } from "../data/store.ts";

/** A group of figures under what they are about. `aside` says in what sense. */
export const Card = ({
  title,
  aside,
  children,
}: {
  readonly title: string;
  readonly aside?: string | undefined;
  readonly children: ComponentChildren;
}) => (
  <section class="card">
    <header>
      <h2>{title}</h2>
      {aside === undefined ? null : <small>{aside}</small>}
    </header>
    {children}
  </section>
);

/** What went wrong, and what to do. */
export const Failed = ({ failure }: { readonly failure: Failure }) => (
  <div class="failure" role="alert">
    <p>{failure.what}</p>
    <p class="note">{failure.next}</p>
  </div>
);

/** The layout with its hairlines while the first answer is on its way. */
export const Ghost = ({ rows }: { readonly rows: number }) => (
  <div aria-busy="true">
    <span class="hidden">Loading</span>
    {Array.from({ length: rows }, (_, index) => (
      <div class="ghost" key={index} />
    ))}
  </div>
);

export const Empty = ({ children }: { readonly children: ComponentChildren }) => <p class="empty">{children}</p>;

/** What is not known here, said once. */
export const Notes = ({ notes }: { readonly notes: readonly string[] }) =>
  notes.length === 0 ? null : (
    <div>
      {notes.map((note) => (
        <p class="note" key={note}>
          {note}
        </p>
      ))}
    </div>
  );

/** A page of one document: its loading and failing states, and the page itself once there is something to show. */
export const Shown = <T,>({
  slot,
  rows = 6,
  children,
}: {
  readonly slot: Slot<T>;
  readonly rows?: number;
  readonly children: (document: T) => ComponentChildren;
}) => {
  const { document, failure } = slot;
  if (document !== undefined) {
    return (
      <>
        {failure === undefined ? null : <Failed failure={failure} />}
        {children(document)}
      </>
    );
  }
  return <section class="card">{failure === undefined ? <Ghost rows={rows} /> : <Failed failure={failure} />}</section>;
};
