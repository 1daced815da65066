import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Redis } from "ioredis";
import { aclFile, usersOf } from "../../../scripts/cli/bus/acl.ts";
import { BUS_COMMANDS } from "../../../scripts/cli/bus/commands.ts";
import { streamKey } from "../../../keepers/core/envelope/places.ts";
import { identityOf, voteOf } from "../../support/envelopes.ts";
import { createWorkshop, directoryOf, recentPlace } from "../../support/redisBus.ts";
import { until } from "../../support/until.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

/** A client that asks nothing by itself and does not come back. */
const PLAIN = { protocol: 2, disableClientInfo: true, enableReadyCheck: false, retryStrategy: null } as const;

/** An address book of no contracts: enough for what never asks the chain. */
const BOOK = {
  chainId: 1329,
  name: "test",
  deployedAt: 0,
  contracts: {},
  environment: { tokens: {}, dexes: [], pools: [], oracles: {} },
};

describe("nexus bus", () => {
  let workshop: Awaited<ReturnType<typeof createWorkshop>>;
  let folder: string;
  before(async () => {
    workshop = await createWorkshop();
    folder = await mkdtemp(join(tmpdir(), "nexus-bus-commands-"));
    await writeFile(join(folder, "book.json"), JSON.stringify(BOOK));
  });
  after(async () => {
    await workshop.end();
    await removeFolder(folder);
  });

  it("acl makes a user for each operator or agent, the same each time, and keeps the default one out", async () => {
    const members = [
      { agentId: 1n, owner: "0xAA" },
      { agentId: 2n, owner: "0xBB" },
      { agentId: 3n, owner: "0xaa" },
    ];
    expect(usersOf(members, false)).to.deep.equal([
      { user: "operator-0xaa", agents: [1n, 3n] },
      { user: "operator-0xbb", agents: [2n] },
    ]);
    expect(usersOf(members, true).map(({ user }) => user)).to.deep.equal(["agent-1", "agent-2", "agent-3"]);
    // Redis itself reads the file.
    const place = recentPlace();
    let n = 0;
    const { lines, passwords } = aclFile(place, usersOf(members, false), () => `password-${(n += 1)}`);
    const path = join(workshop.redis.folder, "users.acl");
    await writeFile(path, `${lines.join("\n")}\n`);
    await workshop.redis.start("--aclfile", path);
    const login = (user: string): Redis =>
      new Redis({
        port: workshop.redis.port,
        host: "127.0.0.1",
        username: user,
        password: passwords.get(user) ?? "",
        ...PLAIN,
      });
    const [first, owner] = [login("operator-0xaa"), login("owner")];
    const says = (asked: Promise<unknown>): Promise<unknown> => asked.then(() => "done", String);
    for (const agentId of [1n, 3n]) {
      expect(await says(first.xadd(streamKey(place, "votes", agentId), "*", "e", "x"))).to.equal("done");
    }
    expect(await says(first.xadd(streamKey(place, "votes", 2n), "*", "e", "x"))).to.include("NOPERM");
    expect(await says(owner.flushall())).to.equal("done");
    const nobody = new Redis(workshop.redis.port, PLAIN);
    nobody.on("error", () => undefined);
    expect(await says(nobody.xlen("x"))).to.include("NOAUTH");
    for (const one of [first, owner, nobody]) one.disconnect();
    await workshop.redis.kill();
  });

  it("stats and dead-letters tell what lies on a server, as JSON too, and a wrong server in one line", async () => {
    await workshop.redis.start();
    const { url } = workshop.redis;
    const place = recentPlace();
    const options = { url, place, directory: directoryOf([1, 2].map((n) => identityOf(n))) };
    const [sender, reader] = [await workshop.open([1], options), await workshop.open([2], options)];
    reader.as(reader.first).open("votes", () => undefined);
    await until("the connections", () => sender.stats().isUp && reader.stats().isUp);
    sender.as(sender.first).publish("votes", voteOf(1));
    const admin = new Redis(url, PLAIN);
    await admin.xadd(streamKey(place, "votes", 1n), "*", "e", "junk");
    await until("the refusal", () => reader.stats().incoming.malformed === 1);
    await until("the dead letter", () => reader.stats().incoming.accepted === 1);
    const ask = async (name: string, more: Readonly<Record<string, string>>): Promise<unknown> => {
      const file = join(folder, `${name}.json`);
      const { directJson } = await import("../../../scripts/lib/output.ts");
      directJson(file);
      const values = { redis: url, prefix: place.prefix, book: join(folder, "book.json"), json: file, ...more };
      const command = BUS_COMMANDS[`bus ${name}`];
      expect(await command?.run(new Map(Object.entries(values)))).to.equal(0);
      directJson(undefined);
      return JSON.parse(await readFile(file, "utf8"));
    };
    const seen = await ask("stats", {});
    for (const [path, value] of [
      ["agent", "1"],
      ["topic", "votes"],
      ["length", 2],
    ] as const) {
      expect(seen).to.have.nested.property(`streams[0].${path}`, value);
    }
    const letters = await ask("dead-letters", { agent: "2" });
    for (const [path, value] of Object.entries({ reason: "malformed", sender: "1", topic: "votes", size: "4" })) {
      expect(letters).to.have.nested.property(`[0].${path}`, value);
    }
    admin.disconnect();

    const stats = BUS_COMMANDS["bus stats"];
    const values = new Map([
      ["redis", "redis://:pw@127.0.0.1:1"],
      ["book", join(folder, "book.json")],
    ]);
    const refusal = await stats?.run(values).catch(String);
    expect(refusal).to.equal("RetryableError: the bus at redis://127.0.0.1:1 is not there");
  });
});
