import type { AlertDocument, AlertsDocument } from "../../data/documents.ts";
import { now, useLive } from "../../data/store.ts";
import { spanText } from "../../data/times.ts";
import { Card, Empty, Notes, Shown } from "../../parts/card.tsx";
import { type Column, Table } from "../../parts/table.tsx";

type Watch = NonNullable<AlertsDocument["watch"]>;
type Channel = Watch["channels"][number];

const SECOND_MS = 1_000;
/** The agent says something every five seconds; after this it counts as gone. */
const SILENT_MS = 30_000;

/** How soon somebody must look, in a word, and how it is drawn. */
const SEVERITIES: Readonly<Record<AlertDocument["severity"], { readonly word: string; readonly look: string }>> = {
  page: { word: "now", look: "down" },
  warn: { word: "today", look: "warn" },
  info: { word: "note", look: "" },
};

const ago = (ms: number): string => spanText((now.value - ms) / SECOND_MS);
const ahead = (ms: number): string => spanText((ms - now.value) / SECOND_MS);

/** Why no message tells of an alert, or who has it; undefined where everybody is told and nobody has it. */
const quietOf = ({ acknowledgedBy, silencedUntilMs, explainedBy }: AlertDocument): string | undefined => {
  if (explainedBy !== null) return `comes with ${explainedBy}`;
  if (silencedUntilMs !== null) return `silenced for ${ahead(silencedUntilMs)}`;
  return acknowledgedBy === null ? undefined : `${acknowledgedBy} has it`;
};

const isOpen = (alert: AlertDocument): boolean => alert.explainedBy === null && alert.silencedUntilMs === null;

const Row = ({ alert }: { readonly alert: AlertDocument }) => {
  const { severity, title, untrustedSubject, untrustedWhat, next, runbook, sinceMs, id } = alert;
  const { word, look } = SEVERITIES[severity];
  const quiet = quietOf(alert);
  return (
    <div class="row alert">
      <span class={`pill ${look}`}>{word}</span>
      <span class="what">
        <b>{title}</b>: {untrustedSubject}
        {untrustedWhat === null ? null : <span class="why flows">{untrustedWhat}</span>}
        <span class="sub">{next}</span>
        <span class="why flows">
          Take it up: <code>nexus alerts ack {id}</code>. More: <code>{runbook}</code>
        </span>
      </span>
      <span class="age">
        for {ago(sinceMs)}
        {quiet === undefined ? null : <span class="why flows">{quiet}</span>}
      </span>
    </div>
  );
};

const Rows = ({ alerts }: { readonly alerts: readonly AlertDocument[] }) => (
  <ul class="rows">
    {alerts.map((alert) => (
      <li key={alert.id}>
        <Row alert={alert} />
      </li>
    ))}
  </ul>
);

/** What an empty list says: that all is well, and what was last. */
const lastWords = ([last]: readonly AlertDocument[]): string =>
  last === undefined
    ? "No alert stands, and none was over within the last hour."
    : `No alert stands. The last one was over ${ago(last.resolvedMs ?? 0)} ago: ${last.title}.`;

const Standing = ({ items, resolved, rules }: Pick<AlertsDocument, "items" | "resolved"> & Pick<Watch, "rules">) => {
  const open = items.filter(isOpen);
  const quiet = items.filter((alert) => !isOpen(alert));
  return (
    <>
      <Card title="Stands now" aside={`${rules} rules watch`}>
        {open.length === 0 ? <Empty>{lastWords(resolved)}</Empty> : <Rows alerts={open} />}
      </Card>
      {quiet.length === 0 ? null : (
        <Card title="Explained or silenced" aside="shown here, and told by no message">
          <Rows alerts={quiet} />
        </Card>
      )}
    </>
  );
};

