import type { Typed } from "./run.ts";

const Field = ({
  label,
  hint,
  value,
  onType,
  isLong = false,
}: {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly onType: (text: string) => void;
  readonly isLong?: boolean;
}) => {
  const typed = (event: { readonly currentTarget: { readonly value: string } }): void =>
    onType(event.currentTarget.value);
  return (
    <label>
      <span>{label}</span>
      <small>{hint}</small>
      {isLong ? (
        <textarea rows={3} value={value} onInput={typed} spellcheck={false} />
      ) : (
        <input value={value} onInput={typed} spellcheck={false} autocomplete="off" />
      )}
    </label>
  );
};

const BookField = ({ onText }: { readonly onText: (text: string) => void }) => (
  <label>
    <span>Address book of the deployment</span>
    <small>
      The JSON file that the DAO publishes. All names here come from it, so take it from where you trust it.
    </small>
    <input
      type="file"
      accept=".json,application/json"
      onChange={(event) => void event.currentTarget.files?.[0]?.text().then(onText)}
    />
  </label>
);

type Filled = { readonly typed: Typed; readonly onType: (change: Partial<Typed>) => void };

const Fields = ({ typed, onType }: Filled) => (
  <>
    <Field
      label="Proposal"
      hint="Its digest: 0x and 64 hex digits"
      value={typed.proposal}
      onType={(proposal) => onType({ proposal })}
    />
    <Field
      label="Endpoints"
      hint="JSON-RPC, one on each line; several of different owners are better than one"
      value={typed.endpoints}
      onType={(endpoints) => onType({ endpoints })}
      isLong
    />
    <BookField onText={(book) => onType({ book })} />
    <Field
      label="Transaction or block (optional)"
      hint="Where it was proposed; without it the blocks are searched backwards, which can take minutes"
      value={typed.hint}
      onType={(hint) => onType({ hint })}
    />
  </>
);

/** What the person types. `isBusy`: an answer is waited for, and can be stopped. */
export const Form = ({
  isBusy,
  onSubmit,
  onStop,
  ...filled
}: Filled & { readonly isBusy: boolean; readonly onSubmit: () => void; readonly onStop: () => void }) => (
  <form
    onSubmit={(event) => {
      event.preventDefault();
      onSubmit();
    }}
  >
    <Fields {...filled} />
    <button disabled={isBusy}>Verify</button>
    {isBusy ? (
      <button type="button" onClick={onStop}>
        Stop
      </button>
    ) : null}
  </form>
);
