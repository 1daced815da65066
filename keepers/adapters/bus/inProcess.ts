import type { Bus, BusMessages, Inbox, Topic } from "../../core/bus.ts";

/** An open inbox as the bus sees it. */
type Box<Message> = { readonly put: (message: Message) => void; readonly inbox: Inbox<Message> };

const createBox = <Message>(capacity: number, onArrival: () => void, onClose: () => void): Box<Message> => {
  let waiting: Message[] = [];
  let dropped = 0;
  let announced = false;
  let closed = false;
  const put = (message: Message): void => {
    waiting.push(message);
    if (waiting.length > capacity) {
      waiting.shift();
      dropped += 1;
    }
    if (announced) return;
    announced = true;
    queueMicrotask(() => {
      announced = false;
      if (!closed) onArrival();
    });
  };
  const take = (): readonly Message[] => {
    const taken = waiting;
    waiting = [];
    return taken;
  };
  const close = (): void => {
    closed = true;
    waiting = [];
    onClose();
  };
  return { put, inbox: { take, dropped: () => dropped, close } };
};

type Boxes = { readonly [T in Topic]: Set<Box<BusMessages[T]>> };

/**
 * A bus between agents of one process. Messages are handed over as they are, so they must be immutable.
 * @param capacity messages that wait in one inbox before the oldest is dropped
 */
export const createInProcessBus = (capacity: number): Bus => {
  const boxes: Boxes = {
    proposals: new Set(),
    votes: new Set(),
    refusals: new Set(),
    results: new Set(),
    slowProposals: new Set(),
    ballots: new Set(),
  };
  let closed = false;
  return {
    publish: (topic, message) => {
      if (closed) return;
      for (const box of boxes[topic]) box.put(message);
    },
    open: <T extends Topic>(topic: T, onArrival: () => void): Inbox<BusMessages[T]> => {
      const own: Set<Box<BusMessages[T]>> = boxes[topic];
      const box: Box<BusMessages[T]> = createBox(capacity, onArrival, () => own.delete(box));
      if (!closed) own.add(box);
      return box.inbox;
    },
    close: () => {
      closed = true;
      const open: readonly { readonly inbox: { readonly close: () => void } }[] = Object.values(boxes).flatMap(
        (set) => [...set],
      );
      for (const box of open) box.inbox.close();
    },
  };
};
