import type { Topic } from "../../core/bus.ts";
import type { Directory } from "../../core/envelope/members.ts";
import { TOPIC_RULES } from "../../core/envelope/windows.ts";
import type { Link } from "./link.ts";
import { type BusPlace, channelName } from "../../core/envelope/places.ts";
import type { StreamSource } from "./streams.ts";

/** How often it is looked whether there are new members or new readers. */
const REFRESH_MS = 500;

export type ChannelsOptions = {
  readonly place: BusPlace;
  readonly directory: Directory;
  readonly isOwn: (agentId: bigint) => boolean;
  readonly topics: () => readonly Topic[];
  readonly take: (source: StreamSource, bytes: Buffer) => void;
};

const sourcesOf = ({ place, directory, isOwn, topics }: ChannelsOptions): ReadonlyMap<string, StreamSource> => {
  const members = directory.members().filter(({ agentId }) => !isOwn(agentId));
  const carried = topics().filter((topic) => TOPIC_RULES[topic].carriage === "channel");
  return new Map(
    members.flatMap(({ agentId: owner }) =>
      carried.map((topic) => [channelName(place, topic, owner), { topic, owner }] as const),
    ),
  );
};

/** Listens to the channels of all members; what is sent while nobody listens is lost. Returns what ends it. */
export const listenToChannels = (link: Link, options: ChannelsOptions): (() => void) => {
  let heard: ReadonlyMap<string, StreamSource> = new Map();
  const { client } = link;
  client.on("close", () => (heard = new Map()));
  client.on("smessageBuffer", (name: Buffer, bytes: Buffer) => {
    const source = heard.get(name.toString("utf8"));
    if (source !== undefined) options.take(source, bytes);
  });
  const refresh = async (): Promise<void> => {
    const wanted = sourcesOf(options);
    const fresh = [...wanted.keys()].filter((name) => !heard.has(name));
    const gone = [...heard.keys()].filter((name) => !wanted.has(name));
    heard = wanted;
    for (const name of fresh) await client.ssubscribe(name);
    for (const name of gone) await client.sunsubscribe(name);
  };
  const timer = setInterval(() => {
    if (link.isUp()) refresh().catch(link.trouble);
  }, REFRESH_MS);
  return () => clearInterval(timer);
};
