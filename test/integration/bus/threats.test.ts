import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Redis } from "ioredis";
import { encodeBody } from "../../../keepers/adapters/bus/bodies.ts";
import { nativePrimitives } from "../../../keepers/adapters/bus/nacl.ts";
import { channelName, streamKey } from "../../../keepers/core/envelope/places.ts";
import { aclLine, permissionsOf } from "../../../keepers/core/envelope/permissions.ts";
import { writeEnvelope } from "../../../keepers/core/envelope/write.ts";
import { REALM, identityOf, letterOf, voteOf } from "../../support/envelopes.ts";
import { type TestMember, createWorkshop, directoryOf, recentPlace } from "../../support/redisBus.ts";
import { until } from "../../support/until.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** What becomes of a command: "done", or the first word of the server's refusal. */
const fate = async (asked: Promise<unknown>): Promise<string> => {
  try {
    await asked;
    return "done";
  } catch (error) {
    return error instanceof Error ? (error.message.split(" ")[0] ?? "") : String(error);
  }
};

describe("What a member of a shared Redis can do", () => {
  const place = recentPlace();
  let workshop: Awaited<ReturnType<typeof createWorkshop>>;
  let owner: Redis;
  /** Agent 3's own connection, used for whatever it likes. */
  let member: Redis;
  let sender: TestMember;
  let reader: TestMember;
  const got: number[] = [];

  const urlOf = (n: number): string => `redis://agent-${n}:secret${n}@127.0.0.1:${workshop.redis.port}`;

  before(async () => {
    workshop = await createWorkshop();
    await workshop.redis.start("--proto-max-bulk-len", "1mb", "--maxmemory", "24mb", "--maxclients", "64");
    owner = new Redis(workshop.redis.url);
    for (const n of [1, 2, 3]) {
      const [, user = "", ...rules] = aclLine(
        `agent-${n}`,
        sha256(`secret${n}`),
        permissionsOf(place, [BigInt(n)]),
      ).split(/\s+(?![^(]*\))/);
      await owner.acl("SETUSER", user, ...rules);
    }
    member = new Redis(urlOf(3), { disableClientInfo: true, protocol: 2, retryStrategy: null });
    const directory = directoryOf([1, 2, 3].map((n) => identityOf(n)));
    sender = await workshop.open([1], { url: urlOf(1), place, directory });
    reader = await workshop.open([2], { url: urlOf(2), place, directory });
    const inbox = reader
      .as(reader.first)
      .open("votes", () => void got.push(...inbox.take().map(({ hash }) => Number(hash))));
    for (const topic of ["refusals", "results"] as const) reader.as(reader.first).open(topic, () => undefined);
    await until("the connections", () => sender.stats().isUp && reader.stats().isUp);
  });
  after(async () => {
    owner.disconnect();
    member.disconnect();
    await workshop.end();
  });

  let next = 1_000;
  /** An honest vote still arrives. */
  const stillArrives = async (): Promise<void> => {
    next += 1;
    const wanted = next;
    sender.as(sender.first).publish("votes", voteOf(wanted));
    await until("an honest vote", () => got.includes(wanted));
  };
  const letter = (n: number, from = identityOf(3), sequence = BigInt(Date.now()) * 1_024n): Buffer =>
    Buffer.from(
      writeEnvelope(
        { primitives: nativePrimitives, realm: REALM },
        from,
        letterOf(encodeBody(voteOf(n)), { sequence, sentAtMs: Date.now() }),
      ),
    );
  const own = streamKey(place, "votes", 3n);

  it("a member does all that its own agent needs, with the permissions of nexus bus acl", async () => {
    await stillArrives();
    expect([sender.troubles, reader.troubles]).to.deep.equal([[], []]);
    expect(await fate(member.xadd(own, "*", "e", letter(1)))).to.equal("done");
    await until("the member's own vote", () => got.includes(1));
  });

  it("a member writes, trims, expires and deletes nothing of another", async () => {
    const others = streamKey(place, "votes", 1n);
    expect(
      await Promise.all([
        fate(member.xadd(others, "*", "e", letter(2))),
        fate(member.xtrim(others, "MAXLEN", 0)),
        fate(member.pexpire(others, 1)),
        fate(member.del(own)),
        fate(member.hset(`${place.prefix}:${place.chainId}:reader:1`, "at", 1)),
      ]),
    ).to.deep.equal(Array(5).fill("NOPERM"));
    await stillArrives();
  });

  it("a member administers nothing and looks at no other key", async () => {
    await owner.set("another application's", "secret");
    expect(
      await Promise.all([
        fate(member.flushall()),
        fate(member.config("GET", "*")),
        fate(member.keys("*")),
        fate(member.get("another application's")),
        fate(member.acl("LIST")),
        fate(member.eval("return 1", 0)),
        fate(member.call("CLIENT", "KILL", "TYPE", "normal")),
        fate(member.call("MONITOR")),
        fate(member.call("SHUTDOWN")),
      ]),
    ).to.deep.equal(Array(9).fill("NOPERM"));
  });

  it("a member speaks on no other's channel, and listens to all", async () => {
    const [others, mine] = [channelName(place, "refusals", 1n), channelName(place, "refusals", 3n)];
    expect(await fate(member.spublish(others, letter(3)))).to.equal("NOPERM");
    expect(await fate(member.spublish(mine, letter(3)))).to.equal("done");
    const listening = new Redis(urlOf(3), { disableClientInfo: true, protocol: 2 });
    expect(await fate(listening.ssubscribe(others))).to.equal("done");
    expect(await fate(listening.subscribe("elsewhere"))).to.equal("NOPERM");
    listening.disconnect();
  });

  it("a member passes for nobody else: not in its own stream, not by another's key", async () => {
    const before = reader.stats().incoming;
    const [wrong, unknown] = [before["wrong-stream"], before["unknown-key"]];
    await member.xadd(own, "*", "e", letter(2, identityOf(1)));
    await member.xadd(own, "*", "e", letter(2, { ...identityOf(4), agentId: 3n }));
    await until("both refusals", () => {
      const { incoming } = reader.stats();
      return incoming["wrong-stream"] === wrong + 1 && incoming["unknown-key"] === unknown + 1;
    });
    expect(got).not.to.include(2);
  });

  it("a member's flood of its own stream delays nobody and is looked at no further than its rate", async () => {
    for (let round = 0; round < 10; round += 1) {
      const pipeline = member.pipeline();
      for (let n = 0; n < 500; n += 1) {
        const forged = letter(7, identityOf(3), BigInt(Date.now()) * 1_024n + BigInt(round * 500 + n));
        forged[forged.length - 40] = (forged.at(-40) ?? 0) ^ 1;
        pipeline.xadd(own, "MAXLEN", "~", 5_000, "*", "e", forged);
      }
      await pipeline.exec();
      if (round % 5 === 0) await stillArrives();
    }
    await stillArrives();
    const judged = (): number => reader.stats().incoming["bad-signature"] + reader.stats().incoming["too-fast"];
    await until("all of it to be judged", () => judged() >= 5_000, 20_000);
    const { incoming } = reader.stats();
    expect(incoming["bad-signature"]).to.be.within(1, 4_500);
    expect(got).not.to.include(7);
  });

  it("a member's huge entries fill no reader, and its stream is left alone for a while", async () => {
    const before = process.memoryUsage().rss;
    const huge = Buffer.alloc(900_000, 1);
    for (let n = 0; n < 12; n += 1) await member.xadd(own, "MAXLEN", "=", 12, "*", "e", huge);
    await until("one of them", () => reader.stats().incoming["too-large"] > 0);
    await stillArrives();
    const seen = reader.stats().incoming["too-large"];
    for (let n = 0; n < 5; n += 1) await member.xadd(own, "MAXLEN", "=", 12, "*", "e", huge);
    await stillArrives();
    await stillArrives();
    expect(reader.stats().incoming["too-large"]).to.equal(seen);
    expect(process.memoryUsage().rss - before).to.be.below(250 * 2 ** 20);
    await owner.del(own);
  });

  it("a member that fills the memory stops the bus and nothing else: it is told, and the bus goes on once it is cleared", async () => {
    for (const size of [900_000, 20_000, 500]) {
      let answer = "done";
      while (answer === "done") answer = await fate(member.xadd(own, "*", "e", Buffer.alloc(size, 1)));
      expect(answer).to.equal("OOM");
    }
    sender.as(sender.first).publish("votes", voteOf(501));
    await until("the line", () => sender.troubles.some((what) => what.includes("is full")));
    // The owner sees who it was, and clears it.
    expect(await owner.memory("USAGE", own)).to.be.greaterThan(8 * 2 ** 20);
    await owner.del(own);
    await until("what waited", () => got.includes(501));
    await stillArrives();
  });

  it("a member that takes all connections keeps new ones out, which say so, and none that are open", async () => {
    const taken: Redis[] = [];
    for (let n = 0; n < 64; n += 1) {
      const one = new Redis(urlOf(3), { disableClientInfo: true, protocol: 2, retryStrategy: null });
      one.on("error", () => undefined);
      taken.push(one);
    }
    await sleep(300);
    const late = await workshop.open([9], { url: urlOf(2), place, directory: directoryOf([identityOf(9)]) });
    await until("its line", () => late.troubles.length > 0);
    expect(late.troubles.join()).to.match(/as many clients as it takes|hung up/);
    await stillArrives();
    for (const one of taken) one.disconnect();
    await late.close();
  });

  it("with consumer groups a member could take another's messages: there are none", async () => {
    const key = "grouped-stream";
    await owner.acl("SETUSER", "grouped", "on", ">pw", `~${key}`, "-@all", "+info", "+xreadgroup");
    await owner.xgroup("CREATE", key, "victim", "$", "MKSTREAM");
    await owner.xadd(key, "*", "e", "for the victim");
    const thief = new Redis(`redis://grouped:pw@127.0.0.1:${workshop.redis.port}`, {
      disableClientInfo: true,
      protocol: 2,
    });
    const stolen = await thief.xreadgroup("GROUP", "victim", "thief", "STREAMS", key, ">");
    const left = await owner.xreadgroup("GROUP", "victim", "victim", "STREAMS", key, ">");
    thief.disconnect();
    expect(JSON.stringify(stolen)).to.include("for the victim");
    expect(left).to.equal(null);
    expect(await fate(member.xgroup("CREATE", streamKey(place, "votes", 1n), "g", "$"))).to.equal("NOPERM");
    expect(await fate(member.xreadgroup("GROUP", "g", "c", "STREAMS", streamKey(place, "votes", 1n), ">"))).to.equal(
      "NOPERM",
    );
  });

  it("the owner reads who talks to whom and when, and none of what is sealed", async () => {
    await stillArrives();
    const entries = await owner.xrevrangeBuffer(streamKey(place, "votes", 1n), "+", "-", "COUNT", 1);
    const bytes = entries[0]?.[1]?.[1] ?? Buffer.alloc(0);
    expect(bytes.length).to.be.greaterThan(300);
    expect(bytes.toString("latin1")).not.to.match(/hash|signer|signature/);
    expect(bytes.readUInt32BE(35)).to.equal(1);
  });

  it("the owner alters, repeats, reorders and moves messages without effect", async () => {
    await stillArrives();
    const counted = () => reader.stats().incoming;
    const before = { ...counted() };
    const key = streamKey(place, "votes", 1n);
    const entries = await owner.xrevrangeBuffer(key, "+", "-", "COUNT", 3);
    const bytes = entries.map(([, fields]) => fields[1] ?? Buffer.alloc(0));
    expect(bytes).not.to.deep.equal([]);
    for (const one of bytes) await owner.xadd(key, "*", "e", one);
    await owner.xadd(streamKey(place, "results", 1n), "*", "e", bytes[0] ?? "");
    const altered = Buffer.from(bytes[0] ?? "");
    // A sequence of the future, so that it is no repetition.
    altered[39] = 0x7f;
    await owner.xadd(key, "*", "e", altered);
    const length = got.length;
    await until("all refusals", () => {
      const { "bad-signature": forged, "wrong-stream": moved } = counted();
      return forged === before["bad-signature"] + 1 && moved === before["wrong-stream"] + 1;
    });
    expect(counted().replayed).to.equal(before.replayed + bytes.length);
    expect(got).to.have.length(length);
    await stillArrives();
  });

  it("the owner withholds messages and empties the server: they are lost, and what comes later arrives", async () => {
    await owner.flushall();
    await stillArrives();
  });

  it("every line of docs/threats.md names a test that there is", () => {
    const lines = readFileSync("docs/threats.md", "utf8").split("\n");
    const rows = lines.filter((line) => line.startsWith("- **"));
    expect(rows.length).to.be.at.least(12);
    for (const row of rows) {
      // Beside the title, the file where that is not this one.
      const [, title = row, file = import.meta.filename] = /_Test_: `([^`]*)`(?:, in `([^`]*)`)?$/.exec(row) ?? [];
      expect(readFileSync(file, "utf8"), title).to.include(`it("${title}"`);
    }
  });
});