const overColumns: readonly Column<AlertDocument>[] = [
  { title: "Alert", isText: true, wraps: true, by: ({ title }) => title, cell: ({ title }) => title },
  {
    title: "About",
    isText: true,
    wraps: true,
    by: ({ untrustedSubject }) => untrustedSubject,
    cell: ({ untrustedSubject }) => untrustedSubject,
  },
  {
    title: "Lasted",
    by: ({ sinceMs, resolvedMs }) => (resolvedMs ?? sinceMs) - sinceMs,
    cell: ({ sinceMs, resolvedMs }) => spanText(((resolvedMs ?? sinceMs) - sinceMs) / SECOND_MS),
  },
  { title: "Over for", by: ({ resolvedMs }) => -(resolvedMs ?? 0), cell: ({ resolvedMs }) => ago(resolvedMs ?? 0) },
];

const channelColumns: readonly Column<Channel>[] = [
  { title: "Channel", isText: true, by: ({ channel }) => channel, cell: ({ channel }) => <b>{channel}</b> },
  { title: "Delivered", by: ({ delivered }) => delivered, cell: ({ delivered }) => delivered },
  { title: "Waiting", by: ({ waiting }) => waiting, cell: ({ waiting }) => waiting },
  {
    title: "State",
    isText: true,
    wraps: true,
    cell: ({ failures, untrustedFailure }) =>
      failures === 0 ? "well" : `failed ${failures} times, last: ${untrustedFailure ?? "no reason given"}`,
  },
];

const Channels = ({ channels }: Pick<Watch, "channels">) => (
  <Card title="Messages" aside="nexus alerts test sends one by every channel">
    {channels.length === 0 ? (
      <Empty>
        No channel is configured: messages go to the log and the terminal alone. keepers/agents/alerts/README.md says
        how to add a webhook, mail, a bot or a browser.
      </Empty>
    ) : (
      <Table label="Channels" rows={channels} columns={channelColumns} keyOf={({ channel }) => channel} />
    )}
  </Card>
);

const Silences = ({ silences }: Pick<Watch, "silences">) =>
  silences.length === 0 ? null : (
    <Card title="Silences" aside="nexus alerts silence RULE --end ends one">
      <ul class="rows">
        {silences.map(({ rule, subject, untilMs, by }) => (
          <li key={`${rule} ${subject ?? ""}`}>
            <div class="row pair">
              <span>
                {rule}
                {subject === null ? "" : ` of ${subject}`}
                <span class="why">by {by}</span>
              </span>
              <span>for {ahead(untilMs)}</span>
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );

const Over = ({ resolved }: Pick<AlertsDocument, "resolved">) =>
  resolved.length === 0 ? null : (
    <Card title="Over" aside="within the last hour">
      <Table label="Alerts that are over" rows={resolved} columns={overColumns} keyOf={({ id }) => id} />
    </Card>
  );

const Silent = ({ atMs }: Pick<Watch, "atMs">) =>
  now.value - atMs < SILENT_MS ? null : (
    <div class="failure" role="alert">
      <p>The alerts agent has said nothing for {ago(atMs)}. What stands below is as old as that.</p>
      <p class="note">Look at System and at the log of the keepers: nobody is told of anything until it runs again.</p>
    </div>
  );

const Whole = ({ document: { watch, items, resolved, notes } }: { readonly document: AlertsDocument }) =>
  watch === null ? (
    <Card title="Not watched">
      <Notes notes={notes} />
    </Card>
  ) : (
    <>
      <Silent atMs={watch.atMs} />
      <Standing items={items} resolved={resolved} rules={watch.rules} />
      <Over resolved={resolved} />
      <Channels channels={watch.channels} />
      <Silences silences={watch.silences} />
      <Notes notes={notes} />
    </>
  );

export const Page = () => {
  const slot = useLive("alerts");
  return (
    <>
      <h1 class="quiet">Alerts</h1>
      <Shown slot={slot} rows={3}>
        {(document) => <Whole document={document} />}
      </Shown>
    </>
  );
};
