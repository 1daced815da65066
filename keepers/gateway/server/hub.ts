import { assertNever } from "../../core/assertNever.ts";
import type { GatewayClock } from "../reading/clock.ts";
import type { ProposalSummary } from "../schema/proposals.ts";
import { type StateTopic, type StreamRequest, type TopicName, isEventTopic } from "../stream/topics.ts";
import { type EventWindow, EMPTY_WINDOW, append, deliveryFor, resume } from "../stream/window.ts";
import type { DocumentBody } from "./bodies.ts";
import { type Envelopes, createEnvelopes } from "./envelope.ts";

/** One connection, as the hub sees it. */
export type Peer = {
  readonly send: (text: string) => void;
  /** Bytes of ours that it has not taken yet. */
  readonly waiting: () => number;
  /** Whether it may still read here: its session or key may have ended since it came. */
  readonly mayRead: () => boolean;
  readonly close: (code: number, why: string) => void;
};

/** A peer that has joined. */
export type StreamMember = {
  readonly hear: (request: StreamRequest) => void;
  readonly refuse: (why: string) => void;
  readonly leave: () => void;
};

export type Hub = {
  readonly join: (peer: Peer) => StreamMember;
  /** Tells a decision to all who listen, and keeps it for those who come back. */
  readonly publish: (decision: ProposalSummary) => void;
  /** Looks at state at once, as there is something new. */
  readonly look: () => void;
  readonly clients: () => number;
  readonly close: () => void;
};

export type HubOptions = {
  readonly clock: GatewayClock;
  /** Names this run of the gateway: sequence numbers begin again with it. */
  readonly epoch: string;
  readonly body: (topic: StateTopic) => Promise<DocumentBody>;
};

/** How often state is looked at, in milliseconds; each client gets what changed. */
const STATE_MS = 500;
const HEARTBEAT_MS = 15_000;
/** A private close code: whoever does not read what cannot be left out. */
export const TOO_SLOW = 4008;
/** A private close code: whoever signed out, or whose session or key ended or was revoked. */
export const NO_LONGER_READER = 4001;
const ENDED = "the session or key that opened this stream is no longer valid";
const GOING_AWAY = 1001;
const NO_ROOM = "messages were not read in time";
const READ_ANEW = "Read the route again, and go on from last.";

type Client = {
  readonly peer: Peer;
  readonly topics: Set<TopicName>;
  readonly has: Map<StateTopic, string>;
  resumedMs: number | undefined;
};
type Window = EventWindow<ProposalSummary>;

/** @returns whether it was sent */
const deliver = ({ peer }: Client, text: string, isEvent: boolean): boolean => {
  const how = deliveryFor(peer.waiting(), isEvent);
  if (how === "send") peer.send(text);
  if (how === "close") peer.close(TOO_SLOW, NO_ROOM);
  return how === "send";
};

/** Sends documents of state to those who want them and do not have them yet. */
const createStateTeller = (body: HubOptions["body"], { state }: Envelopes) => {
  const send = (client: Client, topic: StateTopic, made: DocumentBody): void => {
    if (client.has.get(topic) === made.etag || !client.topics.has(topic)) return;
    if (deliver(client, state(topic, made), false)) client.has.set(topic, made.etag);
  };
  let looks = 0;
  const told = new Map<StateTopic, number>();
  return async (topic: StateTopic, clients: readonly Client[]): Promise<void> => {
    looks += 1;
    const look = looks;
    // What cannot be read now is tried again at the next look; the age of what the client has says the rest.
    const made = await body(topic).catch(() => undefined);
    // One that took long must not come after a newer one.
    if (made === undefined || look < (told.get(topic) ?? 0)) return;
    told.set(topic, look);
    for (const client of clients) send(client, topic, made);
  };
};

/** Sends events in order; a client that lacks some gets them, or is told that they are gone. */
const createEventTeller = ({ message }: Envelopes, epoch: string) => {
  const send = (client: Client, { sequence, data }: Window["kept"][number]): boolean =>
    deliver(client, message("nexus.event", { subject: "decisions", sequence, data }), true);
  const catchUp = (
    client: Client,
    window: Window,
    request: { readonly epoch: string; readonly after: number },
  ): void => {
    const { last } = window;
    const told = request.epoch === epoch ? resume(window, request.after) : { kind: "gap" as const, oldest: last + 1 };
    if (told.kind === "missed") {
      for (const one of told.messages) if (!send(client, one)) return;
      return;
    }
    const data = { epoch, oldest: told.oldest, last, advice: READ_ANEW };
    deliver(client, message("nexus.gap", { subject: "decisions", data }), false);
  };
  return { send, catchUp };
};

const subscribersOf = (clients: ReadonlySet<Client>, topic: TopicName): readonly Client[] =>
  [...clients].filter(({ topics }) => topics.has(topic));

