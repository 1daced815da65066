import { createServer } from "node:http";
import { once } from "node:events";
import { expect } from "chai";
import { WebSocket, WebSocketServer } from "ws";
import { type ClientOptions, gatewayClient } from "../../../../keepers/client/client.ts";
import { openStream } from "../../../../keepers/client/stream.ts";
import { ALL_KEY, SECRET, bearer, startGatedServer } from "../../../support/gatedServer.ts";

type World = { readonly url: string; readonly asked: readonly string[]; readonly close: () => Promise<void> };

/** A server that answers every route so, whatever it is asked. */
const answering = async (answer: (asked: number) => string): Promise<World> => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(String(request.headers.authorization));
    response.setHeader("content-type", "application/json").end(answer(asked.length));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { url, asked, close };
};

const SUMMARY = { id: "0x01", sentence: "Swap", state: { code: "enacted" }, votes: [] };
const ALL = 1_001;

const errorOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
const count = async (client: ReturnType<typeof gatewayClient>): Promise<number> => {
  let found = 0;
  for await (const { id } of client.allProposals()) found += id === "" ? 0 : 1;
  return found;
};

describe("The client of a gateway, whatever answers it [NX-GTW-12]", () => {
  it("calls what is no document of its route no answer, and never throws for it", async () => {
    const shapes = [null, [], {}, "text", 1, { asOf: 1 }, { id: 1 }, { items: [] }, { items: {}, next: null }];
    const halves = [
      { items: [null], next: null },
      { items: [{ id: 1 }], next: null },
      { items: [SUMMARY], next: 1 },
    ];
    for (const text of [...[...shapes, ...halves].map((shape) => JSON.stringify(shape)), "no json", ""]) {
      const { url, close } = await answering(() => text);
      const client = gatewayClient({ url });
      for (const told of [
        await client.document("overview"),
        await client.document("meta"),
        await client.proposal("0x01"),
        await client.proposals(),
      ]) {
        expect(told.kind, text).to.equal("unreachable");
      }
      expect(await errorOf(count(client)), text).to.match(/^no page of proposals: /);
      await close();
    }
    const nowhere = await gatewayClient({ url: "nowhere" }).document("overview");
    expect(nowhere.kind).to.equal("unreachable");
  });

  it("ends a list of proposals only where the gateway does, and says when it stops before", async () => {
    const page = (next: string | null) => JSON.stringify({ items: [SUMMARY], next });
    const endless = await answering((asked) => page(`c${asked}`));
    const client = gatewayClient({ url: endless.url });
    expect(await errorOf(count(client))).to.match(/more than 1000 pages/);
    expect(endless.asked).to.have.length(1_000);
    await endless.close();
    const long = await answering((asked) => page(asked < ALL - 1 ? `c${asked}` : null));
    expect(await count(gatewayClient({ url: long.url }))).to.equal(1_000);
    await long.close();
  });

  it("sends a program's key with every request, and with the stream where a program opens it", async () => {
    const { url, close } = await startGatedServer();
    const options: ClientOptions = { url, key: ALL_KEY, open: (at, headers) => new WebSocket(at, { headers }) };
    expect((await gatewayClient({ url }).document("overview")).kind).to.equal("refused");
    const told = await gatewayClient(options).document("overview");
    expect(JSON.stringify(told)).to.include(SECRET);
    const opened = await new Promise((resolve) => {
      const stream = gatewayClient(options).follow(["overview"], {
        onState: ({ topic }) => {
          stream.close();
          resolve(topic);
        },
      });
    });
    expect(opened).to.equal("overview");
    for (const key of ["", "short", `${ALL_KEY}\n`, bearer(ALL_KEY).authorization]) {
      expect(() => gatewayClient({ url, key })).to.throw(/no key of a gateway/);
    }
    await close();
  });
});

const welcome = (data: unknown = { epoch: "e", last: { decisions: 4 }, heartbeatMs: 1 }) => ({
  type: "nexus.welcome",
  data,
});
const decision = (sequence: unknown, data: unknown = SUMMARY) => ({ type: "nexus.event", sequence, data });
const gap = (epoch: string, last: unknown) => ({ type: "nexus.gap", data: { epoch, last, oldest: 1, advice: "" } });
const state = (subject: string, data: unknown) => ({ type: "nexus.state", subject, data });
const DOCUMENT = { asOf: { block: 1, time: 1 } };

