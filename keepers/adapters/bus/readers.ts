import type { Bus, BusMessages, Inbox, Topic } from "../../core/bus.ts";
import { TOPICS } from "../../core/envelope/layout.ts";
import type { TopicMessage } from "../../core/envelope/read.ts";

/** The inboxes of this process, and what of other processes' messages still waits in them. */
export type Readers = {
  readonly open: Bus["open"];
  readonly deliver: (content: TopicMessage) => void;
  /** Topics that somebody reads. */
  readonly topics: () => readonly Topic[];
};

type Waiting = { isWaiting: boolean };

/**
 * Keeps an eye on inboxes: once every reader of a topic took what had come, `onTaken` is told. A message that its reader had
 * not taken when the process died comes again.
 */
export const createReaders = (local: Bus, onTaken: (topic: Topic) => void): Readers => {
  const open = new Map<Topic, Set<Waiting>>(TOPICS.map((topic) => [topic, new Set()]));
  const of = (topic: Topic): Set<Waiting> => open.get(topic) ?? new Set();
  const settle = (topic: Topic): void => {
    if (![...of(topic)].some(({ isWaiting }) => isWaiting)) onTaken(topic);
  };
  const watched = <Message>(inbox: Inbox<Message>, topic: Topic): Inbox<Message> => {
    const waiting: Waiting = { isWaiting: false };
    of(topic).add(waiting);
    const done = (): void => {
      if (!waiting.isWaiting) return;
      waiting.isWaiting = false;
      settle(topic);
    };
    return {
      take: () => {
        const taken = inbox.take();
        done();
        return taken;
      },
      dropped: inbox.dropped,
      close: () => {
        inbox.close();
        done();
        of(topic).delete(waiting);
      },
    };
  };
  return {
    open: <T extends Topic>(topic: T, onArrival: () => void): Inbox<BusMessages[T]> =>
      watched(local.open(topic, onArrival), topic),
    deliver: (content) => {
      for (const waiting of of(content.topic)) waiting.isWaiting = true;
      local.publish(content.topic, content.message);
    },
    topics: () => TOPICS.filter((topic) => of(topic).size > 0),
  };
};