/** What the stream is made of. */
type Stage = {
  readonly clients: Set<Client>;
  readonly envelopes: Envelopes;
  readonly tellState: ReturnType<typeof createStateTeller>;
  readonly events: ReturnType<typeof createEventTeller>;
  readonly window: () => Window;
  readonly nowMs: () => number;
};

const subscribe = ({ tellState }: Stage, client: Client, topics: readonly TopicName[]): void => {
  for (const topic of topics) {
    client.topics.add(topic);
    if (!isEventTopic(topic)) void tellState(topic, [client]);
  }
};

/** Whoever comes back catches up at once, and then not again before this, in milliseconds: it is work beside the fleet's. */
const RESUME_MS = 1_000;
const TOO_SOON = "The last resume was less than a second ago: what came since comes by itself.";

const catchUp = (stage: Stage, client: Client, request: Extract<StreamRequest, { readonly kind: "resume" }>): void => {
  const now = stage.nowMs();
  if (client.resumedMs !== undefined && now - client.resumedMs < RESUME_MS) {
    deliver(client, stage.envelopes.message("nexus.refused", { data: { why: TOO_SOON } }), false);
    return;
  }
  client.resumedMs = now;
  stage.events.catchUp(client, stage.window(), request);
};

const hear = (stage: Stage, client: Client, request: StreamRequest): void => {
  switch (request.kind) {
    case "subscribe":
      return subscribe(stage, client, request.topics);
    case "unsubscribe":
      return request.topics.forEach((topic) => client.topics.delete(topic));
    case "resume":
      client.topics.add(request.topic);
      return catchUp(stage, client, request);
    default:
      return assertNever(request);
  }
};

/** Whether a client may stay; who may no longer read is sent away and told nothing more. [NX-GTW-11] */
const mayStay = ({ clients }: Stage, client: Client): boolean => {
  if (!clients.has(client)) return false;
  if (client.peer.mayRead()) return true;
  clients.delete(client);
  client.peer.close(NO_LONGER_READER, ENDED);
  return false;
};

const lastOf = ({ window }: Stage) => ({ decisions: window().last });

const join = (stage: Stage, peer: Peer, epoch: string): StreamMember => {
  const { clients, envelopes } = stage;
  const client: Client = { peer, topics: new Set(), has: new Map(), resumedMs: undefined };
  clients.add(client);
  peer.send(envelopes.message("nexus.welcome", { data: { epoch, last: lastOf(stage), heartbeatMs: HEARTBEAT_MS } }));
  return {
    hear: (request) => {
      if (mayStay(stage, client)) hear(stage, client, request);
    },
    refuse: (why) => {
      if (mayStay(stage, client)) deliver(client, envelopes.message("nexus.refused", { data: { why } }), false);
    },
    leave: () => void clients.delete(client),
  };
};

/** Looks at state for those who want it. */
const tellAll = (stage: Stage): void => {
  const { clients, tellState } = stage;
  const wanted = new Set([...clients].filter((client) => mayStay(stage, client)).flatMap(({ topics }) => [...topics]));
  for (const topic of wanted) if (!isEventTopic(topic)) void tellState(topic, subscribersOf(clients, topic));
};

/** Looks at state now and then, also where no block comes, and says that the stream lives. */
const startRounds = ({ every }: GatewayClock, stage: Stage): (() => void) => {
  const { clients, envelopes } = stage;
  const beat = (): void => {
    const text = envelopes.message("nexus.heartbeat", { data: { last: lastOf(stage) } });
    for (const client of clients) deliver(client, text, false);
  };
  const stops = [every(STATE_MS, () => tellAll(stage)), every(HEARTBEAT_MS, beat)];
  return () => stops.forEach((stop) => stop());
};

/** The stream: who listens to what, and what each of them has to be told. [NX-GTW-03] */
export const createHub = ({ clock, epoch, body }: HubOptions): Hub => {
  const clients = new Set<Client>();
  const envelopes = createEnvelopes(clock, epoch);
  const events = createEventTeller(envelopes, epoch);
  let window: Window = EMPTY_WINDOW;
  const stage: Stage = {
    clients,
    nowMs: clock.nowMs,
    envelopes,
    tellState: createStateTeller(body, envelopes),
    events,
    window: () => window,
  };
  const stop = startRounds(clock, stage);
  return {
    join: (peer) => join(stage, peer, epoch),
    publish: (decision) => {
      window = append(window, decision);
      const newest = window.kept.at(-1);
      const listeners = subscribersOf(clients, "decisions").filter((client) => mayStay(stage, client));
      if (newest !== undefined) for (const client of listeners) events.send(client, newest);
    },
    look: () => tellAll(stage),
    clients: () => clients.size,
    close: () => {
      stop();
      for (const { peer } of clients) peer.close(GOING_AWAY, "the gateway ends");
      clients.clear();
    },
  };
};