/** Follows a gateway that says these to its connections, one list for each, until the last is open. */
const followed = async (...connections: readonly (readonly unknown[])[]) => {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const [heard, said]: [string[], string[]] = [[], []];
  let [index, opened] = [0, 0];
  let isDone = (): void => undefined;
  const done = new Promise<void>((resolve) => (isDone = resolve));
  server.on("connection", (socket) => {
    const texts = connections[index] ?? [];
    index += 1;
    socket.on("message", (text: Buffer) => void said.push(text.toString()));
    for (const one of texts) socket.send(typeof one === "string" ? one : JSON.stringify(one));
    if (index > connections.length) isDone();
  });
  const stream = gatewayClient({ url: `http://127.0.0.1:${port}` }).follow([], {
    onDecision: ({ id }) => void heard.push(id),
    onGap: () => void heard.push("gap"),
    onState: ({ topic }) => void heard.push(topic),
    onOpen: (isOpen) => (opened += isOpen ? 1 : 0),
  });
  await done;
  stream.close();
  for (const client of server.clients) client.terminate();
  server.close();
  return { heard, said, opened };
};

describe("The stream of the client, whatever is said in it [NX-GTW-12]", () => {
  it("takes what no gateway says for a cut, hears nothing after it, and comes back", async () => {
    const after = decision(5, { ...SUMMARY, id: "after" });
    for (const bad of [
      "no json",
      "null",
      "[]",
      { subject: "head" },
      { type: 1 },
      welcome({ epoch: "e" }),
      welcome({ epoch: 1, last: { decisions: 4 } }),
      welcome({ epoch: "e", last: { decisions: -1 } }),
      decision(5, null),
      decision(5, { id: "0x01" }),
      decision(undefined),
      decision("5"),
      decision(6),
      gap("e", "4"),
      gap("another", 4),
      state("head", []),
      state("head", {}),
    ]) {
      const { heard } = await followed([welcome(), bad, after]);
      expect(heard, JSON.stringify(bad)).to.deep.equal([]);
    }
  }).timeout(60_000);

  it("hears nothing before a welcome", async () => {
    expect((await followed([decision(1)], [state("head", DOCUMENT)], [gap("e", 1)])).heard).to.deep.equal([]);
  });

  it("asks again for what was left out, and tells each decision once and in order", async () => {
    const named = (sequence: number) => decision(sequence, { ...SUMMARY, id: String(sequence) });
    const first = [welcome(), named(5), named(5), named(6), named(8), named(7)];
    const { heard, said } = await followed(first, [welcome(), named(6), named(7), named(8), "cut"]);
    expect(heard).to.deep.equal(["5", "6", "7", "8"]);
    const resumed = said.map((text): unknown => JSON.parse(text));
    expect(resumed[0]).to.deep.include({ kind: "resume", epoch: "e", after: 4 });
    expect(resumed[1]).to.deep.include({ kind: "resume", epoch: "e", after: 6 });
  });

  it("goes on from where another run of the gateway says, and takes no number of it before", async () => {
    const anew = welcome({ epoch: "f", last: { decisions: 0 }, heartbeatMs: 1 });
    const { heard } = await followed(
      [welcome(), decision(5), "cut"],
      [anew, decision(6)],
      [anew, gap("f", 1), decision(2), "cut"],
    );
    expect(heard).to.deep.equal(["0x01", "gap", "0x01"]);
  });

  it("leaves alone what a newer gateway may say, and hears what it knows", async () => {
    const news = [{ type: "nexus.news" }, { type: "toString" }, state("tides", []), state("head", DOCUMENT), "cut"];
    expect((await followed([welcome(), ...news])).heard).to.deep.equal(["head"]);
  });

  it("waits longer each time for a gateway that says nonsense, also after a welcome", () => {
    const waits: number[] = [];
    let next = (): void => undefined;
    const listeners = new Map<string, (event: object) => void>();
    const socket = {
      readyState: 1,
      send: () => undefined,
      close: () => undefined,
      addEventListener: (type: string, listener: (event: object) => void) => void listeners.set(type, listener),
    };
    const after = (ms: number, run: () => void) => {
      waits.push(ms);
      next = run;
      return () => undefined;
    };
    let isBroken = false;
    const open = () => {
      if (isBroken) throw new Error("no socket");
      return socket;
    };
    const none = () => undefined;
    let heard = 0;
    const handlers = { onState: none, onDecision: () => void (heard += 1), onGap: none, onOpen: none };
    const stream = openStream({ url: "http://127.0.0.1:1", open, after }, () => [], handlers);
    const say = (message: unknown): void => listeners.get("message")?.({ data: JSON.stringify(message) });
    for (let i = 0; i < 6; i += 1) {
      say(welcome());
      say(null);
      say(decision(5));
      listeners.get("close")?.({});
      next();
    }
    expect(heard, "nothing is heard after a cut, even if the socket goes on").to.equal(0);
    expect(waits).to.deep.equal([500, 1_000, 2_000, 4_000, 8_000, 8_000]);
    say(welcome());
    say({ type: "nexus.heartbeat" });
    say(null);
    isBroken = true;
    next();
    next();
    isBroken = false;
    next();
    stream.close();
    say(welcome());
    say(decision(5));
    expect(heard, "nor after the end").to.equal(0);
    expect(waits.slice(6), "what cannot be opened is a cut too").to.deep.equal([500, 1_000, 2_000]);
  });
});
