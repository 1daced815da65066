import { expect } from "chai";
import { makeError } from "ethers";
import { NoChainError } from "../../../scripts/lib/exitCode.ts";
import { lookAgain } from "../../../scripts/lib/lookAgain.ts";

describe("looking again while one waits", () => {
  it("takes what is said now", async () => {
    expect(await lookAgain(async () => Promise.resolve("Queued"), "Active")).to.equal("Queued");
  });

  for (const [what, error] of [
    ["does not answer", makeError("request timeout", "TIMEOUT", { operation: "request", reason: "timeout" })],
    ["cannot be reached", new NoChainError("no node answers")],
    ["is not there, said by what was asked", new Error("no status", { cause: new NoChainError("no node answers") })],
  ] as const) {
    it(`keeps what was said last while a node ${what}`, async () => {
      expect(await lookAgain(async () => Promise.reject(error), "Active")).to.equal("Active");
    });
  }

  it("hands on what is no silence of a node", async () => {
    const failure = await lookAgain(async () => Promise.reject(new Error("no such proposal")), "Active").catch(String);
    expect(failure).to.equal("Error: no such proposal");
  });
});
