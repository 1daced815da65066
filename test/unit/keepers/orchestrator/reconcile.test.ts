import { expect } from "chai";
import fc from "fast-check";
import {
  type DesiredProcess,
  type Exit,
  type Instance,
  USUAL_POLICY as policy,
} from "../../../../keepers/orchestrator/fleet.ts";
import { type FailureRecords, pauseAfter, reconcile } from "../../../../keepers/orchestrator/reconcile.ts";

const NOW = 1_000_000;
const wanted = (fields: Partial<DesiredProcess> = {}): DesiredProcess => ({
  name: "risk-1",
  revision: "r1",
  state: "running",
  restarts: 0,
  ...fields,
});
const running = (fields: Partial<Instance> = {}): Instance => ({
  name: "risk-1",
  id: "p1",
  revision: "r1",
  restarts: 0,
  phase: "running",
  sinceMs: NOW - 10_000,
  lastSignMs: NOW,
  lastRoundMs: NOW,
  ...fields,
});
const ended = (fields: Partial<Exit> = {}): Exit => ({
  name: "risk-1",
  id: "p1",
  atMs: NOW,
  isAsked: false,
  isFatal: false,
  reason: "it was ended by SIGKILL",
  ...fields,
});

type Given = {
  readonly desired?: readonly DesiredProcess[];
  readonly instances?: readonly Instance[];
  readonly exits?: readonly Exit[];
  readonly records?: FailureRecords;
  readonly nowMs?: number;
  readonly random?: () => number;
};
const plan = ({
  desired = [wanted()],
  instances = [],
  exits = [],
  records = new Map(),
  nowMs = NOW,
  random = () => 0,
}: Given) => reconcile({ desired, observed: { instances, exits }, records, nowMs, policy, random });

/** What is done to what, and why. */
const done = (given: Given): readonly string[] =>
  plan(given).actions.map((action) =>
    action.kind === "start" ? `start ${action.process.name}` : `${action.kind} ${action.id}: ${action.why}`,
  );

