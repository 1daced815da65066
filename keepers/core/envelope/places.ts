import type { Topic } from "../bus.ts";
import { TOPICS } from "./layout.ts";
import { TOPIC_RULES } from "./windows.ts";

/** Where a bus lies on a server: everything begins with the prefix and the chain's id. */
export type BusPlace = { readonly prefix: string; readonly chainId: bigint };

const baseOf = ({ prefix, chainId }: BusPlace): string => `${prefix}:${chainId}`;

/** A sender's stream of one topic. It alone may write it. */
export const streamKey = (place: BusPlace, topic: Topic, agentId: bigint): string =>
  `${baseOf(place)}:s:${topic}:${agentId}`;

/** A sender's channel of one topic, for what may be lost. */
export const channelName = (place: BusPlace, topic: Topic, agentId: bigint): string =>
  `${baseOf(place)}:c:${topic}:${agentId}`;

/** What a reader refused, kept for its operator. */
export const deadKey = (place: BusPlace, agentId: bigint): string => `${baseOf(place)}:dead:${agentId}`;

/** How far a reader is and what it counted. */
export const readerKey = (place: BusPlace, agentId: bigint): string => `${baseOf(place)}:reader:${agentId}`;

/** A sender's own streams and channels, of all topics. */
export const ownPlaces = (place: BusPlace, agentId: bigint) => {
  const of = (carriage: "stream" | "channel") => TOPICS.filter((topic) => TOPIC_RULES[topic].carriage === carriage);
  return {
    streams: of("stream").map((topic) => streamKey(place, topic, agentId)),
    channels: of("channel").map((topic) => channelName(place, topic, agentId)),
  };
};

/** Patterns that match all streams, all channels and all readers' reports. */
export const patternsOf = (place: BusPlace) => ({
  streams: `${baseOf(place)}:s:*`,
  channels: `${baseOf(place)}:c:*`,
  readers: `${baseOf(place)}:reader:*`,
});

/** The topic and the agent that a stream's key names; undefined for another key. */
export const sourceOf = (
  place: BusPlace,
  key: string,
): { readonly topic: Topic; readonly owner: bigint } | undefined => {
  const [, named, owner] = /^([a-zA-Z]+):(\d{1,10})$/.exec(key.slice(`${baseOf(place)}:s:`.length)) ?? [];
  const topic = TOPICS.find((known) => known === named);
  const isOurs = key.startsWith(`${baseOf(place)}:s:`) && topic !== undefined && owner !== undefined;
  return isOurs ? { topic, owner: BigInt(owner) } : undefined;
};
