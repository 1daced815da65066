import type { ProposalSummary } from "../gateway/schema/proposals.ts";
import type { Documents } from "../gateway/schema/routes.ts";
import { isCount, isDocument, isFields, isSummary } from "./shapes.ts";

/** Topics whose messages are the document of the route of the same name. */
export type DocumentTopic = Exclude<keyof Documents, "meta" | "proposals">;

/** A document of state with its topic. */
export type StateMessage = {
  readonly [Name in DocumentTopic]: { readonly topic: Name; readonly document: Documents[Name] };
}[DocumentTopic];

export type StreamHandlers = {
  readonly onState: (message: StateMessage) => void;
  /** Each change of a proposal once and in order. */
  readonly onDecision: (decision: ProposalSummary) => void;
  /** Some decisions are gone for ever: what was read by route must be read again. */
  readonly onGap: () => void;
  readonly onOpen: (isOpen: boolean) => void;
};

type Message = {
  readonly type: string;
  readonly subject?: unknown;
  readonly sequence?: unknown;
  readonly data?: unknown;
};

const isMessage = (value: unknown): value is Message => isFields(value) && typeof value["type"] === "string";

type Welcome = { readonly epoch: string; readonly last: { readonly decisions: number } };
const isWelcome = (value: unknown): value is Welcome =>
  isFields(value) &&
  typeof value["epoch"] === "string" &&
  isFields(value["last"]) &&
  isCount(value["last"]["decisions"]);

type Gap = { readonly epoch: string; readonly last: number };
const isGap = (value: unknown): value is Gap =>
  isFields(value) && typeof value["epoch"] === "string" && isCount(value["last"]);

const TOPICS = {
  head: true,
  overview: true,
  agents: true,
  portfolio: true,
  opportunities: true,
  prices: true,
  markets: true,
  analytics: true,
  payments: true,
  system: true,
  alerts: true,
} as const satisfies Readonly<Record<DocumentTopic, true>>;

const isTopic = (value: unknown): value is DocumentTopic => typeof value === "string" && Object.hasOwn(TOPICS, value);

const isState = (message: { readonly topic: DocumentTopic; readonly document: unknown }): message is StateMessage =>
  isDocument(message.document, message.topic);

/** Where a client stands in the events of one run of the gateway. */
type Place = { readonly epoch: string; readonly after: number };

export type Say = (request: object) => void;

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** How a message was taken: `cut` for one that no gateway sends, so that nothing after it can be believed either. */
export type Hearing = "welcomed" | "taken" | "cut";

/** Who hears a stream, and what is remembered over its cuts. */
type Ear = {
  readonly wanted: () => readonly DocumentTopic[];
  readonly handlers: StreamHandlers;
  readonly say: Say;
  place: Place | undefined;
  /** The run of the gateway at the other end of this connection; undefined before its welcome. */
  epoch: string | undefined;
};

const welcome = (ear: Ear, { data }: Message): Hearing => {
  if (!isWelcome(data)) return "cut";
  ear.epoch = data.epoch;
  // Also at the first time: between the welcome and a subscription decisions may be told.
  ear.place ??= { epoch: data.epoch, after: data.last.decisions };
  ear.handlers.onOpen(true);
  const topics = ear.wanted();
  if (topics.length > 0) ear.say({ kind: "subscribe", topics });
  ear.say({ kind: "resume", topic: "decisions", ...ear.place });
  return "welcomed";
};

const startOver = (ear: Ear, { data }: Message): Hearing => {
  if (!isGap(data) || data.epoch !== ear.epoch) return "cut";
  ear.place = { epoch: data.epoch, after: data.last };
  ear.handlers.onGap();
  return "taken";
};

const tell = ({ handlers, epoch }: Ear, { subject: topic, data: document }: Message): Hearing => {
  if (epoch === undefined) return "cut";
  // A newer gateway may have topics that this client does not know.
  if (!isTopic(topic)) return "taken";
  const message = { topic, document };
  if (!isState(message)) return "cut";
  handlers.onState(message);
  return "taken";
};

const decided = (ear: Ear, { sequence, data }: Message): Hearing => {
  const { place } = ear;
  if (place === undefined || place.epoch !== ear.epoch || !isCount(sequence) || !isSummary(data)) return "cut";
  // Told twice is told once; a number that is missing means that a decision is, and to come back is to ask for it.
  if (sequence <= place.after) return "taken";
  if (sequence !== place.after + 1) return "cut";
  ear.place = { ...place, after: sequence };
  ear.handlers.onDecision(data);
  return "taken";
};

const TAKERS: ReadonlyMap<string, (ear: Ear, message: Message) => Hearing> = new Map([
  ["nexus.welcome", welcome],
  ["nexus.state", tell],
  ["nexus.event", decided],
  ["nexus.gap", startOver],
]);

/** Understands what the gateway says, and remembers where in its events this client stands. [NX-GTW-12] */
export const createReader = (wanted: Ear["wanted"], handlers: StreamHandlers, say: Say) => {
  const ear: Ear = { wanted, handlers, say, place: undefined, epoch: undefined };
  return {
    hear: (text: string): Hearing => {
      const message = parsed(text);
      if (!isMessage(message)) return "cut";
      return TAKERS.get(message.type)?.(ear, message) ?? "taken";
    },
    /** Another connection begins, perhaps to another run of the gateway. */
    begin: (): void => {
      ear.epoch = undefined;
    },
  };
};
