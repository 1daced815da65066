import type { AlertMessage, MessageChannelState, MessageDelivery } from "../../core/alerts.ts";

/** What one channel has to do: messages in order, the first of them on its way or waiting for its next try. */
export type ChannelQueue = {
  readonly messages: readonly AlertMessage[];
  readonly isBusy: boolean;
  /** Tries of the first message so far. */
  readonly tries: number;
  readonly retryAtMs: number;
  readonly delivered: number;
  readonly lastDelivered: string | undefined;
  readonly failures: number;
  readonly lastFailure: string | undefined;
};

export const EMPTY_QUEUE: ChannelQueue = {
  messages: [],
  isBusy: false,
  tries: 0,
  retryAtMs: 0,
  delivered: 0,
  lastDelivered: undefined,
  failures: 0,
  lastFailure: undefined,
};

const MAX_WAITING = 50;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
/** Some ten minutes; then the message is given up, since the alert itself still stands on the page. */
const MAX_TRIES = 15;

/** With one more message. Beyond the bound the oldest that is not on its way is left out. */
export const enqueued = (queue: ChannelQueue, message: AlertMessage): ChannelQueue => {
  const { messages, isBusy } = queue;
  const first = messages.slice(0, isBusy ? 1 : 0);
  return { ...queue, messages: [...first, ...[...messages.slice(first.length), message].slice(-MAX_WAITING)] };
};

/** The message to send now; undefined while one is on its way, none waits, or it is too early. */
export const dueMessage = ({ messages, isBusy, retryAtMs }: ChannelQueue, nowMs: number): AlertMessage | undefined =>
  isBusy || nowMs < retryAtMs ? undefined : messages[0];

/** With its first message on its way. */
export const started = (queue: ChannelQueue): ChannelQueue => ({ ...queue, isBusy: true, tries: queue.tries + 1 });

/** With the end of what was on its way: gone if delivered or given up, else tried again later each time. */
export const ended = (queue: ChannelQueue, delivery: MessageDelivery, nowMs: number): ChannelQueue => {
  const { messages, tries } = queue;
  const rest = messages.slice(1);
  const idle = { ...queue, isBusy: false, tries: 0, retryAtMs: 0 };
  if (delivery.kind === "delivered") {
    const lastDelivered = messages[0]?.id;
    return {
      ...idle,
      messages: rest,
      delivered: queue.delivered + 1,
      lastDelivered,
      failures: 0,
      lastFailure: undefined,
    };
  }
  const failed = { failures: queue.failures + 1, lastFailure: delivery.why };
  if (tries >= MAX_TRIES) return { ...idle, messages: rest, ...failed };
  const retryAtMs = nowMs + Math.min(FIRST_RETRY_MS * Number(2n ** BigInt(Math.max(tries - 1, 0))), MAX_RETRY_MS);
  return { ...queue, isBusy: false, retryAtMs, ...failed };
};

/** What is shown of a channel. */
export const channelState = (channel: string, queue: ChannelQueue): MessageChannelState => {
  const { delivered, lastDelivered, failures, lastFailure, messages } = queue;
  return { channel, delivered, lastDelivered, failures, lastFailure, waiting: messages.length };
};
