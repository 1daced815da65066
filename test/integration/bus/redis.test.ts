import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Redis } from "ioredis";
import { deadKey, streamKey } from "../../../keepers/core/envelope/places.ts";
import type { VoteMessage } from "../../../keepers/core/bus.ts";
import { TOPIC_RULES } from "../../../keepers/core/envelope/windows.ts";
import { MESSAGES, identityOf, memberOf, voteOf } from "../../support/envelopes.ts";
import { portOf } from "../../support/portOf.ts";
import {
  type MemberOptions,
  type TestMember,
  createWorkshop,
  directoryOf,
  recentPlace,
} from "../../support/redisBus.ts";
import { until } from "../../support/until.ts";

/** Collects the votes that a member gets. */
const votesAt = (member: TestMember): { readonly got: VoteMessage[]; readonly close: () => void } => {
  const got: VoteMessage[] = [];
  const inbox = member.as(member.first).open("votes", () => void got.push(...inbox.take()));
  return { got, close: inbox.close };
};

const hashes = (votes: readonly VoteMessage[]): readonly number[] => votes.map(({ hash }) => Number(hash));

describe("The bus over Redis", () => {
  let workshop: Awaited<ReturnType<typeof createWorkshop>>;
  let admin: Redis;
  beforeEach(async () => {
    workshop = await createWorkshop();
    await workshop.redis.start();
    admin = new Redis(workshop.redis.url);
    // Some tests end the server under it.
    admin.on("error", () => undefined);
  });
  afterEach(async () => {
    admin.disconnect();
    await workshop.end();
  });

  const setting = (changes: Partial<MemberOptions> = {}) => ({
    url: workshop.redis.url,
    place: recentPlace(),
    directory: directoryOf([1, 2, 3].map((n) => identityOf(n))),
    ...changes,
  });
  const up = (...members: readonly TestMember[]) =>
    until("the connections", () => members.every((member) => member.stats().isUp));

  it("keeps what a process did not take before it died, and repeats nothing that it took", async () => {
    const options = setting();
    const sender = await workshop.open([1], options);
    const before = await workshop.open([2], options, "reader");
    const inbox = before.as(before.first).open("votes", () => undefined);
    await up(sender, before);
    const [one, two, three] = [voteOf(1), voteOf(2), voteOf(3)];
    sender.as(sender.first).publish("votes", one);
    const taken = await until("the first", () => {
      const some = inbox.take();
      return some.length > 0 ? some : undefined;
    });
    expect(hashes(taken)).to.deep.equal([1]);
    sender.as(sender.first).publish("votes", two);
    await until("the second", () => before.stats().incoming.accepted === 2);
    await before.close();
    sender.as(sender.first).publish("votes", three);
    await until("the third to be stored", () => sender.stats().outgoing.sent === 3);

    const after = await workshop.open([2], options, "reader");
    const { got } = votesAt(after);
    await until("the others", () => got.length >= 2);
    expect(hashes(got)).to.deep.equal([2, 3]);
    expect(after.stats().incoming.replayed).to.equal(1);
  });

  it("takes nothing again from a server that is restored to an earlier state [NX-KEE-04]", async () => {
    const options = setting();
    const [sender, reader] = [await workshop.open([1], options), await workshop.open([2], options, "reader")];
    const { got } = votesAt(reader);
    await up(sender, reader);
    sender.as(sender.first).publish("votes", voteOf(1));
    await until("the vote", () => got.length === 1);
    const key = streamKey(options.place, "votes", 1n);
    const [entry] = await admin.xrangeBuffer(key, "-", "+");
    await reader.close();
    const again = await workshop.open([2], options, "reader");
    const later = votesAt(again);
    await up(again);
    await admin.xadd(key, "*", "e", entry?.[1]?.[1] ?? "");
    await until("the repetition", () => again.stats().incoming.replayed >= 2);
    expect(later.got).to.deep.equal([]);
  });

  it("goes on by itself when the server is killed, emptied and started again", async () => {
    const options = setting();
    const [sender, reader] = [await workshop.open([1], options), await workshop.open([2], options)];
    const { got } = votesAt(reader);
    await up(sender, reader);
    sender.as(sender.first).publish("votes", voteOf(1));
    await until("the first vote", () => got.length === 1);
    await workshop.redis.kill();
    await until("a word about it", () => sender.troubles.length > 0);
    for (const n of [2, 3]) sender.as(sender.first).publish("votes", voteOf(n));
    await workshop.redis.start();
    await until("what waited", () => got.length === 3, 12_000);
    expect(hashes(got)).to.deep.equal([1, 2, 3]);
    for (const { troubles } of [sender, reader]) {
      expect(troubles).to.have.length(1);
      expect(troubles[0]).to.match(/^the bus at redis:\/\/127\.0\.0\.1:\d+ hung up; agents go on by the chain/);
    }
  });

  it("gives a server up that stops answering, and comes back when it does", async () => {
    const options = setting();
    const [sender, reader] = [await workshop.open([1], options), await workshop.open([2], options)];
    const { got } = votesAt(reader);
    await up(sender, reader);
    workshop.redis.freeze();
    sender.as(sender.first).publish("votes", voteOf(1));
    await until("a word about it", () => sender.troubles.length > 0 && !sender.stats().isUp);
    expect(sender.troubles.join()).to.match(/does not answer|hung up/);
    workshop.redis.thaw();
    await until("the vote", () => got.length === 1, 12_000);
  });

  it("keeps the newest of what is published while there is no server, and counts the rest", async () => {
    const options = setting();
    const sender = await workshop.open([1], options);
    await up(sender);
    await workshop.redis.kill();
    await until("the loss", () => !sender.stats().isUp);
    for (let n = 1; n <= 5_000; n += 1) sender.as(sender.first).publish("votes", voteOf(n));
    expect(sender.stats().outgoing.unsent).to.equal(5_000 - 4_096);
  });

  it("seals for the members that are there when it sends, and a stranger's stream is never read", async () => {
    const options = setting();
    const [sender, reader] = [await workshop.open([1], options), await workshop.open([2], options)];
    const stranger = await workshop.open([9], options);
    const [mine, theirs] = [votesAt(reader), votesAt(stranger)];
    await up(sender, reader, stranger);
    sender.as(sender.first).publish("votes", voteOf(1));
    stranger.as(stranger.first).publish("votes", voteOf(9));
    await until("the vote", () => mine.got.length === 1);
    await until("the sealed one to be seen", () => stranger.stats().incoming["not-for-us"] === 1);
    await until("the stranger's to be stored", () => stranger.stats().outgoing.sent === 1);
    sender.as(sender.first).publish("votes", voteOf(2));
    await until("the next vote", () => mine.got.length === 2);
    expect(hashes(mine.got)).to.deep.equal([1, 2]);
    // The stranger hears itself, as agents of one process do, and nobody else.
    expect([hashes(theirs.got), reader.stats().seen]).to.deep.equal([[9], 2]);
  });

  it("believes a key no longer once the directory says that it ended [NX-AGT-02]", async () => {
    const directory = directoryOf([1, 2].map((n) => identityOf(n)));
    const options = setting({ directory });
    const [sender, reader] = [await workshop.open([1], options), await workshop.open([2], options)];
    const { got } = votesAt(reader);
    await up(sender, reader);
    sender.as(sender.first).publish("votes", voteOf(1));
    await until("the vote", () => got.length === 1);
    directory.set({ ...memberOf(identityOf(4)), agentId: 1n });
    sender.as(sender.first).publish("votes", voteOf(2));
    await until("the refusal", () => reader.stats().incoming["unknown-key"] === 1);
    expect(got).to.have.length(1);
  });

  it("brings what may be lost by channels, signed as all else, and stores none of it", async () => {
    const options = setting();
    const [sender, reader] = [await workshop.open([1], options), await workshop.open([2], options)];
    const got: unknown[] = [];
    const inbox = reader.as(reader.first).open("refusals", () => void got.push(...inbox.take()));
    await up(sender, reader);
    await until("the subscription", () => {
      sender.as(sender.first).publish("refusals", MESSAGES.refusals);
      return got.length > 0;
    });
    expect(got[0]).to.deep.equal(MESSAGES.refusals);
    expect(await admin.keys("*:s:*")).to.deep.equal([]);
  });

  it("keeps streams within their length, and notes what was refused with its reason", async () => {
    const options = setting();
    const [sender, reader] = [await workshop.open([1], options), await workshop.open([2], options)];
    votesAt(reader);
    await up(sender, reader);
    for (let n = 1; n <= 1_800; n += 1) sender.as(sender.first).publish("votes", voteOf(n));
    await until("all of it", () => sender.stats().outgoing.sent === 1_800);
    const key = streamKey(options.place, "votes", 1n);
    expect(await admin.xlen(key)).to.be.at.most(TOPIC_RULES.votes.maxLength + 200);
    await admin.xadd(key, "*", "e", "junk");
    const dead = await until("the dead letter", () => reader.stats().incoming.malformed === 1).then(async () => {
      await sleep(100);
      return admin.xrange(deadKey(options.place, 2n), "-", "+");
    });
    expect(dead.at(-1)?.[1]).to.include.members(["reason", "malformed", "sender", "1", "head", "0x6a756e6b"]);
  });

  describe("says in one line what is wrong with a server, and goes on without it", () => {
    /** A member of its own, and the one line that it says; what it publishes at home still arrives. */
    const saying = async (url: string): Promise<string> => {
      const member = await workshop.open([1], setting({ url }));
      const { got } = votesAt(member);
      member.as(member.first).publish("votes", voteOf(1));
      await until("the line", () => member.troubles.length > 0);
      await until("what was said at home", () => got.length === 1);
      await sleep(400);
      expect(member.troubles).to.have.length(1);
      await member.close();
      return member.troubles[0] ?? "";
    };

    it("a wrong password, which it does not repeat", async () => {
      await admin.config("SET", "requirepass", "right");
      const { port } = workshop.redis;
      const line = await saying(`redis://:wrong@127.0.0.1:${port}`);
      expect(line).to.equal(
        `the bus at redis://127.0.0.1:${port} refuses our user or password: look at bus.redis; ` +
          "agents go on by the chain and try it again",
      );
      expect(await saying(`redis://127.0.0.1:${port}`)).to.include("refuses our user or password");
    });

    it("a read-only replica", async () => {
      await admin.replicaof("127.0.0.1", "1");
      await admin.config("SET", "replica-serve-stale-data", "yes");
      expect(await saying(workshop.redis.url)).to.include("is a read-only replica: name its primary");
    });

    it("full memory", async () => {
      await admin.config("SET", "maxmemory", "1mb", "maxmemory-policy", "noeviction");
      expect(await saying(workshop.redis.url)).to.include("is full: give it more memory");
    });

    it("a member's user without its permissions", async () => {
      await admin.acl("SETUSER", "bare", "on", ">pw", "+info");
      expect(await saying(`redis://bare:pw@127.0.0.1:${workshop.redis.port}`)).to.include(
        "does not permit what a member does: load the file that nexus bus acl writes",
      );
    });

    it("an older version", async () => {
      const old = createServer((socket) => {
        // It answers INFO as a Redis 6 does, and all else with OK.
        socket.on("data", (chunk) => {
          const text = "redis_version:6.2.14\r\nloading:0\r\nrole:master\r\n";
          for (const _ of chunk.toString().matchAll(/\$4\r\ninfo/gi)) {
            socket.write(`$${text.length}\r\n${text}\r\n`);
          }
          for (const _ of chunk.toString().matchAll(/\$6\r\n(?:client|select)/gi)) socket.write("+OK\r\n");
        });
        socket.on("error", () => undefined);
      });
      await new Promise<void>((done) => old.listen(0, "127.0.0.1", () => done()));
      try {
        expect(await saying(`redis://127.0.0.1:${portOf(old)}`)).to.include("is older than Redis 7.0");
      } finally {
        old.close();
      }
    });

    it("nobody there, and something that is no Redis", async () => {
      expect(await saying("redis://127.0.0.1:1")).to.include("is not there");
      const other = createServer((socket) => {
        socket.write("HTTP/1.1 400 Bad Request\r\n\r\n");
        socket.on("error", () => undefined);
      });
      await new Promise<void>((done) => other.listen(0, "127.0.0.1", () => done()));
      try {
        expect(await saying(`redis://127.0.0.1:${portOf(other)}`)).to.match(/answers what no Redis does|hung up/);
      } finally {
        other.close();
      }
    });
  });

  it("lets one process at a time have its cursors, and refuses a file that is none", async () => {
    const options = setting();
    await workshop.open([1], options, "one");
    let refusal = await workshop.open([1], options, "one").catch(String);
    expect(refusal).to.include("is in use by this process");
    await writeFile(join(workshop.folder, "torn"), "in votes 1 nothing\n");
    refusal = await workshop.open([1], options, "torn").catch(String);
    expect(refusal).to.match(/line 1 of .*torn cannot be read/);
  });
});
