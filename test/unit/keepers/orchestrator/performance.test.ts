import { expect } from "chai";
import { hex } from "../../../../keepers/core/hex.ts";
import { address } from "../../../../keepers/core/units.ts";
import { type Sign, type Watched, watched, watchedAfter } from "../../../../keepers/orchestrator/performance.ts";

const after = (...signs: readonly Sign[]): Watched => signs.reduce(watchedAfter, watched("risk-1", 0));
const exit = (isAsked: boolean, atMs: number): Sign => ({
  kind: "exit",
  exit: { name: "risk-1", id: "p", atMs, isAsked, isFatal: false, reason: "" },
  atMs,
});

describe("What an orchestrator sees of a process", () => {
  it("counts starts, and ends that nobody asked for, with the longest outage and silence", () => {
    const seen = after(
      { kind: "started", atMs: 0 },
      { kind: "ready", atMs: 1_000 },
      { kind: "sign", atMs: 2_000 },
      { kind: "sign", atMs: 6_500 },
      exit(false, 7_000),
      exit(false, 8_000),
      { kind: "started", atMs: 8_100 },
      { kind: "ready", atMs: 9_000 },
      exit(true, 10_000),
      { kind: "ready", atMs: 60_000 },
    );
    expect([seen.starts, seen.crashes, seen.longestOutageMs, seen.longestSilenceMs]).to.deep.equal([
      2, 2, 2_000, 4_500,
    ]);
  });

  it("counts what it does, and keeps the newest times of its votes", () => {
    const message = { hash: hex("0x01"), signer: address(`0x${"2".repeat(40)}`), signature: hex("0x03") };
    const vote = (tookMs: number): Sign => ({
      kind: "event",
      event: { kind: "vote", agent: "risk-1", message, tookMs },
      atMs: 0,
    });
    const trouble: Sign = { kind: "event", event: { kind: "trouble", agent: "risk-1", what: "x" }, atMs: 0 };
    const votes = Array.from({ length: 600 }, (_, n) => vote(n));
    const seen = after(...votes, trouble);
    expect([seen.votes, seen.troubles, seen.voteMs.length, seen.voteMs.at(-1)]).to.deep.equal([600, 1, 512, 599]);
  });
});
