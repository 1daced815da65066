import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { RetryableError } from "../../keepers/core/errors.ts";
import type { BackEnd, DesiredProcess, Exit, Instance } from "../../keepers/orchestrator/fleet.ts";

const PATIENCE_MS = 60_000;
const TOKEN = 5;

/** A back end, and what a test does to its processes. */
export type BackEndRig = {
  readonly backEnd: BackEnd;
  /** Ends a running process as nobody asked for. */
  readonly crash: (name: string) => void;
  /** Lets the next life of a process hear no request to stop. */
  readonly deafen: (name: string) => void;
  readonly close: () => Promise<void>;
};

export const wantedProcess = (name: string, changes: Partial<DesiredProcess> = {}): DesiredProcess => ({
  name,
  revision: "r1",
  state: "running",
  restarts: 0,
  ...changes,
});

/** Looks at a back end until it shows what is waited for, and keeps what ended meanwhile. */
export const createLooker = ({ backEnd }: Pick<BackEndRig, "backEnd">) => {
  const exits: Exit[] = [];
  const look = async (): Promise<readonly Instance[]> => {
    try {
      const observed = await backEnd.observe();
      exits.push(...observed.exits);
      return observed.instances;
    } catch (error) {
      if (error instanceof RetryableError) return [];
      throw error;
    }
  };
  const until = async <T>(what: string, find: (instances: readonly Instance[]) => T | undefined): Promise<T> => {
    for (const endMs = performance.now() + PATIENCE_MS; performance.now() < endMs;) {
      const found = find(await look());
      if (found !== undefined) return found;
      await sleep(5);
    }
    throw new Error(`waited ${PATIENCE_MS} ms in vain for ${what}`);
  };
  const running = (name: string): Promise<Instance> =>
    until(`${name} to run`, (all) => all.find((one) => one.name === name && one.phase === "running"));
  const gone = async (name: string): Promise<void> =>
    void (await until(`the end of ${name}`, (all) => (all.some((one) => one.name === name) ? undefined : true)));
  return { exits, look, until, running, gone };
};

/** What every back end of an orchestrator keeps to, whatever a process is there. */
export const keepsToBackEnd = (name: string, open: () => Promise<BackEndRig>): void => {
  describe(`processes as ${name}`, function () {
    this.timeout(3 * PATIENCE_MS);
    let rig: BackEndRig;
    beforeEach(async () => {
      rig = await open();
    });
    afterEach(() => rig.close());

    const start = (process: DesiredProcess, token = TOKEN) =>
      rig.backEnd.carryOut({ kind: "start", process, why: "a test" }, token);
    const end = (kind: "stop" | "kill", { name: of, id }: Instance, more: { isFault?: boolean; token?: number } = {}) =>
      rig.backEnd.carryOut({ kind, name: of, id, isFault: more.isFault ?? false, why: "a test" }, more.token ?? TOKEN);

    it("start, get ready, and are started once [NX-ORC-01]", async () => {
      const { running, look } = createLooker(rig);
      expect(await start(wantedProcess("a", { revision: "r7", restarts: 3 }))).to.deep.equal({ kind: "done" });
      const first = await running("a");
      expect([first.revision, first.restarts]).to.deep.equal(["r7", 3]);
      expect(await start(wantedProcess("a", { revision: "r8" }))).to.deep.equal({ kind: "done" });
      expect((await look()).map(({ id, revision }) => [id, revision])).to.deep.equal([[first.id, "r7"]]);
    });

    it("end when they are asked to, and are told as asked for", async () => {
      const { running, gone, exits, until, look } = createLooker(rig);
      await start(wantedProcess("a"));
      await start(wantedProcess("b"));
      const [a, b] = [await running("a"), await running("b")];
      expect(await end("stop", a)).to.deep.equal({ kind: "done" });
      await gone("a");
      await until("its exit", () => (exits.length > 0 ? true : undefined));
      expect(exits.map((exit) => [exit.name, exit.id, exit.isAsked])).to.deep.equal([["a", a.id, true]]);
      // What is gone is not ended again, nor is what came after it.
      await start(wantedProcess("a", { revision: "r2" }));
      const next = await running("a");
      expect(await end("kill", a)).to.deep.equal({ kind: "done" });
      expect((await look()).map(({ name: of, id }) => [of, id])).to.have.deep.members([
        ["a", next.id],
        ["b", b.id],
      ]);
      expect(next.revision).to.equal("r2");
    });

    it("are told as ended for a fault when they are ended for one", async () => {
      const { running, gone, exits, until } = createLooker(rig);
      await start(wantedProcess("a"));
      await end("stop", await running("a"), { isFault: true });
      await gone("a");
      await until("its exit", () => (exits.length > 0 ? true : undefined));
      expect(exits.map(({ isAsked }) => isAsked)).to.deep.equal([false]);
    });

    it("are killed when they do not hear, and are told by what they were first told to end for", async () => {
      rig.deafen("a");
      const { running, gone, until, exits } = createLooker(rig);
      await start(wantedProcess("a"));
      await end("stop", await running("a"), { isFault: true });
      const stopping = await until("its stopping", (all) => all.find(({ phase }) => phase === "stopping"));
      await end("kill", stopping);
      await gone("a");
      await until("its exit", () => (exits.length > 0 ? true : undefined));
      expect(exits.map((exit) => [exit.name, exit.isAsked])).to.deep.equal([["a", false]]);
    });

    it("are told as ended unasked when they crash, and never two at once", async () => {
      const { running, exits, until, look } = createLooker(rig);
      await start(wantedProcess("a"));
      const first = await running("a");
      rig.crash("a");
      await until("its exit", () => (exits.length > 0 ? true : undefined));
      expect(exits.map(({ id, isAsked }) => [id, isAsked])).to.deep.equal([[first.id, false]]);
      expect(exits[0]?.reason).not.to.equal("");
      // Who starts them again, the orchestrator or the machine, is the back end's.
      await start(wantedProcess("a"));
      const second = await until("the next life", (all) =>
        all.find(({ id, phase }) => id !== first.id && phase === "running"),
      );
      expect((await look()).map(({ id }) => id)).to.deep.equal([second.id]);
    });

    it("obey no leader but the newest [NX-ORC-02]", async () => {
      const { running, look } = createLooker(rig);
      await start(wantedProcess("a"), 7);
      const a = await running("a");
      expect(await end("stop", a, { token: 6 })).to.deep.equal({ kind: "stale", newest: 7 });
      expect(await start(wantedProcess("a", { revision: "r9" }), 6)).to.deep.equal({ kind: "stale", newest: 7 });
      expect((await look()).map(({ id, phase }) => [id, phase])).to.deep.equal([[a.id, "running"]]);
      expect(await end("stop", a, { token: 8 })).to.deep.equal({ kind: "done" });
      expect(await start(wantedProcess("a"), 7)).to.deep.equal({ kind: "stale", newest: 8 });
    });
  });
};
