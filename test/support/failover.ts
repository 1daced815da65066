import type { BusPlace } from "../../keepers/core/envelope/places.ts";
import { REALM, identityOf, voteOf } from "./envelopes.ts";
import { createWorkshop, directoryOf } from "./redisBus.ts";
import type { RedisSet } from "./redisSets.ts";
import { until } from "./until.ts";

/** What came of the loss of a primary while votes were sent. */
export type Failover = {
  readonly published: number;
  /** The numbers of the votes in the order in which they came. */
  readonly got: readonly number[];
  /** Dropped because too many waited. */
  readonly unsent: number;
  /** From the kill until sender and reader were connected to another primary, in milliseconds. */
  readonly resumedMs: number;
};

const PATIENCE_MS = 60_000;
/** A vote each so many milliseconds: some are on their way whenever the primary dies, and all of them fit a stream. */
const EVERY_MS = 10;

/** Where the bus of these tests lies: on one node of a cluster. */
export const FAILOVER_PLACE: BusPlace = { prefix: "{failover}", chainId: REALM.chainId };

/**
 * Sends votes all the time, kills the primary in between, and waits until everything was acknowledged by one replica of
 * another primary and the last vote has come.
 * @throws Error when something takes longer than a minute
 */
export const loseOnePrimary = async (set: RedisSet): Promise<Failover> => {
  const workshop = await createWorkshop();
  let sending: NodeJS.Timeout | undefined;
  try {
    const directory = directoryOf([1, 2].map((n) => identityOf(n)));
    const options = { url: set.url, replicas: 1, place: FAILOVER_PLACE, directory };
    const [sender, reader] = [await workshop.open([1], options), await workshop.open([2], options)];
    const got: number[] = [];
    const inbox = reader.as(reader.first).open("votes", () => {
      got.push(...inbox.take().map(({ hash }) => Number(hash)));
    });
    const isUp = (): boolean => sender.stats().isUp && reader.stats().isUp;
    const acknowledged = (): number => sender.stats().outgoing.acknowledged;
    await until("the connections", isUp, PATIENCE_MS);
    let published = 0;
    sending = setInterval(() => {
      published += 1;
      sender.as(sender.first).publish("votes", voteOf(published));
    }, EVERY_MS);
    await until("votes under way", () => acknowledged() > 50, PATIENCE_MS);

    const dead = await set.primary();
    await dead.kill();
    const [killedAt, before] = [performance.now(), acknowledged()];
    await until("the loss", () => !sender.stats().isUp, PATIENCE_MS);
    await until("another primary", isUp, PATIENCE_MS);
    const resumedMs = performance.now() - killedAt;
    // As a replica of the one that took its place, which in a cluster has no other.
    await set.revive(dead);
    await until("acknowledgements", () => acknowledged() > before + 50, PATIENCE_MS);
    clearInterval(sending);
    await until("what waited", () => sender.stats().isIdle, PATIENCE_MS);
    await until("the last vote", () => got.at(-1) === published, PATIENCE_MS);
    return { published, got, unsent: sender.stats().outgoing.unsent, resumedMs };
  } finally {
    clearInterval(sending);
    await workshop.end();
  }
};
