import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { z } from "zod";
import { openKubeBackEnd } from "../../../keepers/adapters/kubernetes/backEnd.ts";
import { openKubeLease } from "../../../keepers/adapters/kubernetes/lease.ts";
import { RetryableError } from "../../../keepers/core/errors.ts";
import { type DesiredProcess, USUAL_POLICY } from "../../../keepers/orchestrator/fleet.ts";
import { type OrchestratorNote, emptyOrchestratorMemory, tick } from "../../../keepers/orchestrator/tick.ts";
import { createLooker, wantedProcess } from "../../support/backEndContract.ts";
import { failureOf } from "../../support/failureOf.ts";
import { type KubeRig, kubeApiAt, openKubeRig, rigOptions } from "../../support/kubeRig.ts";
import { schemaFault } from "../../support/kubernetesSchemas.ts";
import { until } from "../../support/until.ts";

const TOKEN = 5;
const PATIENCE_MS = 60_000;

describe("A fleet in Kubernetes (a stand-in)", function () {
  this.timeout(3 * PATIENCE_MS);
  let rig: KubeRig;
  beforeEach(async () => {
    rig = await openKubeRig();
  });
  afterEach(() => rig.close());

  const start = (process: DesiredProcess, token = TOKEN) =>
    rig.backEnd.carryOut({ kind: "start", process, why: "a test" }, token);
  const accepted = () => rig.standIn.requests.filter(({ status }) => status < 300);
  const listsOf = (plural: string): number =>
    rig.standIn.requests.filter(({ method, path }) => method === "GET" && path.endsWith(`/${plural}`)).length;

  it("asks for nothing that the published schema refuses, and keeps keys in the Secret alone [NX-ORC-05]", async () => {
    const { running, gone } = createLooker(rig);
    await start(wantedProcess("Risk_1"));
    await rig.backEnd.carryOut({ ...(await ending("Risk_1", running)), kind: "stop" }, TOKEN);
    await gone("Risk_1");
    expect(rig.standIn.requests.filter(({ status }) => status >= 300 && status !== 404)).to.deep.equal([]);
    const withKey = accepted().filter(({ body }) => body.includes("key-of-Risk_1"));
    expect(withKey.map(({ method, path }) => `${method} ${path}`)).to.deep.equal([
      "POST /api/v1/namespaces/agents/secrets",
    ]);
    const shown = JSON.stringify([rig.standIn.all("deployments"), rig.standIn.all("pods")]);
    expect(shown).not.to.contain("key-of");
  });

  /** What ends a process that runs. */
  const ending = async (name: string, running: ReturnType<typeof createLooker>["running"]) => {
    const { id } = await running(name);
    return { kind: "stop", name, id, isFault: false, why: "a test" } as const;
  };

  it("gives a pod its files, its own disk, and nothing that it need not have", async () => {
    await start(wantedProcess("a"));
    const [secret, deployment, claim] = ["secrets", "deployments", "persistentvolumeclaims"].map(
      (plural) => rig.standIn.all(plural)[0],
    );
    const files = z.object({ stringData: z.record(z.string(), z.string()) }).parse(secret).stringData;
    expect(JSON.parse(files["keeper.json"] ?? "")).to.deep.equal({
      agents: [{ name: "a", key: "key-of-a" }],
      dataDir: "/var/lib/nexus",
      addressBook: "/etc/nexus/book.json",
    });
    expect(claim?.spec?.["accessModes"]).to.deep.equal(["ReadWriteOncePod"]);
    const spec = z
      .object({ spec: z.object({ strategy: z.unknown(), template: z.object({ spec: z.looseObject({}) }) }) })
      .parse(deployment).spec;
    expect(spec.strategy).to.deep.equal({ type: "Recreate" });
    const { hostname, automountServiceAccountToken, enableServiceLinks, securityContext } = spec.template.spec;
    expect([hostname, automountServiceAccountToken, enableServiceLinks]).to.deep.equal(["nexus-fleet-a", false, false]);
    expect(securityContext).to.deep.include({ runAsNonRoot: true, runAsUser: 10_001 });
  });

  it("keeps one Secret of a process: that of what runs", async () => {
    const { running, gone } = createLooker(rig);
    await start(wantedProcess("a", { revision: "r1" }));
    await start(wantedProcess("b", { revision: "r1" }));
    await rig.backEnd.carryOut(await ending("a", running), TOKEN);
    await gone("a");
    await start(wantedProcess("a", { revision: "r2" }));
    const names = rig.standIn.all("secrets").map(({ metadata }) => metadata.name);
    expect(names).to.have.members(["nexus-fleet-a-r2", "nexus-fleet-b-r1"]);
    expect(rig.standIn.all("persistentvolumeclaims")).to.have.length(2);
  });

  it("tells names apart that a cluster would take for one", async () => {
    for (const name of ["risk_1", "risk-1", "Risk-1"]) await start(wantedProcess(name));
    expect(new Set(rig.standIn.all("deployments").map(({ metadata }) => metadata.name)).size).to.equal(3);
    const { until: see } = createLooker(rig);
    const names = await see("three", (all) => (all.length === 3 ? all.map(({ name }) => name) : undefined));
    expect(names).to.have.members(["risk_1", "risk-1", "Risk-1"]);
  });

  it("writes again when somebody else wrote meanwhile (409), and gives up on who goes on", async () => {
    const { running, gone } = createLooker(rig);
    await start(wantedProcess("a"));
    const end = await ending("a", running);
    rig.standIn.interfere(2);
    expect(await rig.backEnd.carryOut(end, TOKEN)).to.deep.equal({ kind: "done" });
    await gone("a");
    expect(rig.standIn.requests.filter(({ status }) => status === 409)).to.have.length(2);
    rig.standIn.interfere(100);
    expect(await failureOf(start(wantedProcess("a")))).to.be.instanceOf(RetryableError);
    rig.standIn.interfere(0);
    await start(wantedProcess("a"));
    await running("a");
  });

  it("sees a newer leader that wrote between its look and its write [NX-ORC-02]", async () => {
    const { running } = createLooker(rig);
    await start(wantedProcess("a"));
    const end = await ending("a", running);
    const annotations = { "nexus.fleet/token": "9" };
    const [deployment] = rig.standIn.all("deployments");
    rig.standIn.interfere(1, { metadata: { ...deployment?.metadata, annotations } });
    expect(await rig.backEnd.carryOut(end, TOKEN)).to.deep.equal({ kind: "stale", newest: 9 });
    expect(rig.standIn.all("deployments")[0]?.spec?.["replicas"]).to.equal(1);
  });

  it("writes nothing over a token that is none, whoever wrote it [NX-ORC-02]", async () => {
    const { running } = createLooker(rig);
    await start(wantedProcess("a"));
    const end = await ending("a", running);
    const [deployment] = rig.standIn.all("deployments");
    for (const token of ["", "NaN", "Infinity", "1e300", "-1", "9007199254740991", "0x10"]) {
      const annotations = { ...deployment?.metadata.annotations, "nexus.fleet/token": token };
      rig.standIn.edit("deployments", "nexus-fleet-a", { metadata: { ...deployment?.metadata, annotations } });
      const failure = await failureOf(rig.backEnd.carryOut(end, TOKEN));
      expect(failure, token).to.be.instanceOf(RetryableError).and.to.have.property("message").that.includes("no token");
      expect(rig.standIn.all("deployments")[0]?.spec?.["replicas"], token).to.equal(1);
    }
  });

  it("leaves a Deployment of another fleet alone whose name is the same", async () => {
    await start(wantedProcess("eu-a"));
    const other = openKubeBackEnd({ ...rigOptions(rig.standIn), fleet: "nexus-fleet-eu" });
    try {
      const action = { kind: "start", process: wantedProcess("a"), why: "a test" } as const;
      const failure = await failureOf(other.carryOut(action, TOKEN + 1));
      expect(failure)
        .to.be.instanceOf(RetryableError)
        .and.to.have.property("message")
        .that.includes("is not that of a");
      expect(rig.standIn.all("secrets"), "and makes nothing beside it").to.have.length(1);
    } finally {
      await other.close();
    }
  });

  it("goes on from where a watch broke off, and lists again what is forgotten (410)", async () => {
    const { running, until: see } = createLooker(rig);
    await start(wantedProcess("a"));
    await running("a");
    const before = listsOf("pods");
    rig.standIn.cutWatches();
    await start(wantedProcess("b"));
    await running("b");
    await until("both watches", () => rig.standIn.watches() === 2, PATIENCE_MS);
    // Each goes on from the newest that it saw, and not from its list.
    const [first = 0, ...later] = rig.standIn.watchedFrom.toSorted((one, other) => one - other);
    expect(later.slice(-2).every((from) => from > first + 2)).to.equal(true);
    // One list is of `start`, which asks whether a pod is there.
    expect(listsOf("pods") - before).to.equal(1);
    rig.standIn.cutWatches();
    rig.standIn.remove("deployments", "nexus-fleet-b");
    rig.standIn.remove(
      "pods",
      rig.standIn.all("pods").find(({ metadata }) => metadata.name.startsWith("nexus-fleet-b"))?.metadata.name ?? "",
    );
    rig.standIn.compact();
    await see("b to be gone", (all) => (all.length === 1 && all[0]?.name === "a" ? true : undefined));
    expect(listsOf("pods") - before).to.be.at.least(2);
    await until("both watches", () => rig.standIn.watches() === 2, PATIENCE_MS);
  });

  it("leaves a cluster alone for as long as it asks (429), and says so", async () => {
    let nowMs = 1_000_000;
    const api = kubeApiAt(rig.standIn, () => nowMs);
    await until("both watches", () => rig.standIn.watches() === 2, PATIENCE_MS);
    rig.standIn.refuse(429, 1, "7");
    const first = await failureOf(api.ask("GET", "/api/v1/namespaces/agents/pods"));
    expect(first.message).to.equal("Kubernetes answers 429 to GET /api/v1/namespaces/agents/pods: try again later");
    const asked = rig.standIn.requests.length;
    nowMs += 6_999;
    expect((await failureOf(api.ask("GET", "/api/v1/namespaces/agents/pods"))).message).to.contain("left alone");
    expect(rig.standIn.requests).to.have.length(asked);
    nowMs += 1;
    expect((await api.ask("GET", "/api/v1/namespaces/agents/pods")).kind).to.equal("ok");
  });

  it("says nothing of a fleet that it does not hear of", async () => {
    const { running } = createLooker(rig);
    await start(wantedProcess("a"));
    await running("a");
    rig.standIn.refuse(500, 1_000_000);
    rig.standIn.cutWatches();
    await until("the loss", () => rig.troubles.length > 0, PATIENCE_MS);
    expect(await failureOf(rig.backEnd.observe())).to.be.instanceOf(RetryableError);
    rig.standIn.refuse(0, 0);
    await running("a");
  });

  it("counts a Deployment whose pod is still to come as one that starts, and its pod as no end of it", async () => {
    const { running, until: see, exits } = createLooker(rig);
    rig.standIn.pausePods(true);
    await start(wantedProcess("a", { revision: "r3" }));
    const waiting = await see("the Deployment", ([one]) => one);
    expect([waiting.phase, waiting.revision]).to.deep.equal(["starting", "r3"]);
    rig.standIn.pausePods(false);
    expect((await running("a")).id).not.to.equal(waiting.id);
    expect(exits).to.deep.equal([]);
  });

  it("writes nothing to start what runs", async () => {
    const { running } = createLooker(rig);
    await start(wantedProcess("a"));
    await running("a");
    const asked = rig.standIn.requests.length;
    await start(wantedProcess("a", { revision: "r2" }));
    expect(rig.standIn.requests.slice(asked).map(({ method }) => method)).to.deep.equal(["GET"]);
  });

  it("starts no second pod while one is there that it did not hear of", async () => {
    rig.deafen("a");
    const { running } = createLooker(rig);
    await start(wantedProcess("a"));
    await rig.backEnd.carryOut(await ending("a", running), TOKEN);
    const asked = rig.standIn.requests.length;
    expect(await start(wantedProcess("a"))).to.deep.equal({ kind: "done" });
    expect(rig.standIn.requests.slice(asked).map(({ method }) => method)).to.deep.equal(["GET", "GET"]);
    expect(rig.standIn.all("deployments")[0]?.spec?.["replicas"]).to.equal(0);
    expect(rig.standIn.all("pods")).to.have.length(1);
  });

  it("counts a machine that is not heard of as silent, and kills its pod once, with a grace", async () => {
    const { running, look, until: see } = createLooker(rig);
    await start(wantedProcess("a"));
    const before = await running("a");
    rig.standIn.loseMachine("a");
    const silent = await see("silence", ([one]) =>
      one !== undefined && one.lastSignMs < Date.now() - 50 ? one : undefined,
    );
    expect([silent.id, silent.phase]).to.deep.equal([before.id, "running"]);
    const last = silent.lastSignMs;
    expect((await look())[0]?.lastSignMs).to.equal(last);
    // A machine that is lost takes no pod away.
    rig.standIn.holdPods(true);
    const kill = { kind: "kill", name: "a", id: silent.id, isFault: true, why: "a test" } as const;
    for (let times = 0; times < 3; times += 1) await rig.backEnd.carryOut(kill, TOKEN);
    const deletions = rig.standIn.requests.filter(({ method, path }) => method === "DELETE" && path.includes("/pods/"));
    expect(
      deletions.map(({ body }) => z.object({ gracePeriodSeconds: z.int() }).parse(JSON.parse(body)).gracePeriodSeconds),
    ).to.deep.equal([1]);
    await see("its stopping", ([one]) => (one?.phase === "stopping" ? true : undefined));
  });

  it("tells a pod that somebody deleted as an unasked end, and how a container ended", async () => {
    const { running, exits, until: see } = createLooker(rig);
    await start(wantedProcess("a"));
    const first = await running("a");
    rig.standIn.remove("pods", rig.standIn.all("pods")[0]?.metadata.name ?? "");
    const second = await see("the next pod", (all) =>
      all.find(({ id, phase }) => id !== first.id && phase === "running"),
    );
    rig.standIn.crash("a", { exitCode: 1, reason: "Error", message: "first\nthe key is in use\n" });
    await see("the next life", (all) => all.find(({ id, phase }) => id !== second.id && phase === "running"));
    expect(exits.map(({ isAsked, reason }) => [isAsked, reason])).to.deep.equal([
      [false, "its pod is gone"],
      [false, "it ended with code 1 (Error): the key is in use"],
    ]);
    expect(rig.signs.filter(([, kind]) => kind === "ready").length).to.equal(3);
    expect(rig.signs.filter(([, kind]) => kind === "started").length).to.equal(1);
  });

  it("goes on for a pod that is not ready for a while: its chain may stand still", async () => {
    const { running, look } = createLooker(rig);
    await start(wantedProcess("a"));
    const first = await running("a");
    const pod = rig.standIn.all("pods")[0];
    const events = rig.signs.length;
    rig.standIn.edit("pods", pod?.metadata.name ?? "", {
      status: { conditions: [{ type: "Ready", status: "False" }] },
    });
    await sleep(50);
    const [now] = await look();
    expect([now?.id, now?.phase, now?.sinceMs]).to.deep.equal([first.id, "running", first.sinceMs]);
    expect(now?.lastSignMs ?? 0).to.be.at.least(first.lastSignMs);
    expect(rig.signs.slice(events).every(([, kind]) => kind === "sign")).to.equal(true);
  });

  it("repeats no word that a cluster says of a Secret, which may hold its keys [NX-ORC-05]", async () => {
    const echo = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        response.writeHead(422).end(JSON.stringify({ message: Buffer.concat(parts).toString("utf8") }));
      });
    });
    await new Promise<void>((done) => echo.listen(0, "127.0.0.1", done));
    const at = echo.address();
    const port = typeof at === "object" && at !== null ? at.port : 0;
    const api = kubeApiAt({ ...rig.standIn, api: `http://127.0.0.1:${port}` });
    try {
      for (const [path, isTold] of [
        ["/api/v1/namespaces/agents/secrets", false],
        ["/api/v1/namespaces/agents/secrets?labelSelector=a", false],
        ["/apis/apps/v1/namespaces/agents/deployments", true],
      ] as const) {
        const failure = await failureOf(api.ask("POST", path, { stringData: "key-of-a" }));
        expect(String(failure).includes("key-of-a"), path).to.equal(isTold);
        expect(String(failure)).to.include("answers 422");
      }
    } finally {
      echo.closeAllConnections();
      echo.close();
    }
  });

  it("refuses a namespace that is not there, a token that counts no more, and what is no cluster", async () => {
    const { standIn } = rig;
    const elsewhere = openKubeBackEnd({ ...rigOptions(standIn), namespace: "nowhere" });
    const lost = await failureOf(elsewhere.carryOut({ kind: "start", process: wantedProcess("a"), why: "" }, TOKEN));
    expect(lost.message).to.equal("Kubernetes has no namespace nowhere");
    await elsewhere.close();
    const stranger = kubeApiAt({ ...standIn, token: "another" });
    expect((await failureOf(stranger.ask("GET", "/api/v1/namespaces/agents/pods"))).message).to.contain("answers 401");
    const nothing = kubeApiAt({ ...standIn, api: "http://127.0.0.1:9" });
    expect((await failureOf(nothing.ask("GET", "/api"))).message).to.equal(
      "Kubernetes does not answer at http://127.0.0.1:9",
    );
  });

  it("lets the next leader go on with what runs, without an end [NX-ORC-01] [NX-ORC-02]", async () => {
    const clock = { offsetMs: 0 };
    const nowMs = (): number => Date.now() + clock.offsetMs;
    const orchestrate = (holder: string) => {
      const notes: OrchestratorNote[] = [];
      const options = { ...rigOptions(rig.standIn), nowMs };
      const { api, namespace, fleet } = options;
      const backEnd = openKubeBackEnd(options);
      const leadership = openKubeLease({
        api,
        namespace,
        fleet,
        holder,
        leaseMs: 12_000,
        nowMs,
        onTrouble: () => undefined,
      });
      const orchestrator = {
        ports: {
          leadership,
          backEnd,
          desired: () => Promise.resolve([wantedProcess("a"), wantedProcess("b")]),
          abandon: () => Promise.resolve(),
          nowMs,
          random: () => 0,
          tell: (note: OrchestratorNote) => void notes.push(note),
        },
        memory: emptyOrchestratorMemory(),
        config: { policy: USUAL_POLICY, marginMs: 3_000 },
      };
      const round = (): Promise<unknown> =>
        tick(orchestrator).catch((error: unknown) => expect(error).to.be.instanceOf(RetryableError));
      const actions = () => notes.flatMap((note) => (note.kind === "action" ? [note.action.kind] : []));
      return { round, actions, backEnd, leadership, notes };
    };
    const first = orchestrate("one");
    await first.round();
    // A lease that nobody knew of: who leads waits for one that was forgotten.
    expect(first.actions()).to.deep.equal([]);
    const { until: see } = createLooker(first);
    const bothRun = async (leader: ReturnType<typeof orchestrate>): Promise<void> => {
      await see("both", (all) => (all.filter(({ phase }) => phase === "running").length === 2 ? true : undefined));
      await leader.round();
    };
    clock.offsetMs += 6_000;
    await first.round();
    clock.offsetMs += 6_000;
    await first.round();
    await first.round();
    expect(first.actions().filter((kind) => kind === "start").length).to.be.at.least(2);
    await bothRun(first);
    const pods = rig.standIn.all("pods").map(({ metadata }) => metadata.uid);
    const second = orchestrate("two");
    await second.round();
    expect(second.notes).to.deep.equal([]);
    await first.leadership.release();
    await first.backEnd.close();
    for (let times = 0; times < 5; times += 1) await second.round();
    expect(second.actions()).to.deep.equal([]);
    expect(second.notes.map(({ kind }) => kind)).to.deep.equal(["lead"]);
    expect(rig.standIn.all("pods").map(({ metadata }) => metadata.uid)).to.deep.equal(pods);
    await second.backEnd.close();
  });

  it("needs no more than the Role that is published for it allows", async () => {
    const text = await readFile(new URL("../../../deployments/kubernetes/orchestrator.json", import.meta.url), "utf8");
    const list = z.object({ items: z.array(z.looseObject({ kind: z.string() })) }).parse(JSON.parse(text));
    for (const item of list.items) {
      const plural = { Deployment: "deployments", PersistentVolumeClaim: "persistentvolumeclaims" }[item.kind];
      if (plural !== undefined) expect(schemaFault(plural, item), item.kind).to.equal(undefined);
    }
    const role = z
      .object({ rules: z.array(z.object({ resources: z.array(z.string()), verbs: z.array(z.string()) })) })
      .parse(list.items.find(({ kind }) => kind === "Role"));
    const allowed = role.rules.flatMap(({ resources, verbs }) =>
      resources.flatMap((one) => verbs.map((verb) => `${verb} ${one}`)),
    );
    const { running, gone } = createLooker(rig);
    const { api, namespace, fleet } = rigOptions(rig.standIn);
    const lease = openKubeLease({
      api,
      namespace,
      fleet,
      holder: "x",
      leaseMs: 12_000,
      nowMs: Date.now,
      onTrouble: () => undefined,
    });
    await lease.hold(0);
    await lease.hold(0);
    await lease.release();
    for (const revision of ["r1", "r2"]) {
      await start(wantedProcess("a", { revision }));
      await rig.backEnd.carryOut({ ...(await ending("a", running)), kind: "kill" }, TOKEN);
      await gone("a");
    }
    expect(allowed).to.have.members([...new Set(rig.standIn.verbs)]);
  });
});
