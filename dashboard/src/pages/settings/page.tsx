import { useEffect } from "preact/hooks";
import { leave, reader } from "../../data/reader.ts";
import { load, slots } from "../../data/store.ts";
import { THEMES, chooseTheme, theme } from "../../data/theme.ts";
import { Card, Shown } from "../../parts/card.tsx";
import { clockText } from "../../data/times.ts";
import { Address, Facts } from "../../parts/figures.tsx";
import { Device } from "./device.tsx";

const WORDS = { system: "As the system", light: "Light", dark: "Dark" } as const;

const Look = () => (
  <Card title="Look">
    <div class="choices" role="group" aria-label="Theme">
      {THEMES.map((name) => (
        <button
          key={name}
          type="button"
          class="button"
          aria-pressed={theme.value === name}
          onClick={() => chooseTheme(name)}
        >
          {WORDS[name]}
        </button>
      ))}
    </div>
  </Card>
);

const Membership = () => {
  const known = reader.value;
  if (known?.kind !== "member" || known.name === null) return null;
  return (
    <Card title="Signed in">
      <Facts
        facts={[
          ["Account", <Address key="account" address={known.name} />],
          ["Until", clockText(known.until ?? 0)],
        ]}
      />
      <p class="sub">
        <button type="button" class="button" onClick={() => void leave()}>
          Sign out
        </button>
      </p>
    </Card>
  );
};

export const Page = () => {
  useEffect(() => void load("meta"), []);
  return (
    <>
      <h1 class="quiet">Settings</h1>
      <Look />
      <Device />
      <Membership />
      <Shown slot={slots.meta.value} rows={1}>
        {({ deployment, version }) => (
          <Card title="This page">
            <Facts
              facts={[
                ["Deployment", deployment.name],
                ["Chain", deployment.chainId],
                ["Version", version],
              ]}
            />
            <p class="sub">
              <a href="/docs">The interface for programs</a>
            </p>
          </Card>
        )}
      </Shown>
    </>
  );
};
