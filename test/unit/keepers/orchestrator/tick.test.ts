import { expect } from "chai";
import { RetryableError } from "../../../../keepers/core/errors.ts";
import {
  type LifecycleAction,
  type DesiredProcess,
  type Observed,
  USUAL_POLICY,
} from "../../../../keepers/orchestrator/fleet.ts";
import { type Leadership, alone } from "../../../../keepers/orchestrator/lease.ts";
import {
  type Orchestrator,
  type OrchestratorNote,
  emptyOrchestratorMemory,
  keepWatch,
  tick,
} from "../../../../keepers/orchestrator/tick.ts";

const NONE: Observed = { instances: [], exits: [] };
const wanted = (name: string): DesiredProcess => ({ name, revision: "r", state: "running", restarts: 0 });
const TWO = [wanted("a"), wanted("b")];

/** An orchestrator over ports that do nothing but remember. */
const rigged = (leadership: Leadership, carry?: (action: LifecycleAction) => "done" | "stale") => {
  const [carried, notes, abandoned]: [string[], OrchestratorNote[], string[]] = [[], [], []];
  const clock = { ms: 0 };
  const orchestrator: Orchestrator = {
    ports: {
      leadership,
      backEnd: {
        observe: () => Promise.resolve(NONE),
        carryOut: (action, token) => {
          if (carry?.(action) === "stale") return Promise.resolve({ kind: "stale", newest: 40 });
          carried.push(`${action.kind} ${action.kind === "start" ? action.process.name : action.id} ${token}`);
          return Promise.resolve({ kind: "done" });
        },
      },
      desired: () => Promise.resolve(TWO),
      abandon: (why) => Promise.resolve(void abandoned.push(why)),
      nowMs: () => clock.ms,
      random: () => 0,
      tell: (note) => void notes.push(note),
    },
    memory: emptyOrchestratorMemory(),
    config: { policy: USUAL_POLICY, marginMs: 6_000 },
  };
  return { orchestrator, carried, notes, abandoned, clock };
};

const lease = (token: number, untilMs: number, fromMs = 0) =>
  Promise.resolve({ kind: "held", held: { token, fromMs, untilMs } } as const);

describe("The orchestrator's round", () => {
  it("starts what shall run, under the token of its lead", async () => {
    const { orchestrator, carried } = rigged(alone);
    await tick(orchestrator);
    expect(carried).to.deep.equal(["start a 1", "start b 1"]);
  });

  it("starts nothing and ends what runs while another one leads [NX-ORC-02]", async () => {
    const { orchestrator, carried, abandoned } = rigged({ ...alone, hold: () => Promise.resolve({ kind: "other" }) });
    await tick(orchestrator);
    expect([carried, abandoned]).to.deep.equal([[], ["another orchestrator may lead"]]);
  });

  it("starts nothing before the time that a forgotten leader may take is over [NX-ORC-02]", async () => {
    const { orchestrator, carried, clock } = rigged({ ...alone, hold: () => lease(7, 30_000, 15_000) });
    clock.ms = 14_999;
    await tick(orchestrator);
    expect(carried).to.deep.equal([]);
    clock.ms = 15_000;
    await tick(orchestrator);
    expect(carried).to.deep.equal(["start a 7", "start b 7"]);
  });

  it("does no action for which the lease may be over by the time that it may act [NX-ORC-02]", async () => {
    const { orchestrator, carried, clock, abandoned } = rigged({
      ...alone,
      hold: () => lease(7, 15_000),
      isNewest: () => {
        // The answer takes longer than the lease has left.
        clock.ms += 5_000;
        return Promise.resolve("yes");
      },
    });
    await tick(orchestrator);
    expect([carried, abandoned]).to.deep.equal([["start a 7"], []]);
  });

  it("does no action under a token that is not the newest, and ends what runs [NX-ORC-02]", async () => {
    const { orchestrator, carried, notes, abandoned } = rigged({
      ...alone,
      hold: () => lease(7, 15_000),
      isNewest: () => Promise.resolve("no"),
    });
    await tick(orchestrator);
    expect([carried, abandoned]).to.deep.equal([[], ["another orchestrator leads"]]);
    expect(notes.map(({ kind }) => kind)).to.deep.equal(["lead", "stale"]);
    expect(orchestrator.memory.held).to.equal(undefined);
  });

  it("pauses, and ends nothing, while nobody can say whether its token is the newest", async () => {
    const { orchestrator, carried, abandoned } = rigged({
      ...alone,
      hold: () => lease(7, 15_000),
      isNewest: () => Promise.resolve("unknown"),
    });
    await tick(orchestrator);
    expect([carried, abandoned, orchestrator.memory.held?.token]).to.deep.equal([[], [], 7]);
  });

  it("keeps its lead through unanswered questions until the margin before its end [NX-ORC-02]", async () => {
    let isThere = true;
    const hold = () => (isThere ? lease(7, 15_000) : Promise.resolve({ kind: "unknown" } as const));
    const { orchestrator, abandoned, clock } = rigged({ ...alone, hold });
    await tick(orchestrator);
    [isThere, clock.ms] = [false, 8_999];
    await tick(orchestrator);
    await keepWatch(orchestrator);
    expect(abandoned).to.deep.equal([]);
    clock.ms = 9_000;
    await keepWatch(orchestrator);
    expect(abandoned).to.deep.equal(["the lease is nearly over and could not be renewed"]);
    await keepWatch(orchestrator);
    expect(abandoned).to.have.length(1);
    await tick(orchestrator);
    expect(abandoned).to.deep.equal([abandoned[0], "another orchestrator may lead"]);
  });

  it("asks for a token above the one in whose favour a back end refused it [NX-ORC-02]", async () => {
    const asked: number[] = [];
    const hold = (least: number) => {
      asked.push(least);
      return lease(least + 1, 15_000);
    };
    let isOld = true;
    const { orchestrator, carried } = rigged({ ...alone, hold }, () => (isOld ? "stale" : "done"));
    await tick(orchestrator);
    isOld = false;
    await tick(orchestrator);
    expect([asked, carried]).to.deep.equal([
      [0, 40],
      ["start a 41", "start b 41"],
    ]);
  });

  it("does nothing in a round in which the back end cannot be asked", async () => {
    const { orchestrator, carried } = rigged(alone);
    const backEnd = { ...orchestrator.ports.backEnd, observe: () => Promise.reject(new RetryableError("busy")) };
    const failure: unknown = await tick({ ...orchestrator, ports: { ...orchestrator.ports, backEnd } }).catch(
      (error: unknown) => error,
    );
    expect([failure instanceof RetryableError, carried]).to.deep.equal([true, []]);
  });
});
