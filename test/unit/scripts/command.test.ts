import { expect } from "chai";
import {
  type Commands,
  UsageError,
  required,
  requiredArgument,
  understand,
  wholeNumber,
} from "../../../scripts/cli/command.ts";

const COMMANDS: Commands = {
  sandbox: {
    about: "a local chain",
    options: { blocks: { value: "N", about: "how many" }, send: { about: "really" } },
    run: () => Promise.resolve(0),
  },
  status: { about: "look", options: {}, run: () => Promise.resolve(0) },
  "dao vote": {
    about: "say yes or no",
    takes: "ID",
    options: { as: { value: "WHO", about: "who votes" } },
    run: () => Promise.resolve(0),
  },
  "dao list": { about: "all of them", options: {}, run: () => Promise.resolve(0) },
};

const ask = (...args: readonly string[]) => understand(args, COMMANDS);

describe("nexus command line", () => {
  for (const args of [[], ["--help"], ["help"]]) {
    it(`lists the commands for “${args.join(" ")}”`, () => {
      const answer = ask(...args);
      expect(answer.kind).to.equal("help");
      expect(answer).to.have.property("text").that.includes("sandbox").and.includes("status");
    });
  }

  it("lists a command's options for --help, wherever it stands", () => {
    expect(ask("sandbox", "--help")).to.have.property("text").that.includes("--blocks N").and.includes("--send");
    expect(ask("sandbox", "--blocks", "3", "--help").kind).to.equal("help");
  });

  it("hands values and switches to the command", () => {
    const answer = ask("sandbox", "--blocks", "3", "--send");
    expect(answer).to.have.property("kind", "run");
    expect(answer)
      .to.have.property("values")
      .that.deep.equals(
        new Map([
          ["blocks", "3"],
          ["send", ""],
        ]),
      );
  });

  for (const [args, fault] of [
    [["frobnicate"], "no command frobnicate: known are sandbox, status, dao"],
    [["sandbox", "--block", "3"], "nexus sandbox has no option --block: known are --blocks, --send, --help"],
    [["sandbox", "--blocks"], "--blocks wants a value: --blocks N"],
    [["sandbox", "--send=yes"], "--send is a switch and takes no value"],
    [["dao", "frobnicate"], "no command dao frobnicate: known are dao vote, dao list"],
    [["dao", "vote", "1", "2"], "nexus dao vote does not take “2”: known are --as, --help"],
    [["dao", "list", "1"], "nexus dao list does not take “1”: known are --help"],
    [["status", "extra"], "nexus status does not take “extra”: known are --help"],
  ] as const) {
    it(`answers “${args.join(" ")}” by naming what is known`, () => {
      expect(ask(...args)).to.deep.equal({ kind: "fault", text: fault });
    });
  }

  it("knows commands of two words, and what they take", () => {
    for (const args of [["dao"], ["dao", "--help"]]) {
      expect(ask(...args))
        .to.have.property("text")
        .that.includes("dao vote")
        .and.does.not.include("sandbox");
    }
    expect(ask("dao", "vote", "--help"))
      .to.have.property("text")
      .that.includes("nexus dao vote ID: say yes or no");
    for (const args of [
      ["1", "--as", "alice"],
      ["--as", "alice", "1"],
    ]) {
      const answer = ask("dao", "vote", ...args);
      expect(answer)
        .to.have.property("values")
        .that.deep.equals(
          new Map([
            ["as", "alice"],
            ["ID", "1"],
          ]),
        );
    }
    expect(requiredArgument(new Map([["ID", "1"]]), "ID")).to.equal("1");
    expect(() => requiredArgument(new Map(), "ID")).to.throw(UsageError, "ID is missing");
  });

  it("reads whole numbers, and refuses anything else with the option's name", () => {
    const values = (text: string) => new Map([["blocks", text]]);
    expect(wholeNumber(values("3"), "blocks", 1)).to.equal(3);
    expect(wholeNumber(values("3"), "seed", 1)).to.equal(undefined);
    for (const text of ["0", "-1", "1.5", "1e3", "x", "", "99999999999999999999"]) {
      expect(() => wholeNumber(values(text), "blocks", 1), text).to.throw(
        UsageError,
        "--blocks must be a whole number",
      );
    }
  });

  it("insists on an option that a command cannot do without", () => {
    expect(required(new Map([["rpc", "x"]]), "rpc")).to.equal("x");
    expect(() => required(new Map(), "rpc")).to.throw(UsageError, "--rpc is missing");
  });
});
