import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { JsonRpcProvider } from "ethers";
import { addressOf } from "../../../deployments/lookup.ts";
import type { AddressBook } from "../../../deployments/schema.ts";
import { type OracleReading, readOracles } from "../../../keepers/adapters/readers/oracles.ts";
import { NODE_OPTIONS } from "../../../scripts/lib/nodeOptions.ts";
import { sandboxFault } from "../../../scripts/cli/sandboxFault.ts";
import { testKeys } from "../../../scripts/sandbox/account.ts";
import { ROLE_INDICES } from "../../../scripts/sandbox/fleet.ts";
import { deployNexus } from "../../../scripts/sandbox/nexus.ts";
import { type Sandbox, startSandbox } from "../../../scripts/sandbox/sandbox.ts";
import { BreakerEvidence__factory } from "../../../types/index.ts";
import { runLine } from "../../support/commandLine.ts";
import { keepWarnings } from "../../support/sandbox.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const PATIENCE_MS = 60_000;
const LOOK_MS = 200;
const REFUSED = 0;
const COMPLETE = 0n;

describe("faults of feeds in a running sandbox", () => {
  const ending = new AbortController();
  let folder = "";
  let faultsFile = "";
  let sandbox: Sandbox;
  let provider: JsonRpcProvider;
  let book: AddressBook;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "nexus-faults-"));
    faultsFile = join(folder, "faults.json");
    sandbox = await startSandbox({ port: 0, seed: 3, faultsFile, signal: ending.signal, log: keepWarnings().log });
    provider = new JsonRpcProvider(sandbox.rpcUrl, 1329, { ...NODE_OPTIONS, staticNetwork: true });
    book = (await deployNexus(provider, sandbox)).book;
    await sandbox.startMining();
    sandbox.startMarket();
  });
  after(async () => {
    provider.destroy();
    await sandbox.stop();
    await removeFolder(folder);
  });

  const tell = async (maker: string, kind: string): Promise<void> => {
    const args = ["sandbox", "fault", maker, "--kind", kind, "--faults", faultsFile];
    const { code, error } = await runLine({ "sandbox fault": sandboxFault }, args);
    expect([code, error]).to.deep.equal([0, undefined]);
  };

  const sei = async (): Promise<OracleReading> => {
    const reading = (await readOracles(book, provider)).find(({ asset }) => asset === "WSEI");
    if (reading === undefined) throw new Error("the treasury has no WSEI");
    return reading;
  };
  const until = async (what: string, isSo: (reading: OracleReading) => boolean): Promise<OracleReading> => {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const reading = await sei();
      if (isSo(reading)) return reading;
      const states = reading.sources.map(({ name, state }) => `${name} ${state}`).join(", ");
      if (performance.now() > end) throw new Error(`not ${what} within a minute: ${reading.status}; ${states}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  };
  const stateOf = ({ sources }: OracleReading, name: string): string | undefined =>
    sources.find((source) => source.name === name)?.state;
  const isWell = ({ status, sources }: OracleReading): boolean =>
    status === "Ready" && sources.every(({ state }) => state === "Agreeing");

  for (const [maker, name, kind, state] of [
    ["API3", "SEI/USD", "lie", "Outlier"],
    ["API3", "SEI/USD", "dead", "Unreadable"],
    ["Pyth", "SEI/USD by Pyth", "lie", "Outlier"],
    ["Pyth", "SEI/USD by Pyth", "dead", "Unreadable"],
    // It lasts until its second comes, half a minute later, so once is enough.
    ["RedStone", "SEI/USD by RedStone", "future", "Ahead"],
    ["RedStone", "SEI/USD by RedStone", "lie", "Outlier"],
    ["RedStone", "SEI/USD by RedStone", "dead", "Unreadable"],
  ] as const) {
    it(`leave the price when ${maker} turns ${kind}, with less confidence, and end [NX-ORA-04]`, async () => {
      const before = await until("well", isWell);
      await tell(maker, kind);
      const during = await until(`${maker} ${state}`, (reading) => stateOf(reading, name) === state);
      expect(during.status).to.equal("Ready");
      expect(Number(during.confidenceBps)).to.be.lessThan(Number(before.confidenceBps));
      await tell(maker, "none");
      await until("well", isWell);
    });
  }

  it("take the price when two makers are dead, let anyone trip, and end with the cause", async () => {
    await until("well", isWell);
    const anyone = testKeys()(ROLE_INDICES.holder).connect(provider);
    const evidence = BreakerEvidence__factory.connect(addressOf(book, "BreakerEvidence"), anyone);
    const wsei = book.environment.tokens["WSEI"]?.address ?? "";
    await tell("pyth", "dead");
    await tell("redstone", "dead");
    await until("without a price", ({ status }) => status === "QuorumMissed");
    await (await evidence.observe(wsei)).wait();
    const end = performance.now() + PATIENCE_MS;
    while ((await evidence.previewTrip(wsei, REFUSED)) !== COMPLETE && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    await (await evidence.trip(wsei, REFUSED)).wait();
    expect((await sei()).level).to.equal("ReduceOnly");
    await tell("Pyth", "none");
    await tell("RedStone", "none");
    await until("well", isWell);
  });

  it("are refused by names that are none", async () => {
    for (const args of [
      ["sandbox", "fault", "Chainlink", "--kind", "lie"],
      ["sandbox", "fault", "Pyth", "--kind", "sleepy"],
      ["sandbox", "fault", "Pyth"],
    ]) {
      expect((await runLine({ "sandbox fault": sandboxFault }, args)).code).to.equal(2);
    }
  });
});
