import { expect } from "chai";
import fc from "fast-check";
import { createHub } from "../../../../keepers/gateway/server/hub.ts";
import { type DocumentBody, bodyOf, createBodies } from "../../../../keepers/gateway/server/bodies.ts";
import type { ProposalSummary } from "../../../../keepers/gateway/schema/proposals.ts";
import { cloudEventSchema } from "../../../../keepers/gateway/stream/topics.ts";
import {
  EMPTY_WINDOW,
  type EventWindow,
  MAX_WAITING_BYTES,
  append,
  resume,
} from "../../../../keepers/gateway/stream/window.ts";

const decision = (id: string): ProposalSummary => ({
  id,
  path: "fast",
  riskClass: "Routine",
  sentence: "Buy and sell",
  state: { code: "enacted", words: "enacted", isOpen: false },
  block: 1,
  proposer: "searcher",
  votes: [],
  result: null,
  latencyMs: null,
  latencyBlocks: null,
  deadline: null,
  executableFrom: null,
});

/** A clock that stands still, with rounds that the test calls. */
const stillClock = () => {
  const rounds: (() => void)[] = [];
  const clock = {
    nowMs: () => 1_000,
    isoTime: () => "2026-01-01T00:00:00.000Z",
    every: (_ms: number, run: () => void) => {
      rounds.push(run);
      return () => void rounds.splice(rounds.indexOf(run), 1);
    },
    within: <T>(_ms: number, work: Promise<T>): Promise<T> => work,
  };
  return { clock, rounds };
};

/** A peer that keeps what it is sent; `hoard` makes it read nothing. */
const peer = () => {
  const texts: string[] = [];
  const closed: number[] = [];
  let [unread, mayRead] = [0, true];
  return {
    send: (text: string) => void texts.push(text),
    waiting: () => unread,
    mayRead: () => mayRead,
    close: (code: number) => void closed.push(code),
    revoke: () => (mayRead = false),
    hoard: () => (unread = MAX_WAITING_BYTES + 1),
    closed,
    events: () => texts.map((text) => cloudEventSchema.parse(JSON.parse(text))),
  };
};

