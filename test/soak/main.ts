import { parseArgs } from "node:util";
import { soakChaos } from "./chaos.ts";
import { runWorker, soakFaults } from "./faults.ts";
import { soakRedis } from "./redis.ts";
import { soakSandbox } from "./sandbox.ts";

const USAGE = `Lets the whole fleet run for long, and fails when something stands still, grows, or is done twice.

  npm run soak -- --minutes N             sandbox and fleet for N minutes, a row for each of them
  npm run soak -- --faults N [options]    N seeded schedules of network faults, each over a sandbox, and their totals
  npm run soak -- --redis N               the primary of the bus killed N times under Sentinels, and N times in a cluster
  npm run soak -- --chaos N               the fleet as processes for N minutes, while one of them or Redis is killed every few seconds

  --first N      the first seed (1); of a chaos run, its seed
  --workers N    schedules at a time (4)
  --seconds N    how long one schedule is (20)
  --out FILE     where results are kept; seeds in it that this code ran are not run again (.nexus/faults.jsonl); of a chaos run, its result
`;

/** The whole number behind an option. @throws Error naming the option */
const wholeNumber = (name: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${name} must be a whole number from 1, got ${text}`);
  return value;
};

const main = async (): Promise<boolean> => {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      minutes: text,
      faults: text,
      redis: text,
      chaos: text,
      first: text,
      workers: text,
      seconds: text,
      out: text,
      worker: { type: "boolean", default: false },
    },
  });
  const seconds = wholeNumber("seconds", values.seconds) ?? 20;
  if (values.worker) return runWorker(seconds);
  const [minutes, faults] = [wholeNumber("minutes", values.minutes), wholeNumber("faults", values.faults)];
  const kills = wholeNumber("redis", values.redis);
  if (minutes !== undefined) return soakSandbox(minutes);
  if (kills !== undefined) return soakRedis(kills);
  const chaos = wholeNumber("chaos", values.chaos);
  const first = wholeNumber("first", values.first) ?? 1;
  if (chaos !== undefined) return soakChaos(chaos, { seed: first, out: values.out });
  if (faults === undefined) {
    process.stdout.write(USAGE);
    return true;
  }
  return soakFaults({
    count: faults,
    first,
    workers: wholeNumber("workers", values.workers) ?? 4,
    seconds,
    out: values.out ?? ".nexus/faults.jsonl",
  });
};

main().then(
  (isWell) => {
    process.exitCode = isWell ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
