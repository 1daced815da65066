import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { makeError } from "ethers";
import { reasonOf } from "../../../keepers/adapters/readers/reason.ts";
import { bookAt, DEFAULT_BOOK } from "../../../scripts/cli/sandboxDefaults.ts";
import { analytics } from "../../../scripts/cli/analytics.ts";
import { ALL_AGENT_COMMANDS } from "../../../scripts/cli/agentCommands.ts";
import {
  type Commands,
  UsageError,
  needed,
  required,
  requiredArgument,
  wholeNumber,
} from "../../../scripts/lib/command.ts";
import { ORCHESTRATOR_COMMANDS } from "../../../scripts/cli/orchestrator/commands.ts";
import { BUS_COMMANDS } from "../../../scripts/cli/bus/commands.ts";
import { PORTFOLIO_COMMANDS, RISK_COMMANDS } from "../../../scripts/cli/quant/commands.ts";
import { SIGNER_COMMANDS } from "../../../scripts/cli/signer/commands.ts";
import { TX_COMMANDS } from "../../../scripts/cli/tx/commands.ts";
import { completionFor } from "../../../scripts/cli/completion.ts";
import { DAO_COMMANDS, TREASURY_COMMANDS } from "../../../scripts/cli/dao/commands.ts";
import { deploy } from "../../../scripts/cli/deploy.ts";
import { doctor } from "../../../scripts/cli/doctor.ts";
import { rpcIn } from "../../../scripts/cli/endpoint.ts";
import { NoChainError } from "../../../scripts/lib/exitCode.ts";
import { GATEWAY_COMMANDS } from "../../../scripts/cli/gateway.ts";
import { fund } from "../../../scripts/cli/fund.ts";
import { JOB_COMMANDS } from "../../../scripts/cli/job/act.ts";
import { keeper } from "../../../scripts/cli/keeper.ts";
import { PAY_COMMANDS } from "../../../scripts/cli/pay/commands.ts";
import { EXIT, GROUPS, understand, version } from "../../../scripts/lib/program.ts";
import { PROPOSAL_COMMANDS } from "../../../scripts/cli/proposal/commands.ts";
import { exitCodeOf } from "../../../scripts/lib/exitCode.ts";
import { RENAMED, withTodaysName } from "../../../scripts/cli/renamed.ts";
import { SAFE_COMMANDS } from "../../../scripts/cli/safe/commands.ts";
import { sandbox } from "../../../scripts/cli/sandbox.ts";
import { status } from "../../../scripts/cli/status.ts";

const run = (): Promise<number> => Promise.resolve(0);
const FILE_OR_PRINT = { value: "FILE", isOptional: true, about: "in JSON" } as const;

const COMMANDS: Commands = {
  sandbox: {
    about: "a local chain",
    example: "--blocks 3",
    options: { blocks: { value: "N", about: "how many" }, send: { about: "really" }, json: FILE_OR_PRINT },
    run,
  },
  status: { about: "look", example: "", options: {}, run },
  "dao vote": {
    about: "say yes or no",
    takes: "ID",
    example: "1 --support for",
    options: {
      support: needed({ value: "HOW", about: "for or against" }),
      as: needed({ value: "WHO", about: "who votes" }),
    },
    run,
  },
  "dao list": { about: "all of them", example: "", options: {}, run },
};

/** Every command of `nexus` but the one for shells. */
const ALL: Commands = {
  sandbox,
  fund,
  keeper,
  ...GATEWAY_COMMANDS,
  deploy,
  status,
  doctor,
  ...ALL_AGENT_COMMANDS,
  ...PROPOSAL_COMMANDS,
  ...SAFE_COMMANDS,
  ...PAY_COMMANDS,
  ...JOB_COMMANDS,
  ...BUS_COMMANDS,
  ...PORTFOLIO_COMMANDS,
  ...RISK_COMMANDS,
  analytics,
  ...ORCHESTRATOR_COMMANDS,
  ...SIGNER_COMMANDS,
  ...TX_COMMANDS,
  ...DAO_COMMANDS,
  ...TREASURY_COMMANDS,
};

