import { useEffect, useState } from "preact/hooks";
import { type PushState, readPush, turnOff, turnOn } from "../../device/push.ts";
import { app, installer } from "../../device/state.ts";
import { UNREACHABLE, type Failure } from "../../data/ask.ts";
import { Card, Failed, Ghost } from "../../parts/card.tsx";

const KEPT =
  "The app is kept on this device. Without a network it opens with the last figures and says how old they are.";
const HOW_TO_INSTALL =
  "To have it as an app: in the browser's menu, “Install” or “Add to home screen”; on an iPhone or iPad, Share and then “Add to Home Screen”.";

const Install = () => {
  const event = installer.value;
  if (event === undefined) return <p class="sub">{HOW_TO_INSTALL}</p>;
  return (
    <p class="sub">
      <button type="button" class="button" onClick={() => void event.prompt()}>
        Install the app
      </button>
    </p>
  );
};

const App = () => {
  const state = app.value;
  return (
    <Card title="App on this device">
      {state.kind === "none" ? (
        <p data-testid="app">{state.why}</p>
      ) : (
        <>
          <p data-testid="app">{state.kind === "unknown" ? "The browser is asked to keep the app." : KEPT}</p>
          <Install />
        </>
      )}
    </Card>
  );
};

const isFailure = (state: PushState | Failure): state is Failure => "what" in state;

const Switch = ({
  state,
  onChange,
}: {
  readonly state: Exclude<PushState, { readonly kind: "impossible" }>;
  readonly onChange: (change: Promise<PushState | Failure>) => void;
}) => (
  <>
    <p data-testid="push">
      {state.kind === "on" ? "Alerts reach this device." : "Alerts do not reach this device."} A message shows what is
      wrong and how urgent it is: no amount and no address.
    </p>
    <p class="sub">
      <button
        type="button"
        class="button"
        onClick={() => onChange(state.kind === "on" ? turnOff(state.key) : turnOn(state.key))}
      >
        {state.kind === "on" ? "Send no alerts to this device" : "Send alerts to this device"}
      </button>
    </p>
  </>
);

const usePush = () => {
  const [state, setState] = useState<PushState | Failure | undefined>(undefined);
  const take = (change: Promise<PushState | Failure>): void => {
    change.then(setState, () => setState(UNREACHABLE));
  };
  const canKeep = app.value.kind !== "none";
  useEffect(() => (canKeep ? take(readPush()) : undefined), [canKeep]);
  return { state, take };
};

const Alerts = () => {
  const { state, take } = usePush();
  if (app.value.kind === "none") return null;
  return (
    <Card title="Alerts on this device">
      {state === undefined ? (
        <Ghost rows={1} />
      ) : isFailure(state) ? (
        <Failed failure={state} />
      ) : state.kind === "impossible" ? (
        <p data-testid="push">{state.why}</p>
      ) : (
        <Switch state={state} onChange={take} />
      )}
    </Card>
  );
};

/** What this device keeps, and what reaches it. */
export const Device = () => (
  <>
    <App />
    <Alerts />
  </>
);
