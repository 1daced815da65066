import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Link, Route, Switch, useLocation } from "wouter-preact";
import { middle, shown } from "./data/amounts.ts";
import { freshness, head, headAgeMs, keptSince, slots, useLive } from "./data/store.ts";
import { loadReader, reader } from "./data/reader.ts";
import { ageText, dateText } from "./data/times.ts";
import { app, takeNew } from "./device/state.ts";
import { Ghost } from "./parts/card.tsx";
import { LazyPage } from "./lazy.tsx";
import { PAGES, type PageEntry } from "./pages/registry.tsx";

const isCurrent = (entry: PageEntry, path: string): boolean =>
  path === entry.path || (entry.path !== "/" && path.startsWith(`${entry.path}/`));

const waitingCount = (): number => slots.head.value.document?.waiting ?? 0;

const alertCount = (): number => slots.head.value.document?.alerts ?? 0;

const badgeOf = ({ path }: PageEntry): string => {
  if (path === "/proposals" && waitingCount() > 0) return `${waitingCount()} wait`;
  return path === "/alerts" && alertCount() > 0 ? alertCount().toString() : "";
};

const Side = ({ path }: { readonly path: string }) => {
  const deployment = slots.head.value.document?.deployment;
  return (
    <nav class="side" aria-label="Pages">
      <p class="brand">
        <img src="/icon.svg" alt="" />
        NEXUS
      </p>
      {PAGES.filter(({ title }) => title !== undefined).map((entry) => (
        <Link key={entry.path} href={entry.path} aria-current={isCurrent(entry, path) ? "page" : undefined}>
          {entry.title}
          <b>{badgeOf(entry)}</b>
        </Link>
      ))}
      <p class="foot">{deployment === undefined ? "" : `${deployment.name} · chain ${deployment.chainId}`}</p>
    </nav>
  );
};

const Tabs = ({ path }: { readonly path: string }) => (
  <nav class="tabs" aria-label="Main pages">
    {PAGES.filter(({ tab }) => tab !== undefined).map((entry) => (
      <Link key={entry.path} href={entry.path} aria-current={isCurrent(entry, path) ? "page" : undefined}>
        <span aria-hidden="true">{entry.tab}</span>
        {entry.short ?? entry.title}
      </Link>
    ))}
  </nav>
);

/** Pages that have no tab are reached from here on a phone. */
const More = ({ path }: { readonly path: string }) => {
  const [, go] = useLocation();
  const listed = PAGES.filter(({ title }) => title !== undefined);
  const here = listed.find((entry) => isCurrent(entry, path))?.path ?? "/";
  return (
    <span class="more">
      <label class="hidden" for="page">
        Go to page
      </label>
      <select id="page" value={here} onChange={({ currentTarget }) => go(currentTarget.value)}>
        {listed.map(({ path: to, title }) => (
          <option key={to} value={to}>
            {title}
          </option>
        ))}
      </select>
    </span>
  );
};

const Head = ({ path }: { readonly path: string }) => {
  const seen = head.value;
  const breaker = slots.head.value.document?.breaker;
  return (
    <header class="top">
      <span data-testid="head">
        <span class={`dot ${freshness() === "fresh" ? "" : "late"}`} />
        {seen === undefined
          ? "No block yet"
          : `Block ${seen.block.toLocaleString("en-US")} · ${ageText(headAgeMs())} ago`}
      </span>
      {breaker === undefined ? null : (
        <span class={`pill wide ${breaker === "Normal" ? "up" : "down"}`}>Breaker: {breaker.toLowerCase()}</span>
      )}
      <span class="spring" />
      <More path={path} />
    </header>
  );
};

const Bar = () => {
  if (keptSince.value !== undefined) {
    return (
      <p class="bar" role="status" data-testid="kept">
        The gateway does not answer. You see the figures of {dateText(keptSince.value / 1_000)}, {ageText(headAgeMs())}{" "}
        old, as this device kept them; nothing can be sent from here until it answers.
      </p>
    );
  }
  return freshness() === "silent" ? (
    <p class="bar" role="status">
      Nothing new for {ageText(headAgeMs())}. What you see is as old as that; look at System for why.
    </p>
  ) : null;
};

/** A newer app waits until it is asked for: nothing changes under the hands of somebody who is about to vote. */
const Newer = () => {
  const { kind } = app.value;
  if (kind === "renewed") {
    return (
      <p class="bar" role="status">
        This app was renewed in another tab. Load this page again once you are done here.
      </p>
    );
  }
  return kind === "waiting" ? (
    <p class="bar" role="status">
      A newer version of this app is here.{" "}
      <button type="button" class="button" onClick={() => takeNew.value?.()}>
        Use it
      </button>
    </p>
  ) : null;
};

/** The title says the one figure, and how much waits. */
const useTitle = (path: string): void => {
  const value = slots.head.value.document?.value ?? undefined;
  const [waits, alerts] = [waitingCount(), alertCount()];
  useEffect(() => {
    const page = PAGES.find((entry) => isCurrent(entry, path))?.title ?? "Proposal";
    const parts = [
      value === undefined ? undefined : shown(middle(value), 0),
      alerts > 0 ? `${alerts} ${alerts === 1 ? "alert" : "alerts"}` : undefined,
      waits > 0 ? `${waits} wait` : undefined,
      page,
      "NEXUS",
    ];
    document.title = parts.filter((part) => part !== undefined).join(" · ");
  }, [value, waits, alerts, path]);
};

/** Puts the focus on the new page, so that a keyboard and a screen reader go on there. */
const useFocusOnPage = (path: string) => {
  const place = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current) isFirst.current = false;
    else {
      place.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  }, [path]);
  return place;
};

const Unknown = () => (
  <section class="card">
    <h1 class="quiet">There is no such page</h1>
    <p class="sub">
      <Link href="/">Back to the overview</Link>
    </p>
  </section>
);

/** Loaded only where a gateway asks who reads it. */
const Way = () => {
  const [Part, setPart] = useState<(() => JSX.Element) | undefined>(undefined);
  useEffect(() => void import("./wallet/signIn.tsx").then(({ SignIn }) => setPart(() => SignIn)), []);
  return (
    <main id="page-body" class="alone">
      <h1>NEXUS</h1>
      {Part === undefined ? <Ghost rows={2} /> : <Part />}
    </main>
  );
};

/** The pages, or the way in where the gateway asks who reads it. */
export const App = () => {
  useEffect(() => void loadReader(), []);
  return reader.value?.kind === "nobody" ? <Way /> : <Pages />;
};

const Pages = () => {
  const [path] = useLocation();
  const place = useFocusOnPage(path);
  useLive("head");
  useTitle(path);
  return (
    <>
      <a class="skip" href="#page-body">
        Skip to the page
      </a>
      <div class="frame" data-age={freshness()}>
        <Side path={path} />
        <div>
          <Head path={path} />
          <Bar />
          <Newer />
          <main id="page-body" ref={place} tabIndex={-1}>
            <Switch>
              {PAGES.map((entry) => (
                <Route key={entry.path} path={entry.path}>
                  {(params: Readonly<Record<string, string | undefined>>) => (
                    <LazyPage key={path} entry={entry} id={params["id"] ?? ""} />
                  )}
                </Route>
              ))}
              <Route>
                <Unknown />
              </Route>
            </Switch>
          </main>
        </div>
        <Tabs path={path} />
      </div>
    </>
  );
};