const ask = (...args: readonly string[]) => understand(args, COMMANDS);
const textOf = (...args: readonly string[]): string => {
  const answer = ask(...args);
  return answer.kind === "run" ? "" : answer.text;
};
const valuesOf = (...args: readonly string[]) => {
  const answer = ask(...args);
  return answer.kind === "run" ? Object.fromEntries(answer.values) : answer;
};

/** Words of a command line, as a shell splits one without escapes. */
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");

describe("nexus command line", () => {
  for (const args of [[], ["--help"], ["-h"], ["help"]]) {
    it(`lists the commands for “${args.join(" ")}”, with what exit codes mean`, () => {
      expect(ask(...args).kind).to.equal("help");
      expect(textOf(...args))
        .to.include("sandbox")
        .and.include("status")
        .and.include(GROUPS["dao"])
        .and.include("3 the chain refuses");
    });
  }

  it("gives a command of two words its own options, where the first word is a command with the same", () => {
    const options = { blocks: { value: "N", about: "how many" }, json: FILE_OR_PRINT };
    const both = { ...COMMANDS, "sandbox fault": { about: "break it", example: "", options, run } };
    const request = understand(["sandbox", "fault", "--json", "--blocks", "2"], both);
    expect(request.kind === "run" ? [request.name, ...request.values] : request).to.deep.equal([
      "sandbox fault",
      ["blocks", "2"],
      ["json", ""],
    ]);
  });

  for (const args of [["-v"], ["--version"]]) {
    it(`tells its version for “${args.join(" ")}”`, () => {
      expect(ask(...args)).to.deep.equal({ kind: "help", text: version() });
      expect(version()).to.match(/^\d+\.\d+\.\d+$/);
    });
  }

  it("lists a command's options for -h and --help, wherever they stand, with an example", () => {
    for (const args of [
      ["sandbox", "--help"],
      ["sandbox", "-h"],
      ["sandbox", "--blocks", "3", "--help"],
      ["help", "sandbox"],
    ]) {
      expect(textOf(...args))
        .to.include("--blocks <N>")
        .and.include("--send")
        .and.include("nexus sandbox --blocks 3");
    }
    for (const args of [["dao"], ["dao", "--help"], ["help", "dao"]]) {
      expect(textOf(...args))
        .to.include("vote")
        .and.not.include("sandbox");
    }
    expect(textOf("dao", "vote", "--help"))
      .to.include("nexus dao vote")
      .and.include("for or against (required)");
  });

  it("hands values, switches and the argument to the command", () => {
    expect(valuesOf("sandbox", "--blocks", "3", "--send")).to.deep.equal({ blocks: "3", send: "" });
    for (const args of [
      ["1", "--as", "alice", "--support=for"],
      ["--support", "for", "--as", "alice", "1"],
    ]) {
      expect(valuesOf("dao", "vote", ...args)).to.deep.equal({ as: "alice", support: "for", ID: "1" });
    }
  });

  it("takes --json alone, and with a file", () => {
    expect(valuesOf("sandbox", "--json", "--send")).to.deep.equal({ json: "", send: "" });
    expect(valuesOf("sandbox", "--json", "out.json")).to.deep.equal({ json: "out.json" });
  });

  it("names all that a command cannot do without, at once", () => {
    expect(ask("dao", "vote")).to.deep.equal({
      kind: "fault",
      text: "dao vote needs ID, --support HOW, --as WHO; see nexus dao vote --help",
    });
    expect(textOf("dao", "vote", "1", "--as", "alice")).to.include("needs --support HOW;");
  });

  for (const [args, fault] of [
    [["frobnicate"], "nexus: unknown command 'frobnicate'"],
    [["statos"], "nexus: unknown command 'statos' (Did you mean status?)"],
    [["sandbox", "--block", "3"], "nexus sandbox: unknown option '--block' (Did you mean --blocks?)"],
    [["sandbox", "--blocks"], "nexus sandbox: option '--blocks <N>' argument missing"],
    [["sandbox", "--blocks", "--send"], "nexus sandbox: --blocks wants a value: --blocks N"],
    [["dao", "frobnicate"], "nexus dao: unknown command 'frobnicate'; known are vote, list"],
    [["dao", "vote", "1", "2"], "nexus dao vote: too many arguments"],
    [["status", "extra"], "nexus status: too many arguments"],
  ] as const) {
    it(`answers “${args.join(" ")}” with one line that names the fault`, () => {
      expect(ask(...args).kind).to.equal("fault");
      expect(textOf(...args)).to.include(fault);
      expect(textOf(...args).split("\n")).to.have.length(1);
    });
  }

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

  it("insists on an option that others make necessary", () => {
    expect(required(new Map([["rpc", "x"]]), "rpc")).to.equal("x");
    expect(() => required(new Map(), "rpc")).to.throw(UsageError, "--rpc is missing");
    expect(requiredArgument(new Map([["ID", "1"]]), "ID")).to.equal("1");
    expect(() => requiredArgument(new Map(), "ID")).to.throw(UsageError, "ID is missing");
  });

  it("takes http and ws alike, and nothing else for a node", () => {
    for (const url of ["http://127.0.0.1:1", "https://a.b/key", "ws://127.0.0.1:1", "wss://a.b"]) {
      expect(rpcIn(new Map([["rpc", url]]))).to.equal(url);
    }
    expect(() => rpcIn(new Map([["rpc", "ftp://a"]]))).to.throw(UsageError, "--rpc must be an http, https, ws or wss");
  });
});

