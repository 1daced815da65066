import { useRef, useState } from "preact/hooks";
import { Answers } from "./answers.tsx";
import { askAt } from "./endpoint.ts";
import { Form } from "./form.tsx";
import { type Answer, type Typed, type Wanted, verifyAt, wantedIn } from "./run.ts";

const EMPTY: Typed = { book: "", endpoints: "", proposal: "", hint: "" };

const originsOf = ({ endpoints }: Wanted): string =>
  [...new Set(endpoints.map((endpoint) => new URL(endpoint).origin))].toSorted().join(" ");

/** From now on the browser itself keeps this page from every address but these; to ask others, it is loaded again. */
const lockTo = (origins: string): void => {
  const policy = document.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content = `connect-src ${origins}`;
  document.head.append(policy);
};

type State =
  | { readonly kind: "asking" }
  | { readonly kind: "wrong"; readonly what: string }
  /** `searchedTo`: the blocks from there on were looked through. */
  | { readonly kind: "busy"; readonly searchedTo: number | undefined }
  | { readonly kind: "done"; readonly answers: readonly Answer[] };

const Shown = ({ state }: { readonly state: State }) => {
  if (state.kind === "done") return <Answers answers={state.answers} />;
  if (state.kind === "asking") return null;
  if (state.kind === "busy") {
    const from = state.searchedTo;
    return (
      <p role="status">{from === undefined ? "Asking …" : `Searching: looked through the blocks from ${from} on …`}</p>
    );
  }
  return (
    <p class="alarm" role="alert">
      ✗ {state.what}
    </p>
  );
};

/** Asks for what was typed; whatever is wrong with it is the new state. The page keeps to the endpoints of its first question. */
const useVerification = () => {
  const [state, setState] = useState<State>({ kind: "asking" });
  const locked = useRef("");
  const search = useRef({ isStopped: false });

  const ask = async (wanted: Wanted): Promise<void> => {
    const own = { isStopped: false };
    search.current = own;
    setState({ kind: "busy", searchedTo: undefined });
    const answers = await verifyAt(wanted, askAt, {
      onProgress: (searchedTo) => setState({ kind: "busy", searchedTo }),
      isStopped: () => own.isStopped,
    });
    setState({ kind: "done", answers });
  };

  const submit = (typed: Typed): void => {
    try {
      const wanted = wantedIn(typed);
      const origins = originsOf(wanted);
      if (locked.current === "") lockTo(origins);
      else if (locked.current !== origins) {
        throw new RangeError("this page keeps to the endpoints that it asked first: load it again to ask others");
      }
      locked.current = origins;
      void ask(wanted);
    } catch (error) {
      setState({ kind: "wrong", what: error instanceof Error ? error.message : String(error) });
    }
  };

  const stop = (): void => {
    search.current.isStopped = true;
  };
  return { state, submit, stop };
};

/** The whole page: what is typed, and what the endpoints say. */
export const Page = () => {
  const [typed, setTyped] = useState(EMPTY);
  const { state, submit, stop } = useVerification();
  return (
    <main>
      <h1>Verify a proposal</h1>
      <p class="soft">
        This file needs no server. It asks the endpoints that you name, and nobody else, what stands on the chain.
      </p>
      <Shown state={state} />
      <Form
        typed={typed}
        isBusy={state.kind === "busy"}
        onType={(change) => setTyped((old) => ({ ...old, ...change }))}
        onSubmit={() => submit(typed)}
        onStop={stop}
      />
    </main>
  );
};
