import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect } from "chai";
import type { KeeperEvent } from "../../../keepers/core/events.ts";
import type { OrchestratorNote } from "../../../keepers/orchestrator/tick.ts";
import { loadConfig } from "../../../keepers/wiring/config.ts";
import { openKubernetes } from "../../../keepers/wiring/kubernetes.ts";
import { type RunningOrchestrator, startOrchestrator } from "../../../keepers/wiring/orchestrator.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";
import { testKeys } from "../../../scripts/sandbox/account.ts";
import { kubeApiAt, rigOptions } from "../../support/kubeRig.ts";
import { type KubernetesStandIn, startKubernetesStandIn } from "../../support/kubernetesStandIn.ts";
import { TOY_BOOK } from "../../support/toyBook.ts";
import { until } from "../../support/until.ts";

const PATIENCE_MS = 60_000;

describe("An orchestrator in a cluster (a stand-in)", function () {
  this.timeout(3 * PATIENCE_MS);
  let standIn: KubernetesStandIn;
  let folder = "";
  beforeEach(async () => {
    standIn = await startKubernetesStandIn();
    folder = await mkdtemp(join(tmpdir(), "nexus-cluster-"));
    await writeFile(join(folder, "token"), `${standIn.token}\n`);
    // A lease that somebody held before, so that nobody waits for one that was forgotten.
    const lease = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "nexus-fleet-leader", annotations: { "nexus.fleet/token": "1" } },
      spec: { holderIdentity: "" },
    };
    await kubeApiAt(standIn).ask("POST", "/apis/coordination.k8s.io/v1/namespaces/agents/leases", lease);
  });
  afterEach(async () => {
    await standIn.close();
    await removeFolder(folder);
  });

  const configWith = (orchestrator: Readonly<Record<string, unknown>> = {}) => {
    const keyAt = testKeys();
    const agents = ["risk-1", "risk-2"].map((name, index) => ({
      name,
      kind: "risk",
      key: keyAt(20 + index).privateKey,
    }));
    return loadConfig(
      {
        rpcUrl: "ws://127.0.0.1:9",
        chainId: 1329,
        addressBook: "unused",
        dataDir: folder,
        bus: { redis: "redis://127.0.0.1:9" },
        agents,
        orchestrator: {
          kubernetesNamespace: standIn.namespace,
          kubernetesImage: "nexus:1",
          kubernetesApi: standIn.api,
          kubernetesTokenFile: join(folder, "token"),
          ...orchestrator,
        },
      },
      {},
    );
  };

  const run = (signal: AbortSignal) => {
    const [notes, events]: [OrchestratorNote[], KeeperEvent[]] = [[], []];
    const running: RunningOrchestrator = startOrchestrator(configWith(), {
      book: TOY_BOOK,
      program: { module: "none", args: [], execArgv: [] },
      environment: process.env,
      signal,
      emit: (event) => void events.push(event),
      tell: (note) => void notes.push(note),
      random: () => 0.5,
    });
    return { running, notes, events };
  };

  it("runs each agent in a pod of its own configuration, and leaves them there when it ends [NX-ORC-01] [NX-ORC-05]", async () => {
    const stop = new AbortController();
    const { running } = run(stop.signal);
    try {
      await running.ready;
      await until("the pods", () => running.pods().size === 2, PATIENCE_MS);
      expect([...running.pods().keys()]).to.have.members(["risk-1", "risk-2"]);
      expect(running.token()).to.be.greaterThan(1);
      expect(running.pids().size).to.equal(0);
      const keys = standIn.all("secrets").map((secret) => {
        const text = JSON.stringify(secret);
        return [20, 21].filter((index) => text.includes(testKeys()(index).privateKey.slice(2))).length;
      });
      expect(keys).to.deep.equal([1, 1]);
      expect(running.performance().map(({ starts, crashes }) => [starts, crashes])).to.deep.equal([
        [1, 0],
        [1, 0],
      ]);
    } finally {
      stop.abort();
      await running.done;
    }
    expect(standIn.all("pods")).to.have.length(2);
    expect(standIn.all("leases")[0]?.spec?.["holderIdentity"]).to.equal("");
    const next = new AbortController();
    const second = run(next.signal);
    try {
      await second.running.ready;
      expect(second.notes.flatMap((note) => (note.kind === "action" ? [note] : []))).to.deep.equal([]);
    } finally {
      next.abort();
      await second.running.done;
    }
  });

  it("refuses a namespace without an image, and a lease in Redis beside that of the cluster", () => {
    const open = (changes: Readonly<Record<string, unknown>>) => () =>
      openKubernetes(configWith(changes), rigOptions(standIn))?.processes.close();
    expect(open({ kubernetesImage: undefined })).to.throw("orchestrator.kubernetesImage must name the image");
    expect(open({ redis: "redis://127.0.0.1:9" })).to.throw("orchestrator.redis is of no use in a cluster");
    expect(openKubernetes(configWith({ kubernetesNamespace: undefined }), rigOptions(standIn))).to.equal(undefined);
  });
});
