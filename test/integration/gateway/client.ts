import { readFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import specs from "@asyncapi/specs";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { expect } from "chai";
import { WebSocket } from "ws";
import { z } from "zod";
import { type Asked, gatewayClient } from "../../../keepers/client/client.ts";
import { ROUTES } from "../../../keepers/gateway/schema/routes.ts";
import { cloudEventSchema } from "../../../keepers/gateway/stream/topics.ts";
import { createFaultyNetwork } from "../../support/faultyNetwork.ts";
import type { GatewayWorld } from "../../support/gatewayWorld.ts";

const PATIENCE_MS = 60_000;

const documentOf = <T>(asked: Asked<T>): T => {
  if (asked.kind !== "answered") throw new Error(JSON.stringify(asked));
  return asked.document;
};

const described = z.looseObject({
  channels: z.object({
    stream: z.object({ messages: z.record(z.string(), z.object({ payload: z.looseObject({}) })) }),
  }),
});

/** What programs that read a gateway are given. */
export const testClient = (it_: () => GatewayWorld): void => {
  it("reads every document by its name, and every proposal once, page by page [NX-GTW-02]", async () => {
    const client = gatewayClient({ url: it_().gateway.url });
    ROUTES.portfolio.answer.parse(documentOf(await client.document("portfolio")));
    ROUTES.meta.answer.parse(documentOf(await client.document("meta")));
    const ids: string[] = [];
    for await (const { id } of client.allProposals({ limit: 2, path: "fast" })) ids.push(id);
    expect(ids.length).to.be.greaterThan(0);
    expect(new Set(ids).size).to.equal(ids.length);
    const [id = ""] = ids;
    expect(documentOf(await client.proposal(id)).id).to.equal(id);
  });

  it("tells a refusal in the gateway's words, and silence as silence", async () => {
    const { url } = it_().gateway;
    const refused = await gatewayClient({ url }).proposal(`0x${"12".repeat(32)}`);
    expect(refused).to.have.nested.property("problem.code", "not-found");
    const silent = await gatewayClient({ url: "http://127.0.0.1:1", timeoutMs: 1_000 }).document("overview");
    expect(silent.kind).to.equal("unreachable");
  });

  it("follows every decision once and in order, over cuts of the stream [NX-GTW-03]", async () => {
    const { url } = it_().gateway;
    const direct: string[] = [];
    const cut: string[] = [];
    const network = await createFaultyNetwork({ wsUrl: `${url.replace("http", "ws")}/v1/stream` });
    let opened = 0;
    // Whole, since one proposal is told at each vote: by its id and state alone the two could not be laid side by side.
    const keep = (into: string[]) => ({ onDecision: (decision: object) => void into.push(JSON.stringify(decision)) });
    const plain = gatewayClient({ url }).follow(["head"], keep(direct));
    const tried = gatewayClient({ url: network.rpcUrl }).follow([], {
      ...keep(cut),
      onOpen: (isOpen) => (opened += isOpen ? 1 : 0),
      onGap: () => void cut.push("gap"),
    });
    const until = async (what: string, fits: () => boolean): Promise<void> => {
      const deadline = performance.now() + PATIENCE_MS;
      while (!fits()) {
        if (performance.now() > deadline) throw new Error(`in vain waited for ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    try {
      await until("a first decision on both", () => direct.length > 0 && cut.length > 0);
      const first = cut[0] ?? "";
      for (let cuts = 1; cuts <= 3; cuts += 1) {
        const had = direct.length;
        network.cut();
        await until("another decision meanwhile", () => direct.length > had);
        await until("the stream again", () => opened > cuts);
      }
      await until("the same end", () => cut.at(-1) === direct.at(-1) && cut.length >= 4);
      const from = direct.indexOf(first);
      const length = Math.min(cut.length, direct.length - from);
      expect(cut.slice(0, length)).to.deep.equal(direct.slice(from, from + length));
    } finally {
      plain.close();
      tried.close();
      await network.close();
    }
  });

  it("describes the stream in AsyncAPI 3.0, and every message of a real stream fits the description", async () => {
    const { url } = it_().gateway;
    const json: unknown = await (await fetch(`${url}/asyncapi.json`)).json();
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats.default(ajv);
    const isDescription = ajv.compile(z.looseObject({}).parse(specs.schemasWithoutId["3.0.0"]));
    expect(isDescription(json), JSON.stringify(isDescription.errors)).to.equal(true);
    const { messages } = described.parse(json).channels.stream;
    const payloads = new Map(Object.entries(messages).map(([name, { payload }]) => [name, ajv.compile(payload)]));
    const socket = new WebSocket(`${url.replace("http", "ws")}/v1/stream`);
    const seen = new Set<string>();
    socket.on("open", () => {
      socket.send(JSON.stringify({ kind: "subscribe", topics: ["overview", "prices", "decisions"] }));
      socket.send(JSON.stringify({ kind: "dance" }));
    });
    socket.on("message", (data: Buffer) => {
      const event = cloudEventSchema.parse(JSON.parse(data.toString()));
      const name = event.type === "nexus.state" ? `state-${event.subject}` : event.type.replace("nexus.", "");
      const fits = payloads.get(name);
      expect(fits?.(event), `${name}: ${JSON.stringify(fits?.errors)}`).to.equal(true);
      seen.add(name);
    });
    const deadline = performance.now() + PATIENCE_MS;
    const all = ["welcome", "refused", "state-overview", "state-prices", "event"];
    while (!all.every((name) => seen.has(name)) && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 50));
    socket.terminate();
    expect([...seen]).to.include.members(all);
  });

  it("runs the program that the guide quotes", async () => {
    const guide = readFileSync("docs/gateway.md", "utf8");
    const quoted = /<!-- quoted: (\S+) -->\n\n<!-- prettier-ignore -->\n```\w+\n([\s\S]*?)```\n/.exec(guide);
    expect(quoted?.[2]).to.equal(readFileSync(quoted?.[1] ?? "", "utf8"));
    const child = spawn(process.execPath, ["--import=tsx", "docs/examples/watch.ts", it_().gateway.url, "2"], {
      stdio: ["ignore", "pipe", "inherit"],
      timeout: PATIENCE_MS,
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    await once(child, "exit");
    expect(child.exitCode, output).to.equal(0);
    expect(output.trim().split("\n"), output).to.have.length(3);
    expect(output).to.match(/^block \d+: .*\n\w+: .* \(\d+ votes\)\n/);
  });
};
