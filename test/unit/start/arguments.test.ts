import { expect } from "chai";
import { checkMarketFile, parseStart } from "../../../scripts/start/arguments.ts";

const faultOf = (...args: readonly string[]): string => {
  const request = parseStart(args);
  return request.kind === "fault" ? request.text : `no fault: ${request.kind}`;
};

describe("the arguments of npm start", () => {
  it("are all optional", () => {
    expect(parseStart([])).to.deep.equal({
      kind: "run",
      options: {
        blocks: undefined,
        seed: 1,
        marketFile: undefined,
        blocksPerRow: undefined,
        json: undefined,
        isProcesses: false,
      },
    });
  });

  it("are understood together", () => {
    const args = ["--blocks", "150", "--seed", "7", "--json", "out.json", "--market", "a.csv", "--blocks-per-row", "2"];
    expect(parseStart(args)).to.deep.equal({
      kind: "run",
      options: { blocks: 150, seed: 7, marketFile: "a.csv", blocksPerRow: 2, json: "out.json", isProcesses: false },
    });
  });

  it("are refused with one line that names the one at fault", () => {
    const faults = [
      [["--block", "3"], "unknown option '--block'"],
      [["150"], "too many arguments"],
      [["--blocks"], "option '--blocks <N>' argument missing"],
      [["--blocks", "0"], "--blocks must be a whole number from 1, got “0”"],
      [["--blocks", "1.5"], "--blocks must be a whole number"],
      [["--seed", "-1"], "--seed"],
      [["--json", "x.json"], "--json wants --blocks"],
      [["--blocks-per-row", "2"], "--blocks-per-row wants --market"],
    ] as const;
    for (const [args, text] of faults) {
      expect(faultOf(...args)).to.include(text);
      expect(faultOf(...args).split("\n")).to.have.length(1);
    }
  });

  it("give the options when asked for help", () => {
    const request = parseStart(["--help"]);
    expect(request.kind).to.equal("help");
    expect(request.kind === "help" ? request.text : "").to.include("--blocks-per-row");
  });

  it("name a market file that cannot be read", async () => {
    await checkMarketFile(undefined);
    const refusal = await checkMarketFile("no/such/file.csv").catch((error: unknown) => error);
    expect(String(refusal)).to.equal("UsageError: cannot read the market file no/such/file.csv");
  });
});