describe("a command that is a group too", () => {
  it("leaves options behind a subcommand to that subcommand", () => {
    const request = understand(["orchestrator", "status", "--data", "here"], ALL);
    expect(request.kind === "run" && [request.name, request.values.get("data")]).to.deep.equal([
      "orchestrator status",
      "here",
    ]);
  });
});

describe("every command of nexus", () => {
  for (const [name, command] of Object.entries(ALL)) {
    it(`nexus ${name} has an example that it understands, options with words, and answers in JSON`, () => {
      const request = understand([...name.split(" "), ...wordsOf(command.example)], ALL);
      expect(request.kind, request.kind === "run" ? "" : request.text).to.equal("run");
      for (const [option, { about }] of Object.entries(command.options)) expect(about, option).to.not.equal("");
      // What an orchestrator starts answers it alone.
      if (name === "orchestrator agent") return;
      expect(command.options).to.have.property("json").that.includes({ value: "FILE", isOptional: true });
      // Keys, stores, processes and files of prices belong to no deployment's book.
      if (!/^(?:agent keys$|orchestrator (?:key|status)$|(?:tx|gateway) .|portfolio optimize$|risk )/.test(name)) {
        expect(command.options).to.have.property("book");
      }
    });
  }

  it("is named in the manual of commands, with what it does", () => {
    const manual = readFileSync("docs/commands.md", "utf8").replaceAll(/ {2,}/g, " ");
    for (const [name, { about }] of Object.entries(ALL)) expect(manual).to.include(`| \`nexus ${name}\` | ${about} |`);
    for (const code of Object.values(EXIT)) expect(manual).to.match(new RegExp(`^\\| ${code} \\|`, "m"));
  });

  it("is what messages of our own advise, options included", () => {
    const folders = [
      ...["cli", "dao", "doctor", "lib", "safe", "start"].map((name) => join("scripts", name)),
      ...["views", "adapters/readers"].map((name) => join("keepers", name)),
    ];
    const advised = folders.flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .flatMap((file) => [
          ...readFileSync(join(folder, file), "utf8").matchAll(/\bnexus ([a-z]+)(?: ([a-z-]+))?([^"`\n,;:]*)/g),
        ]),
    );
    const words = new Set(Object.keys(ALL).flatMap((name) => name.split(" ").slice(0, 1)));
    const named = advised.filter(([, first = "", second]) => words.has(first) && (ALL[first] ?? second) !== undefined);
    expect(named.length).to.be.greaterThan(15);
    for (const [text, first = "", second = "", rest = ""] of named) {
      const command = ALL[`${first} ${second}`] ?? ALL[first];
      expect(command, text).to.not.equal(undefined);
      for (const [, option = ""] of rest.matchAll(/--([a-z-]+)/g))
        expect(command?.options, text).to.have.property(option);
    }
  });

  it("goes on working by an old name, and says the new one", () => {
    for (const [old, name] of RENAMED) {
      expect(ALL).to.have.property(name).and.not.equal(undefined);
      expect(ALL).to.not.have.property(old);
      const note = `nexus ${old} is called nexus ${name} now`;
      const args = [...name.split(" "), "x", "--as", "alice"];
      expect(withTodaysName([...old.split(" "), "x", "--as", "alice"])).to.deep.equal({ args, note });
      expect(withTodaysName(["help", ...old.split(" ")])).to.deep.equal({ args: ["help", ...name.split(" ")], note });
      expect(withTodaysName(args)).to.deep.equal({ args, note: undefined });
    }
  });

  it("is completed by a shell", () => {
    const script = completionFor("bash", ALL).join("\n");
    const completed = (...words: readonly string[]): string =>
      execFileSync("bash", [
        "-c",
        `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _nexus; echo "\${COMPREPLY[@]}"`,
        "nexus-completion",
        "nexus",
        ...words,
      ])
        .toString()
        .trim();
    expect(completed("do")).to.equal("doctor");
    expect(completed("dao", "pro")).to.equal("propose propose-policy");
    expect(completed("dao", "vote", "--su")).to.equal("--support");
    expect(completed("status", "--js")).to.equal("--json");
    expect(() => completionFor("tcsh", ALL)).to.throw(UsageError, "SHELL must be bash or zsh");
    expect(completionFor("zsh", ALL)[0]).to.include("bashcompinit");
  });
});

describe("A sandbox's address book", () => {
  it("is one for each port, so that a second sandbox does not take the first one's place", () => {
    expect(bookAt(8545)).to.equal(DEFAULT_BOOK);
    expect(bookAt(8546)).not.to.equal(DEFAULT_BOOK);
    expect(bookAt(8546)).not.to.equal(bookAt(8547));
  });
});

describe("exit codes", () => {
  const reverted = makeError("execution reverted", "CALL_EXCEPTION", {
    action: "call",
    data: "0x",
    reason: null,
    transaction: { to: null, data: "0x" },
    invocation: null,
    revert: null,
  });
  const unreachable = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
  /** As ethers gives on what a node says that it knows no name for. */
  const coalesced = (message: string): Error =>
    Object.assign(new Error("could not coalesce error"), {
      code: "UNKNOWN_ERROR",
      shortMessage: "could not coalesce error",
      error: { code: -32_000, message },
    });
  const poor = coalesced("Sender doesn't have enough funds to send tx");
  for (const [what, error, code] of [
    ["a mistake of the user", new UsageError("x"), 2],
    ["a revert", reverted, 3],
    ["a revert behind other words", new Error("this would fail", { cause: reverted }), 3],
    ["a node that is not there", unreachable, 4],
    ["a node behind other words", new UsageError("x", { cause: unreachable }), 4],
    ["a node that answers nonsense", new NoChainError("x"), 4],
    ["an account that cannot pay for gas", poor, 3],
    ["a node's words without a name", coalesced("nonce gap"), 1],
    ["anything else", new Error("x"), 1],
    ["what is no error", "x", 1],
  ] as const) {
    it(`are ${code} for ${what}`, () => {
      expect(exitCodeOf(error)).to.equal(code);
    });
  }

  it("come with words of the node, and with what to do where gas is not paid for", () => {
    expect(reasonOf(coalesced("nonce gap"))).to.equal("nonce gap");
    expect(reasonOf(poor)).to.include("too little SEI for gas").and.to.include("nexus fund");
  });
});