const hubWith = (body: unknown = { asOf: { block: 1, time: 1 } }) => {
  const { clock, rounds } = stillClock();
  const hub = createHub({ clock, epoch: "epoch-1", body: () => Promise.resolve(bodyOf(body)) });
  return { hub, rounds };
};

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("The stream of the gateway", () => {
  it("gives a client that comes back every message that it lacks, once and in order, or says that they are gone [NX-GTW-03]", () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(70), fc.integer({ min: 1, max: 20 }), (count, after, size) => {
        let window: EventWindow<number> = EMPTY_WINDOW;
        for (let i = 1; i <= count; i += 1) window = append(window, i, size);
        const told = resume(window, after);
        const missed = Array.from({ length: Math.max(0, count - after) }, (_, i) => after + 1 + i);
        if (told.kind === "missed") expect(told.messages.map(({ data }) => data)).to.deep.equal(missed);
        else expect(after > count || missed.length > Math.min(size, count)).to.equal(true);
      }),
    );
  });

  it("numbers decisions without a hole, and repeats after a cut exactly those that came meanwhile [NX-GTW-03]", () => {
    const { hub } = hubWith();
    const [first, second] = [peer(), peer()];
    const member = hub.join(first);
    member.hear({ kind: "subscribe", topics: ["decisions"] });
    hub.publish(decision("0x01"));
    member.leave();
    hub.publish(decision("0x02"));
    hub.publish(decision("0x03"));
    hub.join(second).hear({ kind: "resume", topic: "decisions", epoch: "epoch-1", after: 1 });
    hub.publish(decision("0x04"));
    const numbers = [...first.events(), ...second.events()].flatMap(({ sequence }) => sequence ?? []);
    expect(numbers).to.deep.equal([1, 2, 3, 4]);
    hub.close();
  });

  it("tells a client of another run that it has to read again, and from where [NX-GTW-03]", () => {
    const { hub } = hubWith();
    const back = peer();
    hub.publish(decision("0x01"));
    hub.join(back).hear({ kind: "resume", topic: "decisions", epoch: "epoch-0", after: 7 });
    const gap = back.events().find(({ type }) => type === "nexus.gap");
    expect(gap?.data).to.include({ epoch: "epoch-1", last: 1 });
    hub.close();
  });

  it("sends a document of state once as long as it says the same, and as JSON that its envelope does not break", async () => {
    const { hub, rounds } = hubWith({ note: 'quotes " and } braces' });
    const reader = peer();
    hub.join(reader).hear({ kind: "subscribe", topics: ["overview"] });
    await settle();
    for (const round of rounds) round();
    await settle();
    const states = reader.events().filter(({ type }) => type === "nexus.state");
    expect(states.map(({ subject, data }) => [subject, data])).to.deep.equal([
      ["overview", { note: 'quotes " and } braces' }],
    ]);
    hub.close();
  });

  it("tells what is new as soon as it is told to look, and nothing older after it", async () => {
    const { clock } = stillClock();
    const made: ((body: unknown) => void)[] = [];
    const body = (): Promise<DocumentBody> => new Promise((resolve) => void made.push((one) => resolve(bodyOf(one))));
    const hub = createHub({ clock, epoch: "epoch-1", body });
    const reader = peer();
    hub.join(reader).hear({ kind: "subscribe", topics: ["overview"] });
    hub.look();
    made[1]?.({ block: 2 });
    await settle();
    made[0]?.({ block: 1 });
    await settle();
    const states = reader.events().filter(({ type }) => type === "nexus.state");
    expect(states.map(({ data }) => data)).to.deep.equal([{ block: 2 }]);
    hub.close();
  });

  it("makes an answer once in a quarter of a second, and again at once where there is something new", async () => {
    let [nowMs, made] = [0, 0];
    const bodies = createBodies({ nowMs: () => nowMs });
    const ask = async (): Promise<string> => (await bodies.of("head", () => Promise.resolve((made += 1)))).text;
    expect([await ask(), await ask()]).to.deep.equal(["1", "1"]);
    bodies.forget();
    expect(await ask()).to.equal("2");
    nowMs = 250;
    expect(await ask()).to.equal("3");
    const failed = bodies.of("other", () => Promise.reject(new Error("no chain"))).catch((error: unknown) => error);
    expect(await failed).to.be.instanceOf(Error);
    expect((await bodies.of("other", () => Promise.resolve(7))).text).to.equal("7");
  });

  it("sends away whoever may no longer read, at its next look and before it tells anything more [NX-GTW-11]", async () => {
    const { hub, rounds } = hubWith();
    const [idle, asking, listening, other] = [peer(), peer(), peer(), peer()];
    const members = [idle, asking, listening, other].map((one) => hub.join(one));
    members.slice(2).forEach((member) => member.hear({ kind: "subscribe", topics: ["decisions"] }));
    for (const one of [idle, asking, listening]) one.revoke();
    members[1]?.hear({ kind: "subscribe", topics: ["overview"] });
    members[1]?.refuse("what?");
    hub.publish(decision("0x01"));
    await settle();
    expect([idle.closed, asking.closed, listening.closed]).to.deep.equal([[], [4001], [4001]]);
    for (const round of rounds) round();
    await settle();
    expect([idle.closed, asking.closed, listening.closed]).to.deep.equal([[4001], [4001], [4001]]);
    for (const one of [idle, asking, listening])
      expect(one.events().map(({ type }) => type)).to.deep.equal(["nexus.welcome"]);
    expect([other.closed, hub.clients()]).to.deep.equal([[], 1]);
    expect(other.events().flatMap(({ sequence }) => sequence ?? [])).to.deep.equal([1]);
    hub.close();
  });

  it("leaves out state for a client that does not read, and cuts it off rather than leave out an event [NX-GTW-04]", async () => {
    const { hub } = hubWith();
    const [slow, quick] = [peer(), peer()];
    const member = hub.join(slow);
    hub.join(quick).hear({ kind: "subscribe", topics: ["decisions"] });
    slow.hoard();
    member.hear({ kind: "subscribe", topics: ["overview", "decisions"] });
    await settle();
    expect([slow.events().length, slow.closed]).to.deep.equal([1, []]);
    hub.publish(decision("0x01"));
    expect(slow.closed).to.deep.equal([4008]);
    expect(slow.events()).to.have.length(1);
    expect(quick.events().flatMap(({ sequence }) => sequence ?? [])).to.deep.equal([1]);
    hub.close();
  });
});