describe("The orchestrator's rule", () => {
  const cases: readonly (readonly [title: string, given: Given, expected: readonly string[]])[] = [
    ["starts what shall run and does not", {}, ["start risk-1"]],
    ["leaves alone what runs as it should", { instances: [running()] }, []],
    ["starts nothing that is paused", { desired: [wanted({ state: "paused" })] }, []],
    [
      "stops what is paused",
      { desired: [wanted({ state: "paused" })], instances: [running()] },
      ["stop p1: it is paused"],
    ],
    [
      "stops what is terminated",
      { desired: [wanted({ state: "terminated" })], instances: [running()] },
      ["stop p1: it is terminated"],
    ],
    ["stops what is not in the fleet", { desired: [], instances: [running()] }, ["stop p1: it is not in the fleet"]],
    [
      "stops another revision, and starts nothing beside it",
      { instances: [running({ revision: "r0" })] },
      ["stop p1: its configuration changed"],
    ],
    [
      "stops what an operator restarts",
      { desired: [wanted({ restarts: 1 })], instances: [running()] },
      ["stop p1: its operator restarts it"],
    ],
    ["waits for what is stopping", { instances: [running({ phase: "stopping", sinceMs: NOW - policy.graceMs })] }, []],
    [
      "kills what does not stop in time",
      { instances: [running({ phase: "stopping", sinceMs: NOW - policy.graceMs - 1 })] },
      ["kill p1: it did not stop in time"],
    ],
    ["waits for a sign of life", { instances: [running({ lastSignMs: NOW - policy.silenceMs })] }, []],
    [
      "kills what gives no sign of life",
      { instances: [running({ lastSignMs: NOW - policy.silenceMs - 1 })] },
      ["kill p1: it gives no sign of life"],
    ],
    [
      "waits for what starts",
      { instances: [running({ phase: "starting", sinceMs: NOW - policy.startMs, lastRoundMs: undefined })] },
      [],
    ],
    [
      "kills what does not get ready",
      { instances: [running({ phase: "starting", sinceMs: NOW - policy.startMs - 1, lastRoundMs: undefined })] },
      ["kill p1: it did not get ready in time"],
    ],
    [
      "kills the younger of two lives of one process [NX-ORC-01]",
      { instances: [running({ id: "young" }), running({ id: "old", sinceMs: NOW - 20_000 })] },
      ["kill young: it runs twice"],
    ],
  ];
  for (const [title, given, expected] of cases) {
    it(title, () => {
      expect(done(given)).to.deep.equal(expected);
    });
  }

  it("waits longer after each end that nobody asked for, and not at all after one that was asked for", () => {
    const first = plan({ exits: [ended()] });
    expect(first.actions).to.deep.equal([]);
    expect(done({ records: first.records, nowMs: NOW + 499 })).to.deep.equal([]);
    expect(done({ records: first.records, nowMs: NOW + 500 })).to.deep.equal(["start risk-1"]);
    const second = plan({ exits: [ended()], records: first.records });
    expect(second.records.get("risk-1")?.notBeforeMs).to.equal(NOW + 1_000);
    const fatal = plan({ exits: [ended({ isFatal: true })] });
    expect(fatal.records.get("risk-1")?.notBeforeMs).to.equal(NOW + 4_000);
    expect(done({ exits: [ended({ isAsked: true })] })).to.deep.equal(["start risk-1"]);
  });

  it("forgets the failures of a process that has run for long enough", () => {
    const records = plan({ exits: [ended()] }).records;
    const after = (ranMs: number) => plan({ records, instances: [running({ sinceMs: NOW - ranMs })] }).records;
    expect(after(policy.healthyMs).get("risk-1")?.failures).to.equal(1);
    expect(after(policy.healthyMs + 1).get("risk-1")?.failures).to.equal(0);
  });

  it("stops what stays behind the others, and nothing after a standstill of all", () => {
    const desired = [wanted(), wanted({ name: "risk-2" })];
    const [stuckAt, long] = [NOW - policy.stallMs - 1, NOW - 100_000];
    const slow = running({ lastRoundMs: stuckAt, sinceMs: long });
    const quick = (ms: number): Instance => running({ name: "risk-2", id: "p2", lastRoundMs: ms, lastSignMs: ms });
    const seen = plan({ desired, instances: [slow, quick(NOW)] });
    expect(seen.actions).to.deep.equal([]);
    const later = NOW + policy.silenceMs + 1;
    const still = { ...slow, lastSignMs: later };
    const given = { desired, records: seen.records, nowMs: later };
    expect(done({ ...given, instances: [still, quick(later)] })).to.deep.equal([
      "stop p1: it does no rounds while others do",
    ]);
    const moved = { ...still, lastRoundMs: NOW + 10 };
    expect(done({ ...given, instances: [moved, quick(later)] })).to.deep.equal([]);
  });

  it("never starts a name of which a life is there, whatever is remembered [NX-ORC-01]", () => {
    const names = fc.constantFrom("a", "b", "c");
    const phase = fc.constantFrom("starting" as const, "running" as const, "stopping" as const);
    const ms = fc.integer({ min: NOW - 200_000, max: NOW });
    const instance = fc.record({ name: names, id: fc.uuid(), phase, sinceMs: ms, lastSignMs: ms, lastRoundMs: ms });
    const state = fc.constantFrom("running" as const, "paused" as const, "terminated" as const);
    const desired = fc.uniqueArray(fc.record({ name: names, state }), { selector: ({ name }) => name });
    fc.assert(
      fc.property(desired, fc.array(instance), (wants, lives) => {
        const instances = lives.map((one) => running(one));
        const { actions } = plan({ desired: wants.map((one) => wanted(one)), instances });
        const present = new Set(instances.map(({ name }) => name));
        for (const action of actions) {
          if (action.kind === "start") expect(present.has(action.process.name)).to.equal(false);
        }
        const started = actions.flatMap((action) => (action.kind === "start" ? [action.process.name] : []));
        expect(new Set(started).size).to.equal(started.length);
      }),
    );
  });

  it("pauses between half of a doubling and all of it, up to the longest pause", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (n, u) => {
          const whole = Math.min(policy.longestPauseMs, policy.firstPauseMs * 2 ** (n - 1));
          const pause = pauseAfter(n, policy, () => u);
          expect(pause).to.be.within(whole / 2, whole);
        },
      ),
    );
    expect(pauseAfter(0, policy, () => 0)).to.equal(0);
  });
});
