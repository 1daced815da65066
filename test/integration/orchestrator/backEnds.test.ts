import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { createChildren } from "../../../keepers/adapters/orchestrator/children.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";
import { type BackEndRig, keepsToBackEnd } from "../../support/backEndContract.ts";
import { openKubeRig } from "../../support/kubeRig.ts";
import { TOY_BOOK } from "../../support/toyBook.ts";
import { signalTo } from "../../support/signalTo.ts";

const TOY = resolve(import.meta.dirname, "../../support/toyAgent.mjs");

const openChildren = async (): Promise<BackEndRig> => {
  const folder = await mkdtemp(join(tmpdir(), "nexus-children-"));
  const deaf = new Set<string>();
  const children = createChildren({
    program: { module: TOY, args: [], execArgv: [] },
    book: TOY_BOOK,
    configOf: (name) => JSON.stringify({ log: join(folder, "log"), ...(deaf.has(name) ? { does: "deaf" } : {}) }),
    environment: process.env,
    graceMs: 60_000,
    nowMs: () => performance.now(),
    onSign: () => undefined,
    wake: () => undefined,
  });
  return {
    backEnd: children,
    crash: (name) => {
      const pid = children.pids().get(name);
      if (pid !== undefined) signalTo(pid, "SIGKILL");
    },
    deafen: (name) => void deaf.add(name),
    close: async () => {
      for (const pid of children.pids().values()) signalTo(pid, "SIGKILL");
      await children.endAll();
      await removeFolder(folder);
    },
  };
};

describe("Where the processes of a fleet run", () => {
  keepsToBackEnd("children of the orchestrator", openChildren);
  keepsToBackEnd("Deployments of Kubernetes (a stand-in)", openKubeRig);
});
