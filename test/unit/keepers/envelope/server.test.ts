import { expect } from "chai";
import { busServerIn, hasHashTag, shownServer } from "../../../../keepers/core/envelope/server.ts";
import { troubleOf } from "../../../../keepers/core/envelope/trouble.ts";

const NOBODY = { isTls: false, username: undefined, password: undefined, group: "", database: 0 };

describe("The address of a bus", () => {
  it("names one server, with user, password, port and database as far as they are given", () => {
    expect(busServerIn("redis://127.0.0.1")).to.deep.equal({
      ...NOBODY,
      kind: "single",
      addresses: [{ host: "127.0.0.1", port: 6_379 }],
    });
    expect(busServerIn("rediss://agent:p%40ss@bus.example:7000/3")).to.deep.equal({
      kind: "single",
      isTls: true,
      username: "agent",
      password: "p@ss",
      addresses: [{ host: "bus.example", port: 7_000 }],
      group: "",
      database: 3,
    });
    expect(busServerIn("redis://:pw@[::1]:7000")).to.deep.include({
      username: undefined,
      password: "pw",
      addresses: [{ host: "::1", port: 7_000 }],
    });
  });

  it("names Sentinels and the group that they watch", () => {
    expect(busServerIn("redis+sentinel://u:p@one,two:5000/main-bus")).to.deep.equal({
      ...NOBODY,
      kind: "sentinel",
      username: "u",
      password: "p",
      addresses: [
        { host: "one", port: 26_379 },
        { host: "two", port: 5_000 },
      ],
      group: "main-bus",
    });
  });

  it("names nodes of a cluster", () => {
    expect(busServerIn("rediss+cluster://one:7000,two:7001")).to.deep.equal({
      ...NOBODY,
      kind: "cluster",
      isTls: true,
      addresses: [
        { host: "one", port: 7_000 },
        { host: "two", port: 7_001 },
      ],
    });
  });

  for (const url of [
    "",
    "redis://",
    "http://one",
    "redis://one,two",
    "redis://one:0",
    "redis://one:65536",
    "redis://one:port",
    "redis://one/name",
    "redis://one two",
    "redis+sentinel://one",
    "redis+sentinel://one/",
    "redis+sentinel://one/two/three",
    "redis+sentinel://one,,two/bus",
    "redis+cluster://one/0",
    "redis+cluster://",
  ]) {
    it(`is none of these: ${JSON.stringify(url)}`, () => expect(busServerIn(url)).to.equal(undefined));
  }

  it("is shown without user, password and what stands behind the hosts", () => {
    expect(shownServer("redis+sentinel://u:secret@one,two:5000/main")).to.equal("redis+sentinel://one:26379,two:5000");
    expect(shownServer("rediss://u:secret@[::1]/3")).to.equal("rediss://[::1]:6379");
    expect(shownServer("redis//u:secret@one")).to.equal("an address that names no Redis");
    expect(troubleOf("redis+cluster://u:secret@one", new Error("READONLY You can't write")).what).to.not.include(
      "secret",
    );
  });

  it("asks for a hash tag on a cluster, which not every pair of braces is", () => {
    expect(["{nexus}", "a{b}c"].map(hasHashTag)).to.deep.equal([true, true]);
    expect(["nexus", "{}", "{", "}{"].map(hasHashTag)).to.deep.equal([false, false, false, false]);
  });
});
