import type { Bus, Topic } from "../../../keepers/core/bus.ts";
import { identityOf } from "../../support/envelopes.ts";
import { createWorkshop, directoryOf, recentPlace } from "../../support/redisBus.ts";
import { until } from "../../support/until.ts";
import { describeBus } from "../../unit/keepers/bus/contract.ts";

describe("The bus between two processes", () => {
  let workshop: Awaited<ReturnType<typeof createWorkshop>>;
  /** For each bus, what waits until all that was published on a topic that is read has been looked at. */
  const arrivals: (() => Promise<unknown>)[] = [];

  before(async () => {
    workshop = await createWorkshop();
    await workshop.redis.start();
  });
  after(() => workshop.end());

  const create = async (capacity: number): Promise<Bus> => {
    const options = {
      url: workshop.redis.url,
      place: recentPlace(),
      directory: directoryOf([1, 2].map((n) => identityOf(n))),
    };
    const [from, to] = [await workshop.open([1], options), await workshop.open([2], { ...options, capacity })];
    await until("both connections", () => from.stats().isUp && to.stats().isUp);
    const [writing, reading] = [from.as(from.first), to.as(to.first)];
    const published: Topic[] = [];
    const read = new Set<Topic>();
    const expected = (): number => published.filter((topic) => read.has(topic)).length;
    arrivals.push(() => until("what was sent to arrive", () => from.stats().isIdle && to.stats().seen === expected()));
    return {
      publish: (topic, message) => {
        published.push(topic);
        writing.publish(topic, message);
      },
      open: (topic, onArrival) => {
        read.add(topic);
        return reading.open(topic, onArrival);
      },
      close: () => {
        arrivals.splice(0);
        writing.close();
        reading.close();
      },
    };
  };

  const settle = async (): Promise<void> => {
    for (const arrive of arrivals) await arrive();
  };

  describeBus("Redis", { create, settle });
});
