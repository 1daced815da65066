/** Numbered messages of one event topic, of which the newest are kept. */
export type EventWindow<T> = {
  /** The number of the newest message; zero before the first. */
  readonly last: number;
  readonly kept: readonly { readonly sequence: number; readonly data: T }[];
};

/** Enough for some minutes of a busy fleet. */
export const WINDOW_SIZE = 2_000;

export const EMPTY_WINDOW: EventWindow<never> = { last: 0, kept: [] };

/** The window after one more message. Pure. */
export const append = <T>({ last, kept }: EventWindow<T>, data: T, size = WINDOW_SIZE): EventWindow<T> => ({
  last: last + 1,
  kept: [...kept, { sequence: last + 1, data }].slice(-size),
});

/** What a client missed, or that it cannot be told: the messages that it lacks are no longer kept, or it is ahead of us. */
export type Resumed<T> =
  | { readonly kind: "missed"; readonly messages: EventWindow<T>["kept"] }
  | { readonly kind: "gap"; readonly oldest: number };

/** @param after the last number that the client has */
export const resume = <T>({ last, kept }: EventWindow<T>, after: number): Resumed<T> => {
  const oldest = kept[0]?.sequence ?? last + 1;
  if (after > last || after + 1 < oldest) return { kind: "gap", oldest };
  return { kind: "missed", messages: kept.filter(({ sequence }) => sequence > after) };
};

/** What to do with a message for a client that already has so many bytes waiting. */
export type Delivery = "send" | "skip" | "close";

/** A client that does not read may hold so many bytes of ours. */
export const MAX_WAITING_BYTES = 1_048_576;

/** State can be left out, since the next one says it all; an event cannot, and who does not read them is cut off. */
export const deliveryFor = (waitingBytes: number, isEvent: boolean): Delivery => {
  if (waitingBytes <= MAX_WAITING_BYTES) return "send";
  return isEvent ? "close" : "skip";
};
